# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conflicts between peers, and addresses for new ones."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import netaddr

from ansible_collections.vpn.wireguard.benchmarks import lists, measure
from ansible_collections.vpn.wireguard.plugins.filter.conflicts import conflicts
from ansible_collections.vpn.wireguard.plugins.module_utils import _addresses

POOL = "10.0.0.0/16"
# Comparing all pairs takes hours there: one in so many peers is compared with all others, and the time multiplied.
SAMPLE = 500
PAIRWISE_ROUNDS = 5


def rows() -> Iterator[measure.Row]:
    """All figures."""
    for count in (1_000, 10_000):
        yield conflict_row(count)
    for count, new in ((1_000, 1), (10_000, 1), (1_000, 100), (10_000, 100)):
        yield from address_rows(count, new)


def conflict_row(count: int) -> measure.Row:
    """Comparing all pairs, by the filter; both from texts on."""
    owners = lists.peers(count)
    sample = SAMPLE if count > SAMPLE * 10 else 10

    def pairwise() -> int:
        parsed = [[netaddr.IPNetwork(text) for text in texts] for texts in owners.values()]
        return sum(
            mine in theirs or theirs in mine
            for first in range(0, count, sample)
            for other in parsed
            if other is not parsed[first]
            for mine in parsed[first]
            for theirs in other
        )

    measured = measure.ratios(pairwise, lambda: conflicts(owners), PAIRWISE_ROUNDS)
    # Each pair would be compared once.
    whole = [ratio * sample / 2 for ratio in measured]
    name = f"pairwise netaddr, {count} peers, one in {sample} measured"
    return measure.Row(name, "ours", whole, ">= 60" if count == 10_000 else "")


def address_rows(count: int, new: int) -> Iterator[measure.Row]:
    """Addresses for ``new`` peers among ``count`` that have one."""
    first = int(ipaddress.ip_address("10.0.0.2"))
    held = {f"peer-{number}": str(ipaddress.IPv4Address(first + number)) for number in range(count)}
    requests = [_addresses.Request(name, held=(text,)) for name, text in held.items()]
    requests += [_addresses.Request(f"new-{number}") for number in range(new)]
    texts = list(held.values())

    def ours() -> object:
        return _addresses.assign(requests, [POOL], ["10.0.0.1"], {})

    def parsing() -> object:
        return [netaddr.IPNetwork(text, 4) for text in texts]

    what = f"{new} new among {count} addresses"
    yield measure.Row(what, "reading them with netaddr", measure.ratios(ours, parsing), "<= 1.3")
    if count == 1_000:
        naive = measure.ratios(lambda: from_the_start(texts, new), ours)
        yield measure.Row(f"netaddr's hosts from the start, {what}", "ours", naive)


def from_the_start(texts: list[str], new: int) -> list[str]:
    """For each new peer, the first host that nobody has."""
    taken = {netaddr.IPAddress(text) for text in [*texts, "10.0.0.1"]}
    found = []
    for _peer in range(new):
        address = next(host for host in netaddr.IPNetwork(POOL).iter_hosts() if host not in taken)
        taken.add(address)
        found.append(str(address))
    return found
