# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""A policy as one table of nftables, and that as hooks of wg-quick.

The table belongs to one interface and is replaced in one transaction, so that no packet meets half a policy.
What it accepts may still be dropped by other tables, such as a policy of iptables: there, iptables is the way.
"""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _feeding, _forwarding, _networks, _policy, _tree
from ansible_collections.vpn.wireguard.plugins.module_utils._forwarding import Hooks
from ansible_collections.vpn.wireguard.plugins.module_utils._policy import Policy, Rule, Sublist

TABLE = "vpn-wireguard-%i"

_LOAD = "nft -f -"
# place -> how nftables ties a chain to it (nft(8), CHAINS)
_PLACES = {
    "input": "type filter hook input priority filter;",
    "forward": "type filter hook forward priority filter;",
    "output": "type filter hook output priority filter;",
    "postrouting": "type nat hook postrouting priority srcnat;",
}
_FAMILIES = {4: "ip", 6: "ip6"}
_NFPROTO = {4: "ipv4", 6: "ipv6"}
_REDIRECT = {4: "icmp type redirect", 6: "icmpv6 type nd-redirect"}
_REPLIES = {
    "": "",
    _policy.ERROR: "ct state related",
    _policy.REPLY: "ct state established,related ct direction reply",
}
# Which address of a packet finds its list, and what the chains of those lists are called.
_LISTS = {_policy.ACCESS: ("saddr", "access"), _policy.ANSWERS: ("daddr", "answers")}


def hooks(policy: Policy) -> Hooks:
    """The hooks that put the policy in force with the interface, and take it away with it.

    Raises ValueError for an uplink that is no name of an interface, NetworkError for a text that is no network.
    """
    _policy.check(policy)
    up = [*_refill(table(policy)), _sweep(), *_forwarding.on(policy)]
    return Hooks(_refill(_closed(bool(policy.access))), up, [*_forwarding.off(), _feeding.forget(), *leave()])


def table(policy: Policy) -> list[str]:
    """The lines of the table for both families, for ``nft -f``."""
    chains = [line for version in _NFPROTO for line in _family(_policy.ruleset(policy, version), version)]
    for place, hook in _PLACES.items():
        ways = [f"meta nfproto {name} jump {place}{version}" for version, name in _NFPROTO.items()]
        verdict = policy.forward_policy.lower() if place == "forward" and policy.forward_policy else "accept"
        chains += _chain(place, [f"{hook} policy {verdict};", *ways])
    return [f"table inet {TABLE} {{", *chains, "}"]


def _family(ruleset: _policy.Ruleset, version: int) -> list[str]:
    """The chains of one family, those of lists first: a rule can lead only to what is there."""
    forest: dict[str, list[str]] = {}
    roots = {
        _policy.ACCESS: _plant(forest, ruleset.access, _policy.ACCESS, version) if ruleset.access else "",
        _policy.ANSWERS: _plant(forest, ruleset.answers, _policy.ANSWERS, version) if ruleset.answers else "",
    }
    places = {
        f"{place}{version}": [line for rule in getattr(ruleset, place) for line in _lines(rule, version, roots)]
        for place in _PLACES
    }
    return [line for name, rules in {**forest, **places}.items() for line in _chain(name, rules)]


def _plant(forest: dict[str, list[str]], lists: t.Sequence[Sublist], kind: str, version: int) -> str:
    """Add the lists to the forest, with a tree over their networks; returns the name of the tree's root."""
    field, word = _LISTS[kind]
    trees: dict[str, list[str]] = {}
    leaves: list[_tree.Leaf] = []
    for number, sublist in enumerate(lists):
        name = f"{word}{version}-{number}"
        forest[name] = [line for rule in sublist.rules for line in _lines(rule, version, {})]
        leaves += [(_networks.parse_network(network), name) for network in sublist.networks]
    numbers = itertools.count(len(lists))
    root = f"{word}{version}-{next(numbers)}"
    grown = _tree.grow(leaves, root, lambda: f"{word}{version}-{next(numbers)}")
    for name, comparisons in grown.items():
        option = f"{_FAMILIES[version]} {field}"
        trees[name] = [f"{option} {_networks.format_network(network)} goto {child}" for network, child in comparisons]
    # From the leaves to the root.
    forest.update(reversed(list(trees.items())))
    return root


