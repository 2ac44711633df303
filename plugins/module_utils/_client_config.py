# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""The files of devices that Ansible does not manage: their text, and which of them have to change."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import (
    _config,
    _names,
    _networks,
    _qr,
    _registry,
    _settings,
    _tunnel,
)

PLACEHOLDER = "(put the private key of this device here)"
"""Stands for a key that only the device has. No program takes it for one."""

CODES = (".png", ".txt")


@dataclasses.dataclass(frozen=True)
class Device:
    """What the file of a device takes besides its keys and addresses."""

    name: str
    allowed_ips: tuple[str, ...]
    dns: tuple[str, ...] = ()
    persistent_keepalive: int = 0


@dataclasses.dataclass(frozen=True)
class Hub:
    """What all files have in common. ``networks`` are the tunnel's; a device has an address in each, in their order.

    ``public_key`` is None in check mode while the hub has none.
    """

    public_key: str | None
    endpoint: str
    networks: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class File:
    """The file that a device is to have. ``ready`` says that the device can take it as it is."""

    name: str
    text: str = dataclasses.field(repr=False)
    ready: bool

    @property
    def has_codes(self) -> bool:
        """Whether there can be a QR code of it: a placeholder is not worth one, and a long text does not fit."""
        return self.ready and not self.is_too_long

    @property
    def is_too_long(self) -> bool:
        """Whether no QR code can hold it."""
        return len(self.text.encode()) > _qr.MOST_BYTES


@dataclasses.dataclass(frozen=True)
class Kept:
    """A file that is there: its text, whether only its owner can read it, and the names of its codes."""

    text: str = dataclasses.field(repr=False)
    private: bool
    codes: frozenset[str] = frozenset()


def configs_of(devices: t.Sequence[t.Mapping[str, t.Any]], hub: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """What M(vpn.wireguard.wg_client_config) is asked for the items of wg_server_peers, one mapping each.

    ``hub`` has addresses, networks and routes as for ``tunnel_routes``. A device's own networks stay out of its tunnel.
    """
    shared = {route: _tunnel.routes(route, hub, [], []) for route in _settings.ROUTES}
    configs = []
    for device in devices:
        route, own = device.get("route") or "network", _settings.as_list(device.get("networks"))
        kept_out = own if route != "all" else []
        configs.append(
            {
                "name": device["name"],
                "allowed_ips": _tunnel.routes(route, hub, [], kept_out) if kept_out else shared[route],
                "dns": [str(item) for item in _settings.as_list(device.get("dns"))],
                "persistent_keepalive": device.get("persistent_keepalive") or 0,
            }
        )
    return configs


def check(device: Device, hub: Hub) -> None:
    """Raise ValueError for values that would make another file than it looks, such as one with a newline."""
    _names.check_name(device.name)
    _config.check_endpoint(hub.endpoint)
    _networks.parse_list(hub.networks, "networks")
    _networks.parse_list(device.allowed_ips, f"allowed_ips of {device.name}")
    _config.check_number(device.persistent_keepalive, 0, 65535, f"persistent_keepalive of {device.name}")
    for item in device.dns:
        if not _config.is_host(item) and not _networks.is_address(item):
            raise ValueError(f"dns of {device.name}: {item!r} is no address of a resolver and no search domain")


def render(device: Device, hub: Hub, peer: _registry.Peer | None) -> File:
    """The file of a device; ``peer`` is its entry in the registry, None in check mode while there is none."""
    private = peer.private_key if peer else None
    addresses = [f"{it}/{net.partition('/')[2]}" for it, net in zip(peer.addresses if peer else (), hub.networks)]
    fields = [
        ("PrivateKey", private or PLACEHOLDER),
        ("Address", ", ".join(addresses) or _config.PENDING),
        ("DNS", ", ".join(device.dns)),
    ]
    of_hub = [
        ("PublicKey", hub.public_key or _config.PENDING),
        ("PresharedKey", (peer.preshared_key if peer else None) or ""),
        ("Endpoint", hub.endpoint),
        ("AllowedIPs", ", ".join(device.allowed_ips)),
        ("PersistentKeepalive", str(device.persistent_keepalive or "")),
    ]
    sections = [f"# {_config.MARKER}: {device.name}\n[Interface]", *_lines(fields), "\n[Peer]\n# hub", *_lines(of_hub)]
    return File(device.name, "\n".join(sections) + "\n", private is not None)


def outdated(wanted: t.Iterable[File], kept: t.Mapping[str, Kept], qr: bool) -> list[File]:
    """Those of the files that are to be written, in their order, because file, mode or codes are not as they should."""
    return [file for file in wanted if not _is_right(file, kept.get(file.name), qr)]


def left(wanted: t.Iterable[File], kept: t.Mapping[str, Kept]) -> list[str]:
    """Names of the devices that are gone and whose files are still there. Files of another make are nobody's."""
    names = {file.name for file in wanted}
    return sorted(name for name, file in kept.items() if name not in names and _config.is_managed(file.text))


def _is_right(file: File, kept: Kept | None, qr: bool) -> bool:
    codes = frozenset(CODES if qr and file.has_codes else ())
    return kept is not None and kept.private and kept.text == file.text and kept.codes == codes


def _lines(fields: t.Iterable[tuple[str, str]]) -> list[str]:
    return [f"{label} = {value}" for label, value in fields if value]
