# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement of the roles' variables: bad inputs, each with host, variable, value and remedy."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _settings
from ansible_collections.vpn.wireguard.tests.unit import samples

SERVER = {
    "wg_server_interface": "wg0",
    "wg_server_state": "up",
    "wg_server_enabled": True,
    "wg_server_networks": ["10.8.0.0/24"],
    "wg_server_addresses": [],
    "wg_server_port": 51820,
    "wg_server_endpoint": "vpn.example.org",
    "wg_server_preshared_keys": True,
    "wg_server_purge": True,
    "wg_server_address_quarantine": 30,
    "wg_server_forget_peers": [],
    "wg_server_rotate_key": False,
    "wg_server_rotate_preshared_keys": [],
    "wg_server_mtu": None,
    "wg_server_clients_group": "wg_clients",
    "wg_server_peers": [],
    "wg_server_client_to_client": False,
    "wg_server_internet": False,
    "wg_server_uplink": "",
    "wg_server_lan_networks": [],
    "wg_server_nat6": True,
    "wg_server_allow_lists": {},
    "wg_server_firewall": "iptables",
    "wg_server_forward_policy": "",
    "wg_server_implementation": "auto",
}
CLIENT = {
    "wg_client_interface": "wg0",
    "wg_client_state": "up",
    "wg_client_enabled": True,
    "wg_client_server": "hub",
    "wg_client_address": None,
    "wg_client_networks": [],
    "wg_client_allow": None,
    "wg_client_route": "network",
    "wg_client_allowed_ips": [],
    "wg_client_excluded_ips": [],
    "wg_client_warn_above": 1000,
    "wg_client_dns": [],
    "wg_client_keepalive": 25,
    "wg_client_rotate_key": False,
    "wg_client_mtu": None,
    "wg_client_implementation": "auto",
    "wg_client_verify_url": "",
    "wg_client_verify_sees": "",
}
PHONE = {"name": "phone", "public_key": samples.ONE.public}
NULL_KEY = base64.b64encode(bytes(32)).decode()
LONG = "x" * 64


def wish(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "public_key": None, "address": None, "networks": [], **more}


def judge_server(
    clients: list[dict[str, object]] | None = None, known: tuple[str, ...] = (), **changes: object
) -> list[str]:
    settings = {**SERVER, **{f"wg_server_{name}": value for name, value in changes.items()}}
    return _settings.server_problems("hub", settings, known, clients or [])


def judge_client(known: tuple[str, ...] = (), servers: tuple[str, ...] = ("hub",), **changes: object) -> list[str]:
    settings = {**CLIENT, **{f"wg_client_{name}": value for name, value in changes.items()}}
    return _settings.client_problems("laptop", settings, known, servers, ["hub", "laptop"])


GOOD_SERVER = [
    ("interface", ["wg0", "w", "wg-office_1", "a" * 15]),
    ("networks", [["10.8.0.0/24", "fd00:8::/64"], ["10.8.0.0/30"], ("10.8.0.0/16",)]),
    ("addresses", [["10.8.0.1"], ["10.8.0.254/24"]]),
    ("port", [1, 65535, "51820"]),
    ("endpoint", ["198.51.100.7", "vpn.example.org:443", "2001:db8::1", "[2001:db8::1]:443", "my_hub"]),
    ("preshared_keys", [False]),
    ("purge", [False, "force"]),
    ("address_quarantine", [0, 1, "90", 36500]),
    ("mtu", [None, "", 1280, "1420", 65535]),
    ("peers", [[PHONE], [{**PHONE, "address": "10.8.0.9", "networks": ["192.168.0.0/16"]}]]),
    ("uplink", ["", None, "eth0", "enp3s0.7", "br-lan"]),
    ("lan_networks", [["192.168.0.0/16", "fd01::/64"], ["192.168.7.9"]]),
    ("firewall", ["none"]),
    ("state", ["down", "absent"]),
    ("implementation", ["kernel", "userspace"]),
]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD_SERVER for value in values])
def test_good_values_of_a_hub(name: str, value: object) -> None:
    assert judge_server(**{name: value}) == []


