# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters: each answers to its documented name and arguments, and fails with its name and the item."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.vpn.wireguard.plugins.module_utils import _lists
from ansible_collections.vpn.wireguard.tests.unit import samples

FILTERS = sorted(path.stem for path in (Path(__file__).resolve().parents[4] / "plugins" / "filter").glob("*.py"))


def module(name: str) -> ModuleType:
    return importlib.import_module(f"ansible_collections.vpn.wireguard.plugins.filter.{name}")


def shared_options(documented: dict[str, Any]) -> dict[str, Any]:
    """The options that stand in fragments of the documentation."""
    found: dict[str, Any] = {}
    for fragment in documented.get("extends_documentation_fragment", []):
        name = fragment.rpartition(".")[2]
        shared = importlib.import_module(f"ansible_collections.vpn.wireguard.plugins.doc_fragments.{name}")
        found |= yaml.safe_load(shared.ModuleDocFragment.DOCUMENTATION)["options"]
    return found


def call(name: str, *arguments: Any, **more: Any) -> Any:
    return module(name).FilterModule().filters()[name](*arguments, **more)


@pytest.mark.parametrize("name", FILTERS)
def test_arguments_are_those_of_the_documentation(name: str) -> None:
    documented = yaml.safe_load(module(name).DOCUMENTATION)
    assert documented["name"] == name
    parameters = inspect.signature(module(name).FilterModule().filters()[name]).parameters
    own = documented["options"]
    assert [key for key in parameters if key in own] == list(own)
    options = {**own, **shared_options(documented)}
    assert parameters.keys() == options.keys()
    for key, option in options.items():
        assert (parameters[key].default is inspect.Parameter.empty) == option.get("required", False), key


HUB = {"addresses": ["10.8.0.1/24"], "networks": ["10.8.0.0/24"], "routes": []}
EXCEPTIONS = _lists.allowed_ips(["private"], ["10.8.0.128/25"])
HOST = {"tools": {"wg": False, "ip": True}, "package_manager": "apt"}


