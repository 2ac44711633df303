# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Include minus exclude, against counted addresses and against netaddr; lists as texts; the sets."""

from __future__ import annotations

import ipaddress
import itertools
import random

import netaddr
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.vpn.wireguard.plugins.module_utils import _lists, _networks
from ansible_collections.vpn.wireguard.plugins.module_utils._networks import NetworkError
from ansible_collections.vpn.wireguard.tests.unit import samples, worlds

mixed = st.lists(st.one_of(worlds.small_network(4), worlds.small_network(6)), max_size=8)


def fewest(wanted: set[tuple[int, int]]) -> int:
    """The least number of CIDR networks that cover a set: halve the space until a half is full or empty."""

    def count(version: int, first: int, size: int) -> int:
        inside = sum((version, value) in wanted for value in range(first, first + size))
        if inside in (0, size):
            return int(inside > 0)
        return count(version, first, size // 2) + count(version, first + size // 2, size // 2)

    return sum(count(version, first, 1 << worlds.WIDTH) for version, first in worlds.SMALL.items())


@given(mixed, mixed)
def test_include_minus_exclude_by_counting(include: list[str], exclude: list[str]) -> None:
    result = _lists.allowed_ips(include, exclude)
    wanted = worlds.addresses(include) - worlds.addresses(exclude)
    assert worlds.addresses(result) == wanted
    assert len(result) == fewest(wanted)


@given(st.lists(worlds.any_network(), max_size=12), st.lists(worlds.any_network(), max_size=12))
@example(["0.0.0.0/0", "::/0"], ["10.0.0.0/8", "192.168.0.0/16", "fd00::/8"])
@example(["0.0.0.0/0"], ["0.0.0.0/32", "255.255.255.255/32"])
@example(["::/0"], ["::/128"])
@example(["10.0.0.0/8", "::/0"], ["0.0.0.0/0"])
def test_include_minus_exclude_by_netaddr(include: list[str], exclude: list[str]) -> None:
    expected = netaddr.IPSet(include) - netaddr.IPSet(exclude)
    # netaddr writes some addresses as ::a.b.c.d, so the texts are those of the standard library.
    texts = [str(ipaddress.ip_network((network.ip.packed, network.prefixlen))) for network in expected.iter_cidrs()]
    assert _lists.allowed_ips(include, exclude) == texts


@given(st.lists(worlds.any_network(), max_size=12), st.lists(worlds.any_network(), max_size=4))
def test_results_are_sorted_and_apart(include: list[str], exclude: list[str]) -> None:
    result = [ipaddress.ip_network(text) for text in _lists.allowed_ips(include, exclude)]
    assert result == sorted(result, key=lambda network: (network.version, network.network_address))
    for left, right in itertools.pairwise(result):
        assert left.version < right.version or left.broadcast_address < right.network_address


@given(st.lists(worlds.any_network(), max_size=6), st.lists(worlds.any_network(), max_size=6), st.randoms())
def test_order_and_repetition_do_not_matter(include: list[str], exclude: list[str], random: object) -> None:
    result = _lists.allowed_ips(include, exclude)
    shuffled = [*include, *include]
    random.shuffle(shuffled)
    assert _lists.allowed_ips(shuffled, [*reversed(exclude), *exclude]) == result
    assert _lists.allowed_ips(result) == result


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ([], [], []),
        (["10.8.0.1"], [], ["10.8.0.1/32"]),
        (["fd00::1"], [], ["fd00::1/128"]),
        (["10.8.0.0/25", "10.8.0.128/25"], [], ["10.8.0.0/24"]),
        (["10.8.0.128/25", "10.8.1.0/25"], [], ["10.8.0.128/25", "10.8.1.0/25"]),
        (["255.255.255.255/32", "::/128"], [], ["255.255.255.255/32", "::/128"]),
        (["fd00::/8", "10.0.0.0/8"], [], ["10.0.0.0/8", "fd00::/8"]),
        (["10.8.0.0/24"], ["10.0.0.0/8"], []),
        (["10.8.0.0/30"], ["10.8.0.1"], ["10.8.0.0/32", "10.8.0.2/31"]),
        (["10.0.0.0/8"], ["fd00::/8"], ["10.0.0.0/8"]),
        (["FD00:0:0::/64"], [], ["fd00::/64"]),
        (["::7f00:1"], [], ["::7f00:1/128"]),
    ],
)
def test_examples(include: list[str], exclude: list[str], expected: list[str]) -> None:
    assert _lists.allowed_ips(include, exclude) == expected


