# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Include minus exclude: 0.0.0.0/0 and ::/0 without the networks of a list, from texts to texts."""

from __future__ import annotations

import importlib
import ipaddress
import os
from collections.abc import Iterator
from pathlib import Path
from socket import AF_INET6, inet_ntoa, inet_ntop
from typing import Any

import netaddr

from ansible_collections.vpn.wireguard.benchmarks import lists, measure
from ansible_collections.vpn.wireguard.plugins.module_utils import _lists

FLOOR = "the CPython floor"
# The methods that go through the list for each network take seconds there.
SLOW_AT = 1_000
SLOW_ROUNDS = 5


def ours(exclude: list[str]) -> list[str]:
    """What the filter does, and the collection's share of what a template does."""
    return _lists.allowed_ips(lists.EVERYTHING, exclude)


class Floor:
    """The least that CPython can do: sort pairs that are ready, and write texts of numbers that are ready.

    It reads nothing, and knows the result.
    """

    def __init__(self, exclude: list[str], result: list[str]) -> None:
        self.given = [_pairs(exclude, version) for version in (4, 6)]
        self.found4, self.found6 = (_pairs(result, version) for version in (4, 6))
        self.suffixes = [f"/{prefix}" for prefix in range(129)]

    def __call__(self) -> None:
        for pairs in self.given:
            sorted(pairs)
        suffixes = self.suffixes
        texts = [inet_ntoa(first.to_bytes(4, "big")) + suffixes[prefix] for first, prefix in self.found4]
        texts += [inet_ntop(AF_INET6, first.to_bytes(16, "big")) + suffixes[prefix] for first, prefix in self.found6]
        write(texts)


def write(texts: list[str]) -> None:
    """Put a list together and write it to nowhere."""
    with Path(os.devnull).open("w", encoding="ascii") as stream:
        stream.write("\n".join(texts))


def ip_set(exclude: list[str]) -> list[str]:
    """netaddr's own sets."""
    difference = netaddr.IPSet(lists.EVERYTHING) - netaddr.IPSet(exclude)
    return [str(network) for network in difference.iter_cidrs()]


def chained_ipaddress(exclude: list[str]) -> list[str]:
    """The standard library: each network taken out of what is left so far."""
    # Lists of one version each, which types cannot say.
    left: dict[int, list[Any]] = {4: [ipaddress.ip_network("0.0.0.0/0")], 6: [ipaddress.ip_network("::/0")]}
    for text in exclude:
        network = ipaddress.ip_network(text)
        kept: list[Any] = []
        for piece in left[network.version]:
            if network.subnet_of(piece):
                kept += piece.address_exclude(network)
            elif not piece.subnet_of(network):
                kept.append(piece)
        left[network.version] = kept
    return [str(network) for version in (4, 6) for network in sorted(left[version])]


def chained_cidr_exclude(exclude: list[str]) -> list[str]:
    """The same with netaddr.cidr_exclude."""
    left = {4: [netaddr.IPNetwork("0.0.0.0/0")], 6: [netaddr.IPNetwork("::/0")]}
    for text in exclude:
        network = netaddr.IPNetwork(text)
        kept = []
        for piece in left[network.version]:
            if network in piece:
                kept += netaddr.cidr_exclude(piece, network)
            elif piece not in network:
                kept.append(piece)
        left[network.version] = kept
    return [str(network) for version in (4, 6) for network in sorted(left[version])]


def in_c(exclude: list[str]) -> list[str]:
    """ipset_c, the fastest library that there is, in C. It keeps the versions apart and reads less strictly."""
    library = importlib.import_module("ipset_c")
    found: list[str] = []
    for version, everything in ((4, "0.0.0.0/0"), (6, "::/0")):
        wanted = library.IPSet([everything]) - library.IPSet([text for text in exclude if _is(text, version)])
        found += wanted.getCidrs()
    return found


RIVALS = {
    "netaddr.IPSet": ip_set,
    "chained ipaddress.address_exclude": chained_ipaddress,
    "chained netaddr.cidr_exclude": chained_cidr_exclude,
    "ipset_c (C)": in_c,
}


def rows() -> Iterator[measure.Row]:
    """All figures, from the quick ones to the slow ones."""
    for count in (100, 1_000, 10_000, 100_000):
        exclude = lists.countries(count)
        floor = Floor(exclude, ours(exclude))
        measured = measure.ratios(lambda exclude=exclude: write(ours(exclude)), floor)  # type: ignore[misc]
        yield measure.Row(f"{count} networks left out", FLOOR, measured, "<= 2")
    yield from growth()
    yield from memory()
    for count in (1_000, 10_000):
        yield against("netaddr.IPSet", count, ">= 20")
        if measure.installed("ipset_c"):
            yield against("ipset_c (C)", count)
    for rival in ("chained ipaddress.address_exclude", "chained netaddr.cidr_exclude"):
        yield against(rival, SLOW_AT, ">= 250", SLOW_ROUNDS)


def against(rival: str, count: int, goal: str = "", rounds: int = measure.ROUNDS) -> measure.Row:
    """How many times as long a rival takes, which has to find the same networks."""
    exclude = lists.countries(count)
    if {ipaddress.ip_network(text) for text in RIVALS[rival](exclude)} != set(map(ipaddress.ip_network, ours(exclude))):
        raise ValueError(f"{rival} finds something else")
    measured = measure.ratios(lambda: RIVALS[rival](exclude), lambda: ours(exclude), rounds)
    return measure.Row(f"{rival}, {count} networks", "ours", measured, goal)


def growth() -> Iterator[measure.Row]:
    """How much longer ten times as many networks take, by how much more there is to read and write."""
    for count in (100, 1_000, 10_000):
        few, many = lists.countries(count), lists.countries(10 * count)
        more = (len(many) + len(ours(many))) / (len(few) + len(ours(few)))
        measured = measure.ratios(lambda many=many: ours(many), lambda few=few: ours(few))  # type: ignore[misc]
        name = f"time from {count} to {10 * count} networks"
        yield measure.Row(name, "input and output", [ratio / more for ratio in measured], "<= 1.3")


def memory() -> Iterator[measure.Row]:
    """The most that is held at one time, by the size of the result."""
    exclude = lists.countries(100_000)
    own = measure.size(ours(exclude))
    yield measure.Row(
        "memory, 100000 networks", "the result's size", [measure.peak(lambda: ours(exclude)) / own], "<= 1.5"
    )
    # It would take minutes for as many.
    fewer = lists.countries(10_000)
    sets = measure.peak(lambda: netaddr.IPSet(lists.EVERYTHING) - netaddr.IPSet(fewer)) / measure.size(ours(fewer))
    yield measure.Row("memory of netaddr.IPSet, 10000 networks", "the result's size", [sets])


def _is(text: str, version: int) -> bool:
    return (":" in text) == (version == 6)


def _pairs(texts: list[str], version: int) -> list[tuple[int, int]]:
    networks = [ipaddress.ip_network(text) for text in texts if _is(text, version)]
    return [(int(network.network_address), network.prefixlen) for network in networks]
