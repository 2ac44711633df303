# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network maths, against sets of integers and against netaddr; and the strict door of texts."""

from __future__ import annotations

import ipaddress
import itertools

import netaddr
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks
from ansible_collections.vpn.wireguard.plugins.module_utils._networks import Conflict, Network, NetworkError

# The 64 addresses of one small network of each family, in which everything can be counted.
SMALL = {4: int(ipaddress.ip_address("10.8.0.64")), 6: int(ipaddress.ip_address("fd00:8::40"))}
BITS = {4: 32, 6: 128}
WIDTH = 6


@st.composite
def small_network(draw: st.DrawFn, version: int) -> str:
    """A CIDR text within the 64 addresses of SMALL."""
    depth = draw(st.integers(0, WIDTH))
    block = 1 << (WIDTH - depth)
    first = SMALL[version] + block * draw(st.integers(0, (1 << depth) - 1))
    return f"{ipaddress.ip_address(first) if version == 4 else ipaddress.IPv6Address(first)}/{BITS[version] - WIDTH + depth}"


@st.composite
def any_network(draw: st.DrawFn) -> str:
    version = draw(st.sampled_from((4, 6)))
    prefix = draw(st.integers(0, BITS[version]))
    value = draw(st.integers(0, (1 << prefix) - 1)) << (BITS[version] - prefix)
    address = ipaddress.IPv4Address(value) if version == 4 else ipaddress.IPv6Address(value)
    # IPv4-mapped addresses are refused at the door, which another test is about.
    if version == 6 and prefix >= 96 and address.ipv4_mapped:
        address = ipaddress.IPv6Address(value | 1 << 127)
    return f"{address}/{prefix}"


mixed = st.lists(st.one_of(small_network(4), small_network(6)), max_size=8)


def addresses(networks: list[str]) -> set[tuple[int, int]]:
    """Every address of the networks, one by one, by the standard library."""
    return {
        (address.version, int(address))
        for text in networks
        for address in ipaddress.ip_network(text)  # the networks have at most 64 addresses
    }


