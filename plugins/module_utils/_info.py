# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What a host can do and what runs on it, as data without secrets."""

from __future__ import annotations

import dataclasses
import os
import time
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _apply, _files, _frontend, _host, _keys, _plan

TOOLS = (
    "wg",
    "wg-quick",
    "wireguard-go",
    "ip",
    "iptables",
    "iptables-restore",
    "ip6tables-restore",
    "nft",
    "resolvconf",
    "resolvectl",
    "sysctl",
    "ping",
    "qrencode",
)
# Package managers in the order in which a host that has several prefers them.
PACKAGE_MANAGERS = {"apt-get": "apt", "dnf": "dnf", "zypper": "zypper", "pacman": "pacman", "apk": "apk", "yum": "yum"}


def capabilities(host: _host.Host) -> dict[str, t.Any]:
    """What the roles need to know before they change anything."""
    tools = {tool: _host.has_tool(tool) for tool in TOOLS}
    managers = [manager for command, manager in PACKAGE_MANAGERS.items() if _host.has_tool(command)]
    return {
        "tools": {**tools, "cryptography": _keys.HAS_CRYPTOGRAPHY},
        "kernel": host.has_kernel_support(),
        "systemd": _host.has_systemd(),
        "resolved": os.path.isdir("/run/systemd/resolve"),
        "ipv6": os.path.exists("/proc/net/if_inet6"),
        "links": sorted(os.listdir("/sys/class/net")),
        "firewall": firewall(host, tools),
        "package_manager": managers[0] if managers else None,
        "uplinks": {str(version): host.default_route(version) for version in (4, 6)} if _host.has_tool("ip") else {},
    }


def firewall(host: _host.Host, tools: t.Mapping[str, bool]) -> dict[str, t.Any]:
    """The host's own firewall, if it runs one, and which of iptables and nftables is the better one here."""
    name = host.frontend_name()
    return {"frontend": name, "backend": _frontend.backend(tools, name, host.has_iptables_rules())}


def interface(host: _host.Host, name: str) -> dict[str, t.Any]:
    """One interface: its device, its peers by name where the file has names, and where the two differ."""
    found = _apply.find(host, name)
    names = {peer.public_key: peer.name or peer.public_key for peer in found.config.peers} if found.config else {}
    return {
        "name": name,
        "up": found.device is not None,
        "enabled": found.enabled,
        "file": _files.config_path(name) if found.text is not None else None,
        "device": describe_device(found.device, names) if found.device else None,
        "drift": drift(name, found, own_key(host, found)),
    }


def describe_device(device: _plan.Device, names: t.Mapping[str, str]) -> dict[str, t.Any]:
    """A device without its secrets. Ages are in seconds, transfer in bytes."""
    return {
        "public_key": device.public_key,
        "listen_port": device.listen_port,
        "addresses": sorted(device.addresses),
        "mtu": device.mtu,
        "peers": {names.get(key, key): describe_peer(peer) for key, peer in device.peers.items()},
    }


def describe_peer(peer: _plan.DevicePeer) -> dict[str, t.Any]:
    """A peer without its secret; ``preshared_key`` tells only whether there is one."""
    return {
        "public_key": peer.public_key,
        "endpoint": peer.endpoint,
        "allowed_ips": sorted(peer.allowed_ips),
        "handshake_age": int(time.time()) - peer.handshake if peer.handshake else None,
        "received": peer.received,
        "sent": peer.sent,
        "persistent_keepalive": peer.persistent_keepalive,
        "preshared_key": peer.preshared_key is not None,
    }


def own_key(host: _host.Host, found: _plan.Found) -> str | None:
    """The public key of the private one in the file."""
    private = found.config.interface.private_key if found.config else None
    return host.public_key(_keys.decode(private)) if private else None


def drift(name: str, found: _plan.Found, public_key: str | None) -> list[str]:
    """What would have to be done so that the device is what the file says, in words. ``public_key`` is the file's."""
    if found.config is None or found.text is None or found.device is None:
        return []
    # Only hooks of this collection can be looked for and run again; a foreign file is compared without taking it over.
    wanted = _plan.Wanted(name, "up", found.enabled, found.text, found.config, public_key, live_hooks=found.managed)
    # Who expires is known by the registry, which is not looked at here.
    wanted = dataclasses.replace(wanted, expires=found.timer is not False, many=found.starter is not False)
    return [step.words for step in _plan.plan(wanted, dataclasses.replace(found, managed=True))]
