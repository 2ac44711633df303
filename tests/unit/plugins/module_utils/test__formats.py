# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of devices in the forms of other programs, read back with readers of those forms."""

from __future__ import annotations

import configparser
import dataclasses

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _client_config, _formats
from ansible_collections.vpn.wireguard.plugins.module_utils._client_config import Device, Hub
from ansible_collections.vpn.wireguard.plugins.module_utils._registry import Peer
from ansible_collections.vpn.wireguard.tests.unit import samples

HUB = Hub(samples.HUB.public, "vpn.example.org:51820", ("10.8.0.0/24", "fd00:8::/64"))
ALL = Device("phone", ("0.0.0.0/0", "::/0"), ("1.1.1.1", "fd00::53", "corp.example.org"), 25)
SOME = Device("phone", ("10.8.0.0/24", "192.168.0.0/16"))
PEER = Peer("phone", samples.ONE.public, ("10.8.0.50",), private_key=samples.ONE.private)
BOTH = dataclasses.replace(PEER, addresses=("10.8.0.50", "fd00:8::50"), preshared_key=samples.PSK)

Sections = list[tuple[str, dict[str, list[str]]]]


def converted(device: Device, peer: Peer, form: str) -> dict[str, str]:
    return _formats.convert(_client_config.render(device, HUB, peer).text, form, "phone", "wg7")


def sections(text: str) -> Sections:
    """The sections in their order, each with the values of its fields: a name may stand twice."""
    found: Sections = []
    assert text.startswith("# vpn.wireguard: phone\n")
    for line in text.splitlines()[1:]:
        if line.startswith("["):
            found.append((line[1:-1], {}))
        elif line:
            key, _equals, value = line.partition("=")
            found[-1][1].setdefault(key, []).append(value)
    return found


def keyfile(device: Device, peer: Peer) -> dict[str, dict[str, str]]:
    texts = converted(device, peer, "networkmanager")
    parser = configparser.ConfigParser(delimiters="=", interpolation=None)
    parser.read_string(texts.pop("phone.nmconnection"))
    assert texts == {}
    return {name: dict(parser[name]) for name in parser.sections()}


def test_wg_quick_is_what_the_hub_has() -> None:
    text = _client_config.render(ALL, HUB, PEER).text
    assert _formats.convert(text, "wg-quick", "phone", "wg7") == {"phone.conf": text}


def test_a_keyfile_for_everything() -> None:
    assert keyfile(ALL, BOTH) == {
        "connection": {"id": "phone", "type": "wireguard", "interface-name": "wg7"},
        "wireguard": {"private-key": samples.ONE.private},
        f"wireguard-peer.{samples.HUB.public}": {
            "endpoint": "vpn.example.org:51820",
            "preshared-key": samples.PSK,
            "preshared-key-flags": "0",
            "allowed-ips": "0.0.0.0/0;::/0;",
            "persistent-keepalive": "25",
        },
        "ipv4": {
            "method": "manual",
            "address1": "10.8.0.50/24",
            "dns": "1.1.1.1;",
            "dns-search": "~;corp.example.org;",
            "dns-priority": "-50",
        },
        "ipv6": {
            "method": "manual",
            "address1": "fd00:8::50/64",
            "dns": "fd00::53;",
            "dns-search": "~;corp.example.org;",
            "dns-priority": "-50",
        },
    }


def test_a_family_without_an_address_does_not_go_past_the_tunnel() -> None:
    assert keyfile(dataclasses.replace(ALL, dns=()), PEER)["ipv6"] == {"method": "link-local"}
    assert keyfile(SOME, PEER)["ipv6"] == {"method": "disabled"}


def test_networkd_for_some_networks() -> None:
    texts = converted(SOME, BOTH, "networkd")
    assert set(texts) == {"phone.netdev", "phone.network"}
    assert sections(texts["phone.netdev"]) == [
        ("NetDev", {"Name": ["wg7"], "Kind": ["wireguard"]}),
        ("WireGuard", {"PrivateKey": [samples.ONE.private]}),
        (
            "WireGuardPeer",
            {
                "PublicKey": [samples.HUB.public],
                "PresharedKey": [samples.PSK],
                "Endpoint": ["vpn.example.org:51820"],
                "AllowedIPs": ["10.8.0.0/24,192.168.0.0/16"],
            },
        ),
    ]
    assert sections(texts["phone.network"]) == [
        ("Match", {"Name": ["wg7"]}),
        ("Network", {"Address": ["10.8.0.50/24", "fd00:8::50/64"]}),
        ("Route", {"Destination": ["10.8.0.0/24"]}),
        ("Route", {"Destination": ["192.168.0.0/16"]}),
    ]


def test_networkd_for_everything() -> None:
    texts = converted(ALL, BOTH, "networkd")
    assert sections(texts["phone.netdev"])[1][1]["FirewallMark"] == ["51820"]
    found = sections(texts["phone.network"])
    assert found[1][1]["DNS"] == ["1.1.1.1", "fd00::53"]
    assert found[1][1]["Domains"] == ["~. corp.example.org"]
    assert found[2:] == [
        ("Route", {"Destination": ["0.0.0.0/0"], "Table": ["51820"]}),
        ("Route", {"Destination": ["::/0"], "Table": ["51820"]}),
        (
            "RoutingPolicyRule",
            {"Table": ["main"], "SuppressPrefixLength": ["0"], "Priority": ["31820"], "Family": ["both"]},
        ),
        (
            "RoutingPolicyRule",
            {
                "FirewallMark": ["51820"],
                "InvertRule": ["true"],
                "Table": ["51820"],
                "Priority": ["31821"],
                "Family": ["both"],
            },
        ),
    ]


@pytest.mark.parametrize(("network", "family"), [("0.0.0.0/0", "ipv4"), ("::/0", "ipv6")])
def test_rules_are_those_of_the_family(network: str, family: str) -> None:
    text = converted(dataclasses.replace(SOME, allowed_ips=(network,)), BOTH, "networkd")["phone.network"]
    assert [fields["Family"] for name, fields in sections(text) if name == "RoutingPolicyRule"] == [[family]] * 2


@pytest.mark.parametrize("form", ["wg-quick", "networkmanager", "networkd"])
def test_a_placeholder_stays_one(form: str) -> None:
    texts = converted(SOME, dataclasses.replace(PEER, private_key=None), form)
    assert sum(text.count(_client_config.PLACEHOLDER) for text in texts.values()) == 1


def test_a_form_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="'openvpn' is not known; one of wg-quick, networkmanager and networkd"):
        converted(SOME, PEER, "openvpn")
