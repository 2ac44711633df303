# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a task's arguments to the file: each secret at its place, and nothing taken that is not right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import (
    _commands,
    _config,
    _files,
    _host,
    _keys,
    _registry,
    _seal,
    _wanted,
)
from ansible_collections.vpn.wireguard.tests.unit import samples

CONFIG = f"""# Managed by Ansible with vpn.wireguard
[Interface]
Address = 10.8.0.1/24
ListenPort = 51820

[Peer]
# one
PublicKey = {samples.ONE.public}
AllowedIPs = 10.8.0.2/32

[Peer]
# two
PublicKey = {samples.TWO.public}
AllowedIPs = 10.8.0.3/32
"""
OTHER_PSK = _keys.encode(bytes(range(32)))


def no_commands(*_command: object, **_more: object) -> tuple[int, str, str]:
    raise AssertionError("no command is to be run")


@pytest.fixture(autouse=True)
def no_wg(monkeypatch: pytest.MonkeyPatch) -> None:
    """Public keys are computed here."""
    monkeypatch.setattr(_commands, "has_tool", lambda _name: False)


class Place:
    """A directory with the key and the registry of a host."""

    def __init__(self, path: Path) -> None:
        self.key, self.registry = path / "private.key", path / "peers.json"
        self.key.write_text(samples.HUB.private + "\n")

    def read(self, dry: bool = False, **changes: Any) -> Any:
        arguments = {
            "name": "wg0",
            "state": "up",
            "enabled": True,
            "live_hooks": False,
            "admit": None,
            "config": CONFIG,
            "private_key_path": str(self.key),
            "registry": None,
            "sealed_keys": None,
            "pending_key": False,
            "pending_peers": [],
        }
        return _wanted.read({**arguments, **changes}, _host.Host(no_commands), dry)

    def remember(self, **preshared_keys: str | None) -> None:
        publics = {"one": samples.ONE.public, "two": samples.TWO.public, "unknown": None}
        peers = {
            name: _registry.Peer(name, publics[name], (), preshared_key=key) for name, key in preshared_keys.items()
        }
        self.registry.write_text(_registry.dump(_registry.Store(peers)))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_private_key_is_put_in_and_nothing_else_changes(place: Place) -> None:
    wanted = place.read(enabled=False, live_hooks=True)
    assert wanted.text == CONFIG.replace("[Interface]\n", f"[Interface]\nPrivateKey = {samples.HUB.private}\n")
    assert wanted.config == _config.parse(wanted.text)
    assert (wanted.name, wanted.state, wanted.public_key) == ("wg0", "up", samples.HUB.public)
    assert (wanted.enabled, wanted.live_hooks) == (False, True)


def test_preshared_keys_of_the_registry_go_to_their_peers(place: Place) -> None:
    place.remember(one=OTHER_PSK, two=samples.PSK, unknown=samples.PSK)
    wanted = place.read(registry=str(place.registry))
    assert {peer.name: peer.preshared_key for peer in wanted.config.peers} == {"one": OTHER_PSK, "two": samples.PSK}
    assert wanted.text.count("PresharedKey = ") == 2
    assert f"PublicKey = {samples.TWO.public}\nPresharedKey = {samples.PSK}\nAllowedIPs = 10.8.0.3/32" in wanted.text


def test_a_peer_without_a_preshared_key_gets_none(place: Place) -> None:
    place.remember(one=None, two=samples.PSK)
    peers = place.read(registry=str(place.registry)).config.peers
    assert [peer.preshared_key for peer in peers] == [None, samples.PSK]


@pytest.mark.parametrize("expires", [None, "2020-01-01T00:00:00Z", "2199-01-01T00:00:00Z"])
def test_a_date_of_any_peer_wants_a_timer(place: Place, expires: str | None) -> None:
    """Also a date that is over: the timer goes with the last of them, and not by the clock."""
    peers = {"one": _registry.Peer("one", samples.ONE.public, ()), "x": _registry.Peer("x", None, (), expires=expires)}
    place.registry.write_text(_registry.dump(_registry.Store(peers)))
    assert place.read(registry=str(place.registry)).expires is (expires is not None)
    assert place.read().expires is False
    assert place.read(registry=str(place.registry), state="absent").expires is False


@pytest.mark.parametrize("enabled", [True, False])
def test_many_peers_want_the_quick_way_at_boot(place: Place, enabled: bool) -> None:
    config = CONFIG.replace("ListenPort", "Table = off\nListenPort").partition("[Peer]")[0]
    config += "".join(f"[Peer]\nPublicKey = {_keys.encode(bytes(31) + bytes([number]))}\n" for number in range(1, 101))
    assert place.read(config=config, enabled=enabled).many is enabled
    assert place.read(enabled=enabled).many is False


def test_preshared_keys_of_others_are_left_out(place: Place) -> None:
    place.remember(one=samples.PSK, two=OTHER_PSK)
    config = CONFIG.partition("\n[Peer]\n# two")[0]
    text = place.read(config=config, registry=str(place.registry)).text
    assert (samples.PSK in text, OTHER_PSK in text) == (True, False)


def test_a_sealed_preshared_key_is_opened_with_the_own_key(place: Place) -> None:
    sealed = _seal.seal(_keys.decode(samples.PSK), _keys.decode(samples.HUB.public))
    wanted = place.read(sealed_keys={samples.ONE.public: sealed, samples.TWO.public: None})
    assert [peer.preshared_key for peer in wanted.config.peers] == [samples.PSK, None]


