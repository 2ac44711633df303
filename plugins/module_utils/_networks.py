# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Networks and addresses: texts become numbers at this door, and numbers texts.

netaddr judges texts where it can be imported (the controller), the standard library where it cannot (the hosts), both
behind the same check of the form, so that they accept the same texts. The plain forms, of which long lists consist, are
read by inet_pton first: what it takes here the judges take as well, and the same way.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _sweep

try:
    import netaddr

    HAS_NETADDR = True
except ImportError:
    HAS_NETADDR = False

BITS = _sweep.BITS

# Four decimal numbers, none with a leading zero (it means octal to inet_aton), and a prefix length.
_IPV4 = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})(?:/(?:0|[1-9][0-9]?))?", re.ASCII)
# Hexadecimal groups only: no zone, no IPv4 tail.
_IPV6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*(?:/(?:0|[1-9][0-9]{0,2}))?", re.ASCII)
_RIGHT = "write it like 10.8.0.0/24, 10.8.0.2 or fd00:8::/64"
_LONGEST_QUOTE = 80
# RFC 4291, 2.5.5.2: IPv4-mapped addresses, which no router forwards.
MAPPED = 0xFFFF

# By version: the lengths that a prefix may have, as they are written (int() would take +8, 08, 8_0 and foreign digits),
# and the bits that are left for hosts.
PREFIXES = {version: {str(prefix): prefix for prefix in range(bits + 1)} for version, bits in BITS.items()}
HOST_BITS = {version: [(1 << (bits - prefix)) - 1 for prefix in range(bits + 1)] for version, bits in BITS.items()}


def _is_strict() -> bool:
    """Whether inet_pton refuses what the judges refuse. POSIX says so, and not every system is POSIX."""
    for family, text in ((socket.AF_INET, "010.0.0.1"), (socket.AF_INET, "10.1"), (socket.AF_INET6, "fe80::1%1")):
        try:
            socket.inet_pton(family, text)
        except OSError:
            continue
        return False
    return True


IS_STRICT = _is_strict()


# Of so many pairs of owners nobody reads the last one.
MOST_CONFLICTS = 1000


class NetworkError(ValueError):
    """A text that is no network or address; the message quotes it and says what would be right."""


class Network(t.NamedTuple):
    """A CIDR network: all addresses from ``first`` to ``last``, both included, of IP ``version`` 4 or 6."""

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
    interface = _plain(text) or _judged(text)
    if interface.version == 6 and interface.prefix >= 96 and interface.address >> 32 == MAPPED:
        raise NetworkError(f"{quote(text)} is an IPv4 address inside an IPv6 one; write it as IPv4")
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
            f"{quote(text)} has host bits set; write {meant} for the network, or the address with /{BITS[network.version]}"
        )
    return network


def parse_address(text: object) -> tuple[int, int]:
    """One address without a prefix, ``10.8.0.2``, as (version, integer). Raises NetworkError."""
    if isinstance(text, str) and "/" in text:
        raise NetworkError(f"{quote(text)} is not a single address; write it without the prefix length")
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
    return _sweep.text_of(version, value)


def format_network(network: Network) -> str:
    """The canonical CIDR text of a network."""
    return f"{format_address(network.version, network.first)}/{prefix_of(network)}"


def prefix_of(network: Network) -> int:
    """The length of a network's prefix."""
    return BITS[network.version] - (network.last - network.first).bit_length()


def is_within(network: Network, other: Network) -> bool:
    """Whether all of a network belongs to another one."""
    return network.version == other.version and other.first <= network.first and network.last <= other.last


def quote(value: object) -> str:
    """A value as it is shown in a message: a long one, such as a whole file, by its beginning."""
    text = repr(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def check_list(items: object, name: str) -> None:
    """Raises NetworkError for what is no list: a text, a number, nothing, or a mapping that YAML made of ``fd00::``."""
    if isinstance(items, (str, bytes, t.Mapping)) or not isinstance(items, t.Iterable):
        raise NetworkError(
            f"{name} is {quote(items)}, not a list; write it as a list of networks, such as [10.8.0.0/24]"
        )


def parse_list(items: t.Iterable[object], name: str) -> list[Network]:
    """Each item through ``parse_network``; NetworkError names the list and the item's index."""
    check_list(items, name)
    networks = []
    for index, item in enumerate(items):
        try:
            networks.append(parse_network(item))
        except NetworkError as exc:
            raise NetworkError(f"{name}[{index}]: {exc}") from exc
    return networks


def find_conflicts(owners: t.Mapping[str, t.Iterable[Network]], limit: int = MOST_CONFLICTS) -> list[Conflict]:
    """Pairs of different owners whose networks overlap, each pair once, with the part that both claim.

    Networks hold each other or are apart, so one walk through them in order needs to know only those that hold the
    present one. ``limit`` pairs are enough: a thousand owners of 0.0.0.0/0 would be half a million.
    """
    claims = sorted(
        (network.version, network.first, -network.last, owner)
        for owner, networks in owners.items()
        for network in networks
    )
    found: dict[tuple[str, str], Conflict] = {}
    holders: list[tuple[int, int, str]] = []
    for version, first, minus_last, owner in claims:
        while holders and holders[-1][:2] < (version, first):
            holders.pop()
        rivals = [name for _version, _last, name in holders]
        for name in rivals:
            pair = (name, owner) if name < owner else (owner, name)
            if name != owner and pair not in found:
                found[pair] = Conflict(*pair, format_network(Network(version, first, -minus_last)))
        if len(found) >= limit:
            break
        # What an owner claims twice is in dispute once.
        if owner not in rivals:
            holders.append((version, -minus_last, owner))
    return [found[pair] for pair in sorted(found)][:limit]


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
        raise NetworkError(f"{quote(text)} has no host {number}; it has hosts 1 to {count}")
    value = hosts.start + number - 1 if number > 0 else hosts.stop + number
    return format_address(network.version, value)


def _plain(text: object) -> Interface | None:
    """What inet_pton says of ``address/length`` and of an address; None for what the judges have to look at."""
    if not IS_STRICT or not isinstance(text, str):
        return None
    address, slash, length = text.partition("/")
    version = 6 if ":" in address else 4
    prefix = PREFIXES[version].get(length) if slash else BITS[version]
    # An IPv4 tail in an IPv6 address is the one form that inet_pton takes and this collection does not.
    if prefix is None or (version == 6 and "." in address):
        return None
    try:
        return Interface(version, int.from_bytes(socket.inet_pton(_sweep.FAMILIES[version], address), "big"), prefix)
    except (OSError, ValueError):
        return None


def _judged(text: object) -> Interface:
    """What netaddr or the standard library says of any value. Raises NetworkError."""
    version = _version(text)
    try:
        return _parse_checked(t.cast(str, text), version)
    except ValueError as exc:
        raise NetworkError(f"{quote(text)} is not an IP address or network ({exc}); {_RIGHT}") from exc


def _version(text: object) -> int:
    if not isinstance(text, str):
        raise NetworkError(f"{quote(text)} is of type {_kind(text)}, not text; quote it in YAML, such as '10.8.0.0/24'")
    if _IPV4.fullmatch(text):
        return 4
    if _IPV6.fullmatch(text):
        return 6
    raise NetworkError(f"{quote(text)} is not an IP address or network; {_RIGHT}")


def _kind(value: object) -> str:
    """The name of a type as people know it: templates bring an int as an _AnsibleTaggedInt."""
    known = next(kind for kind in type(value).__mro__ if kind.__module__ == "builtins")
    return type(value).__name__ if known is object else known.__name__


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
