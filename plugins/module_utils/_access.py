# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What single peers may reach, from the inventory's words to values.

An item is a mapping with ``to``, and if wanted ``protocol`` and ``ports``, or the name of a list of such items that
several peers share. ``to`` is a network, an address or ``hub``, or a list of those.
"""

from __future__ import annotations

import difflib
import re
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks
from ansible_collections.vpn.wireguard.plugins.module_utils._policy import Access, Allow

HUB = "hub"
_FIELDS = ("to", "protocol", "ports")
_PROTOCOLS = ("any", "tcp", "udp", "icmp")
_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})", re.ASCII)

Lists = t.Mapping[str, t.Sequence[object]]


def access_of(
    peers: t.Mapping[str, t.Mapping[str, t.Any]],
    wishes: t.Iterable[t.Mapping[str, t.Any]],
    lists: Lists,
    hub: t.Sequence[str],
) -> list[Access]:
    """The lists of those peers that have one. ``wishes`` are mappings with name and allow, ``hub`` its own addresses.

    Raises ValueError naming the peer.
    """
    allowed = {wish["name"]: wish["allow"] for wish in wishes if wish.get("allow") is not None}
    found = []
    for name, peer in peers.items():
        if name in allowed:
            try:
                sources = [*peer["addresses"], *peer["networks"]]
                found.append(Access(tuple(map(_canonical, sources)), read(allowed[name], lists, hub)))
            except ValueError as exc:
                raise ValueError(f"{name}: allow: {exc}") from exc
    return found


def read(items: object, lists: Lists, hub: t.Sequence[str]) -> tuple[Allow, ...]:
    """The items of one peer's ``allow``. Raises ValueError naming the item."""
    if not isinstance(items, (list, tuple)):
        raise ValueError(f"{items!r} is no list; write it like [{{to: 10.20.0.0/16, protocol: tcp, ports: [443]}}]")
    found: list[Allow] = []
    for index, item in enumerate(items):
        try:
            found += _shared(item, lists, hub) if isinstance(item, str) else _one(item, hub)
        except ValueError as exc:
            raise ValueError(f"item {index}: {exc}") from exc
    return tuple(found)


def single(addresses: t.Iterable[str]) -> list[str]:
    """Addresses as networks of one."""
    return [_canonical(address) for address in addresses]


def check_lists(lists: object) -> None:
    """Raise ValueError unless these are lists of items by name."""
    if not isinstance(lists, t.Mapping):
        raise ValueError("a mapping is meant, from the name of a list to its items, such as {admins: [{to: hub}]}")
    for name, items in lists.items():
        try:
            if isinstance(items, (list, tuple)) and any(isinstance(item, str) for item in items):
                raise ValueError("a shared list holds mappings, not names of other lists")
            read(items, {}, ["10.8.0.1"])
        except ValueError as exc:
            raise ValueError(f"{name}: {exc}") from exc


def admits(allow: t.Sequence[Allow], address: str, protocol: str) -> bool:
    """Whether the items admit packets of a whole protocol, such as icmp, to an address."""
    wanted = _networks.parse_network(address)
    return any(
        not item.ports and item.protocol in ("", protocol) and _holds(_networks.parse_network(target), wanted)
        for item in allow
        for target in item.targets
    )


def _holds(network: _networks.Network, other: _networks.Network) -> bool:
    return network.version == other.version and network.first <= other.first and other.last <= network.last


def _shared(name: str, lists: Lists, hub: t.Sequence[str]) -> tuple[Allow, ...]:
    if name not in lists:
        near = difflib.get_close_matches(name, list(lists), 1)
        hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(sorted(lists)) or 'none'}"
        raise ValueError(f"{name!r} is no list of wg_server_allow_lists{hint}")
    return read(lists[name], {}, hub)


def _one(item: object, hub: t.Sequence[str]) -> list[Allow]:
    if not isinstance(item, t.Mapping):
        raise ValueError(f"{item!r} is no mapping; write it like {{to: 10.20.0.0/16, protocol: tcp, ports: [443]}}")
    for field in item:
        if field not in _FIELDS:
            near = difflib.get_close_matches(str(field), _FIELDS, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"{field!r} is no field of it{hint}; there are {', '.join(_FIELDS)}")
    targets = _targets(item.get("to"), hub)
    ports = _ports(item.get("ports"))
    return [Allow(targets, protocol, ports) for protocol in _protocols(item.get("protocol"), bool(ports))]


def _targets(value: object, hub: t.Sequence[str]) -> tuple[str, ...]:
    texts = value if isinstance(value, (list, tuple)) else [value]
    if not texts or value is None:
        raise ValueError("to is missing; name a network, an address or hub")
    return tuple(_canonical(text) for item in texts for text in (hub if item == HUB else [item]))


def _canonical(text: object) -> str:
    return _networks.format_network(_networks.parse_network(text))


def _protocols(value: object, has_ports: bool) -> tuple[str, ...]:
    """The protocols to write rules for; "" is any."""
    if value is None:
        return ("tcp", "udp") if has_ports else ("",)
    if value not in _PROTOCOLS:
        raise ValueError(f"protocol = {value!r}: one of {', '.join(_PROTOCOLS)} is meant")
    if has_ports and value not in ("tcp", "udp"):
        raise ValueError(f"protocol = {value!r}: only tcp and udp have ports")
    return ("",) if value == "any" else (str(value),)


def _ports(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    items = value if isinstance(value, (list, tuple)) else [value]
    if not items:
        raise ValueError("ports is an empty list; leave it out for all ports")
    return tuple(_port(item) for item in items)


def _port(value: object) -> str:
    match = _RANGE.fullmatch(value) if isinstance(value, str) else None
    ends = [int(match[1]), int(match[2])] if match else [value]
    numbers = [end for end in ends if isinstance(end, int) and not isinstance(end, bool) and 1 <= end <= 65535]
    if len(numbers) != len(ends) or (match and numbers[0] > numbers[1]):
        raise ValueError(f"ports: {value!r} is no port; write 443, or a range as '8000-8010'")
    return "-".join(map(str, numbers))
