# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""A policy as one table of nftables, and that as hooks of wg-quick.

The table belongs to one interface and is replaced in one transaction, so that no packet meets half a policy.
What it accepts may still be dropped by other tables, such as a policy of iptables: there, iptables is the way.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _feeding, _forwarding, _policy
from ansible_collections.vpn.wireguard.plugins.module_utils._forwarding import Hooks
from ansible_collections.vpn.wireguard.plugins.module_utils._policy import Policy, Rule, Sublist

TABLE = "vpn-wireguard-%i"

_LOAD = "nft -f -"
# A rule with more characters than this has a set in it.
_LONG = 200

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
_PROTOCOLS = {("icmp", 6): "ipv6-icmp"}
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
    up = [*_replace(table(policy)), *_forwarding.on(policy)]
    return Hooks(_replace(_closed()), up, [*_forwarding.off(), _feeding.forget(), *leave()])


def table(policy: Policy) -> list[str]:
    """The lines of the table for both families, for ``nft -f``."""
    chains: list[str] = []
    families = {version: _policy.ruleset(policy, version) for version in _forwarding.VERSIONS}
    for version, ruleset in families.items():
        lists = {_policy.ACCESS: ruleset.access, _policy.ANSWERS: ruleset.answers}
        for kind, sublists in lists.items():
            for number, sublist in enumerate(sublists):
                name = _list_name(kind, version, number)
                chains += _chain(name, [line for rule in sublist.rules for line in [_line(rule, version, lists)]])
        for place in _PLACES:
            rules = [_line(rule, version, lists) for rule in getattr(ruleset, place)]
            chains += _chain(f"{place}{version}", rules) if rules else []
    for place, hook in _PLACES.items():
        ways = [f"meta nfproto {_NFPROTO[v]} jump {place}{v}" for v, rules in families.items() if getattr(rules, place)]
        rest = (
            f"policy {policy.forward_policy.lower()};"
            if place == "forward" and policy.forward_policy
            else "policy accept;"
        )
        chains += _chain(place, [f"{hook} {rest}", *ways]) if ways else []
    return [f"table inet {TABLE} {{", *chains, "}"]


def leave() -> list[str]:
    """A hook that removes the table; it cannot fail."""
    return [f"nft delete table inet {TABLE} 2>/dev/null || true"]


def expected(post_up: t.Iterable[str], interface: str) -> str | None:
    """The text of the table that hooks of this module put in place; None where there is none among them."""
    for command, lines in _feeding.fed(post_up):
        if command == _LOAD:
            # Without the lines that remove the table that was there.
            return "".join(f"{line.replace('%i', interface)}\n" for line in lines[2:])
    return None


def _replace(lines: t.Sequence[str]) -> list[str]:
    """Remove the table and make it anew at once. It is named first, because what is not there cannot be removed."""
    short = [part for line in lines for part in _folded(line)]
    return _feeding.feed([f"table inet {TABLE}", f"delete table inet {TABLE}", *short], _LOAD, "nftables")


def _folded(line: str) -> list[str]:
    """A line in as many as there are elements of the set in it, where they are many; each ends in a comma."""
    return re.split("(?<=,) ", line) if len(line) > _LONG else [line]


def _closed() -> list[str]:
    rules = ['iifname "%i" drop', 'oifname "%i" drop']
    forward = _chain("forward", [f"{_PLACES['forward']} policy accept;", *rules])
    return [f"table inet {TABLE} {{", *forward, "}"]


def _chain(name: str, lines: t.Sequence[str]) -> list[str]:
    return [f"chain {name} {{", *lines, "}"]


def _list_name(kind: str, version: int, number: int) -> str:
    return f"{_LISTS[kind][1]}{version}-{number}"


def _line(rule: Rule, version: int, lists: t.Mapping[str, t.Sequence[Sublist]]) -> str:
    """A rule in nft's words."""
    family = _FAMILIES[version]
    words = [
        _link("iifname", rule.came),
        _link("oifname", rule.goes),
        _network(f"{family} saddr", rule.source),
        _network(f"{family} daddr", rule.target),
        _REDIRECT[version] if rule.redirect else "",
        _transport(rule, version),
        _REPLIES[rule.reply],
        _verdict_map(rule.verdict, version, lists[rule.verdict]) if rule.verdict in lists else rule.verdict.lower(),
    ]
    return " ".join(word for word in words if word)


def _link(option: str, name: str) -> str:
    return f'{option} != "{name[1:]}"' if name.startswith("!") else f'{option} "{name}"' if name else ""


def _network(option: str, network: str) -> str:
    return f"{option} {network}" if network and not network.endswith("/0") else ""


def _transport(rule: Rule, version: int) -> str:
    if not rule.ports:
        return f"meta l4proto {_PROTOCOLS.get((rule.protocol, version), rule.protocol)}" if rule.protocol else ""
    return f"{rule.protocol} {'sport' if rule.source_ports else 'dport'} {{ {', '.join(rule.ports)} }}"


def _verdict_map(kind: str, version: int, lists: t.Sequence[Sublist]) -> str:
    """One look-up, however many peers have lists."""
    field = _LISTS[kind][0]
    entries = [
        f"{network} : jump {_list_name(kind, version, number)}"
        for number, sublist in enumerate(lists)
        for network in sublist.networks
    ]
    return f"{_FAMILIES[version]} {field} vmap {{ {', '.join(entries)} }}"
