# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The strict door of texts, conflicts against sets of addresses, and the hosts of networks."""

from __future__ import annotations

import ipaddress
import itertools
import random
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks
from ansible_collections.vpn.wireguard.plugins.module_utils._networks import Conflict, Network, NetworkError
from ansible_collections.vpn.wireguard.tests.unit import samples, worlds

# By whether inet_pton reads the plain forms, and netaddr judges.
DOORS = {"fast": (True, True), "netaddr": (False, True), "stdlib": (False, False)}


@pytest.fixture(params=DOORS.values(), ids=DOORS)
def _door(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test goes through all doors for texts."""
    is_strict, has_netaddr = request.param
    monkeypatch.setattr(_networks, "IS_STRICT", is_strict)
    monkeypatch.setattr(_networks, "HAS_NETADDR", has_netaddr)


def test_this_system_has_the_fast_door() -> None:
    assert _networks.IS_STRICT
    assert _networks.HAS_NETADDR


@pytest.mark.parametrize("taken", ["010.0.0.1", "10.1", "fe80::1%1"])
def test_a_system_with_a_lax_inet_pton_does_without(taken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    strict = socket.inet_pton
    monkeypatch.setattr(socket, "inet_pton", lambda family, text: b"" if text == taken else strict(family, text))
    assert not _networks._is_strict()


@pytest.mark.usefixtures("_door")
@pytest.mark.parametrize("parse", [_networks.parse_network, _networks.parse_interface, _networks.parse_address])
@pytest.mark.parametrize("text", samples.NO_NETWORKS)
def test_refuses_texts(parse: object, text: str) -> None:
    with pytest.raises(NetworkError) as caught:
        parse(text)
    assert repr(text) in str(caught.value)


@pytest.mark.usefixtures("_door")
@pytest.mark.parametrize("value", samples.NO_TEXTS, ids=repr)
def test_refuses_what_is_no_text(value: object) -> None:
    with pytest.raises(NetworkError, match=r"quote it in YAML") as caught:
        _networks.parse_network(value)
    assert type(value).__name__ in str(caught.value)


@pytest.mark.usefixtures("_door")
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("10.0.0.1/24", "10.0.0.0/24"),
        ("10.1.1.7/24", "10.1.1.0/24"),
        ("10.192.124.1/24", "10.192.124.0/24"),
        ("0.0.0.1/0", "0.0.0.0/0"),
        ("fd00::1/64", "fd00::/64"),
        ("::1/0", "::/0"),
    ],
)
def test_host_bits_are_refused_with_what_was_meant(text: str, meant: str) -> None:
    with pytest.raises(NetworkError) as caught:
        _networks.parse_network(text)
    assert repr(text) in str(caught.value)
    assert meant in str(caught.value)


@pytest.mark.usefixtures("_door")
@pytest.mark.parametrize(
    ("text", "version", "address", "prefix"),
    [
        ("10.8.0.1/24", 4, "10.8.0.1", 24),
        ("10.8.0.1", 4, "10.8.0.1", 32),
        ("0.0.0.0/0", 4, "0.0.0.0", 0),  # everything
        ("fd00:8::1/64", 6, "fd00:8::1", 64),
        ("FD00:8::0001", 6, "fd00:8::1", 128),
        ("::", 6, "::", 128),
        ("1:2:3:4:5:6:7::", 6, "1:2:3:4:5:6:7:0", 128),
        # Larger than the mapped addresses, so no IPv4 address in disguise.
        ("::/95", 6, "::", 95),
        ("::1:0:0/128", 6, "::1:0:0", 128),
    ],
)
def test_interfaces(text: str, version: int, address: str, prefix: int) -> None:
    interface = _networks.parse_interface(text)
    assert interface == (version, int(ipaddress.ip_address(address)), prefix)
    assert str(interface) == f"{ipaddress.ip_address(address)}/{prefix}"


@pytest.mark.usefixtures("_door")
def test_an_interface_knows_its_network() -> None:
    assert _networks.parse_interface("10.8.0.9/24").network == _networks.parse_network("10.8.0.0/24")


@pytest.mark.usefixtures("_door")
def test_an_address_has_no_prefix() -> None:
    assert _networks.parse_address("10.8.0.2") == (4, 0x0A080002)
    with pytest.raises(NetworkError, match=r"without the prefix"):
        _networks.parse_address("10.8.0.2/32")


@given(
    st.one_of(
        st.text("0123456789abcdefF:./ ", max_size=24),
        st.builds("{}.{}.{}.{}/{}".format, *[st.integers(0, 260)] * 4, st.integers(0, 34)),
        st.builds(
            "{}/{}".format,
            st.lists(st.sampled_from(["", "0", "1", "ffff"]), max_size=9).map(":".join),
            st.integers(0, 130),
        ),
        st.sampled_from(samples.NO_NETWORKS),
    )
)
def test_all_doors_agree(text: str) -> None:
    assert len({verdict(text, *door) for door in DOORS.values()}) == 1


def verdict(text: str, is_strict: bool, has_netaddr: bool) -> object:
    """What one door says of a text; None for a refusal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_networks, "IS_STRICT", is_strict)
        patch.setattr(_networks, "HAS_NETADDR", has_netaddr)
        try:
            return _networks.parse_interface(text)
        except NetworkError:
            return None


