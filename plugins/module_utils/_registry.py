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

from ansible_collections.vpn.wireguard.plugins.module_utils import _addresses, _config, _devices, _networks

FORMAT = 1

_USUAL = {"private_key": None, "enabled": True, "expires": None}

# From this number of peers on, a run that forgets more than half of them must say that it means it.
MANY = 4


class RegistryError(ValueError):
    """Peers that cannot be together, or a store that cannot be read; the message names them."""


@dataclasses.dataclass(frozen=True)
class Declared:
    """A peer as the inventory has it. ``public_key`` is None where this run did not learn it.

    ``addresses`` are pins: at most one for each network of the hub. ``preshared_key`` says whether the pair is to
    have one; None leaves it as it is. With ``generate`` the hub makes and keeps the peer's pair. ``expires`` is a
    moment as YYYY-MM-DDTHH:MM:SSZ, ``formerly`` the name by which the hub may know the peer.
    """

    name: str
    public_key: str | None = None
    addresses: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    preshared_key: bool | None = None
    adopted: bool = False
    generate: bool = False
    enabled: bool = True
    expires: str | None = None
    formerly: str | None = None


@dataclasses.dataclass(frozen=True)
class Peer:
    """A peer that the hub knows. ``first_seen`` is a date, as YYYY-MM-DD.

    ``adopted`` is one that came with a file of somebody else and that the inventory has never named. ``private_key``
    is there only where the hub made the pair. One that is not ``enabled`` or is past ``expires`` keeps key and address.
    """

    name: str
    public_key: str | None
    addresses: tuple[str, ...]
    networks: tuple[str, ...] = ()
    first_seen: str = ""
    preshared_key: str | None = dataclasses.field(default=None, repr=False)
    adopted: bool = False
    private_key: str | None = dataclasses.field(default=None, repr=False)
    enabled: bool = True
    expires: str | None = None

    def is_active(self, now: str) -> bool:
        """Whether it is to be a peer of the device at the moment ``now``, as YYYY-MM-DDTHH:MM:SSZ."""
        return self.enabled and (self.expires is None or now < self.expires)

    @property
    def allowed_ips(self) -> list[str]:
        """What the hub takes from this peer and sends to it: its addresses, and the networks behind it."""
        items = [*self.addresses, *self.networks]
        return [_networks.format_network(_networks.parse_network(item)) for item in items]


@dataclasses.dataclass(frozen=True)
class Released:
    """An address that its owner gave up: whose it was, and since when, as YYYY-MM-DD."""

    name: str
    since: str


@dataclasses.dataclass(frozen=True)
class Store:
    """What the hub remembers: peers by name, and the addresses that were given up."""

    peers: t.Mapping[str, Peer] = dataclasses.field(default_factory=dict)
    released: t.Mapping[str, Released] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Rules:
    """How the registry behaves: the day, the days for which an address rests, and how keys are made.

    ``make_pair`` gives a private key and its public one. ``rotate`` and ``renew`` name peers that get a new preshared
    key, and a new pair where it is the hub that makes it.
    """

    today: str
    quarantine_days: int = 0
    make_preshared_key: t.Callable[[], str] = str
    rotate: frozenset[str] = frozenset()
    make_pair: t.Callable[[], tuple[str | None, str | None]] = lambda: (None, None)
    renew: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Resolution:
    """The store to come, and what became of its peers. ``unknown`` are declared ones whose key nobody knows."""

    store: Store
    added: list[str]
    removed: list[str]
    updated: list[str]
    unknown: list[str]

    @property
    def peers(self) -> t.Mapping[str, Peer]:
        """All peers by name, in the order in which they were declared."""
        return self.store.peers


