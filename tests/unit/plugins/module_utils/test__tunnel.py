# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes into a client's tunnel and what stays out, and what is warned of."""

from __future__ import annotations

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _lists, _tunnel
from ansible_collections.vpn.wireguard.plugins.module_utils._networks import NetworkError

HUB = {
    "addresses": ["10.8.0.1/24", "fd00:8::1/64"],
    "networks": ["10.8.0.0/24", "fd00:8::/64"],
    "routes": ["192.168.0.0/16"],
}
ALL = ["0.0.0.0/0", "::/0"]


@pytest.mark.parametrize(
    ("route", "include", "exclude", "expected"),
    [
        ("server", [], [], ["10.8.0.1/32", "fd00:8::1/128"]),
        ("network", [], [], ["10.8.0.0/24", "192.168.0.0/16", "fd00:8::/64"]),
        ("all", [], [], ["0.0.0.0/0", "::/0"]),
        ("server", ["172.16.0.0/12"], [], ["10.8.0.1/32", "172.16.0.0/12", "fd00:8::1/128"]),
        ("network", [], ["192.168.0.0/17"], ["10.8.0.0/24", "192.168.128.0/17", "fd00:8::/64"]),
        ("all", [], ["128.0.0.0/1", "::/0"], ["0.0.0.0/1"]),
        # The tunnel's own networks are private, and what the tunnel is for; by themselves they can be left out.
        ("network", [], ["private"], ["10.8.0.0/24", "192.168.0.0/16", "fd00:8::/64"]),
        ("server", [], ["private"], ["10.8.0.1/32", "fd00:8::1/128"]),
        ("network", ["10.0.0.0/8"], ["private"], ["10.8.0.0/24", "192.168.0.0/16", "fd00:8::/64"]),
        (
            "network",
            [],
            ["private", "192.168.7.0/24", "fd00:8::/64", "192.168.0.0/17"],
            ["10.8.0.0/24", "192.168.128.0/17"],
        ),
    ],
)
def test_routes(route: str, include: list[str], exclude: list[str], expected: list[str]) -> None:
    assert _tunnel.routes(route, HUB, include, exclude) == expected


def test_everything_but_private_networks() -> None:
    found = _tunnel.routes("server", HUB, ALL, ["private"])
    own = [*HUB["networks"], *HUB["routes"]]
    assert found == _lists.allowed_ips([*own, *_lists.allowed_ips(ALL, ["private"])])
    assert len(found) > 20


@pytest.mark.parametrize(
    ("endpoint", "missing"),
    [
        ("203.0.113.7:51820", ["203.0.113.7"]),
        ("[2001:db8::7]:51820", ["2001:db8::7"]),
        ("2001:db8::7", ["2001:db8::7"]),
        ("vpn.example.org:51820", []),
        ("", []),
    ],
)
def test_the_endpoint_stays_outside(endpoint: str, missing: list[str]) -> None:
    hub = {**HUB, "endpoint": endpoint}
    split = _tunnel.routes("server", hub, ALL, ["198.51.100.0/24", "2001:db8:5::/48"])
    assert split == _lists.allowed_ips(ALL, ["198.51.100.0/24", "2001:db8:5::/48", *missing])


def test_the_endpoint_is_no_matter_where_wg_quick_sees_to_it() -> None:
    assert _tunnel.routes("all", {**HUB, "endpoint": "203.0.113.7:51820"}, [], []) == ALL
    only6 = _tunnel.routes("all", {**HUB, "endpoint": "203.0.113.7:51820"}, [], ["0.0.0.0/1"])
    assert only6 == _lists.allowed_ips(["128.0.0.0/1", "::/0"], ["203.0.113.7"])


def test_mistakes_are_named_with_their_place() -> None:
    with pytest.raises(ValueError, match="'alll'; one of server, network, all"):
        _tunnel.routes("alll", HUB, [], [])
    with pytest.raises(NetworkError, match=r"^include\[0\]: '10.1'"):
        _tunnel.routes("network", HUB, ["10.1"], [])
    with pytest.raises(NetworkError, match=r"^exclude\[2\]: '10.1'"):
        _tunnel.routes("network", HUB, [], ["private", "10.0.0.0/8", "10.1"])
    with pytest.raises(NetworkError, match=r"^exclude is .*not a list"):
        _tunnel.routes("network", HUB, [], "private")


