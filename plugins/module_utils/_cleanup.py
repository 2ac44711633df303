# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What a file of somebody else took away when its interface went down."""

from __future__ import annotations

import re
import shlex
import typing as t


def cleanup(post_down: t.Iterable[str]) -> tuple[list[str], list[str]]:
    """From hooks that were there: the commands that take away rules which ours replace, and the rest, which is left.

    Only rules of FORWARD and of nat go. What admits the port in INPUT stays, and so do policies and sysctls: what put
    them there may not have been the tunnel alone.
    """
    commands = [part.strip() for hook in post_down for part in hook.split(";") if part.strip()]
    taken = [command for command in commands if _takes_away(command)]
    return taken, [command for command in commands if command not in taken]


def _takes_away(command: str) -> bool:
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    if not words or words[0] not in ("iptables", "ip6tables") or re.search(r"[|&<>`$]", command):
        return False
    return any(pair in zip(words, words[1:]) for pair in (("-D", "FORWARD"), ("-D", "POSTROUTING")))