GOOD_CLIENT = [
    ("address", [None, "", "10.8.0.9", ["10.8.0.9", "fd00:8::9"]]),
    ("route", ["server", "all"]),
    ("networks", [["192.168.0.0/16"]]),
    ("allowed_ips", [["0.0.0.0/0"], ["192.168.7.9"], ["private"]]),
    ("excluded_ips", [["192.168.0.0/16", "fd00::/8"], ["private", "203.0.113.0/24"]]),
    ("warn_above", [0, 1000, "20000"]),
    ("dns", [["1.1.1.1", "1.0.0.1"], ["2606:4700::1111", "corp.example.org"], "1.1.1.1"]),
    ("keepalive", [0, 25, "25", 65535]),
    ("mtu", [1420]),
    ("verify_url", ["http://203.0.113.20/", "https://ifconfig.example.org"]),
    ("verify_sees", ["198.51.100.7", "2001:db8::1"]),
]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD_CLIENT for value in values])
def test_good_values_of_a_client(name: str, value: object) -> None:
    assert judge_client(**{name: value}) == []


BAD_SERVER = [
    # What the kernel, wg, wg-quick, systemd or sysctl would make of these names differs.
    (
        "interface",
        [
            "wg0-frankfurt-01",
            "../wg0",
            "wg/0",
            "wg 0",
            "",
            "-wg0",
            "-h",
            "all",
            "default",
            "interfaces",
            "lo",
            "wg+",
            "wg=1",
        ],
        "begins with a letter",
    ),
    ("interface", ["wg.0", "Wg0", "wg0\n", "0wg", "w\u00fc0", None, 0, ["wg0"]], "begins with a letter"),
    ("port", [70000, "domain", 0, -1, "51820x", True, 51820.5, None, "", " 51820", [51820]], "from 1 to 65535"),
    ("preshared_keys", ["true", "", None, 1, samples.PSK], "true or false"),
    ("purge", ["true", "false", "Force", "", None, 1, 0, ["force"]], "one of true, false and force"),
    ("address_quarantine", [-1, 36501, "30d", "", None, True, 30.0, [30]], "from 0 to 36500"),
    ("mtu", [1200, 0, 70000, "abc", 1279, True, 1420.0], "from 1280 to 65535"),
    ("networks", ["10.8.0.0/24", {"10.8.0.0/24": None}, None, 8], "list"),
    ("networks", [[]], "at least one network"),
    ("networks", [["10.8.0.1/24"]], "10.8.0.0/24"),
    (
        "networks",
        [["10.8.0.0/33"], ["300.1.1.0/24"], ["*"], [""], ["10.8/16"], [None], [10.8], ["10.8.0.0/24,"]],
        "10.8.0.0/24",
    ),
    ("networks", [["10.8.0.1/32"], ["10.8.0.1"], ["fd00::/128"]], "no room"),
    ("networks", [["10.8.0.0/16", "10.8.1.0/24"], ["10.8.0.0/24", "10.8.0.0/24"]], "overlap"),
    ("addresses", ["10.8.0.1", None], "list"),
    ("addresses", [["10.8.0.1/33"], ["300.1.1.1/24"], ["*"], [True], ["hub"]], "is"),
    ("addresses", [["10.9.0.1"], ["10.8.0.0"], ["10.8.0.255/24"], ["10.8.0.0/24"], ["fd00::1"]], "10.8.0.0/24"),
    ("addresses", [["10.8.0.1", "10.8.0.2"]], "10.8.0.0/24"),
    ("addresses", [["10.8.0.1/16"]], "/24"),
    (
        "endpoint",
        ["vpn.example.org:0", "vpn.example.org:99999", "vpn.example.org:", "vpn:domain", "[fd00::1]:99999"],
        "from 1 to 65535",
    ),
    ("endpoint", ["fd00::1:51820", "::1::2", "fe80::1%eth0"], "write it like"),
    ("endpoint", ["", None, 7, [], ["vpn.example.org"]], "vpn.example.org"),
    ("endpoint", ["vpn example.org", "10.1", "300.1.1.1", "-vpn", "vpn\n", "a;id", "vpn..org"], "write it like"),
    ("endpoint", ["[fd00::1]"], "51820"),
    ("endpoint", ["[vpn.example.org]:51820", "[10.0.0.1]:1"], "no valid IPv6 address"),
    ("clients_group", ["", None, [], 7], "wg_clients"),
    ("peers", [{}, "phone", None, PHONE], "a list of devices"),
    ("peers", [["phone"], [None], [[]]], "mapping with name and public_key"),
    ("peers", [[{**PHONE, "adress": "10.8.0.9"}]], "did you mean address?"),
    ("peers", [[{**PHONE, "alowed_ips": []}]], "name, public_key, address, networks"),
    (
        "peers",
        [
            [{**PHONE, "name": name}]
            for name in (
                "bob\n[Interface]\nPostUp = id",
                "bob\r",
                "bob\x00",
                "../x",
                "",
                LONG,
                "-bob",
                ".bob",
                "bob smith",
                "bob#1",
                "b\u00f6b",
                None,
                7,
                "bob\u2028x",
            )
        ],
        "begins with a letter or digit",
    ),
    ("peers", [[{"public_key": samples.ONE.public}]], "begins with a letter or digit"),
    (
        "peers",
        [
            [{**PHONE, "public_key": key}]
            for key in (
                samples.ONE.public[:-1],
                samples.ONE.public + "=",
                base64.b64decode(samples.ONE.public).hex(),
                7,
            )
        ],
        "a key",
    ),
    ("peers", [[{**PHONE, "public_key": samples.ONE.public.replace("+", "-")}]], "a key is base64"),
    ("peers", [[{**PHONE, "public_key": samples.ONE.public.replace("Q", " ", 1)}]], "a key is base64"),
    ("peers", [[{**PHONE, "public_key": samples.ONE.public[:-2] + "p="}]], "canonical"),
    ("peers", [[{**PHONE, "public_key": NULL_KEY}]], "small order"),
    (
        "peers",
        [
            [{"name": "phone"}],
            [{"name": "phone", "public_key": None}],
            [{"name": "phone", "generate": False}],
            [{**PHONE, "generate": True}],
        ],
        "either public_key",
    ),
    ("peers", [[{"name": "phone", "generate": value}] for value in ("yes", 1, "")], "true or false"),
    ("peers", [[{**PHONE, "enabled": value}] for value in ("no", 0, "")], "true or false"),
    ("peers", [[{**PHONE, "preshared_key": value}] for value in ("no", 0, samples.PSK)], "true or false"),
    ("peers", [[{**PHONE, "route": value}] for value in ("everything", True, "")], "one of server, network, all"),
    ("peers", [[{**PHONE, "dns": "x y"}]], "resolver"),
    ("peers", [[{**PHONE, "persistent_keepalive": value}] for value in (-1, 65536, "25s", True)], "from 0 to 65535"),
    (
        "peers",
        [[{**PHONE, "expires": value}] for value in ("31.12.2026", "2026-13-01", "soon", 20261231, True, [], 0.5)],
        "such as 2026-12-31",
    ),
    ("peers", [[{**PHONE, "formerly": "a b"}]], "begins with a letter or digit"),
    ("peers", [[{**PHONE, "formerly": "phone"}]], "the name that it has now"),
    (
        "peers",
        [[{**PHONE, "address": address}] for address in ("10.8.0.2/24", "*", "10.8.2", 7, ["10.8.0.2", "x"])],
        "address",
    ),
    ("peers", [[{**PHONE, "networks": ["10.1.1.7/24"]}]], "10.1.1.0/24"),
    ("peers", [[{**PHONE, "networks": [network]}] for network in ("0.0.0.0/0", "::/0")], "default route"),
    ("client_to_client", ["true", "yes", 1, None, ""], "true or false"),
    ("internet", ["true", 0], "true or false"),
    ("enabled", ["no", None], "true or false"),
    ("uplink", ["eth0; rm", "eth+", "eth0 eth1", "e" * 16, "eth0\n", 7.5e300], "such as eth0"),
    ("lan_networks", ["192.168.0.0/16", None], "list"),
    ("lan_networks", [["192.168.0.1/16"]], "192.168.0.0/16"),
    ("lan_networks", [["0.0.0.0/0"], ["::/0"]], "default route"),
    ("lan_networks", [["10.8.0.0/16"], ["10.8.0.7"]], "wg_server_networks"),
    ("firewall", ["nft", "", None, True], "auto, iptables, nftables, none"),
    ("state", ["abset", "present", "", None, True], "up, down, absent"),
    ("implementation", ["wireguard-go", "", None], "auto, kernel, userspace"),
]


