# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Networks as pairs of integers: include minus exclude, aggregation, conflicts, addresses.

Text becomes a ``Network`` at the door and integers do the rest. The door is netaddr where it can be
imported (the controller) and the standard library where it cannot (the hosts); both stand behind the
same check of the form, so that they accept the same texts.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import typing as t

try:
    import netaddr

    HAS_NETADDR = True
except ImportError:
    HAS_NETADDR = False

BITS = {4: 32, 6: 128}

# Four decimal numbers, none with a leading zero (it means octal to inet_aton), and a prefix length.
_IPV4 = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})(?:/(?:0|[1-9][0-9]?))?", re.ASCII)
# Hexadecimal groups only: no zone, no IPv4 tail.
_IPV6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*(?:/(?:0|[1-9][0-9]{0,2}))?", re.ASCII)
_RIGHT = "write it like 10.8.0.0/24, 10.8.0.2 or fd00:8::/64"
# RFC 4291, 2.5.5.2: IPv4-mapped addresses, which no router forwards.
_MAPPED_FIRST = 0xFFFF00000000
_MAPPED_LAST = 0xFFFFFFFFFFFF


class NetworkError(ValueError):
    """A text that is no network or address; the message quotes it and says what would be right."""


class Network(t.NamedTuple):
    """All addresses from ``first`` to ``last``, both included, of IP ``version`` 4 or 6.

    A range of any size; it is a CIDR network only where it came from one.
    """

    version: int
    first: int
    last: int


class Interface(t.NamedTuple):
    """An address with the network it is on, as ``ip address`` writes them: ``10.8.0.1/24``."""

    version: int
    address: int
    prefix: int

    @property
    def network(self) -> Network:
        """The network of the address."""
        return _network_of(self.version, self.address, self.prefix)

    def __str__(self) -> str:
        return f"{format_address(self.version, self.address)}/{self.prefix}"


class Conflict(t.NamedTuple):
    """Two owners of one network: ``network`` (CIDR text) is the part that both claim."""

    first: str
    second: str
    network: str


def parse_interface(text: object) -> Interface:
    """``10.8.0.1/24`` or ``10.8.0.1`` (then the prefix is the full length) as an ``Interface``.

    Raises NetworkError for anything that is not exactly that.
    """
    version = _version(text)
    try:
        interface = _parse_checked(t.cast(str, text), version)
    except ValueError as exc:
        raise NetworkError(f"{text!r} is not an IP address or network ({exc}); {_RIGHT}") from exc
    if version == 6 and interface.prefix >= 96 and _MAPPED_FIRST <= interface.address <= _MAPPED_LAST:
        raise NetworkError(f"{text!r} is an IPv4 address inside an IPv6 one; write it as IPv4")
    return interface


def parse_network(text: object) -> Network:
    """A CIDR network without host bits, ``10.8.0.0/24``; a bare address is a network of one.

    Raises NetworkError, for host bits with the network that was probably meant.
    """
    interface = parse_interface(text)
    network = interface.network
    if network.first != interface.address:
        meant = f"{format_address(network.version, network.first)}/{interface.prefix}"
        raise NetworkError(
            f"{text!r} has host bits set; write {meant} for the network, or the address with /{BITS[network.version]}"
        )
    return network


def parse_address(text: object) -> tuple[int, int]:
    """One address without a prefix, ``10.8.0.2``, as (version, integer). Raises NetworkError."""
    if isinstance(text, str) and "/" in text:
        raise NetworkError(f"{text!r} is not a single address; write it without the prefix length")
    interface = parse_interface(text)
    return interface.version, interface.address


def is_address(text: object) -> bool:
    """Whether a text is one address."""
    try:
        return bool(parse_address(text))
    except NetworkError:
        return False


def format_address(version: int, value: int) -> str:
    """The canonical text of an address (RFC 5952 for IPv6)."""
    if version == 4:
        return socket.inet_ntop(socket.AF_INET, value.to_bytes(4, "big"))
    text = socket.inet_ntop(socket.AF_INET6, value.to_bytes(16, "big"))
    # inet_ntop writes ::a.b.c.d for small values, a form that this collection refuses on its way in.
    return str(ipaddress.IPv6Address(value)) if "." in text else text


def format_network(network: Network) -> str:
    """The canonical CIDR text of a range that is one CIDR network."""
    return next(to_cidrs([network]))


def merge(networks: t.Iterable[Network]) -> list[Network]:
    """The same addresses as the fewest ranges: sorted, disjoint and not adjacent."""
    merged: list[Network] = []
    for network in sorted(networks):
        if merged and merged[-1].version == network.version and network.first <= merged[-1].last + 1:
            if network.last > merged[-1].last:
                merged[-1] = merged[-1]._replace(last=network.last)
        else:
            merged.append(network)
    return merged