@pytest.mark.parametrize(
    ("name", "arguments", "more", "expected"),
    [
        ("allowed_ips", [["10.8.0.0/25", "10.8.0.128/25"]], {}, ["10.8.0.0/24"]),
        ("allowed_ips", [["10.8.0.0/30"]], {"exclude": ["10.8.0.0/31"]}, ["10.8.0.2/31"]),
        ("subtract", [["10.8.0.0/30"], ["10.8.0.0/31"]], {}, ["10.8.0.2/31"]),
        ("allowed_ips", [["192.168.0.0/15"], ["private"]], {}, ["192.169.0.0/16"]),
        ("subtract", [["192.168.0.0/15"], ["private"]], {}, ["192.169.0.0/16"]),
        ("networks", ["# x\n10.8.0.0/24\n10.9.0.1 ; y\n"], {}, ["10.8.0.0/24", "10.9.0.1/32"]),
        ("networks", [["10.8.0.0/24"]], {"source": "x"}, ["10.8.0.0/24"]),
        ("tunnel_exceptions", [["private", "10.8.0.0/25"], HUB], {}, EXCEPTIONS),
        ("tunnel_warnings", [["10.8.0.0/24"]], {}, []),
        ("route_lines", [["10.8.0.0/24"], ["10.8.0.1/24"]], {}, ["Table = off"]),
        ("nth_address", ["10.8.0.0/24"], {}, "10.8.0.1"),
        ("nth_address", ["10.8.0.0/24", -1], {}, "10.8.0.254"),
        ("public_key", [samples.HUB.public], {}, samples.HUB.public),
        ("server_addresses", [["10.8.0.0/24"]], {}, ["10.8.0.1/24"]),
        ("server_addresses", [["10.8.0.0/24"], ["10.8.0.9"]], {}, ["10.8.0.9/24"]),
        ("tunnel_routes", ["server", HUB], {}, ["10.8.0.1/32"]),
        ("tunnel_routes", ["network", HUB, ["10.9.0.0/24"], ["10.8.0.0/25"]], {}, ["10.8.0.128/25", "10.9.0.0/24"]),
        ("endpoint", ["2001:db8::1", 51820], {}, "[2001:db8::1]:51820"),
        ("missing_packages", [["wg", "ip"], HOST], {}, ["wireguard-tools"]),
        ("reachable", [{"hub": "10.8.0.1"}], {}, {"hub": "10.8.0.1"}),
        (
            "reachable",
            [{"hub": "10.8.0.1", "lan": "10.20.0.1"}, ["office"], {"office": [{"to": "10.20.0.0/16"}]}, ["10.8.0.1"]],
            {},
            {"lan": "10.20.0.1"},
        ),
        ("table", [[{"a": 1}], {"A": "a"}], {}, "A\n-\n1"),
        (
            "clients_of",
            [{"one": {}}, ["one"], "hub", ["hub"]],
            {},
            [dict.fromkeys(("public_key", "address", "networks", "allow", "preshared_key"), None) | {"name": "one"}],
        ),
        (
            "clients_of",
            [{"one": {"__wg_client_offer": {"public_key": "k"}}}, ["one"], "hub", ["hub"]],
            {},
            [
                {
                    "name": "one",
                    "public_key": "k",
                    "address": None,
                    "networks": None,
                    "allow": None,
                    "preshared_key": True,
                }
            ],
        ),
        (
            "clients_of",
            [{"one": {}}, ["one"], "hub", ["hub"], False],
            {},
            [
                dict.fromkeys(("public_key", "address", "networks", "allow"), None)
                | {"name": "one", "preshared_key": False}
            ],
        ),
        (
            "device_peers",
            [[{"name": "phone", "generate": True, "expires": "2026-12-31", "route": "all"}]],
            {"preshared_keys": False},
            [{"name": "phone", "generate": True, "expires": "2026-12-31T00:00:00Z", "preshared_key": False}],
        ),
        (
            "device_configs",
            [[{"name": "phone", "route": "server", "dns": "1.1.1.1", "persistent_keepalive": 25}], HUB],
            {},
            [{"name": "phone", "allowed_ips": ["10.8.0.1/32"], "dns": ["1.1.1.1"], "persistent_keepalive": 25}],
        ),
        (
            "device_configs",
            [[{"name": "router", "networks": ["10.1.0.0/24"]}], {**HUB, "routes": ["10.1.0.0/23"]}],
            {},
            [{"name": "router", "allowed_ips": ["10.1.1.0/24", "10.8.0.0/24"], "dns": [], "persistent_keepalive": 0}],
        ),
        (
            "conflicts",
            [{"office": ["10.20.0.0/16"], "lab": ["10.20.5.0/24"]}],
            {},
            [{"first": "lab", "second": "office", "network": "10.20.5.0/24"}],
        ),
    ],
)
def test_examples(name: str, arguments: list[Any], more: dict[str, Any], expected: Any) -> None:
    assert call(name, *arguments, **more) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("allowed_ips", [["10.8.0.0/24", "x"]], "include[1]"),
        ("allowed_ips", [[], ["x"]], "exclude[0]"),
        ("allowed_ips", ["10.8.0.0/24"], "not a list"),
        ("subtract", [[], ["10.8.0.1/24"]], "exclude[0]"),
        ("conflicts", [{"lab": ["10.1.0.0/16", "x"]}], "lab[1]"),
        ("conflicts", [["10.1.0.0/16"]], "mapping"),
        ("nth_address", ["10.8.0.0/30", 3], "no host 3"),
        ("nth_address", [None], "NoneType"),
        ("public_key", ["x"], "44 characters"),
        ("public_key", [None], "NoneType"),
        ("server_addresses", [["10.8.0.0/24"], ["10.9.0.1"]], "10.9.0.1"),
        ("networks", ["10.8.0.0/24\n10.1", "de.txt"], "de.txt:2: '10.1'"),
        ("tunnel_exceptions", [["private", "x"], HUB], "exclude[1]"),
        ("tunnel_warnings", [["x"]], "networks[0]"),
        ("tunnel_routes", ["alll", HUB], "alll"),
        ("route_lines", [["10.8.0.1/24"], ["10.8.0.1/24"]], "10.8.0.1/24"),
        ("tunnel_routes", ["server", HUB, ["x"]], "include"),
        ("tunnel_routes", ["server", HUB, [], ["x"]], "exclude[0]"),
        ("device_peers", [[{"name": "phone", "expires": "soon"}]], "such as 2026-12-31"),
        ("device_configs", [[{"name": "phone"}], {}], "addresses"),
        ("missing_packages", [["wg"], {**HOST, "package_manager": None}], "wg missing"),
        ("firewall_hooks", [["x"]], "'x'"),
        ("firewall_hooks", [["10.8.0.0/24"], False, False, [], {}, "pf"], "iptables, nftables"),
        ("reachable", [{}, ["x"]], "no list of wg_server_allow_lists"),
        ("firewall_hooks", [["10.8.0.0/24"], False, True, [], {"4": "eth+"}], "eth+"),
    ],
)
def test_failures_name_the_filter_and_the_item(name: str, arguments: list[Any], words: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        call(name, *arguments)
    assert str(caught.value).startswith(f"vpn.wireguard.{name}: ")
    assert words in str(caught.value)


def test_a_refused_public_key_is_not_repeated() -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        call("public_key", samples.HUB.private[:-1])
    assert samples.HUB.private[:8] not in str(caught.value)


@pytest.mark.parametrize("uplinks", [{"4": "ens3", "6": ""}, {4: "ens3"}])
def test_uplinks_come_from_facts(uplinks: dict[Any, str]) -> None:
    hooks = call("firewall_hooks", ["10.8.0.0/24"], internet=True, uplinks=uplinks)
    assert list(hooks) == ["pre_up", "post_up", "post_down"]
    assert "-o ens3 -s 10.8.0.0/24 -j MASQUERADE" in "\n".join(hooks["post_up"])


def test_firewall_hooks_default_to_all_closed() -> None:
    assert "ACCEPT" not in "\n".join(call("firewall_hooks", ["10.8.0.0/24"])["post_up"]).replace(
        "--ctstate RELATED -j ACCEPT", ""
    )


def test_problems_of_a_client_and_of_a_hub() -> None:
    assert call("client_problems", {"wg_client_server": "hub"}, "laptop", ["wg_client_x"], ["hub"], ["hub"])[
        0
    ].startswith("laptop: ")
    assert call("server_problems", {"wg_server_port": 70000}, "hub", [], [])[0].startswith("hub: ")
