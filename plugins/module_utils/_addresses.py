# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Hand out addresses: each peer one in each network, and no address to two."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks

HUB = "the hub"

Address = t.Tuple[int, int]
"""IP version and value."""


class AddressError(ValueError):
    """Addresses that cannot be had; the message names the peer, the address and the way out."""


@dataclasses.dataclass(frozen=True)
class Request:
    """What a peer asks for: addresses it must have (``pins``) and those it has had so far (``held``), as text."""

    name: str
    pins: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


@dataclasses.dataclass
class _Book:
    """Who has what: ``taken`` by address, ``chosen`` by peer and number of the network.

    ``hosts`` are the networks by IP version and host addresses, made once: peers are asked about by the thousand.
    """

    pools: list[_networks.Network]
    hosts: list[tuple[int, range]]
    taken: dict[Address, str]
    chosen: dict[str, dict[int, int]]

    def take(self, name: str, index: int, address: Address) -> None:
        self.taken[address] = name
        self.chosen[name][index] = address[1]

    def pool_of(self, address: Address) -> int | None:
        version, value = address
        for index, (of_version, hosts) in enumerate(self.hosts):
            if of_version == version and value in hosts:
                return index
        return None


def assign(
    requests: t.Sequence[Request],
    networks: t.Sequence[str],
    reserved: t.Iterable[str],
    resting: t.Mapping[str, str],
) -> dict[str, tuple[str, ...]]:
    """The addresses of each peer, in the order of ``networks``.

    A pin comes first, then what the peer has had, then the lowest address that is free. ``reserved`` are the hub's
    own, ``resting`` (address to name) those given up lately, which only their former owner or a pin gets.
    Raises AddressError, or NetworkError of a text that is no network.
    """
    own = {_networks.parse_address(text): HUB for text in reserved}
    pools = [_networks.parse_network(text) for text in networks]
    hosts = [(pool.version, _networks.hosts_of(pool)) for pool in pools]
    book = _Book(pools, hosts, own, {item.name: {} for item in requests})
    held = [(item, address) for item in requests for address in map(_networks.parse_address, item.held)]
    pinned = {item.name: _pinned_pools(book, item) for item in requests if item.pins}
    # What a peer has had, without what its pins make it leave.
    holders = {
        address: item.name for item, address in held if not item.pins or book.pool_of(address) not in pinned[item.name]
    }
    for item in requests:
        for text in item.pins:
            _pin(book, item.name, text, holders)
    for item, address in held:
        _keep(book, item.name, address)
    asleep = {_networks.parse_address(text): name for text, name in resting.items()}
    for address, name in asleep.items():
        if name in book.chosen:
            _keep(book, name, address)
    for index in range(len(book.pools)):
        _fill(book, index, asleep)
    return {name: _texts(book, by_pool) for name, by_pool in book.chosen.items()}


def _pinned_pools(book: _Book, request: Request) -> set[int | None]:
    return {book.pool_of(_networks.parse_address(text)) for text in request.pins}


def _pin(book: _Book, name: str, text: str, holders: t.Mapping[Address, str]) -> None:
    address = _networks.parse_address(text)
    index = book.pool_of(address)
    if index is None:
        raise AddressError(f"{name}: address {text} is not a host of any of the hub's networks")
    if index in book.chosen[name]:
        raise AddressError(f"{name}: address {text} is a second one in the same network; pin one for each network")
    owner = book.taken.get(address) or holders.get(address, name)
    if owner != name:
        raise AddressError(f"{name}: address {text} belongs to {owner} already; pin another, or none")
    book.take(name, index, address)


def _keep(book: _Book, name: str, address: Address) -> None:
    index = book.pool_of(address)
    if index is not None and index not in book.chosen[name] and address not in book.taken:
        book.take(name, index, address)


def _fill(book: _Book, index: int, asleep: t.Mapping[Address, str]) -> None:
    pool = book.pools[index]
    addresses = ((pool.version, value) for value in _networks.hosts_of(pool))
    free = (address for address in addresses if address not in book.taken and address not in asleep)
    for name, by_pool in book.chosen.items():
        if index in by_pool:
            continue
        address = next(free, None)
        if address is None:
            raise AddressError(_full(name, pool, asleep))
        book.take(name, index, address)


def _full(name: str, pool: _networks.Network, asleep: t.Mapping[Address, str]) -> str:
    resting = sum(version == pool.version and pool.first <= value <= pool.last for version, value in asleep)
    rest = f" ({resting} given up lately are not handed out yet; a shorter quarantine frees them)" if resting else ""
    return f"{name}: no address is free in {_networks.format_network(pool)}{rest}; give the hub a larger network"


def _texts(book: _Book, by_pool: t.Mapping[int, int]) -> tuple[str, ...]:
    return tuple(_networks.format_address(book.pools[index].version, value) for index, value in sorted(by_pool.items()))