@pytest.mark.parametrize(
    ("name", "value", "remedy"), [(name, value, remedy) for name, values, remedy in BAD_SERVER for value in values]
)
def test_bad_values_of_a_hub(name: str, value: object, remedy: str) -> None:
    problems = judge_server(**{name: value})
    assert len(problems) == 1
    assert problems[0].startswith("hub: ")
    assert f"wg_server_{name}" in problems[0]
    assert remedy in problems[0]


BAD_CLIENT = [
    ("interface", ["wg 0", "all", None], "begins with a letter"),
    ("state", ["abset", None], "up, down, absent"),
    ("enabled", ["true", None], "true or false"),
    (
        "address",
        ["10.8.0.2/24", "10.8.0.1/33", "300.1.1.1", "*", "10.8.2", ["10.8.0.2", "10.8.0.3/24"]],
        "write it",
    ),
    ("networks", ["192.168.0.0/16", None], "list"),
    ("networks", [["10.1.1.7/24"]], "10.1.1.0/24"),
    ("networks", [["0.0.0.0/0"], ["::/0"]], "default route"),
    ("route", ["alll", "internet", None, "", True], "server, network, all"),
    ("allowed_ips", ["10.1.0.0/16", None, {"10.1.0.0/16": None}], "list"),
    ("allowed_ips", [["10.1.1.7/24"]], "10.1.1.0/24"),
    ("allowed_ips", [[""], ["10.1.0.0/16,"], ["vpn.example.org"], ["10.1/16"], ["010.1.1.1/32"]], "10.8.0.0/24"),
    ("excluded_ips", ["10.1.0.0/16", None], "list"),
    ("excluded_ips", [["10.1.1.7/24"]], "10.1.1.0/24"),
    ("excluded_ips", [["privat"]], "or name a set: private"),
    ("warn_above", [-1, 1.5, "many", None, True], "a number of networks"),
    (
        "dns",
        ["1.1.1.1, 1.0.0.1", ["1.1.1.1", "300.1.1.1"], [8], ["1.1.1.1\n"], ["a;id"], [None], ["corp.example.org,"]],
        "[1.1.1.1",
    ),
    ("keepalive", [65536, -1, "25s", None, True, 25.0, ""], "from 0 to 65535"),
    ("mtu", [1200, 0, "abc", 70000], "from 1280 to 65535"),
    ("implementation", ["go"], "auto, kernel, userspace"),
    ("verify_url", ["203.0.113.20", "ftp://203.0.113.20/", 7, None, ["http://203.0.113.20/"]], "http://"),
    ("verify_sees", ["vpn.example.org", "198.51.100.7/32", 7, None], "address"),
]


