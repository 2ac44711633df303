# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of devices: their text as wg-quick reads it, and which have to be written."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _client_config, _config
from ansible_collections.vpn.wireguard.plugins.module_utils._client_config import Device, File, Hub, Kept
from ansible_collections.vpn.wireguard.plugins.module_utils._registry import Peer
from ansible_collections.vpn.wireguard.tests.unit import samples

HUB = Hub(samples.HUB.public, "vpn.example.org:51820", ("10.8.0.0/24", "fd00:8::/64"))
DEVICE = Device("phone", ("0.0.0.0/0", "::/0"), ("1.1.1.1", "corp.example.org"), 25)
PEER = Peer(
    "phone",
    samples.ONE.public,
    ("10.8.0.50", "fd00:8::50"),
    preshared_key=samples.PSK,
    private_key=samples.ONE.private,
)
OFFER = {"addresses": ["10.8.0.1/24"], "networks": ["10.8.0.0/24"], "routes": ["192.168.0.0/16"]}


def test_the_text_says_all() -> None:
    file = _client_config.render(DEVICE, HUB, PEER)
    assert _config.parse(file.text) == _config.Config(
        _config.Interface(
            addresses=("10.8.0.50/24", "fd00:8::50/64"),
            private_key=samples.ONE.private,
            dns=("1.1.1.1", "corp.example.org"),
        ),
        (_config.Peer(samples.HUB.public, ("0.0.0.0/0", "::/0"), "vpn.example.org:51820", 25, samples.PSK, "hub"),),
    )
    assert (file.name, file.ready, _config.is_managed(file.text)) == ("phone", True, True)
    assert [secret for secret in (samples.ONE.private, samples.PSK) if secret in repr(file)] == []


def test_what_is_not_wanted_is_not_there() -> None:
    file = _client_config.render(Device("phone", ("10.8.0.1/32",)), HUB, dataclasses.replace(PEER, preshared_key=None))
    assert not {"DNS", "PresharedKey", "PersistentKeepalive"} & set(file.text.split())


def test_a_key_that_the_device_has_is_a_placeholder_that_nobody_takes_for_one() -> None:
    file = _client_config.render(DEVICE, HUB, dataclasses.replace(PEER, private_key=None))
    assert not file.ready
    assert f"PrivateKey = {_client_config.PLACEHOLDER}\n" in file.text
    with pytest.raises(_config.ConfigError, match="line 3: PrivateKey"):
        _config.parse(file.text)
    ready = file.text.replace(_client_config.PLACEHOLDER, samples.ONE.private)
    assert ready == _client_config.render(DEVICE, HUB, PEER).text


def test_what_only_the_next_run_knows() -> None:
    file = _client_config.render(DEVICE, dataclasses.replace(HUB, public_key=None), None)
    assert file.text.count(_config.PENDING) == 2
    assert not file.ready


@pytest.mark.parametrize(
    ("device", "allowed_ips"),
    [
        ({}, ["10.8.0.0/24", "192.168.0.0/16"]),
        ({"route": "network"}, ["10.8.0.0/24", "192.168.0.0/16"]),
        ({"route": "server"}, ["10.8.0.1/32"]),
        ({"route": "all"}, ["0.0.0.0/0", "::/0"]),
        ({"route": "all", "networks": ["10.1.0.0/16"]}, ["0.0.0.0/0", "::/0"]),
        ({"networks": ["192.168.0.0/17"]}, ["10.8.0.0/24", "192.168.128.0/17"]),
    ],
)
def test_routes_are_those_of_clients(device: dict[str, Any], allowed_ips: list[str]) -> None:
    (config,) = _client_config.configs_of([{"name": "phone", **device}], OFFER)
    assert config == {"name": "phone", "allowed_ips": allowed_ips, "dns": [], "persistent_keepalive": 0}


@pytest.mark.parametrize(
    ("device", "hub"),
    [
        ({"dns": ("1.1.1.1\nPostUp = reboot",)}, {}),
        ({"dns": ("x y",)}, {}),
        ({"allowed_ips": ("10.8.0.0/24\nPostUp = reboot",)}, {}),
        ({"name": "../phone"}, {}),
        ({"persistent_keepalive": 70000}, {}),
        ({}, {"endpoint": "vpn.example.org:1\nPostUp = reboot"}),
        ({}, {"networks": ("10.8.0.1/24",)}),
    ],
)
def test_values_that_make_another_file_are_refused(device: dict[str, Any], hub: dict[str, Any]) -> None:
    _client_config.check(DEVICE, HUB)
    with pytest.raises(ValueError, match=r"\S"):
        _client_config.check(dataclasses.replace(DEVICE, **device), dataclasses.replace(HUB, **hub))


FILE = File("phone", "# vpn.wireguard: phone\n", True)
BOTH = frozenset((".png", ".txt"))


@pytest.mark.parametrize(
    ("file", "kept", "qr", "expected"),
    [
        (FILE, Kept(FILE.text, True, BOTH), True, False),
        (FILE, None, True, True),
        (FILE, Kept("other", True, BOTH), True, True),
        (FILE, Kept(FILE.text, False, BOTH), True, True),
        (FILE, Kept(FILE.text, True, frozenset((".png",))), True, True),
        (FILE, Kept(FILE.text, True, BOTH), False, True),
        (FILE, Kept(FILE.text, True), False, False),
        (dataclasses.replace(FILE, ready=False), Kept(FILE.text, True), True, False),
        (dataclasses.replace(FILE, ready=False), Kept(FILE.text, True, BOTH), True, True),
        (dataclasses.replace(FILE, text="x" * 2953), Kept("x" * 2953, True), True, True),
        (dataclasses.replace(FILE, text="x" * 2954), Kept("x" * 2954, True), True, False),
    ],
)
def test_what_is_to_be_written(file: File, kept: Kept | None, qr: bool, expected: bool) -> None:
    found = {file.name: kept} if kept else {}
    assert (_client_config.outdated([file], found, qr) == [file]) is expected


def test_what_is_to_be_removed() -> None:
    kept = {name: Kept(f"# vpn.wireguard: {name}\n", True) for name in ("b", "phone", "a")}
    kept["own"] = Kept("[Interface]\n", True)
    assert _client_config.left([FILE], kept) == ["a", "b"]