def resolve(
    declared: t.Sequence[Declared], store: Store, networks: t.Sequence[str], reserved: t.Sequence[str], rules: Rules
) -> Resolution:
    """Keys and addresses for all declared peers; ``networks`` are the hub's, ``reserved`` its own addresses.

    Raises RegistryError or AddressError, or NetworkError of a text that is no network.
    """
    _check_names(declared)
    former = _former_names(declared, store.peers)
    before = {name: store.peers[old] for name, old in former.items()}
    requests = [
        _addresses.Request(peer.name, peer.addresses, before[peer.name].addresses if peer.name in before else ())
        for peer in declared
    ]
    resting = _resting(store.released, rules)
    # What this very run gives up rests as well: it goes to nobody who comes in the same run.
    staying = {former[peer.name] for peer in declared if peer.name in former and not peer.addresses}
    leaving = _held({name: peer for name, peer in store.peers.items() if name not in staying}, rules)
    asleep = {address: entry.name for address, entry in {**resting, **leaving}.items()}
    chosen = _addresses.assign(requests, networks, reserved, asleep)
    peers = {peer.name: _join(peer, before.get(peer.name), chosen[peer.name], rules) for peer in declared}
    _check_keys(peers)
    _check_networks(peers, networks)
    return Resolution(
        store=Store(peers, _release(store.peers, peers, resting, rules)),
        added=[name for name in peers if name not in before],
        removed=[name for name in store.peers if name not in former.values()],
        updated=[name for name, peer in peers.items() if name in before and before[name] != peer],
        unknown=[name for name, peer in peers.items() if peer.public_key is None],
    )


def kept(store: Store, declared: t.Sequence[Declared], everybody: bool) -> list[Declared]:
    """Those that stay although nobody declares them: ``everybody``, or else only those that were adopted."""
    names = {peer.name for peer in declared}
    keys = {peer.public_key for peer in declared if peer.public_key}
    former = {peer.formerly for peer in declared if peer.name not in store.peers}
    return [
        Declared(
            peer.name,
            None if peer.private_key else peer.public_key,
            peer.addresses,
            peer.networks,
            adopted=peer.adopted,
            generate=peer.private_key is not None,
            enabled=peer.enabled,
            expires=peer.expires,
        )
        for name, peer in store.peers.items()
        if (everybody or peer.adopted) and name not in names | former and peer.public_key not in keys
    ]


def check_removal(store: Store, removed: t.Sequence[str]) -> None:
    """Raise RegistryError for a removal of so many peers that it is likelier a mistake in the inventory."""
    known, going = len(store.peers), len(removed)
    if going and (going == known or (known >= MANY and going * 2 > known)):
        raise RegistryError(
            f"this run would remove {going} of the hub's {known} peers ({', '.join(sorted(removed))}); if that is what"
            " you want, set purge (wg_server_purge) to force, or to false to keep them"
        )


def load(text: str) -> Store:
    """The store from its text. Raises RegistryError."""
    try:
        stored = json.loads(text)
        if stored["format"] != FORMAT:
            raise RegistryError(f"its format is {stored['format']!r}, this release reads {FORMAT}")
        peers = {name: _stored_peer(name, peer) for name, peer in stored["peers"].items()}
        released = {item: _stored_release(entry) for item, entry in stored["released"].items()}
        return Store(peers, released)
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise RegistryError(
            f"the registry of peers cannot be read ({exc}); restore it from a backup, or move it away to begin anew"
        ) from exc


def dump(store: Store, secrets: bool = True) -> str:
    """The text of the store; without ``secrets`` fit to be shown."""
    entries = {name: _entry(peer, secrets) for name, peer in sorted(store.peers.items())}
    released = {address: dataclasses.asdict(entry) for address, entry in sorted(store.released.items())}
    return json.dumps({"format": FORMAT, "peers": entries, "released": released}, indent=2) + "\n"


def _entry(peer: Peer, secrets: bool) -> dict[str, t.Any]:
    entry = {key: value for key, value in dataclasses.asdict(peer).items() if key != "name"}
    # What few peers have stands with those only.
    entry = {key: value for key, value in entry.items() if key not in _USUAL or value != _USUAL[key]}
    for key in ("preshared_key", "private_key"):
        if not secrets and entry.get(key):
            entry[key] = _config.HIDDEN
    return entry


def _stored_peer(name: str, entry: t.Mapping[str, t.Any]) -> Peer:
    """Raises KeyError or RegistryError."""
    key, preshared, private = entry["public_key"], entry["preshared_key"], entry.get("private_key")
    addresses, networks = entry["addresses"], entry["networks"]
    lists = all(
        isinstance(items, list) and all(isinstance(item, str) for item in items) for items in (addresses, networks)
    )
    if not lists or not all(isinstance(item, (str, type(None))) for item in (key, preshared, private)):
        raise RegistryError(
            f"the entry of {name} has a key that is no text, or addresses or networks that are no lists of texts"
        )
    return Peer(
        name,
        key,
        tuple(addresses),
        tuple(networks),
        first_seen=str(entry["first_seen"]),
        preshared_key=preshared,
        adopted=bool(entry.get("adopted", False)),
        private_key=private,
        enabled=bool(entry.get("enabled", True)),
        expires=_devices.read_expiry(entry.get("expires")),
    )


