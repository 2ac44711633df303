# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What single peers may reach: the inventory's words, and what becomes of them in chains of iptables."""

from __future__ import annotations

import ipaddress
import random
import shlex
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _access, _iptables, _policy
from ansible_collections.vpn.wireguard.plugins.module_utils._policy import Access, Allow, Policy

HUB = ["10.8.0.1", "fd00:8::1"]
ADMINS = {"admins": [{"to": "hub", "protocol": "tcp", "ports": [22]}, {"to": ["10.20.0.0/16", "fd20::/64"]}]}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], ()),
        ([{"to": "10.20.0.0/16"}], (Allow(("10.20.0.0/16",)),)),
        ([{"to": "10.20.0.7", "protocol": "icmp"}], (Allow(("10.20.0.7/32",), "icmp"),)),
        (
            [{"to": "10.20.0.0/16", "protocol": "tcp", "ports": [443, "8000-8010"]}],
            (Allow(("10.20.0.0/16",), "tcp", ("443", "8000-8010")),),
        ),
        # Who names ports and no protocol means both that have some.
        (
            [{"to": "hub", "ports": 53}],
            (
                Allow(("10.8.0.1/32", "fd00:8::1/128"), "tcp", ("53",)),
                Allow(("10.8.0.1/32", "fd00:8::1/128"), "udp", ("53",)),
            ),
        ),
        (
            ["admins", {"to": "0.0.0.0/0", "protocol": "any"}],
            (
                Allow(("10.8.0.1/32", "fd00:8::1/128"), "tcp", ("22",)),
                Allow(("10.20.0.0/16", "fd20::/64")),
                Allow(("0.0.0.0/0",)),
            ),
        ),
    ],
)
def test_words_become_values(items: list[Any], expected: tuple[Allow, ...]) -> None:
    assert _access.read(items, ADMINS, HUB) == expected


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ("10.20.0.0/16", ["is no list"]),
        ([{}], ["item 0", "to is missing"]),
        ([{"to": []}], ["to is missing"]),
        ([{"to": "10.20.0.1/16"}], ["item 0", "host bits"]),
        ([{"to": "internet"}], ["'internet'"]),
        ([{"to": "hub", "port": 22}], ["'port'", "did you mean ports"]),
        ([{"to": "hub", "protocol": "tpc"}], ["'tpc'", "any, tcp, udp, icmp"]),
        ([{"to": "hub", "protocol": "icmp", "ports": [1]}], ["'icmp'", "only tcp and udp"]),
        ([{"to": "hub", "ports": [0]}], ["ports: 0"]),
        ([{"to": "hub", "ports": [65536]}], ["65536"]),
        ([{"to": "hub", "ports": [True]}], ["True"]),
        ([{"to": "hub", "ports": ["443"]}], ["'443'", "write 443"]),
        ([{"to": "hub", "ports": ["9-8"]}], ["'9-8'"]),
        ([{"to": "hub", "ports": ["1-2\n-j ACCEPT"]}], ["no port"]),
        ([{"to": "hub", "ports": []}], ["empty list"]),
        ([{"to": "hub"}, "admin"], ["item 1", "did you mean admins"]),
        ([7], ["item 0", "no mapping"]),
    ],
)
def test_words_that_mean_nothing(items: object, words: list[str]) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        _access.read(items, ADMINS, HUB)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("lists", "word"),
    [
        ([], "mapping"),
        ({"a": [{"to": "x"}]}, "a: item 0"),
        ({"a": ["b"]}, "other lists"),
        ({"a": 1}, "a: 1 is no list"),
    ],
)
def test_lists_that_are_none(lists: object, word: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        _access.check_lists(lists)
    assert word in str(caught.value)


PEERS = {
    "phone": {"addresses": ["10.8.0.5", "fd00:8::5"], "networks": ["172.30.0.0/24"]},
    "laptop": {"addresses": ["10.8.0.6"], "networks": []},
    "tablet": {"addresses": ["10.8.0.7"], "networks": []},
}


def test_only_peers_with_a_list_are_limited() -> None:
    wishes = [
        {"name": "phone", "allow": ["admins"]},
        {"name": "laptop", "allow": None},
        {"name": "tablet", "allow": []},
    ]
    phone, tablet = _access.access_of(PEERS, wishes, ADMINS, HUB)
    assert phone.sources == ("10.8.0.5/32", "fd00:8::5/128", "172.30.0.0/24")
    assert len(phone.allow) == 2
    assert tablet == Access(("10.8.0.7/32",), ())


def test_a_peer_with_a_bad_list_is_named() -> None:
    with pytest.raises(ValueError, match=r"phone: allow: item 0: to is missing"):
        _access.access_of(PEERS, [{"name": "phone", "allow": [{}]}], {}, HUB)


@pytest.mark.parametrize(
    ("allow", "address", "expected"),
    [
        ([], "10.8.0.1", False),
        ([{"to": "hub"}], "10.8.0.1", True),
        ([{"to": "hub", "protocol": "icmp"}], "10.8.0.1", True),
        ([{"to": "hub", "protocol": "udp"}], "10.8.0.1", False),
        ([{"to": "hub", "ports": [53]}], "10.8.0.1", False),
        ([{"to": "10.8.0.0/24"}], "10.8.0.1", True),
        ([{"to": "10.8.0.0/24"}], "fd00:8::1", False),
        ([{"to": "0.0.0.0/0"}], "10.9.0.1", True),
    ],
)
def test_who_may_be_pinged(allow: list[Any], address: str, expected: bool) -> None:
    assert _access.admits(_access.read(allow, {}, HUB), address, "icmp") == expected


# Chains of iptables, walked as the kernel walks them.


def walk(chains: dict[str, list[str]], chain: str, source: str, target: str) -> tuple[str, int]:
    """The verdict for a packet (RETURN where none falls), and how many rules were looked at."""
    looked = 0
    for rule in chains[chain]:
        looked += 1
        words = shlex.split(rule)
        options = dict(zip(words[::2], words[1::2], strict=True))
        given = {"-s": source, "-d": target}
        if not all(
            ipaddress.ip_address(given[key]) in ipaddress.ip_network(options[key]) for key in given if key in options
        ):
            continue
        if "-g" in options:
            verdict, more = walk(chains, options["-g"], source, target)
            return verdict, looked + more
        return options["-j"], looked
    return "RETURN", looked


def tree(policy: Policy, version: int = 4) -> tuple[dict[str, list[str]], str]:
    """The chains, and the name of the one that finds a packet's list by its source."""
    chains = _iptables.chains(policy, version)
    (jump,) = [rule for rule in chains["WG-I-%i"] if "WG-A-" in rule]
    return chains, jump.split()[-1]


def many(count: int) -> Policy:
    """Peers that may each reach one address of their own."""
    first = ipaddress.ip_address("10.8.0.2")
    access = [
        Access((f"{first + number}/32",), (Allow((f"10.20.{number // 256}.{number % 256}/32",)),))
        for number in range(count)
    ]
    return Policy(["10.8.0.0/16"], access=access)


@pytest.mark.parametrize("count", [1, 16, 17, 100, 500])
def test_each_peer_finds_its_own_list_and_no_other(count: int) -> None:
    policy = many(count)
    chains, root = tree(policy)
    for number, peer in enumerate(policy.access):
        source = peer.sources[0].partition("/")[0]
        own = f"10.20.{number // 256}.{number % 256}"
        other = f"10.20.{(number + 1) // 256}.{(number + 1) % 256}"
        assert walk(chains, root, source, own)[0] == "ACCEPT"
        assert walk(chains, root, source, other)[0] == "DROP"
    assert walk(chains, root, "10.8.200.1", "10.20.0.0")[0] == "RETURN"


def test_the_way_through_the_tree_hardly_grows() -> None:
    def longest(count: int) -> int:
        chains, root = tree(many(count))
        return max(walk(chains, root, f"10.8.{number}.{number}", "10.20.0.0")[1] for number in range(0, 256, 5))

    assert longest(2000) <= longest(20) + 16
    assert longest(2000) < 60


def test_networks_of_all_sizes_find_their_lists() -> None:
    # Seeded, so that a failure comes again.
    dice = random.Random(7)
    for _round in range(20):
        blocks = list(ipaddress.ip_network("10.0.0.0/8").subnets(new_prefix=12))
        networks = [next(block.subnets(new_prefix=dice.choice((12, 14, 20, 24, 31, 32)))) for block in blocks]
        networks += list(ipaddress.ip_network("172.16.0.0/24").subnets(new_prefix=29))
        access = [
            Access((str(network),), (Allow((f"192.168.{number}.1/32",)),)) for number, network in enumerate(networks)
        ]
        chains, root = tree(Policy(["10.0.0.0/8", "172.16.0.0/24"], access=access))
        for number, network in enumerate(networks):
            for address in (network[0], network[-1]):
                assert walk(chains, root, str(address), f"192.168.{number}.1")[0] == "ACCEPT"
                assert walk(chains, root, str(address), f"192.168.{number + 1}.1")[0] == "DROP"


def test_peers_that_share_a_list_share_its_chain() -> None:
    allow = (Allow(("10.20.0.0/16",)),)
    policy = Policy(["10.8.0.0/24"], access=[Access((f"10.8.0.{number}/32",), allow) for number in range(2, 12)])
    chains, _root = tree(policy)
    # One for what they send, one for the replies to it.
    assert sum("ACCEPT" in rule for name, rules in chains.items() if "WG-A" in name for rule in rules) == 2


def test_many_ports_are_as_many_rules_as_iptables_wants() -> None:
    ports = (*(str(port) for port in range(1, 15)), "100-200", "300")
    policy = Policy(["10.8.0.0/24"], access=[Access(("10.8.0.2/32",), (Allow(("10.20.0.0/16",), "tcp", ports),))])
    rules = [rule for rules in _iptables.chains(policy, 4).values() for rule in rules if "multiport" in rule]
    portions = ["1,2,3,4,5,6,7,8,9,10,11,12,13,14", "100:200,300"]
    assert [rule.split()[6:8] for rule in rules] == [
        [option, portion] for option in ("--dports", "--sports") for portion in portions
    ]


@pytest.mark.parametrize(
    ("target", "forwards", "masquerades"),
    [("10.20.0.0/16", True, True), ("10.8.0.7/32", True, False), ("10.8.0.1/32", False, False)],
)
@pytest.mark.parametrize("hub", ["10.8.0.1/32", "10.8.0.1"])
def test_what_a_list_leads_to_decides_on_forwarding_and_addresses(
    hub: str, target: str, forwards: bool, masquerades: bool
) -> None:
    policy = Policy(["10.8.0.0/24"], access=[Access(("10.8.0.2/32",), (Allow((target,)),))], hub=[hub])
    assert _policy.forwards(policy, 4) == forwards
    assert bool(_policy.ruleset(policy, 4).postrouting) == masquerades
    assert not _policy.forwards(policy, 6)


def test_ipv6_can_be_routed_instead() -> None:
    policy = Policy(["fd00:8::/64"], internet=True, uplinks={6: "eth0"}, nat6=False)
    assert _policy.ruleset(policy, 6).postrouting == []
    assert _policy.forwards(policy, 6)