@pytest.mark.parametrize(
    ("name", "value", "remedy"), [(name, value, remedy) for name, values, remedy in BAD_CLIENT for value in values]
)
def test_bad_values_of_a_client(name: str, value: object, remedy: str) -> None:
    problems = judge_client(**{name: value})
    assert len(problems) == 1
    assert problems[0].startswith(f"laptop: wg_client_{name} = {value!r}: ")
    assert remedy in problems[0].partition(repr(value))[2]


@pytest.mark.parametrize("name", SERVER)
def test_every_variable_of_a_hub_is_judged(name: str) -> None:
    problems = judge_server(**{name.removeprefix("wg_server_"): {"surely": "wrong"}})
    assert [problem for problem in problems if problem.startswith(f"hub: {name} = {{'surely': 'wrong'}}: ")] == problems
    assert problems


@pytest.mark.parametrize("name", CLIENT)
def test_every_variable_of_a_client_is_judged(name: str) -> None:
    problems = judge_client(**{name.removeprefix("wg_client_"): {"surely": "wrong"}})
    assert [
        problem for problem in problems if problem.startswith(f"laptop: {name} = {{'surely': 'wrong'}}: ")
    ] == problems
    assert problems


def test_all_problems_are_told_at_once() -> None:
    problems = judge_server(
        [wish("laptop", address="*"), wish("bad name", networks=["0.0.0.0/0"])],
        ("wg_server_prot",),
        port=70000,
        mtu=1,
        peers=[{"name": "x y"}],
    )
    for word in (
        "hub: wg_server_prot",
        "hub: wg_server_port",
        "hub: wg_server_mtu",
        "hub: wg_server_peers",
        "laptop: wg_client_address",
    ):
        assert len([problem for problem in problems if problem.startswith(word)]) == 1, word
    assert len([problem for problem in problems if problem.startswith("bad name: ")]) == 2
    assert len(problems) == 7
    assert len(judge_client(port=1, route="x", mtu=1, server="", known=("wg_client_rout",))) == 4


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("wg_server_prot", "wg_server_port"),
        ("wg_server_network", "wg_server_networks"),
        ("wg_server_clients_to_client", "wg_server_client_to_client"),
    ],
)
def test_a_misspelt_variable_of_a_hub(typo: str, meant: str) -> None:
    assert judge_server(known=(typo, *SERVER)) == [f"hub: {typo} is no variable of this role; did you mean {meant}?"]