def _stored_release(entry: t.Mapping[str, t.Any]) -> Released:
    """Raises KeyError, or TypeError or ValueError of a day that is none."""
    return Released(str(entry["name"]), datetime.date.fromisoformat(entry["since"]).isoformat())


def _check_names(declared: t.Sequence[Declared]) -> None:
    seen: set[str] = set()
    for peer in declared:
        if peer.name.lower() in seen:
            raise RegistryError(f"two peers are named {peer.name!r} (case aside); give each a name of its own")
        seen.add(peer.name.lower())


def _former_names(declared: t.Sequence[Declared], known: t.Mapping[str, Peer]) -> dict[str, str]:
    """Under which name the hub knows each peer: a key that comes under a new name is a peer that was renamed.

    So is one that says what it was called, which is the only way where the hub made its pair.
    """
    names = {peer.name for peer in declared}
    by_key: dict[str | None, str] = {
        peer.public_key: name for name, peer in known.items() if peer.public_key and name not in names
    }
    former = {peer.name: peer.name for peer in declared if peer.name in known}
    taken: set[str] = set()
    for peer in declared:
        old = peer.formerly if peer.formerly in known and peer.formerly not in names else by_key.get(peer.public_key)
        if peer.name not in known and old is not None and old not in taken:
            former[peer.name] = old
            taken.add(old)
    return former


def _join(declared: Declared, before: Peer | None, addresses: tuple[str, ...], rules: Rules) -> Peer:
    private, key = _pair(declared, before, rules)
    preshared = before.preshared_key if before and declared.preshared_key is not False else None
    if declared.preshared_key and (preshared is None or declared.name in rules.rotate):
        preshared = rules.make_preshared_key()
    return Peer(
        declared.name,
        key,
        addresses,
        declared.networks,
        first_seen=before.first_seen if before else rules.today,
        preshared_key=preshared,
        adopted=declared.adopted,
        private_key=private,
        enabled=declared.enabled,
        expires=declared.expires,
    )


def _pair(declared: Declared, before: Peer | None, rules: Rules) -> tuple[str | None, str | None]:
    """The private key, where the hub makes it, and the public key, where anybody knows it."""
    if not declared.generate:
        return None, declared.public_key or (before.public_key if before else None)
    if before and before.private_key and declared.name not in rules.renew:
        return before.private_key, before.public_key
    return rules.make_pair()


def _resting(released: t.Mapping[str, Released], rules: Rules) -> dict[str, Released]:
    """The addresses that nobody else gets yet."""
    today = datetime.date.fromisoformat(rules.today)
    rest = datetime.timedelta(days=rules.quarantine_days)
    return {
        address: entry for address, entry in released.items() if datetime.date.fromisoformat(entry.since) + rest > today
    }


def _release(
    before: t.Mapping[str, Peer], after: t.Mapping[str, Peer], resting: t.Mapping[str, Released], rules: Rules
) -> dict[str, Released]:
    """The addresses that rest from now on: those that rest already and those given up in this run."""
    in_use = {address for peer in after.values() for address in peer.addresses}
    return {address: entry for address, entry in {**resting, **_held(before, rules)}.items() if address not in in_use}


def _held(peers: t.Mapping[str, Peer], rules: Rules) -> dict[str, Released]:
    """The addresses of peers as they would rest from today on; none where nothing is to rest."""
    return {
        address: Released(name, rules.today)
        for name, peer in peers.items()
        for address in peer.addresses
        if rules.quarantine_days > 0
    }


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
    owners[_addresses.HUB] = [_networks.parse_network(network) for network in networks]
    for conflict in _networks.find_conflicts(owners):
        raise RegistryError(
            f"{conflict.first} and {conflict.second} both claim {conflict.network}; a network has one owner"
        )


def today() -> str:
    """The date in UTC, as YYYY-MM-DD."""
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()
