# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""A policy as rules of iptables, and those as hooks of wg-quick.

The rules live in chains of their own, named after the interface, each reached by one jump. A hook fills
the chains of a table in one transaction (``iptables-restore --noflush`` empties and fills at once), so that
running it again changes nothing; hooks that remove go by the chain's name, so that they fit whatever was put
there. What peers may reach is found by a tree of chains over their addresses, a few comparisons deep.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _feeding, _forwarding, _networks, _policy, _tree
from ansible_collections.vpn.wireguard.plugins.module_utils._forwarding import Hooks, guard
from ansible_collections.vpn.wireguard.plugins.module_utils._policy import Policy, Rule, Sublist

TOOLS = {4: "iptables", 6: "ip6tables"}

# built-in chain -> (table, chain of the tunnel)
CHAINS = {
    "FORWARD": ("filter", "WG-F-%i"),
    "OUTPUT": ("filter", "WG-O-%i"),
    "INPUT": ("filter", "WG-I-%i"),
    "POSTROUTING": ("nat", "WG-N-%i"),
}
# Lists and the trees that lead to them are numbered; no interface has a dot in its name.
_LIST = "WG-A-%i"

# As iptables-save writes them: what it prints is compared with these words. 5 and 137 are redirects (RFC 792, RFC 4861).
_REDIRECT = {4: "-p icmp -m icmp --icmp-type 5", 6: "-p ipv6-icmp -m icmp6 --icmpv6-type 137"}
_REPLIES = {
    "": "",
    _policy.ERROR: "-m conntrack --ctstate RELATED",
    _policy.REPLY: "-m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY",
}

# What the match multiport takes in one rule; a range counts as two (iptables-extensions(8)).
_PORTS = 15


def hooks(policy: Policy) -> Hooks:
    """The hooks that put the policy in force with the interface, and take it away with it.

    Raises ValueError for an uplink that is no name of an interface, NetworkError for a text that is no network.
    """
    _policy.check(policy)
    versions = sorted(TOOLS)
    by_version = {version: chains(policy, version) for version in versions}
    lists = {version: sum(name.startswith(_LIST) for name in by_version[version]) for version in versions}
    used = {version: [name for name, (_t, own) in CHAINS.items() if own in by_version[version]] for version in versions}
    up = [line for version in versions for line in _fill(version, by_version[version])]
    up += [line for version in versions for line in _jumps(version, used[version])]
    up += [guard(version) + _remove(version, "INPUT") for version in versions if "INPUT" not in used[version]]
    up += [guard(version) + _remove_lists(version, lists[version]) for version in versions]
    up += [
        _policy_on(version, policy.forward_policy) if policy.forward_policy else _policy_off(version)
        for version in versions
    ]
    up += _forwarding.on(policy)
    # The jumps go last on the way up and the chains last on the way down: no packet meets half a policy.
    down = [*_forwarding.off(), _feeding.forget(), *(line for version in versions for line in _remove_all(version))]
    # The interface comes up before its PostUp runs; until then nothing passes.
    closed = [line for version in versions for line in _closed(version, used[version])]
    return Hooks(closed, up, down)


def leave() -> list[str]:
    """Hooks that clear up after those of this module, where there is anything of theirs; they cannot fail.

    A look alone, unlike the tools that change rules, makes no table on a host that has none.
    """
    return [
        f"if [[ $({tool}-save 2>/dev/null) == *':WG-F-%i '* ]]; then {'; '.join(_remove_all(version))}; fi"
        for version, tool in TOOLS.items()
    ]


def chains(policy: Policy, version: int) -> dict[str, list[str]]:
    """The rules of one family by the chain that holds them, each without its ``-A CHAIN``."""
    ruleset = _policy.ruleset(policy, version)
    forest: dict[str, list[str]] = {}
    roots = {
        _policy.ACCESS: _plant(forest, ruleset.access, "-s", version) if ruleset.access else "",
        _policy.ANSWERS: _plant(forest, ruleset.answers, "-d", version) if ruleset.answers else "",
    }
    places = {
        "FORWARD": ruleset.forward,
        "OUTPUT": ruleset.output,
        "INPUT": ruleset.input,
        "POSTROUTING": ruleset.postrouting,
    }
    return {
        **{
            CHAINS[name][1]: [line for rule in rules for line in _lines(rule, version, roots)]
            for name, rules in places.items()
            if rules or name != "INPUT"
        },
        **forest,
    }


def rules(policy: Policy, version: int) -> dict[str, list[str]]:
    """The rules of one family in the tunnel's own chains, by the built-in chain that leads there."""
    own = chains(policy, version)
    return {name: own[chain] for name, (_table, chain) in CHAINS.items() if chain in own}


def _lines(rule: Rule, version: int, roots: t.Mapping[str, str]) -> list[str]:
    """A rule in iptables's words; one with many ports is several."""
    verdict = roots.get(rule.verdict, rule.verdict)
    shared = [_link("-i", rule.came), _link("-o", rule.goes), _network("-s", rule.source), _network("-d", rule.target)]
    if rule.redirect:
        shared.append(_REDIRECT[version])
    if rule.protocol:
        shared.append(f"-p {_policy.protocol_of(rule, version)}")
    shared.append(_REPLIES[rule.reply])
    option = "--sports" if rule.source_ports else "--dports"
    ports = [f"-m multiport {option} {','.join(some)}" for some in _portions(rule.ports)] if rule.ports else [""]
    return [" ".join(word for word in [*shared, some, f"-j {verdict}"] if word) for some in ports]


