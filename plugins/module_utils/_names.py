# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Names of interfaces and peers."""

from __future__ import annotations

import re

INTERFACE = re.compile(r"[a-z][a-z0-9_-]{0,14}", re.ASCII)
RESERVED_INTERFACES = frozenset(("all", "default", "interfaces", "lo"))
PEER_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._@-]{0,62}", re.ASCII)


def check_interface(value: object) -> None:
    """A name that the kernel, wg, wg-quick, systemd and sysctl all take for an interface. Raises ValueError."""
    if not isinstance(value, str) or not INTERFACE.fullmatch(value) or value in RESERVED_INTERFACES:
        raise ValueError(
            f"an interface's name is 1 to 15 of a-z 0-9 _ -, begins with a letter, and is none of {', '.join(sorted(RESERVED_INTERFACES))}"
        )


def check_name(value: object) -> None:
    """A peer's name, fit for a comment, a file's name and a key of the registry. Raises ValueError."""
    if not isinstance(value, str) or not PEER_NAME.fullmatch(value):
        raise ValueError("a peer's name is 1 to 63 of a-z A-Z 0-9 . _ @ -, and begins with a letter or digit")
