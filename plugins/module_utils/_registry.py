# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Who the peers of a hub are: those declared now, joined with what the hub remembers of them.

The hub remembers because a run may know less than the inventory: a host that is left out by ``--limit``,
is down, or has failed is declared but tells no key, and keeps the one it had.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks

FORMAT = 1


class RegistryError(ValueError):
    """Peers that cannot be together, or a store that cannot be read; the message names them."""


@dataclasses.dataclass(frozen=True)
class Declared:
    """A peer as the inventory has it. ``public_key`` is None where this run did not learn it.

    ``addresses`` are pins: at most one for each network of the hub.
    """

    name: str
    public_key: str | None = None
    addresses: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Peer:
    """A peer that the hub knows. ``first_seen`` is a date, as YYYY-MM-DD."""

    name: str
    public_key: str | None
    addresses: tuple[str, ...]
    networks: tuple[str, ...] = ()
    first_seen: str = ""

    @property
    def allowed_ips(self) -> list[str]:
        """What the hub takes from this peer and sends to it: its addresses, and the networks behind it."""
        items = [_networks.format_network(_networks.parse_network(address)) for address in self.addresses]
        return items + [_networks.format_network(_networks.parse_network(network)) for network in self.networks]


@dataclasses.dataclass(frozen=True)
class Resolution:
    """All peers by name, and what became of them. ``unknown`` are declared ones whose key nobody knows."""

    peers: dict[str, Peer]
    added: list[str]
    removed: list[str]
    updated: list[str]
    unknown: list[str]


def resolve(
    declared: t.Sequence[Declared],
    remembered: t.Mapping[str, Peer],
    networks: t.Sequence[str],
    reserved: t.Sequence[str],
    today: str,
) -> Resolution:
    """Keys and addresses for all declared peers.

    ``networks`` are the hub's, ``reserved`` its own addresses. An address is a pin, or else the one
    remembered, or else the lowest free one. Raises RegistryError, or NetworkError of a text that is no network.
    """
    _check_names(declared)
    pools = [_networks.parse_network(network) for network in networks]
    addresses = _assign(declared, remembered, pools, {_networks.parse_address(address) for address in reserved})
    peers = {peer.name: _join(peer, remembered.get(peer.name), addresses[peer.name], today) for peer in declared}
    _check_keys(peers)
    _check_networks(peers, networks)
    return Resolution(
        peers=peers,
        added=[name for name in peers if name not in remembered],
        removed=[name for name in remembered if name not in peers],
        updated=[name for name, peer in peers.items() if name in remembered and remembered[name] != peer],
        unknown=[name for name, peer in peers.items() if peer.public_key is None],
    )


