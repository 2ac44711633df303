# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Who may reach whom through a hub, as rules in no tool's language.

``iptables`` and ``nftables`` both write what this module decides. Everything of the tunnel that no rule
admits is dropped, in both families; what others forward is none of its business.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks

# Where clouds answer any guest with its credentials; a client must not get the hub's.
_METADATA = {4: "169.254.0.0/16", 6: "fd00:ec2::254/128"}

# No wildcard ("eth+" is one to iptables), and nothing that ends a hook.
_LINK = re.compile(r"[a-zA-Z0-9_.@-]{1,15}")

# wg-quick's word for the interface's name.
TUNNEL = "%i"

# What a rule says of a packet it matches, besides ACCEPT, DROP, RETURN and MASQUERADE: let the list decide that is
# the packet's by its source (ACCESS) or by its target (ANSWERS); where it has none, go on.
ACCESS = "ACCESS"
ANSWERS = "ANSWERS"

# Errors about a flow, and its replies: packets against the direction in which it began.
ERROR = "error"
REPLY = "reply"


@dataclasses.dataclass(frozen=True)
class Allow:
    """What a peer may reach: CIDR texts of either family, a protocol ("" for any, tcp, udp, icmp), destination ports.

    Ports are texts, ``443`` or ``8000-8010``, and need tcp or udp.
    """

    targets: tuple[str, ...]
    protocol: str = ""
    ports: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Access:
    """A peer that reaches what is listed and nothing else; ``sources`` are its addresses and networks, CIDR texts."""

    sources: tuple[str, ...]
    allow: tuple[Allow, ...]


@dataclasses.dataclass(frozen=True)
class Policy:
    """Who may reach whom. Networks are CIDR texts of both families.

    ``tunnel`` are the networks whose addresses clients have, with those that lie behind clients, ``hub`` the hub's own
    addresses in it. ``forward_policy`` is the host's policy for packets that no rule decides ("" leaves it alone).
    """

    tunnel: t.Sequence[str]
    client_to_client: bool = False
    internet: bool = False
    lan_networks: t.Sequence[str] = ()
    uplinks: t.Mapping[int, str] = dataclasses.field(default_factory=dict)
    access: t.Sequence[Access] = ()
    hub: t.Sequence[str] = ()
    nat6: bool = True
    forward_policy: str = ""


@dataclasses.dataclass(frozen=True)
class Rule:
    """What a packet has to be, and the verdict. Empty fields match any; a link with ``!`` before it, any other."""

    verdict: str
    came: str = ""
    goes: str = ""
    source: str = ""
    target: str = ""
    protocol: str = ""
    ports: tuple[str, ...] = ()
    source_ports: bool = False
    reply: str = ""
    redirect: bool = False


@dataclasses.dataclass(frozen=True)
class Sublist:
    """Rules for the packets of some networks (CIDR texts) alone."""

    networks: tuple[str, ...]
    rules: tuple[Rule, ...]


@dataclasses.dataclass(frozen=True)
class Ruleset:
    """The rules of one family by the place where packets pass, and the lists that ACCESS and ANSWERS lead to."""

    input: list[Rule]
    forward: list[Rule]
    output: list[Rule]
    postrouting: list[Rule]
    access: list[Sublist]
    answers: list[Sublist]


def check(policy: Policy) -> None:
    """Raise ValueError for an uplink that is no name of an interface."""
    for link in policy.uplinks.values():
        if not _LINK.fullmatch(link):
            raise ValueError(f"uplink is {link!r}; a network interface of the hub is meant, such as eth0")


def ruleset(policy: Policy, version: int) -> Ruleset:
    """The rules for IP ``version``. Raises NetworkError for a text that is no network."""
    access, answers = _access(policy, version), _answers(policy, version)
    # A router that sends packets back out of the interface they came from tells the sender so; here that is by design.
    return Ruleset(
        input=_input() if access else [],
        forward=_forward(policy, version, bool(access), bool(answers)),
        output=[Rule("DROP", goes=TUNNEL, redirect=True)],
        postrouting=_postrouting(policy, version),
        access=access,
        answers=answers,
    )


def forwards(policy: Policy, version: int) -> bool:
    """Whether the policy lets anything through the hub in this family."""
    reaches = (
        policy.client_to_client
        or (policy.internet and version in policy.uplinks)
        or bool(of_version(policy.lan_networks, version))
        or bool(_targets(policy, version))
    )
    return reaches and bool(of_version(policy.tunnel, version))


def of_version(networks: t.Iterable[str], version: int) -> list[str]:
    """Those of the networks that are of IP ``version``."""
    return [network for network in networks if _networks.parse_network(network).version == version]


def _input() -> list[Rule]:
    """What the hub itself gets: the host's own rules decide, but for peers that have a list."""
    return [Rule("RETURN", came=TUNNEL, reply=REPLY), Rule(ACCESS, came=TUNNEL)]