def fewest(wanted: set[tuple[int, int]]) -> int:
    """The least number of CIDR networks that cover a set: halve the space until a half is full or empty."""

    def count(version: int, first: int, size: int) -> int:
        inside = sum((version, value) in wanted for value in range(first, first + size))
        if inside in (0, size):
            return int(inside > 0)
        return count(version, first, size // 2) + count(version, first + size // 2, size // 2)

    return sum(count(version, first, 1 << WIDTH) for version, first in SMALL.items())


@given(mixed, mixed)
def test_include_minus_exclude_by_counting(include: list[str], exclude: list[str]) -> None:
    result = _networks.allowed_ips(include, exclude)
    wanted = addresses(include) - addresses(exclude)
    assert addresses(result) == wanted
    assert len(result) == fewest(wanted)


@given(st.lists(any_network(), max_size=12), st.lists(any_network(), max_size=12))
@example(["0.0.0.0/0", "::/0"], ["10.0.0.0/8", "192.168.0.0/16", "fd00::/8"])
@example(["0.0.0.0/0"], ["0.0.0.0/32", "255.255.255.255/32"])
@example(["::/0"], ["::/128"])
@example(["10.0.0.0/8", "::/0"], ["0.0.0.0/0"])
def test_include_minus_exclude_by_netaddr(include: list[str], exclude: list[str]) -> None:
    expected = netaddr.IPSet(include) - netaddr.IPSet(exclude)
    # netaddr writes some addresses as ::a.b.c.d, so the texts are those of the standard library.
    texts = [str(ipaddress.ip_network((network.ip.packed, network.prefixlen))) for network in expected.iter_cidrs()]
    assert _networks.allowed_ips(include, exclude) == texts


@given(st.lists(any_network(), max_size=12), st.lists(any_network(), max_size=4))
def test_results_are_sorted_and_apart(include: list[str], exclude: list[str]) -> None:
    result = [ipaddress.ip_network(text) for text in _networks.allowed_ips(include, exclude)]
    assert result == sorted(result, key=lambda network: (network.version, network.network_address))
    for left, right in itertools.pairwise(result):
        assert left.version < right.version or left.broadcast_address < right.network_address


@given(st.lists(any_network(), max_size=6), st.lists(any_network(), max_size=6), st.randoms())
def test_order_and_repetition_do_not_matter(include: list[str], exclude: list[str], random: object) -> None:
    result = _networks.allowed_ips(include, exclude)
    shuffled = [*include, *include]
    random.shuffle(shuffled)
    assert _networks.allowed_ips(shuffled, [*reversed(exclude), *exclude]) == result
    assert _networks.allowed_ips(result) == result


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
    assert _networks.allowed_ips(include, exclude) == expected


def test_many_networks_in_one_go() -> None:
    holes = [f"10.{high}.{low}.0/24" for high in range(100) for low in range(0, 200, 2)]
    assert len(_networks.allowed_ips(["0.0.0.0/0"], holes)) > len(holes)


NO_NETWORKS = [
    "",
    " ",
    "*",
    "any",
    "10",
    "10.1",
    "10.1/16",
    "10.0.0",
    "10.0.0.0.0",
    "010.1.1.1",
    "010.1.1.1/32",
    "0x0a.1.1.1",
    "167772160",
    "300.1.1.1/24",
    "256.0.0.0",
    "1.2.3.4/33",
    "1.2.3.4/-1",
    "1.2.3.4/",
    "10.0.0.0/255.255.255.0",
    "10.0.0.0/0.0.0.255",
    "10.0.0.0/+8",
    "10.0.0.0/08",
    "10.0.0.0/8 ",
    " 10.0.0.0/8",
    "10.0.0.0/8\n",
    "10.0.0.0 /8",
    "10.0.0.0/8/8",
    "10.0.0.0/8, 10.0.0.0/8",
    "10.0.0.0-10.0.0.9",
    "\uff11\uff10.0.0.0/8",
    "10.0.0.0/\u0668",
    "10.0.0.0/8\x00",
    "vpn.example.org",
    "::ffff:1.2.3.4",
    "::ffff:0102:0304",
    "::ffff:0102:0304/128",
    "::ffff:0:0/96",
    "::1.2.3.4",
    "fe80::1%eth0",
    "fe80::1%eth0/64",
    "fe80::/64%1",
    "::/129",
    "fd00::/064",
    "fd00::/ffff::",
    "fd00::1::1",
    "fd00:::1",
    ":",
    ":::",
    "fd00",
    "fd00:1",
    "12345::",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7",
    ":1:2:3:4:5:6:7",
    "[fd00::1]",
    "fd00::g",
]
NO_TEXTS = [None, True, False, 0, 10, 167772160, 10.8, b"10.0.0.0/8", ["10.0.0.0/8"], {"a": 1}, ipaddress.ip_address(1)]


@pytest.fixture(params=[True, False], ids=["netaddr", "stdlib"])
def _door(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test goes through both doors for texts."""
    monkeypatch.setattr(_networks, "HAS_NETADDR", request.param)


@pytest.mark.usefixtures("_door")
@pytest.mark.parametrize("parse", [_networks.parse_network, _networks.parse_interface, _networks.parse_address])
@pytest.mark.parametrize("text", NO_NETWORKS)
def test_refuses_texts(parse: object, text: str) -> None:
    with pytest.raises(NetworkError) as caught:
        parse(text)
    assert repr(text) in str(caught.value)


@pytest.mark.usefixtures("_door")
@pytest.mark.parametrize("value", NO_TEXTS, ids=repr)
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
        st.sampled_from(NO_NETWORKS),
    )
)
def test_both_doors_agree(text: str) -> None:
    verdicts = []
    for has_netaddr in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_networks, "HAS_NETADDR", has_netaddr)
            try:
                verdicts.append(_networks.parse_interface(text))
            except NetworkError:
                verdicts.append(None)
    assert verdicts[0] == verdicts[1]


@given(any_network())
def test_what_is_written_can_be_read(text: str) -> None:
    network = _networks.parse_network(text)
    assert _networks.format_network(network) == str(ipaddress.ip_network(text))
    assert _networks.parse_network(_networks.format_network(network)) == network


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
        _networks.allowed_ips(include, exclude)
    assert str(caught.value).startswith(f"{place}: ")


@pytest.mark.parametrize("value", ["10.0.0.0/8", b"10.0.0.0/8", None, 8, True])
def test_a_list_is_a_list(value: object) -> None:
    with pytest.raises(NetworkError, match=r"^exclude is .*not a list"):
        _networks.allowed_ips([], value)


owners = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.one_of(small_network(4), small_network(6)), max_size=4))


@given(owners)
def test_conflicts_by_comparing_all_pairs(claims: dict[str, list[str]]) -> None:
    parsed = {name: [_networks.parse_network(text) for text in texts] for name, texts in claims.items()}
    found = _networks.find_conflicts(parsed)
    expected = [
        (first, second)
        for first, second in itertools.combinations(sorted(claims), 2)
        if addresses(claims[first]) & addresses(claims[second])
    ]
    assert [(conflict.first, conflict.second) for conflict in found] == expected
    for conflict in found:
        shared = addresses([conflict.network])
        assert any(
            shared == addresses([one]) & addresses([two])
            for one in claims[conflict.first]
            for two in claims[conflict.second]
        )


def test_a_conflict_has_both_names_and_the_part() -> None:
    claims = {"office": ["10.1.0.0/16"], "lab": ["10.1.2.0/24", "10.9.0.0/16"], "home": ["10.2.0.0/16", "10.2.0.0/24"]}
    parsed = {name: [_networks.parse_network(text) for text in texts] for name, texts in claims.items()}
    assert _networks.find_conflicts(parsed) == [Conflict("lab", "office", "10.1.2.0/24")]


def test_equal_numbers_of_two_families_are_no_conflict() -> None:
    assert _networks.find_conflicts({"a": [Network(4, 0, 255)], "b": [Network(6, 0, 255)]}) == []


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