def _link(option: str, name: str) -> str:
    return f"! {option} {name[1:]}" if name.startswith("!") else f"{option} {name}" if name else ""


def _network(option: str, network: str) -> str:
    # iptables-save leaves out a network that is everything.
    return f"{option} {network}" if network and not network.endswith("/0") else ""


def _portions(ports: t.Sequence[str]) -> t.Iterator[list[str]]:
    """The ports in iptables's form, as many as one rule takes at a time."""
    portion: list[str] = []
    room = _PORTS
    for port in ports:
        size = 2 if "-" in port else 1
        if size > room:
            yield portion
            portion, room = [], _PORTS
        portion.append(port.replace("-", ":"))
        room -= size
    yield portion


def _plant(forest: dict[str, list[str]], lists: t.Sequence[Sublist], option: str, version: int) -> str:
    """Add the lists to the forest, with a tree over their networks; returns the name of the tree's root."""
    leaves: list[_tree.Leaf] = []
    for sublist in lists:
        name = _new_chain(forest)
        forest[name] = [line for rule in sublist.rules for line in _lines(rule, version, {})]
        leaves += [(_networks.parse_network(network), name) for network in sublist.networks]
    root = _new_chain(forest)
    for name, comparisons in _tree.grow(leaves, root, lambda: _new_chain(forest)).items():
        forest[name] = [f"{option} {_networks.format_network(network)} -g {child}" for network, child in comparisons]
    return root


def _new_chain(forest: dict[str, list[str]]) -> str:
    name = f"{_LIST}.{len(forest)}"
    forest[name] = []
    return name


def _fill(version: int, own: t.Mapping[str, list[str]]) -> list[str]:
    """One hook a table: all its chains are emptied and filled in one transaction."""
    tables: dict[str, dict[str, list[str]]] = {"nat": {}, "filter": {}}
    for chain, lines in own.items():
        tables["nat" if chain == CHAINS["POSTROUTING"][1] else "filter"][chain] = lines
    # nat first: a packet that may pass leaves with the right source.
    return [hook for table, some in tables.items() for hook in _restore(version, table, some)]


def _restore(version: int, table: str, own: t.Mapping[str, list[str]]) -> list[str]:
    # All chains are there before a rule leads to one.
    lines = [f":{chain} - [0:0]" for chain in own]
    lines += [f"-A {chain} {line}" for chain, lines in own.items() for line in lines]
    restore = f"{TOOLS[version]}-restore -w 5 --noflush"
    return _feeding.feed([f"*{table}", *lines, "COMMIT"], restore, f"{table}{version}", guard(version))


def _jumps(version: int, built_in: t.Iterable[str]) -> list[str]:
    """Position 1: behind a final REJECT of the host's own rules no packet would arrive."""
    tool = TOOLS[version]
    return [
        f"{guard(version)}{tool} -w 5 -t {table} -C {name} -j {chain} 2>/dev/null || {tool} -w 5 -t {table} -I {name} 1 -j {chain}"
        for name, (table, chain) in CHAINS.items()
        if name in built_in
    ]


def _closed(version: int, built_in: t.Iterable[str]) -> list[str]:
    """Nothing into the tunnel and nothing out of it, in the chains that judge packets."""
    places = [name for name in ("FORWARD", "INPUT") if name in built_in]
    own = {CHAINS[name][1]: ["-i %i -j DROP", *(["-o %i -j DROP"] if name == "FORWARD" else [])] for name in places}
    return [*_restore(version, "filter", own), *_jumps(version, places)]


def _remove(version: int, built_in: str) -> str:
    """Each part may fail: what is gone already must not keep the rest (wg-quick runs hooks with ``set -e``)."""
    tool, (table, chain) = TOOLS[version], CHAINS[built_in]
    return (
        f"{{ while {tool} -w 5 -t {table} -D {built_in} -j {chain}; do :; done;"
        f" {tool} -w 5 -t {table} -F {chain}; {tool} -w 5 -t {table} -X {chain}; }} 2>/dev/null || true"
    )


def _remove_all(version: int) -> list[str]:
    return [_policy_off(version), *(_remove(version, name) for name in CHAINS), _remove_lists(version, 0)]


def _policy_on(version: int, policy: str) -> str:
    """The host's policy for what it forwards, with the one it had kept once for all tunnels."""
    tool = TOOLS[version]
    read = f"""{tool} -w 5 -S FORWARD | while read -r a _ p; do [ "$a" != -P ] || echo $p; done"""
    return _forwarding.keep(version, "policy", read, f"{tool} -w 5 -P FORWARD {policy}")


def _policy_off(version: int) -> str:
    return _forwarding.put_back(version, "policy", f"{TOOLS[version]} -w 5 -P FORWARD $(cat WAS)")


def _remove_lists(version: int, number: int) -> str:
    """Remove the numbered chains from ``number`` on, all in two transactions: emptied first, as they lead to each other."""
    tool = TOOLS[version]
    return (
        f"for v in -F -X; do {{ echo '*filter'; {tool}-save -t filter | while IFS=':. ' read -r e c n _; do"
        f' if [ -z "$e" ] && [ "$c" = {_LIST} ] && [ "$n" -ge {number} ]; then echo "$v $c.$n"; fi; done; echo COMMIT; }}'
        f" | {tool}-restore -w 5 --noflush; done 2>/dev/null || true"
    )