def subtract(include: t.Iterable[Network], exclude: t.Iterable[Network]) -> list[Network]:
    """The ranges of ``include`` without those of ``exclude``: sorted, disjoint and not adjacent."""
    holes = merge(exclude)
    left: list[Network] = []
    position = 0
    for version, first, last in merge(include):
        while position < len(holes) and holes[position][:1] + holes[position][2:] < (version, first):
            position += 1
        # Looks ahead from ``position``: one hole may reach over several ranges.
        ahead = position
        while ahead < len(holes) and holes[ahead].version == version and holes[ahead].first <= last:
            if holes[ahead].first > first:
                left.append(Network(version, first, holes[ahead].first - 1))
            first = max(first, holes[ahead].last + 1)
            ahead += 1
        if first <= last:
            left.append(Network(version, first, last))
        position = max(position, ahead - 1)
    return left


def to_cidrs(ranges: t.Iterable[Network]) -> t.Iterator[str]:
    """The fewest CIDR networks that cover each range, in order, as text."""
    for version, first, last in ranges:
        bits = BITS[version]
        while first <= last:
            size = (first & -first) if first else 1 << bits
            size = min(size, 1 << ((last - first + 1).bit_length() - 1))
            yield f"{format_address(version, first)}/{bits + 1 - size.bit_length()}"
            first += size


def allowed_ips(include: t.Iterable[object], exclude: t.Iterable[object] = ()) -> list[str]:
    """``include`` minus ``exclude`` as the shortest sorted list of CIDR texts, IPv4 before IPv6.

    Items are CIDR networks or addresses as text. Raises NetworkError naming list and position.
    """
    return list(to_cidrs(subtract(parse_list(include, "include"), parse_list(exclude, "exclude"))))


def parse_list(items: t.Iterable[object], name: str) -> list[Network]:
    """Each item through ``parse_network``; NetworkError names the list and the item's index."""
    if isinstance(items, (str, bytes)) or not isinstance(items, t.Iterable):
        raise NetworkError(f"{name} is {items!r}, not a list; write it as a list of networks, such as [10.8.0.0/24]")
    networks = []
    for index, item in enumerate(items):
        try:
            networks.append(parse_network(item))
        except NetworkError as exc:
            raise NetworkError(f"{name}[{index}]: {exc}") from exc
    return networks


def find_conflicts(owners: t.Mapping[str, t.Iterable[Network]]) -> list[Conflict]:
    """Each pair of different owners whose networks overlap, once, with the part that both claim.

    One sweep over all networks in order; only ranges that are still open are looked at, so that the
    time grows with the conflicts there are and not with the pairs there could be.
    """
    spans = sorted((network, owner) for owner, networks in owners.items() for network in networks)
    found: dict[tuple[str, str], Conflict] = {}
    still_open: list[tuple[Network, str]] = []
    for network, owner in spans:
        still_open = [
            (other, name)
            for other, name in still_open
            if other.version == network.version and other.last >= network.first
        ]
        for other, name in still_open:
            pair = (name, owner) if name < owner else (owner, name)
            if name != owner and pair not in found:
                shared = Network(network.version, network.first, min(network.last, other.last))
                found[pair] = Conflict(*pair, format_network(shared))
        still_open.append((network, owner))
    return [found[pair] for pair in sorted(found)]


def hosts_of(network: Network) -> range:
    """The addresses of a network that hosts may have.

    Without the network and the broadcast address in IPv4 (RFC 1122, 3.2.1.3; RFC 3021 for /31) and
    without the subnet-router anycast address in IPv6 (RFC 4291, 2.6.1; RFC 6164 for /127).
    """
    size = network.last - network.first + 1
    if size <= 2:
        return range(network.first, network.last + 1)
    return range(network.first + 1, network.last + (0 if network.version == 4 else 1))


def nth_address(text: object, number: int) -> str:
    """Host address ``number`` of a network, the first host being 1, the last being -1.

    Raises NetworkError where the network has no such host.
    """
    network = parse_network(text)
    hosts = hosts_of(network)
    count = hosts.stop - hosts.start
    if number == 0 or not -count <= number <= count:
        raise NetworkError(f"{text!r} has no host {number}; it has hosts 1 to {count}")
    value = hosts.start + number - 1 if number > 0 else hosts.stop + number
    return format_address(network.version, value)


def _version(text: object) -> int:
    if not isinstance(text, str):
        raise NetworkError(
            f"{text!r} is of type {type(text).__name__}, not text; quote it in YAML, such as '10.8.0.0/24'"
        )
    if _IPV4.fullmatch(text):
        return 4
    if _IPV6.fullmatch(text):
        return 6
    raise NetworkError(f"{text!r} is not an IP address or network; {_RIGHT}")


def _parse_checked(text: str, version: int) -> Interface:
    """Raises ValueError, which netaddr's AddrFormatError is not."""
    if not HAS_NETADDR:
        parsed = ipaddress.ip_interface(text)
        return Interface(version, int(parsed.ip), parsed.network.prefixlen)
    try:
        network = netaddr.IPNetwork(text, version=t.cast("t.Literal[4, 6]", version))
    except netaddr.AddrFormatError as exc:
        raise ValueError(exc) from exc
    return Interface(version, int(network.ip), int(network.prefixlen))


def _network_of(version: int, address: int, prefix: int) -> Network:
    mask = (1 << (BITS[version] - prefix)) - 1
    return Network(version, address & ~mask, address | mask)