def test_many_networks_in_one_go() -> None:
    holes = [f"10.{high}.{low}.0/24" for high in range(100) for low in range(0, 200, 2)]
    assert len(_lists.allowed_ips(["0.0.0.0/0"], holes)) > len(holes)


@pytest.mark.parametrize(
    ("include", "exclude", "place"),
    [
        (["10.0.0.0/8", "oops"], [], "include[1]"),
        (["10.0.0.0/8"], ["10.0.0.0/8", "10.0.0.0/9", None], "exclude[2]"),
        ([8], [], "include[0]"),
    ],
)
def test_errors_name_list_and_index(include: list[object], exclude: list[object], place: str) -> None:
    with pytest.raises(NetworkError) as caught:
        _lists.allowed_ips(include, exclude)
    assert str(caught.value).startswith(f"{place}: ")


@pytest.mark.parametrize("value", ["10.0.0.0/8", b"10.0.0.0/8", None, 8, True])
def test_a_list_is_a_list(value: object) -> None:
    with pytest.raises(NetworkError, match=r"^exclude is .*not a list"):
        _lists.allowed_ips([], value)


def test_a_mapping_is_no_list() -> None:
    """YAML makes one of a list item fd00:: without quotes."""
    with pytest.raises(NetworkError, match=r"^include is .*not a list"):
        _lists.allowed_ips({"fd00:": None})


@pytest.mark.parametrize("text", samples.NO_NETWORKS)
@pytest.mark.parametrize("others", [[], ["10.0.0.0/8", "fd00::/8"], ["private"]], ids=["alone", "plain", "named"])
def test_lists_refuse_what_the_door_refuses(text: str, others: list[str]) -> None:
    with pytest.raises(NetworkError) as caught:
        _lists.allowed_ips([*others, text])
    assert str(caught.value).startswith(f"include[{len(others)}]: {text!r}")


def test_lists_read_as_the_door_does() -> None:
    """The short way of plain lists and the long way of others, on a mixed list."""
    rng = random.Random(3)
    texts = [f"{ipaddress.IPv4Address(rng.randrange(2**16) << 16)}/{rng.randint(16, 32)}" for _number in range(500)]
    texts += [f"{ipaddress.IPv6Address(rng.randrange(2**16) << 112)}/{rng.randint(16, 128)}" for _number in range(500)]
    texts += [str(ipaddress.IPv6Address(rng.randrange(2**31))) for _number in range(500)]
    plain = _lists.read(texts, "x")
    named = _lists.read([*texts, "private"], "x")
    for version, keys in plain.items():
        expected = [_networks.parse_network(text) for text in texts if (":" in text) == (version == 6)]
        assert keys == [network.first << 8 | _networks.prefix_of(network) for network in expected]
        assert named[version][: len(keys)] == keys
        assert len(named[version]) > len(keys)


@given(st.lists(st.one_of(worlds.any_network(), st.sampled_from(samples.NO_NETWORKS)), max_size=4))
def test_lists_without_the_fast_door_say_the_same(items: list[str]) -> None:
    said = []
    for is_strict in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_networks, "IS_STRICT", is_strict)
            try:
                said.append(_lists.allowed_ips(items))
            except NetworkError as exc:
                said.append(str(exc))
    assert said[0] == said[1]


@pytest.mark.parametrize("value", [0, 1, 0xA000001, 0xFFFF, 0x10000, 2**47, 2**48, 2**80 + 1])
def test_small_ipv6_networks_have_no_dots(value: int) -> None:
    after = [str(ipaddress.IPv6Address(value | 1 << 127)), f"{ipaddress.IPv6Address(1 << 126)}/2"]
    texts = [f"{ipaddress.IPv6Address(value)}/128", *after]
    # Neighbours would be one network, so the result is compared as a set of addresses.
    result = _lists.allowed_ips(texts)
    assert [text for text in result if "." in text] == []
    assert netaddr.IPSet(result) == netaddr.IPSet(texts)
    assert _lists.allowed_ips(result) == result