def test_a_misspelt_variable_of_a_client() -> None:
    known = ("wg_client_alowed_ips", "wg_server_prot", "wg_clients", "ansible_host", *CLIENT)
    assert judge_client(known=known) == [
        "laptop: wg_client_alowed_ips is no variable of this role; did you mean wg_client_allowed_ips?"
    ]


def test_a_variable_like_no_other_has_no_nearest() -> None:
    assert judge_server(known=("wg_server_zzzzzzzzzzzzzzzzzz",))[0].endswith("is no variable of this role")


TOGETHER = [
    ([wish("one", address="10.8.0.9"), wish("two", address="10.8.0.9")], {}, ["two", "10.8.0.9", "one", "pin another"]),
    ([wish("one", address="10.8.0.9")], {"peers": [{**PHONE, "address": "10.8.0.9"}]}, ["phone", "10.8.0.9", "one"]),
    ([wish("one", address="10.8.0.1")], {}, ["one", "10.8.0.1", "the hub"]),
    ([wish("one", address="10.8.0.7")], {"addresses": ["10.8.0.7"]}, ["one", "10.8.0.7", "the hub"]),
    ([wish("one", address="10.9.0.9")], {}, ["one", "10.9.0.9", "networks"]),
    ([wish("one", networks=["10.1.0.0/16"]), wish("two", networks=["10.1.2.0/24"])], {}, ["one", "two", "10.1.2.0/24"]),
    ([wish("one", networks=["10.8.0.0/16"])], {}, ["one", "the hub", "10.8.0.0/24"]),
    ([wish("one"), wish("two"), wish("three")], {"networks": ["10.8.0.0/30"]}, ["two", "10.8.0.0/30", "larger"]),
    ([wish("one", public_key=samples.ONE.public)], {"peers": [PHONE]}, ["one", "phone", "same public key"]),
    ([], {"peers": [PHONE, {**PHONE, "name": "tablet"}]}, ["phone", "tablet", "same public key"]),
    ([wish("Phone")], {"peers": [PHONE]}, ["phone", "case"]),
]


@pytest.mark.parametrize(("clients", "changes", "words"), TOGETHER)
def test_peers_that_cannot_be_together(
    clients: list[dict[str, object]], changes: dict[str, object], words: list[str]
) -> None:
    problems = judge_server(clients, **changes)
    assert len(problems) == 1
    assert problems[0].startswith("hub: ")
    assert [word for word in words if word not in problems[0]] == []


def test_peers_that_can_be_together() -> None:
    clients = [wish("one", address="10.8.0.9", networks=["10.1.0.0/16"]), wish("two", networks=["10.2.0.0/16"])]
    assert judge_server(clients, peers=[PHONE], lan_networks=["192.168.0.0/16"]) == []


@pytest.mark.parametrize("field", ["private_key", "preshared_key", "public_key"])
@pytest.mark.parametrize(
    "secret", [samples.PSK, samples.PSK[:-1], samples.PSK + "=", base64.b64decode(samples.PSK).hex()]
)
def test_no_problem_repeats_what_may_be_a_secret(field: str, secret: str) -> None:
    problems = judge_server(peers=[{"name": "bad name", **PHONE, field: secret, "extra": secret}])
    assert len(problems) == 1
    assert secret[:20] not in problems[0]
    assert secret[-20:] not in problems[0]


