# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects the command lines and environments of all processes, and the files in the given folders.

Prints a line when it has begun, looks every few milliseconds until its standard input ends, and prints all that it has
seen: for each thing its kind, its length in bytes and, after a line end, the bytes. Runs on test hosts as well.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
from pathlib import Path

SECONDS = 0.02


def look(folders: list[str], seen: set[tuple[str, bytes]]) -> None:
    """Add what there is at this moment."""
    for process in os.listdir("/proc"):  # noqa: PTH208 (ten times as fast as objects, and this runs all the time)
        if process.isdigit():
            for kind in ("cmdline", "environ"):
                # Processes end while one looks, and belong to others.
                with contextlib.suppress(OSError), open(f"/proc/{process}/{kind}", "rb") as stream:  # noqa: PTH123
                    seen.add((kind, stream.read()))
    for folder in folders:
        # Unlike others, os.walk goes on where a folder disappears meanwhile.
        for parent, _folders, names in os.walk(folder):
            for name in names:
                with contextlib.suppress(OSError):
                    seen.add(("file", Path(parent, name).read_bytes()))


def main() -> None:
    """Look until told to stop."""
    seen: set[tuple[str, bytes]] = set()
    print("begun", flush=True)
    while not select.select([sys.stdin], [], [], SECONDS)[0]:
        look(sys.argv[1:], seen)
    for kind, content in sorted(seen):
        sys.stdout.buffer.write(b"%s %d\n%s\n" % (kind.encode(), len(content), content))


if __name__ == "__main__":
    main()
