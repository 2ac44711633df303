# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What wg and ip tell of a device, as values."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _commands, _files, _networks
from ansible_collections.vpn.wireguard.plugins.module_utils._device import Device, DevicePeer


def read(commands: _commands.Commands, name: str) -> Device | None:
    """The WireGuard device of that name, as wg knows it; None where there is no such link.

    Raises HostError for a link of another kind.
    """
    if not os.path.exists(f"/sys/class/net/{name}"):
        return None
    # Where there is no wg, a link of that name is somebody else's too.
    if _commands.has_tool("wg"):
        code, text, _error = commands.attempt("wg", "show", name, "dump")
        if code == 0:
            return parse_dump(text)
    raise _files.HostError(f"{name} is an interface of this host and not one of WireGuard; choose another name")


def parse_dump(text: str) -> Device:
    """The output of ``wg show INTERFACE dump`` (wg(8)): tab separated, the device first, then a line a peer."""
    lines = [line.split("\t") for line in text.splitlines()]
    _private, public, port, mark = lines[0]
    peers = [_dumped_peer(fields) for fields in lines[1:]]
    return Device(
        public_key=None if public == "(none)" else public,
        listen_port=int(port),
        fw_mark=0 if mark == "off" else int(mark, 0),
        peers={peer.public_key: peer for peer in peers},
    )


def with_link(device: Device, link: t.Mapping[str, t.Any], routes: t.Iterable[t.Mapping[str, t.Any]] = ()) -> Device:
    """The device with what iproute2 tells of it in JSON: its entry of ``ip address`` and those of ``ip route``.

    Link-local addresses are the kernel's own affair and left out, and so are default routes.
    """
    addresses = [
        f"{entry['local']}/{entry['prefixlen']}" for entry in link.get("addr_info", []) if entry.get("scope") != "link"
    ]
    networks = [str(route["dst"]) for route in routes if route["dst"] != "default"]
    return dataclasses.replace(
        device,
        mtu=int(link.get("mtu", 0)),
        addresses=frozenset(addresses),
        routes=frozenset(_networks.format_network(_networks.parse_network(network)) for network in networks),
    )


def _dumped_peer(fields: list[str]) -> DevicePeer:
    public, preshared, endpoint, allowed, handshake, received, sent, keepalive = fields
    return DevicePeer(
        public_key=public,
        allowed_ips=frozenset() if allowed == "(none)" else frozenset(allowed.split(",")),
        endpoint=None if endpoint == "(none)" else endpoint,
        persistent_keepalive=0 if keepalive == "off" else int(keepalive),
        preshared_key=None if preshared == "(none)" else preshared,
        handshake=int(handshake),
        received=int(received),
        sent=int(sent),
    )
