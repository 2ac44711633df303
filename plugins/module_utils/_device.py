# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""A running WireGuard interface as a value."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class DevicePeer:
    """A peer as the device has it. ``handshake`` is Unix time, 0 for never; transfer is in bytes."""

    public_key: str
    allowed_ips: frozenset[str] = frozenset()
    endpoint: str | None = None
    persistent_keepalive: int = 0
    preshared_key: str | None = dataclasses.field(default=None, repr=False)
    handshake: int = 0
    received: int = 0
    sent: int = 0


@dataclasses.dataclass(frozen=True)
class Device:
    """A running WireGuard interface. It holds no private key; ``public_key`` is None while it has none.

    ``routes`` are the networks that the host sends to it by the table of its file, without default routes.
    """

    public_key: str | None
    listen_port: int
    fw_mark: int = 0
    mtu: int = 0
    addresses: frozenset[str] = frozenset()
    routes: frozenset[str] = frozenset()
    peers: t.Mapping[str, DevicePeer] = dataclasses.field(default_factory=dict)
