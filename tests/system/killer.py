# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills the Python process that imports it (as sitecustomize, on a test host) before one of its deeds.

A deed is a write to disk or a command. KILL_AT has the number of the one that does not happen any more; KILL_LOG has
the file to which the name of each is added.
"""

from __future__ import annotations

import functools
import itertools
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

AT = int(os.environ.get("KILL_AT", "0"))
_numbers = itertools.count(1)


def deadly(deed: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with the death of the process in the place of its call number AT."""

    @functools.wraps(deed)
    def call(*arguments: Any, **named: Any) -> Any:
        number = next(_numbers)
        with Path(os.environ["KILL_LOG"]).open("a", encoding="ascii") as log:
            log.write(f"{deed.__name__}\n")
        if number == AT:
            os.kill(os.getpid(), signal.SIGKILL)
        return deed(*arguments, **named)

    return call


if "KILL_LOG" in os.environ:
    for name in ("fsync", "rename"):
        setattr(os, name, deadly(getattr(os, name)))
    subprocess.Popen.__init__ = deadly(subprocess.Popen.__init__)  # type: ignore[method-assign]