def test_a_preshared_key_that_was_sealed_to_another_is_refused(place: Place) -> None:
    sealed = _seal.seal(_keys.decode(samples.PSK), _keys.decode(samples.TWO.public))
    with pytest.raises(ValueError, match="not sealed to this host's key"):
        place.read(sealed_keys={samples.ONE.public: sealed})


def test_a_sealed_key_needs_cryptography(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_keys, "has_cryptography", lambda: False)
    monkeypatch.setattr(_host.Host, "public_key", lambda _host, _private: samples.HUB.public)
    with pytest.raises(_files.HostError, match="needs the Python package cryptography"):
        place.read(sealed_keys={samples.ONE.public: "x"})
    assert place.read(sealed_keys={samples.ONE.public: None}).config


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            "ListenPort",
            f"PrivateKey = {samples.TWO.private}\nListenPort",
            "config holds a PrivateKey; leave it out",
        ),
        (
            "AllowedIPs = 10.8.0.3/32",
            f"AllowedIPs = 10.8.0.3/32\nPresharedKey = {samples.PSK}",
            "config holds a PresharedKey; leave it out",
        ),
        (samples.TWO.public, samples.ONE.public, f"one and two both have {samples.ONE.public}"),
        ("10.8.0.3/32", "10.8.0.2/32", "one and two both have 10.8.0.2/32; it belongs to one peer"),
        ("10.8.0.3/32", "10.8.0.3/32, 10.8.0.2", "one and two both have 10.8.0.2/32; it belongs to one peer"),
        ("# Managed by Ansible with vpn.wireguard\n", "", "vpn.wireguard"),
        ("51820", "70000", "line 4: ListenPort"),
    ],
)
@pytest.mark.parametrize("dry", [False, True])
def test_a_config_that_is_not_right(place: Place, before: str, after: str, words: str, dry: bool) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        place.read(dry=dry, config=CONFIG.replace(before, after))
    assert [key for key in (samples.TWO.private, samples.PSK) if key in str(caught.value)] == []


def test_a_peer_without_a_name_is_told_by_its_key(place: Place) -> None:
    config = CONFIG.replace("# one\n", "").replace("10.8.0.3/32", "10.8.0.2/32")
    with pytest.raises(ValueError, match=r"and two both have 10\.8\.0\.2/32") as caught:
        place.read(config=config)
    assert str(caught.value).startswith(samples.ONE.public)


def test_a_missing_key_and_a_broken_registry_are_told(place: Place) -> None:
    with pytest.raises(_files.HostError, match="wg_keypair makes it"):
        place.read(private_key_path=str(place.key) + ".missing")
    place.registry.write_text("{")
    with pytest.raises(ValueError, match="the registry of peers cannot be read"):
        place.read(registry=str(place.registry))


def test_check_mode_on_a_host_that_has_nothing_yet(place: Place) -> None:
    place.key.unlink()
    sealed = "sealed to a key that is not there"
    config = CONFIG.replace(samples.ONE.public, _config.PENDING).replace(samples.TWO.public, _config.PENDING)
    wanted = place.read(dry=True, config=config, registry=str(place.registry), sealed_keys={"k": sealed})
    assert wanted.public_key is None
    assert f"PrivateKey = {_config.PENDING}" in wanted.text
    assert [peer.public_key for peer in wanted.config.peers] == [_config.PENDING] * 2
    assert "PresharedKey" not in wanted.text
    assert not place.registry.exists()


def test_check_mode_takes_the_secrets_that_are_there(place: Place) -> None:
    place.remember(two=samples.PSK)
    assert place.read(dry=True, registry=str(place.registry)) == place.read(registry=str(place.registry))


def test_check_mode_knows_no_key_that_is_about_to_be_another(place: Place) -> None:
    place.remember(one=samples.PSK, two=samples.PSK)
    arguments = {"registry": str(place.registry), "pending_key": True, "pending_peers": ["two"]}
    wanted = place.read(dry=True, **arguments)
    one, two = wanted.config.peers
    assert wanted.public_key is None
    assert f"PrivateKey = {_config.PENDING}" in wanted.text
    assert one.preshared_key == samples.PSK
    assert two.preshared_key not in (None, samples.PSK)
    assert place.read(**arguments) == place.read(registry=str(place.registry))


def test_without_check_mode_nothing_is_pending(place: Place) -> None:
    with pytest.raises(ValueError, match="PublicKey"):
        place.read(config=CONFIG.replace(samples.ONE.public, _config.PENDING))


def test_who_is_to_be_absent_needs_no_secret(place: Place) -> None:
    place.key.unlink()
    wanted = place.read(state="absent", config=None, private_key_path=None)
    assert (wanted.state, wanted.enabled, wanted.text, wanted.config) == ("absent", False, "", None)


def test_no_repr_holds_a_secret(place: Place) -> None:
    place.remember(one=samples.PSK)
    shown = repr(place.read(registry=str(place.registry)))
    assert [key for key in (samples.PSK, samples.HUB.private) if key in shown] == []


def test_a_comment_behind_a_public_key_is_no_part_of_it() -> None:
    text = f"[Peer]\nPublicKey = {samples.ONE.public} # one\nAllowedIPs = 10.8.0.2/32\n"
    lines = _config.with_preshared_keys(text, {samples.ONE.public: samples.PSK}).splitlines()
    assert lines[2] == f"PresharedKey = {samples.PSK}"
