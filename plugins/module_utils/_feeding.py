# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Hooks that feed a command any number of lines at once, and what they feed, read back from them.

wg-quick trims each line of its file with patterns of bash, which takes a time that grows with the square of the line's
length: 3 s for 8,000 characters. Many lines are therefore gathered by several short hooks in a file under /run, which the
last of them feeds to the command.
"""

from __future__ import annotations

import re
import shlex
import typing as t

# Trimming so much takes bash some milliseconds.
_LONGEST = 200
_GATHERED = "/run/vpn-wireguard/rules-%i"

_PIPED = re.compile(r"(?:.* \|\| )?printf '%s\\n' (.*) \| ([a-z0-9 -]+)")
_WRITTEN = re.compile(r"(?:.* \|\| )?printf '%s\\n' (.*) >>(\S+)")
_READ = re.compile(r"(?:.* \|\| )?\{ ([a-z0-9 -]+) <(\S+) && rm \S+; \}")


def feed(lines: t.Iterable[str], command: str, name: str, guard: str = "") -> list[str]:
    """Hooks that run a command with the lines as its input. ``name`` tells them from others of the interface."""
    words = [shlex.quote(line) for line in lines]
    whole = f"{guard}printf '%s\\n' {' '.join(words)} | {command}"
    if len(whole) <= _LONGEST:
        return [whole]
    path = f"{_GATHERED}/{name}"
    begin = f"{guard}{{ mkdir -p {_GATHERED} && : >{path}; }}"
    written = [f"{guard}printf '%s\\n' {' '.join(some)} >>{path}" for some in _portions(words)]
    return [begin, *written, f"{guard}{{ {command} <{path} && rm {path}; }}"]


def forget() -> str:
    """A hook that removes what was gathered by hooks that were cut short; it cannot fail."""
    return f"rm -rf {_GATHERED} || true"


def fed(hooks: t.Iterable[str]) -> t.Iterator[tuple[str, list[str]]]:
    """The commands that hooks of ``feed`` run, with their lines. Other hooks are passed over."""
    gathered: dict[str, list[str]] = {}
    for hook in hooks:
        piped, written, read = (pattern.fullmatch(hook) for pattern in (_PIPED, _WRITTEN, _READ))
        if piped:
            yield piped[2], shlex.split(piped[1])
        elif written:
            gathered.setdefault(written[2], []).extend(shlex.split(written[1]))
        elif read:
            yield read[1], gathered.pop(read[2], [])


def _portions(words: t.Iterable[str]) -> t.Iterator[list[str]]:
    portion: list[str] = []
    for word in words:
        if portion and sum(map(len, portion)) + len(word) > _LONGEST:
            yield portion
            portion = []
        portion.append(word)
    if portion:
        yield portion