def test_exceptions_are_sorted_and_few() -> None:
    assert _tunnel.exceptions(HUB, ["10.9.1.0/24", "10.9.0.0/24", "10.9.0.7"]) == ["10.9.0.0/23"]
    assert _tunnel.exceptions(HUB, ["10.8.0.0/24"]) == ["10.8.0.0/24"]
    private = _tunnel.exceptions(HUB, ["private"])
    assert private == _lists.allowed_ips(["private"], [*HUB["networks"], *HUB["routes"]])


def split(*kept_out: str) -> list[str]:
    return _lists.allowed_ips(ALL, kept_out)


@pytest.mark.parametrize(
    ("networks", "endpoint"),
    [
        ([], ""),
        (["10.8.0.0/24", "fd00:8::/64"], "203.0.113.7:51820"),
        (ALL, "203.0.113.7:51820"),
        (["0.0.0.0/0"], "203.0.113.7:51820"),
        (["0.0.0.0/2", "3000::/5"], "203.0.113.7"),
    ],
)
def test_nothing_to_warn_of(networks: list[str], endpoint: str) -> None:
    assert _tunnel.warnings(networks, endpoint) == []


@pytest.mark.parametrize(
    ("networks", "versions"),
    [
        (split("10.0.0.0/8"), [4]),
        (split("fd00::/8"), [6]),
        (split("private"), [4, 6]),
        (["0.0.0.0/0", "2000::/3"], [6]),
        (["2000::/3"], [6]),
        (["0.0.0.0/1"], [4]),
        (["0.0.0.0/2"], []),
        (["8000::/1"], []),
        (["0.0.0.0/0"], []),
    ],
)
def test_nearly_everything_is_no_default_route(networks: list[str], versions: list[int]) -> None:
    lines = _tunnel.warnings(networks, "203.0.113.7:51820" if versions == [6] else "")
    assert [4 if "IPv4" in line else 6 for line in lines] == versions
    for line in lines:
        assert "the hub's endpoint must stay out of the list" in line


def test_whose_addresses_must_stay_out_is_said() -> None:
    (line,) = _tunnel.warnings(split("10.0.0.0/8")[:-1], "vpn.example.org:51820")
    assert "the addresses of vpn.example.org:51820 must stay out" in line


@pytest.mark.parametrize("endpoint", ["203.0.113.7:51820", "203.0.113.7"])
def test_an_endpoint_inside(endpoint: str) -> None:
    (line,) = _tunnel.warnings(["10.8.0.0/24", "203.0.113.0/24"], endpoint)
    assert line.startswith("the endpoint 203.0.113.7 is in AllowedIPs (203.0.113.0/24)")
    assert _tunnel.warnings(["2001:db8::/32"], "[2001:db8::7]:51820") != []
    assert _tunnel.warnings(["2001:db8::/32"], "[2001:db9::7]:51820") == []


def test_long_lists() -> None:
    many = [f"10.{n // 256}.{n % 256}.0/24" for n in range(1001)]
    (line,) = _tunnel.warnings(many)
    assert line.startswith("AllowedIPs are 1001 networks, more than 1000")
    assert _tunnel.warnings(many, most=1001) == []
    assert [line[:9] for line in _tunnel.warnings(many[:3], most=2)] == ["AllowedIP"]
    (line,) = _tunnel.warnings(["0.0.0.0/0"], rules=1001)
    assert line.startswith("1001 networks are kept out of the tunnel by a routing rule each")


def test_what_fits_no_qr_code() -> None:
    networks = [f"10.20.{n}.0/24" for n in range(0, 256, 1)]
    assert _tunnel.warnings(networks) == []
    (line,) = _tunnel.warnings(networks, phone=True)
    assert "no QR code holds more than 2953 bytes" in line
    assert _tunnel.warnings(networks[:100], phone=True) == []


def test_a_list_of_warnings_has_to_be_right() -> None:
    with pytest.raises(NetworkError, match=r"^networks\[0\]"):
        _tunnel.warnings(["10.1"])
