# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What runs on a host, as data without secrets."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _device, _files, _find, _host, _keys, _plan


def interface(host: _host.Host, name: str) -> dict[str, t.Any]:
    """One interface: its device, its peers by name where the file has names, and where the two differ."""
    found = _find.find(host, name)
    names = {peer.public_key: peer.name or peer.public_key for peer in found.config.peers} if found.config else {}
    return {
        "name": name,
        "up": found.device is not None,
        "enabled": found.enabled,
        "file": _files.config_path(name) if found.text is not None else None,
        "device": describe_device(found.device, names) if found.device else None,
        "drift": drift(name, found, own_key(host, found)),
    }


def describe_device(device: _device.Device, names: t.Mapping[str, str]) -> dict[str, t.Any]:
    """A device without its secrets. Ages are in seconds, transfer in bytes."""
    return {
        "public_key": device.public_key,
        "listen_port": device.listen_port,
        "addresses": sorted(device.addresses),
        "mtu": device.mtu,
        "peers": {names.get(key, key): describe_peer(peer) for key, peer in device.peers.items()},
    }


def describe_peer(peer: _device.DevicePeer) -> dict[str, t.Any]:
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