def test_a_long_value_is_cut() -> None:
    assert len(judge_client(dns=["x y"] * 1000)[0]) < 500


@pytest.mark.parametrize(("servers", "count"), [((), "0"), (("hub", "other"), "2")])
@pytest.mark.parametrize("server", ["", None])
def test_a_client_without_a_hub(server: str | None, servers: tuple[str, ...], count: str) -> None:
    problems = judge_client(servers=servers, server=server)
    assert len(problems) == 1
    assert f"has {count} hosts" in problems[0]
    assert problems[0].startswith("laptop: wg_client_server is not set")


def test_a_client_whose_hub_is_misspelt() -> None:
    assert judge_client(server="hbu") == [
        "laptop: wg_client_server = 'hbu': no such host in the inventory; did you mean hub?; name the hub as the inventory does"
    ]


HOSTVARS = {
    "hub": {},
    "one": {
        "__wg_client_offer": {"public_key": samples.ONE.public, "address": "10.8.0.9", "networks": ["10.1.0.0/16"]}
    },
    "two": {"wg_client_address": "10.8.0.3", "wg_client_networks": ["10.2.0.0/16"], "wg_client_allow": [{"to": "hub"}]},
    "three": {"wg_client_server": "other"},
    "four": {"wg_client_state": "absent"},
    "five": {"wg_client_server": "hub", "wg_client_state": "down"},
}


HOSTS = ["one", "two", "three", "four", "five"]


@pytest.mark.parametrize(("preshared_keys", "in_the_run", "elsewhere"), [(True, True, None), (False, False, False)])
def test_clients_of_the_only_hub(preshared_keys: bool, in_the_run: bool, elsewhere: bool | None) -> None:
    assert _settings.clients_of(HOSTVARS, HOSTS, "hub", ["hub"], preshared_keys) == [
        {
            "name": "one",
            "public_key": samples.ONE.public,
            "address": "10.8.0.9",
            "networks": ["10.1.0.0/16"],
            "allow": None,
            "preshared_key": in_the_run,
        },
        {
            "name": "two",
            "public_key": None,
            "address": "10.8.0.3",
            "networks": ["10.2.0.0/16"],
            "allow": [{"to": "hub"}],
            "preshared_key": elsewhere,
        },
        {
            "name": "five",
            "public_key": None,
            "address": None,
            "networks": None,
            "allow": None,
            "preshared_key": elsewhere,
        },
    ]


def test_clients_of_one_of_two_hubs() -> None:
    servers = ["hub", "other"]
    assert [wish["name"] for wish in _settings.clients_of(HOSTVARS, HOSTS, "hub", servers, True)] == ["five"]
    assert [wish["name"] for wish in _settings.clients_of(HOSTVARS, HOSTS, "other", servers, True)] == ["three"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("vpn.example.org", "vpn.example.org:51820"),
        ("198.51.100.7", "198.51.100.7:51820"),
        ("2001:db8::1", "[2001:db8::1]:51820"),
        ("[2001:db8::1]", "[2001:db8::1]:51820"),
        ("vpn.example.org:443", "vpn.example.org:443"),
        ("[2001:db8::1]:443", "[2001:db8::1]:443"),
    ],
)
def test_endpoints(host: str, expected: str) -> None:
    assert _settings.endpoint(host, 51820) == expected


@pytest.mark.parametrize(
    ("networks", "addresses", "expected"),
    [
        (["10.8.0.0/24"], [], ["10.8.0.1/24"]),
        (["10.8.0.0/24", "fd00:8::/64"], [], ["10.8.0.1/24", "fd00:8::1/64"]),
        (["10.8.0.0/24", "fd00:8::/64"], ["fd00:8::ff", "10.8.0.254/24"], ["10.8.0.254/24", "fd00:8::ff/64"]),
        (["10.8.0.0/31"], [], ["10.8.0.0/31"]),
    ],
)
def test_server_addresses(networks: list[str], addresses: list[str], expected: list[str]) -> None:
    assert _settings.server_addresses(networks, addresses) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, []), ("", []), ([], []), ("a", ["a"]), (["a"], ["a"]), (("a", "b"), ["a", "b"]), (0, [0])],
)
def test_as_list(value: object, expected: list[object]) -> None:
    assert _settings.as_list(value) == expected
