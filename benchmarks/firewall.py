# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for peers that have lists of their own: what it takes to put them in force, and how far a packet has to look."""

from __future__ import annotations

import ipaddress
import shlex
import subprocess
from collections.abc import Iterator

from ansible_collections.vpn.wireguard.benchmarks import measure
from ansible_collections.vpn.wireguard.plugins.module_utils import _iptables, _nftables
from ansible_collections.vpn.wireguard.plugins.module_utils._policy import Access, Allow, Policy

ROUNDS = 5
PEERS = 500
TABLES = {chain: table for table, chain in _iptables.CHAINS.values()}


def rows() -> Iterator[measure.Row]:
    """All figures."""
    made = policy(PEERS)
    ways = {
        "iptables": (_iptables.hooks(made).post_up, one_by_one(made)),
        "nft": (_nftables.hooks(made).post_up, one_by_one_nft(made)),
    }
    for tool, (ours, naive) in ways.items():
        ratios = [cost(naive) / cost(ours) for _round in range(ROUNDS)]
        yield measure.Row(f"{tool} rule by rule, {PEERS} peers with lists", "ours", ratios)
    for count in (10, 100, 500, 2000):
        yield measure.Row(
            f"comparisons for a peer without a list, {count} with one", "one each", [longest(count) / count]
        )


def policy(count: int) -> Policy:
    """So many peers, of which each may reach two networks of its own; the tunnel has others besides."""
    first = ipaddress.ip_address("10.64.1.0")
    access = [
        Access(
            (f"{first + number}/32",),
            (
                Allow((f"10.{number // 256}.{number % 256}.0/24",), "tcp", ("443",)),
                Allow((f"172.16.{number % 256}.1/32",)),
            ),
        )
        for number in range(count)
    ]
    return Policy(["10.64.0.0/16"], access=access)


def one_by_one(made: Policy) -> list[str]:
    """The rules of IPv4 as a script of iptables calls, each of which reads all rules and writes all."""
    chains = _iptables.chains(made, 4)
    lines = [f"iptables -t {TABLES.get(chain, 'filter')} -N {chain}" for chain in chains]
    rules = [(chain, rule) for chain, some in chains.items() for rule in some]
    return lines + [f"iptables -t {TABLES.get(chain, 'filter')} -A {chain} {rule}" for chain, rule in rules]


def one_by_one_nft(made: Policy) -> list[str]:
    """The same of nft: the table's chains first, and then each rule by itself."""
    table, chain = _nftables.TABLE, ""
    chains: list[str] = []
    rules: list[str] = []
    for line in _nftables.table(made)[1:-1]:
        if line.startswith("chain "):
            chain = line.split()[1]
            chains.append(f"nft add chain inet {table} {chain}")
        elif line.startswith("type "):
            chains[-1] += " " + shlex.quote(f"{{ {line} }}")
        elif line != "}":
            rules.append(f"nft add rule inet {table} {chain} {shlex.quote(line)}")
    return [f"nft add table inet {table}", *chains, *rules]


def cost(script: list[str]) -> float:
    """Seconds of processor time of a script of bash, in a network and a /run of its own."""
    before = measure.used()
    lines = "\n".join(["set -e", "mount -t tmpfs none /run", *script]).replace("%i", "wg0")
    subprocess.run(["unshare", "--mount", "--net", "bash"], input=lines, text=True, check=True, capture_output=True)
    return measure.used() - before


def longest(count: int) -> int:
    """The most comparisons on the way of a packet to the end of the tree, among those whose peer has no list."""
    chains = _iptables.chains(policy(count), 4)
    (root,) = {rule.split()[-1] for rule in chains["WG-I-%i"] if "WG-A-" in rule}
    # Just before, just behind and among the peers that have one.
    first = ipaddress.ip_address("10.64.1.0")
    return max(comparisons(chains, root, first + offset) for offset in (-1, count, 4 * count, -200))


def comparisons(chains: dict[str, list[str]], chain: str, source: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    """The rules that are compared with an address from a chain on."""
    for looked, rule in enumerate(chains[chain], 1):
        words = rule.split()
        if source in ipaddress.ip_network(words[1]):
            return looked + comparisons(chains, words[3], source)
    return len(chains[chain])
