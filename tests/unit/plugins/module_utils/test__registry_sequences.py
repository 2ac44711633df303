# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry over many runs: whoever comes, leaves, is renamed or pinned, addresses stay where they are.

A second book is kept here, by hosts and days instead of by the registry's own store, and each run is held against it.
"""

from __future__ import annotations

import dataclasses
import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.vpn.wireguard.plugins.module_utils import _addresses, _registry

# Eight hosts for the hub and its peers in IPv4 (.1 to .6) and seven in IPv6 (::1 to ::7): soon full.
NETWORKS = ("10.8.0.0/29", "fd00:8::/125")
POOLS = ([f"10.8.0.{n}" for n in range(1, 7)], [f"fd00:8::{n}" for n in range(1, 8)])
HUB = ("10.8.0.1", "fd00:8::1")
QUARANTINE = 5
EPOCH = datetime.date(2026, 1, 1)

NAMES = "abcdef"
VERBS = ("add", "add", "add", "remove", "rename", "pin", "pin", "free", "wait")
# The last part of a pin among others: 0 is the network, 1 the hub, 7 broadcast in IPv4; most hosts have 2 to 4.
numbers = st.sampled_from([2, 3, 4, 0, 1, 5, 6, 7, 8, 2, 3, 4])
families = st.sampled_from([(0, 1), (0,), (1,)])
deeds = st.tuples(st.sampled_from(VERBS), numbers, numbers, families)
START = [("add", 0, 0, ())] * 3
Deed = tuple[str, int, int, tuple[int, ...]]


@dataclasses.dataclass(frozen=True)
class Host:
    """A host of the inventory: its key never changes, its name and its pins may."""

    key: str
    name: str
    pins: tuple[str, ...] = ()


@dataclasses.dataclass
class Book:
    """What is so before a run: hosts by key, the addresses of each, and who gave up which address on which day."""

    hosts: dict[str, Host] = dataclasses.field(default_factory=dict)
    held: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    given_up: dict[str, tuple[str, int]] = dataclasses.field(default_factory=dict)
    store: _registry.Store = dataclasses.field(default_factory=_registry.Store)
    day: int = 0
    made: int = 0

    def resting(self) -> dict[str, str]:
        """Addresses that rest, and the name that had them."""
        return {item: name for item, (name, day) in self.given_up.items() if day + QUARANTINE > self.day}


def after(book: Book, deed: Deed) -> dict[str, Host]:
    """The hosts once a deed is done; numbers in it choose among the hosts, names and addresses that there are."""
    verb, subject, value, kinds = deed
    hosts = dict(book.hosts)
    host = list(hosts.values())[subject % len(hosts)] if hosts else None
    unused = sorted(set(NAMES) - {item.name for item in hosts.values()})
    if verb == "add" and unused:
        book.made += 1
        hosts[f"key-{book.made}"] = Host(f"key-{book.made}", unused[subject % len(unused)])
    elif verb == "remove" and host:
        del hosts[host.key]
    elif verb == "rename" and host and unused:
        hosts[host.key] = dataclasses.replace(host, name=unused[value % len(unused)])
    elif verb == "pin" and host:
        pins = [[f"10.8.0.{value}", f"fd00:8::{value}"][kind] for kind in kinds]
        hosts[host.key] = dataclasses.replace(host, pins=tuple(pins))
    elif verb == "free" and host:
        hosts[host.key] = dataclasses.replace(host, pins=())
    return hosts


def family(address: str) -> int:
    return 1 if ":" in address else 0


def pinned(host: Host) -> dict[int, str]:
    return {family(pin): pin for pin in host.pins}


def contested(book: Book, hosts: dict[str, Host]) -> dict[str, set[str]]:
    """For each pin that cannot be granted: the names of those, or the words, that may be told as the reason."""
    reasons: dict[str, set[str]] = {}
    for host in hosts.values():
        for kind, pin in pinned(host).items():
            others = {
                other.name
                for other in hosts.values()
                if other.key != host.key
                and (
                    pinned(other).get(kind) == pin
                    or (kind not in pinned(other) and pin in book.held.get(other.key, ()))
                )
            }
            others |= {_addresses.HUB} if pin in HUB else set()
            others |= {"not a host"} if pin not in POOLS[kind] else set()
            if others:
                reasons[f"{host.name}: address {pin}"] = others
    return reasons


def check_refusal(book: Book, hosts: dict[str, Host], message: str) -> None:
    """A run is refused for a pin that is contested, by name, or because no address is free, and for nothing else."""
    reasons = contested(book, hosts)
    if "no address is free" not in message:
        told = [others for pin, others in reasons.items() if message.startswith(pin)]
        assert [others for others in told if any(word in message for word in others)], (message, reasons)
        return
    kind = 1 if "fd00" in message else 0
    # Each of these is kept for a host or has to rest, and there are as many hosts as that besides.
    asleep = {item for item in book.resting() if family(item) == kind}
    assert len(hosts) > len(POOLS[kind]) - 1 - len(asleep), message
    assert "given up lately" in message or not asleep, message


def check_run(book: Book, hosts: dict[str, Host], peers: dict[str, _registry.Peer]) -> None:
    """What must be so after a run that went well."""
    assert contested(book, hosts) == {}
    assert set(peers) == {host.name for host in hosts.values()}
    every = [address for peer in peers.values() for address in peer.addresses]
    assert len(set(every)) == len(every) == 2 * len(hosts)
    for host in hosts.values():
        for kind, address in enumerate(peers[host.name].addresses):
            assert address in POOLS[kind]
            assert address != HUB[kind]
            check_address(book, host, kind, address)


def check_address(book: Book, host: Host, kind: int, address: str) -> None:
    """A pin, else what the host has had, else what its name gave up lately, else one that does not rest."""
    if kind in pinned(host):
        assert address == pinned(host)[kind]
    elif host.key in book.held:
        assert address == book.held[host.key][kind]
    else:
        assert book.resting().get(address, host.name) == host.name


def run(book: Book, hosts: dict[str, Host]) -> None:
    """A run of the registry, held against the book, which is then brought up to date."""
    declared = [_registry.Declared(host.name, host.key, host.pins) for host in hosts.values()]
    rules = _registry.Rules((EPOCH + datetime.timedelta(book.day)).isoformat(), QUARANTINE)
    try:
        resolution = _registry.resolve(declared, book.store, NETWORKS, HUB, rules)
    except _addresses.AddressError as exc:
        check_refusal(book, hosts, str(exc))
        return
    peers = dict(resolution.peers)
    check_run(book, hosts, peers)
    held = {host.key: peers[host.name].addresses for host in hosts.values()}
    in_use = {address for addresses in held.values() for address in addresses}
    for key, addresses in book.held.items():
        book.given_up |= dict.fromkeys(addresses, (book.hosts[key].name, book.day))
    book.given_up = {item: entry for item, entry in book.given_up.items() if item not in in_use}
    assert {item: entry.name for item, entry in resolution.store.released.items()} == book.resting()
    book.hosts, book.held = hosts, held
    book.store = _registry.load(_registry.dump(resolution.store))


@given(st.lists(deeds, min_size=6, max_size=16))
@settings(max_examples=1200)
def test_addresses_over_many_runs(sequence: list[Deed]) -> None:
    book = Book()
    for deed in [*START, *sequence]:
        if deed[0] == "wait":
            book.day += deed[1]
        run(book, after(book, deed))