def leave() -> list[str]:
    """A hook that removes the table; it cannot fail."""
    return [f"nft delete table inet {TABLE} 2>/dev/null || true"]


def expected(post_up: t.Iterable[str], interface: str) -> str | None:
    """The text of the table that hooks of this module put in place; None where there is none among them."""
    for command, lines in _feeding.fed(post_up):
        if command == _LOAD:
            # Without the lines that empty the table that was there.
            return "".join(f"{line.replace('%i', interface)}\n" for line in lines[2:])
    return None


def differ(listed: str, made: str) -> bool:
    """Whether two listings of a table are not the same, the order of chains and empty chains of lists aside."""
    return _chains_of(listed) != _chains_of(made)


def _chains_of(listing: str) -> dict[str, list[str]]:
    chains: dict[str, list[str]] = {}
    name = ""
    for line in listing.splitlines():
        words = line.split()
        if words[:1] == ["chain"]:
            name = words[1]
        elif words not in ([], ["}"]):
            chains.setdefault(name, []).append(line)
    return chains


def _refill(lines: t.Sequence[str]) -> list[str]:
    """Empty the table and fill it at once; it is named first, because what is not there cannot be emptied.

    The chains that packets come to stay: a packet that is on its way while one goes and another comes may meet neither.
    """
    return _feeding.feed([f"table inet {TABLE}", f"flush table inet {TABLE}", *lines], _LOAD, "nftables")


def _sweep() -> str:
    """A hook that removes the chains of lists that are there no more: those that are empty. It cannot fail."""
    return (
        f"nft list table inet {TABLE} | while IFS=$'- \\t' read -r w c n _; do case $w:$c in"
        f' chain:access*|chain:answers*) l=$c-$n;; \'}}:\') [ -z "$l" ] || echo "delete chain inet {TABLE} $l"; l=;;'
        f" *) l=;; esac; done | {_LOAD} 2>/dev/null || true"
    )


def _closed(has_lists: bool) -> list[str]:
    """Nothing into the tunnel and nothing out of it; where peers have lists, nothing to the hub either."""
    rules = {"forward": ['iifname "%i" drop', 'oifname "%i" drop'], "input": ['iifname "%i" drop'] if has_lists else []}
    places = [
        line for place, some in rules.items() for line in _chain(place, [f"{_PLACES[place]} policy accept;", *some])
    ]
    return [f"table inet {TABLE} {{", *places, "}"]


def _chain(name: str, lines: t.Sequence[str]) -> list[str]:
    return [f"chain {name} {{", *lines, "}"]


def _lines(rule: Rule, version: int, roots: t.Mapping[str, str]) -> list[str]:
    """A rule in nft's words, once for each port: a set of ports may look empty to a packet while rules are replaced."""
    family = _FAMILIES[version]
    before = [
        _link("iifname", rule.came),
        _link("oifname", rule.goes),
        _network(f"{family} saddr", rule.source),
        _network(f"{family} daddr", rule.target),
        _REDIRECT[version] if rule.redirect else "",
    ]
    verdict = f"jump {roots[rule.verdict]}" if rule.verdict in roots else rule.verdict.lower()
    after = [_REPLIES[rule.reply], verdict]
    return [" ".join(word for word in [*before, some, *after] if word) for some in _transports(rule, version)]


def _link(option: str, name: str) -> str:
    return f'{option} != "{name[1:]}"' if name.startswith("!") else f'{option} "{name}"' if name else ""


def _network(option: str, network: str) -> str:
    return f"{option} {network}" if network and not network.endswith("/0") else ""


def _transports(rule: Rule, version: int) -> list[str]:
    if rule.ports:
        return [f"{rule.protocol} {'sport' if rule.source_ports else 'dport'} {port}" for port in rule.ports]
    return [f"meta l4proto {_policy.protocol_of(rule, version)}" if rule.protocol else ""]