def test_mutated_texts_get_one_verdict() -> None:
    """Networks with a mistake or two, as hands and broken programs make them; all doors say the same of each."""
    rng = random.Random(1)
    seeds = ["10.8.0.0/24", "192.0.2.255", "255.255.255.255/32", "0.0.0.0/0", *samples.NO_NETWORKS]
    seeds += ["fd00:8::/64", "2001:db8:1:2:3:4:5:6/128", "::/0", "::ffff:a00:1/120", "1::8", "::1:2:3:4:5:6:7/127"]
    letters = "0123456789abcdefABCDEFgx:./+-_ %#\t\n\x00\u0660\uff11\u00b2\ud800"
    accepted = 0
    for _round in range(20_000):
        text = mutated(rng, rng.choice(seeds), letters)
        verdicts = {verdict(text, *door) for door in DOORS.values()}
        assert len(verdicts) == 1, (text, verdicts)
        accepted += verdicts != {None}
    # Neither nearly all nor nearly none, or the test would say little.
    assert 2_000 < accepted < 18_000


def mutated(rng: random.Random, text: str, letters: str) -> str:
    for _change in range(rng.randint(0, 2)):
        place = rng.randint(0, len(text))
        text = text[:place] + rng.choice(("", rng.choice(letters))) + text[place + rng.randint(0, 1) :]
    return text


@given(worlds.any_network())
def test_what_is_written_can_be_read(text: str) -> None:
    network = _networks.parse_network(text)
    assert _networks.format_network(network) == str(ipaddress.ip_network(text))
    assert _networks.parse_network(_networks.format_network(network)) == network


owners = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.one_of(worlds.small_network(4), worlds.small_network(6)), max_size=4)
)


@given(owners)
def test_conflicts_by_comparing_all_pairs(claims: dict[str, list[str]]) -> None:
    parsed = {name: [_networks.parse_network(text) for text in texts] for name, texts in claims.items()}
    found = _networks.find_conflicts(parsed)
    expected = [
        (first, second)
        for first, second in itertools.combinations(sorted(claims), 2)
        if worlds.addresses(claims[first]) & worlds.addresses(claims[second])
    ]
    assert [(conflict.first, conflict.second) for conflict in found] == expected
    for conflict in found:
        shared = worlds.addresses([conflict.network])
        assert any(
            shared == worlds.addresses([one]) & worlds.addresses([two])
            for one in claims[conflict.first]
            for two in claims[conflict.second]
        )


def test_a_conflict_has_both_names_and_the_part() -> None:
    claims = {"office": ["10.1.0.0/16"], "lab": ["10.1.2.0/24", "10.9.0.0/16"], "home": ["10.2.0.0/16", "10.2.0.0/24"]}
    parsed = {name: [_networks.parse_network(text) for text in texts] for name, texts in claims.items()}
    assert _networks.find_conflicts(parsed) == [Conflict("lab", "office", "10.1.2.0/24")]


def test_equal_numbers_of_two_families_are_no_conflict() -> None:
    assert _networks.find_conflicts({"a": [Network(4, 0, 255)], "b": [Network(6, 0, 255)]}) == []


def test_a_thousand_conflicts_are_enough() -> None:
    claims = {f"peer-{n:05}": [Network(4, 0, 2**32 - 1)] for n in range(20_000)}
    found = _networks.find_conflicts(claims)
    assert len(found) == len(set(found)) == 1000
    assert _networks.find_conflicts(claims, 1) == [Conflict("peer-00000", "peer-00001", "0.0.0.0/0")]


def test_what_one_owner_claims_again_and_again_costs_little() -> None:
    claims = {"one": [Network(4, 0, 255)] * 100_000, "two": [Network(4, 0, 255)] * 100_000}
    assert _networks.find_conflicts(claims) == [Conflict("one", "two", "0.0.0.0/24")]


def test_conflicts_of_many_owners_are_found_soon() -> None:
    claims = {f"peer-{n}": [Network(4, n * 4, n * 4 + 3)] for n in range(20_000)}
    claims["late"] = [Network(4, 40_001, 40_001)]
    assert _networks.find_conflicts(claims) == [Conflict("late", "peer-10000", "0.0.156.65/32")]


@pytest.mark.parametrize(
    ("network", "first", "last", "count"),
    [
        ("10.8.0.0/24", "10.8.0.1", "10.8.0.254", 254),
        ("10.8.0.0/30", "10.8.0.1", "10.8.0.2", 2),
        ("10.8.0.0/31", "10.8.0.0", "10.8.0.1", 2),
        ("10.8.0.7/32", "10.8.0.7", "10.8.0.7", 1),
        ("fd00:8::/64", "fd00:8::1", "fd00:8::ffff:ffff:ffff:ffff", 2**64 - 1),
        ("fd00:8::/126", "fd00:8::1", "fd00:8::3", 3),
        ("fd00:8::/127", "fd00:8::", "fd00:8::1", 2),
        ("fd00:8::7/128", "fd00:8::7", "fd00:8::7", 1),
    ],
)
def test_hosts(network: str, first: str, last: str, count: int) -> None:
    hosts = _networks.hosts_of(_networks.parse_network(network))
    assert hosts.stop - hosts.start == count
    assert _networks.nth_address(network, 1) == first
    assert _networks.nth_address(network, -1) == last
    assert _networks.nth_address(network, count) == last
    assert _networks.nth_address(network, -count) == first


@pytest.mark.parametrize(
    ("network", "number"), [("10.8.0.0/30", 0), ("10.8.0.0/30", 3), ("10.8.0.0/30", -3), ("10.8.0.7/32", 2)]
)
def test_a_host_that_is_not_there(network: str, number: int) -> None:
    with pytest.raises(NetworkError, match=rf"no host {number}; it has hosts 1 to "):
        _networks.nth_address(network, number)


@pytest.mark.parametrize("text", ["10.8.0.1/24", "*", None])
def test_nth_address_wants_a_network(text: object) -> None:
    with pytest.raises(NetworkError):
        _networks.nth_address(text, 1)