def load(text: str) -> dict[str, Peer]:
    """The peers by name from the text of the store. Raises RegistryError."""
    try:
        stored = json.loads(text)
        if stored["format"] != FORMAT:
            raise RegistryError(f"its format is {stored['format']!r}, this release reads {FORMAT}")
        return {name: _stored_peer(name, peer) for name, peer in stored["peers"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise RegistryError(
            f"the registry of peers cannot be read ({exc}); restore it from a backup, or move it away to begin anew"
        ) from exc


def dump(peers: t.Mapping[str, Peer]) -> str:
    """The text of the store."""
    entries = {
        name: {key: value for key, value in dataclasses.asdict(peer).items() if key != "name"}
        for name, peer in sorted(peers.items())
    }
    return json.dumps({"format": FORMAT, "peers": entries}, indent=2) + "\n"


def _stored_peer(name: str, entry: t.Mapping[str, t.Any]) -> Peer:
    """Raises KeyError or RegistryError."""
    key, addresses, networks = entry["public_key"], entry["addresses"], entry["networks"]
    lists = all(
        isinstance(items, list) and all(isinstance(item, str) for item in items) for items in (addresses, networks)
    )
    if not lists or not isinstance(key, (str, type(None))):
        raise RegistryError(
            f"the entry of {name} has a key that is no text, or addresses or networks that are no lists of texts"
        )
    return Peer(name, key, tuple(addresses), tuple(networks), str(entry["first_seen"]))


def _check_names(declared: t.Sequence[Declared]) -> None:
    seen: set[str] = set()
    for peer in declared:
        if peer.name.lower() in seen:
            raise RegistryError(f"two peers are named {peer.name!r} (case aside); give each a name of its own")
        seen.add(peer.name.lower())


def _assign(
    declared: t.Sequence[Declared],
    remembered: t.Mapping[str, Peer],
    pools: list[_networks.Network],
    reserved: set[tuple[int, int]],
) -> dict[str, tuple[str, ...]]:
    taken = dict.fromkeys(reserved, "the hub")
    chosen: dict[str, dict[int, int]] = {peer.name: {} for peer in declared}
    for peer in declared:
        for text in peer.addresses:
            _pin(peer.name, text, pools, taken, chosen[peer.name])
    for peer in declared:
        before = remembered[peer.name].addresses if peer.name in remembered else ()
        for text in before:
            _keep(peer.name, _networks.parse_address(text), pools, taken, chosen[peer.name])
    for index, pool in enumerate(pools):
        _fill(index, pool, taken, chosen)
    return {
        name: tuple(_networks.format_address(pools[index].version, value) for index, value in sorted(by_pool.items()))
        for name, by_pool in chosen.items()
    }


def _pin(
    name: str, text: str, pools: list[_networks.Network], taken: dict[tuple[int, int], str], chosen: dict[int, int]
) -> None:
    address = _networks.parse_address(text)
    index = _pool_of(address, pools)
    if index is None:
        raise RegistryError(f"{name}: address {text} is not a host of any of the hub's networks")
    if index in chosen:
        raise RegistryError(f"{name}: address {text} is a second one in the same network; pin one for each network")
    if address in taken:
        raise RegistryError(f"{name}: address {text} belongs to {taken[address]} already; pin another, or none")
    taken[address] = name
    chosen[index] = address[1]


def _keep(
    name: str,
    address: tuple[int, int],
    pools: list[_networks.Network],
    taken: dict[tuple[int, int], str],
    chosen: dict[int, int],
) -> None:
    index = _pool_of(address, pools)
    if index is not None and index not in chosen and address not in taken:
        taken[address] = name
        chosen[index] = address[1]


def _fill(
    index: int, pool: _networks.Network, taken: dict[tuple[int, int], str], chosen: dict[str, dict[int, int]]
) -> None:
    free = (value for value in _networks.hosts_of(pool) if (pool.version, value) not in taken)
    for name, by_pool in chosen.items():
        if index in by_pool:
            continue
        value = next(free, None)
        if value is None:
            raise RegistryError(
                f"{name}: no address is free in {_networks.format_network(pool)}; give the hub a larger network"
            )
        by_pool[index] = value


def _pool_of(address: tuple[int, int], pools: list[_networks.Network]) -> int | None:
    version, value = address
    for index, pool in enumerate(pools):
        if pool.version == version and value in _networks.hosts_of(pool):
            return index
    return None


def _join(declared: Declared, before: Peer | None, addresses: tuple[str, ...], today: str) -> Peer:
    key = declared.public_key or (before.public_key if before else None)
    return Peer(declared.name, key, addresses, declared.networks, before.first_seen if before else today)


def _check_keys(peers: t.Mapping[str, Peer]) -> None:
    owners: dict[str, str] = {}
    for name, peer in peers.items():
        if peer.public_key is None:
            continue
        other = owners.setdefault(peer.public_key, name)
        if other != name:
            raise RegistryError(f"{other} and {name} have the same public key; each peer needs a pair of its own")


def _check_networks(peers: t.Mapping[str, Peer], networks: t.Sequence[str]) -> None:
    owners = {name: [_networks.parse_network(item) for item in peer.networks] for name, peer in peers.items()}
    owners["the hub"] = [_networks.parse_network(network) for network in networks]
    for conflict in _networks.find_conflicts(owners):
        raise RegistryError(
            f"{conflict.first} and {conflict.second} both claim {conflict.network}; a network has one owner"
        )


def today() -> str:
    """The date in UTC, as YYYY-MM-DD."""
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()
