# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Lists of networks as they are given: item by item, as the text of a file, and by the name of a set."""

from __future__ import annotations

import re
import socket
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks, _sweep

# Where no packet of the internet comes from or goes to, with who says so.
PRIVATE = {
    "10.0.0.0/8": "RFC 1918, private networks",
    "172.16.0.0/12": "RFC 1918, private networks",
    "192.168.0.0/16": "RFC 1918, private networks",
    "100.64.0.0/10": "RFC 6598, between a provider and its customers",
    "169.254.0.0/16": "RFC 3927, link-local addresses",
    "127.0.0.0/8": "RFC 1122, loopback",
    "224.0.0.0/4": "RFC 5771, multicast",
    "fc00::/7": "RFC 4193, unique local addresses",
    "fe80::/10": "RFC 4291, link-local addresses",
    "::1/128": "RFC 4291, loopback",
    "ff00::/8": "RFC 4291, multicast",
}
SETS: dict[str, tuple[str, ...]] = {"private": tuple(PRIVATE)}

Keys = t.Dict[int, t.List[int]]
"""Networks by IP version, as the keys of ``_sweep``."""

_COMMENT = re.compile(r"[#;].*")


def allowed_ips(include: t.Iterable[object], exclude: t.Iterable[object] = ()) -> list[str]:
    """``include`` minus ``exclude`` as the shortest sorted list of CIDR texts, IPv4 before IPv6.

    Items are CIDR networks and addresses as text, and names of sets. Raises NetworkError naming list and position.
    """
    return difference(read(include, "include"), read(exclude, "exclude"))


def difference(include: Keys, exclude: Keys) -> list[str]:
    """The same of keys, which it sorts."""
    found: list[str] = []
    for version in _sweep.BITS:
        wanted, unwanted = _sweep.spans(include[version], version), _sweep.spans(exclude[version], version)
        found += _sweep.texts(_sweep.subtract(wanted, unwanted), version)
    return found


def read(items: t.Iterable[object], name: str) -> Keys:
    """Networks and sets as keys. Raises NetworkError naming the list and the item's index."""
    _networks.check_list(items, name)
    listed = list(items)
    if _networks.IS_STRICT and all(issubclass(kind, str) for kind in set(map(type, listed))):
        texts = t.cast("list[str]", listed)
        try:
            return {
                4: _plain_keys([text for text in texts if ":" not in text], 4),
                6: _plain_keys([text for text in texts if ":" in text], 6),
            }
        except (KeyError, OSError, ValueError):
            # Not all are plain: one by one, names of sets are found, and mistakes with their place.
            pass
    keys: Keys = {4: [], 6: []}
    for index, item in enumerate(listed):
        for network in _named_or_parsed(item, f"{name}[{index}]: "):
            keys[network.version].append(network.first << 8 | _networks.prefix_of(network))
    return keys


def parse(value: object, source: str = "") -> list[str]:
    """The networks of a text, one a line, or of a list, in their order, as CIDR texts; sets become what they hold.

    In a text, what follows # or ; is a comment, and lines may be empty. Raises NetworkError, for a text with the number
    of the line, for a list with the index, and with ``source``, such as the name of the file.
    """
    places = _lines(value, source) if isinstance(value, str) else _items(value, source)
    return [_networks.format_network(network) for item, place in places for network in _named_or_parsed(item, place)]


def is_set(item: object) -> bool:
    """Whether an item of a list is the name of a set."""
    return isinstance(item, str) and item in SETS


def _plain_keys(texts: list[str], version: int) -> list[int]:
    """Keys of networks in their plain form. Raises KeyError, OSError or ValueError where one looks otherwise.

    Says the same as ``_networks.parse_network`` without a call for each text: that would take twice as long.
    """
    bits, family = _sweep.BITS[version], _sweep.FAMILIES[version]
    prefixes, host_bits, parse_address = _networks.PREFIXES[version], _networks.HOST_BITS[version], socket.inet_pton
    keys = []
    for text in texts:
        address, slash, length = text.partition("/")
        prefix = prefixes[length] if slash else bits
        value = int.from_bytes(parse_address(family, address), "big")
        if value & host_bits[prefix]:
            raise ValueError(text)
        keys.append(value << 8 | prefix)
    # What inet_pton takes and this collection does not.
    if version == 6 and (any(key >> 40 == _networks.MAPPED for key in keys) or any("." in text for text in texts)):
        raise ValueError(version)
    return keys


def _named_or_parsed(item: object, place: str) -> list[_networks.Network]:
    names = SETS[item] if isinstance(item, str) and item in SETS else (item,)
    try:
        return [_networks.parse_network(name) for name in names]
    except _networks.NetworkError as exc:
        hint = f"; or name a set: {', '.join(SETS)}" if isinstance(item, str) and item.isalpha() else ""
        raise _networks.NetworkError(f"{place}{exc}{hint}") from exc


def _lines(text: str, source: str) -> t.Iterator[tuple[object, str]]:
    """What stands on each line, and the beginning of a message about it. Lines are those that editors count."""
    for number, line in enumerate(text.lstrip("\ufeff").split("\n"), 1):
        content = _COMMENT.sub("", line).strip(" \t\r")
        if content:
            yield content, f"{source}:{number}: " if source else f"line {number}: "


def _items(value: object, source: str) -> t.Iterator[tuple[object, str]]:
    """The same for a list."""
    _networks.check_list(value, source or "the input")
    for index, item in enumerate(t.cast("t.Iterable[object]", value)):
        yield item, f"{source or 'item'}[{index}]: "
