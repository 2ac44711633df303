# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of the host: what they say, and no key in any error."""

from __future__ import annotations

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _commands, _config, _files, _keys
from ansible_collections.vpn.wireguard.tests.unit import samples
from ansible_collections.vpn.wireguard.tests.unit.commands import Commands


def test_a_command_gives_its_output() -> None:
    run = Commands((0, "out\n", "err"))
    assert _commands.Commands(run).run("wg", "show") == "out\n"
    assert run.asked == [(["wg", "show"], None)]


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ("", f"Key is not the correct length or format: `{samples.HUB.private}'"),
        ("", f"Key is not the correct length or format: `{samples.HUB.private[:-1]}'"),
        ("", f"Key is not the correct length or format: `{samples.HUB.private[:30]}'"),
        ("", f"Key is not the correct length or format: `{samples.HUB.private}x'\nConfiguration parsing error"),
        (f"PrivateKey = {samples.HUB.private}", ""),
        ("", f"Line unrecognized: `PrivateKey={samples.HUB.private}'"),
        ("", f"+ echo {samples.HUB.private} >x"),
    ],
)
def test_what_a_failed_command_said_holds_no_key(output: str, error: str) -> None:
    with pytest.raises(_files.HostError, match=r"^wg setconf wg0 /dev/stdin failed \(1\): ") as caught:
        _commands.Commands(Commands((1, output, error))).run("wg", "setconf", "wg0", "/dev/stdin")
    assert samples.HUB.private[:10] not in str(caught.value)
    assert _config.HIDDEN in str(caught.value)


def test_what_a_failed_command_said_is_told() -> None:
    said = 'sysctl: setting key "/proc/sys/net/ipv4/conf/all/src_valid_mark": Read-only file system'
    with pytest.raises(_files.HostError) as caught:
        _commands.Commands(Commands((255, "", f"{said}\n"))).run("wg-quick", "up", "wg0")
    assert str(caught.value) == f"wg-quick up wg0 failed (255): {said}"


def test_a_command_that_is_not_there() -> None:
    def missing(*_args: object, **_more: object) -> tuple[int, str, str]:
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(_files.HostError, match="wg cannot be run: No such file or directory"):
        _commands.Commands(missing).run("wg")


@pytest.mark.parametrize("has_wg", [True, False])
def test_a_public_key_by_either_way(monkeypatch: pytest.MonkeyPatch, has_wg: bool) -> None:
    monkeypatch.setattr(_commands, "has_tool", lambda _name: has_wg)
    run = Commands((0, f"{samples.HUB.public}\n", ""))
    assert _commands.Commands(run).public_key(_keys.decode(samples.HUB.private)) == samples.HUB.public
    assert run.asked == ([(["wg", "pubkey"], f"{samples.HUB.private}\n")] if has_wg else [])


def test_a_public_key_by_no_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_keys, "has_cryptography", lambda: False)
    monkeypatch.setattr(_commands, "has_tool", lambda _name: False)
    with pytest.raises(_files.HostError, match="install wireguard-tools"):
        _commands.Commands(Commands()).public_key(bytes(32))