FILE = """\ufeff# Networks of the office
10.1.0.0/16        # the old building

  10.2.0.0/16 ; the new one\r
;10.3.0.0/16
fd00:1::/64
\t192.0.2.7
"""


def test_a_text_has_comments_and_empty_lines() -> None:
    assert _lists.parse(FILE) == ["10.1.0.0/16", "10.2.0.0/16", "fd00:1::/64", "192.0.2.7/32"]
    assert _lists.parse("") == _lists.parse("# nothing\n\n") == _lists.parse([]) == []


def test_a_list_keeps_its_order() -> None:
    assert _lists.parse(["fd00::/64", "10.0.0.0/8", "10.0.0.0/8"]) == ["fd00::/64", "10.0.0.0/8", "10.0.0.0/8"]


@pytest.mark.parametrize(
    ("value", "source", "start"),
    [
        ("10.0.0.0/8\n\n# x\n10.1/16", "de.txt", "de.txt:4: '10.1/16' is not"),
        ("10.0.0.0/8\r\n10.1.0.1/16\r\n", "de.txt", "de.txt:2: '10.1.0.1/16' has host bits set; write 10.1.0.0/16"),
        ("10.0.0.0/8\n10.1/16", "", "line 2: '10.1/16' is not"),
        ("10.0.0.0/8 10.1.0.0/16", "", "line 1: '10.0.0.0/8 10.1.0.0/16' is not"),
        ("10.0.0.0/8\u2028\n10.1.0.0/16", "", "line 1: "),
        ("10.0.0.0/8\n\x0c\n", "", "line 2: "),
        ("privat", "de.txt", "de.txt:1: 'privat' is not"),
        (["10.0.0.0/8", 10.1], "", "item[1]: 10.1 is of type float"),
        (["10.0.0.0/8", "10.1"], "de.txt", "de.txt[1]: '10.1' is not"),
        (["10.0.0.0/8\n10.1.0.0/16"], "", "item[0]: "),
        (None, "", "the input is None, not a list"),
        (10, "x", "x is 10, not a list"),
        ({"fd00:": None}, "", "the input is {"),
    ],
)
def test_a_bad_line_is_named(value: object, source: str, start: str) -> None:
    with pytest.raises(NetworkError) as caught:
        _lists.parse(value, source)
    assert str(caught.value).startswith(start)


def test_a_message_does_not_hold_a_whole_file() -> None:
    with pytest.raises(NetworkError) as caught:
        _lists.allowed_ips(["10.0.0.0/8\n" * 10_000])
    assert len(str(caught.value)) < 300


def test_a_name_that_is_none_of_the_sets() -> None:
    with pytest.raises(NetworkError, match=r"^include\[1\]: 'privat' .*; or name a set: private$"):
        _lists.allowed_ips(["10.0.0.0/8", "privat"])


def test_private_networks() -> None:
    """What the set holds is not global by the standard library's copy of the registries, or is multicast."""
    for text in _lists.parse(["private"]):
        network = ipaddress.ip_network(text)
        assert network.is_multicast or not network.is_global
    outside = _lists.allowed_ips(["0.0.0.0/0", "::/0"], ["private"])
    for text in ("9.255.255.255", "100.63.255.255", "100.128.0.0", "172.32.0.0", "192.169.0.0", "223.255.255.255"):
        assert any(ipaddress.ip_address(text) in ipaddress.ip_network(network) for network in outside), text
    for text in ("10.9.9.9", "172.31.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "127.0.0.1", "239.1.1.1"):
        assert not any(ipaddress.ip_address(text) in ipaddress.ip_network(network) for network in outside), text
    for text in ("fd00::1", "fe80::1", "::1", "ff02::1"):
        assert not any(ipaddress.ip_address(text) in ipaddress.ip_network(network) for network in outside), text


def test_every_set_can_be_read() -> None:
    for name, networks in _lists.SETS.items():
        assert _lists.parse([name]) == list(networks)
        assert _lists.is_set(name)
    assert not any(map(_lists.is_set, ["10.0.0.0/8", None, [], 5]))