def _forward(policy: Policy, version: int, access: bool, answers: bool) -> list[Rule]:
    tunnel, uplink = of_version(policy.tunnel, version), policy.uplinks.get(version)
    pairs = [(source, target) for source in tunnel for target in tunnel] if policy.client_to_client else []
    rules = [Rule("DROP", came=TUNNEL, target=_METADATA[version])]
    rules.append(Rule("ACCEPT", f"!{TUNNEL}", TUNNEL, reply=ERROR))
    if answers:
        rules.append(Rule(ANSWERS, goes=TUNNEL, reply=REPLY))
    if access:
        # A peer with a list may still answer to those who may call it.
        rules += [Rule("ACCEPT", TUNNEL, TUNNEL, *pair, reply=REPLY) for pair in pairs]
        rules.append(Rule(ACCESS, came=TUNNEL))
    rules += [Rule("ACCEPT", TUNNEL, TUNNEL, *pair) for pair in pairs]
    for client in tunnel:
        # Only replies come in from elsewhere, and only from where a call may go: a flow ends with what allowed it.
        for lan in of_version(policy.lan_networks, version):
            rules.append(Rule("ACCEPT", TUNNEL, f"!{TUNNEL}", client, lan))
            rules.append(Rule("ACCEPT", f"!{TUNNEL}", TUNNEL, lan, client, reply=REPLY))
        if policy.internet and uplink:
            rules.append(Rule("ACCEPT", TUNNEL, uplink, client))
            rules.append(Rule("ACCEPT", uplink, TUNNEL, "", client, reply=REPLY))
    return [*rules, Rule("DROP", came=TUNNEL), Rule("DROP", goes=TUNNEL)]


def _postrouting(policy: Policy, version: int) -> list[Rule]:
    """What leaves with the hub's address: only the tunnel's own sources, and none of IPv6 where that is routed."""
    if version == 6 and not policy.nat6:
        return []
    tunnel, uplink = of_version(policy.tunnel, version), policy.uplinks.get(version)
    outside = [item for item in _targets(policy, version) if not _is_inside(item, tunnel)]
    rules = []
    for source in tunnel:
        lans = of_version(policy.lan_networks, version)
        rules += [Rule("MASQUERADE", goes=f"!{TUNNEL}", source=source, target=lan) for lan in lans]
        if policy.internet and uplink:
            rules.append(Rule("MASQUERADE", goes=uplink, source=source))
        if outside:
            # One rule however many lists there are: what comes this far was admitted by one of them.
            rules.append(Rule("MASQUERADE", goes=f"!{TUNNEL}", source=source))
    return rules


def _access(policy: Policy, version: int) -> list[Sublist]:
    """A list for all peers that may reach the same, which drops the rest of what they send."""
    lists: dict[tuple[Allow, ...], list[str]] = {}
    for peer in policy.access:
        lists.setdefault(peer.allow, []).extend(of_version(peer.sources, version))
    return [
        Sublist(tuple(sources), (*_accepting(allow, version), Rule("DROP")))
        for allow, sources in lists.items()
        if sources
    ]


def _accepting(allow: t.Iterable[Allow], version: int) -> list[Rule]:
    return [
        Rule("ACCEPT", target=target, protocol=item.protocol, ports=item.ports)
        for item in allow
        for target in of_version(item.targets, version)
    ]


def _answers(policy: Policy, version: int) -> list[Sublist]:
    """For peers that have lists, the way back: the same rules, seen from the other side, and no others."""
    own = _own(policy)
    lists = []
    for peer in _access(policy, version):
        through = [rule for rule in peer.rules if rule.target and rule.target not in own]
        mirrored = [dataclasses.replace(rule, source=rule.target, target="", source_ports=True) for rule in through]
        lists.append(Sublist(peer.networks, (*mirrored, Rule("DROP"))))
    return lists


def _targets(policy: Policy, version: int) -> list[str]:
    """What lists lead to besides the hub itself."""
    own = _own(policy)
    listed = {target for peer in policy.access for item in peer.allow for target in item.targets}
    return [target for target in of_version(sorted(listed), version) if target not in own]


def _own(policy: Policy) -> set[str]:
    """The hub's addresses as lists have them."""
    return {_networks.format_network(_networks.parse_network(address)) for address in policy.hub}


def protocol_of(rule: Rule, version: int) -> str:
    """The protocol of a rule, which is not empty, by the name that iptables and nft both have for it."""
    return "ipv6-icmp" if (rule.protocol, version) == ("icmp", 6) else rule.protocol


def _is_inside(text: str, networks: t.Iterable[str]) -> bool:
    network = _networks.parse_network(text)
    return any(_networks.is_within(network, _networks.parse_network(other)) for other in networks)
