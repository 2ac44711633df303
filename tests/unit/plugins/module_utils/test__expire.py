# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that shuts out peers whose time is over, on a host that is a directory."""

from __future__ import annotations

import ast
import json
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _commands, _devices, _expire, _files, _registry
from ansible_collections.vpn.wireguard.tests.unit import samples

NOW, EARLIER, LATER = "2026-05-05T12:00:00Z", "2026-05-05T11:59:59Z", "2026-05-05T12:00:01Z"
HEAD = "# Managed by Ansible with vpn.wireguard\n\n[Interface]\nPrivateKey = x\nAddress = 10.8.0.1/24\n"
ONE, TWO, THREE = samples.ONE.public, samples.TWO.public, samples.EXAMPLE_HUB.public


def section(name: str, key: str, allowed: str = "10.8.0.2/32") -> str:
    """As the template of the role has it, with the secret that the host puts in."""
    return f"\n[Peer]\n# {name}\nPublicKey = {key}\nPresharedKey = {samples.PSK}\nAllowedIPs = {allowed}\n"


def registry(**expires: str | None) -> str:
    keys = dict(zip(expires, (ONE, TWO, THREE), strict=False))
    peers = {name: _registry.Peer(name, keys[name], (), expires=moment) for name, moment in expires.items()}
    return _registry.dump(_registry.Store(peers))


@pytest.mark.parametrize(
    ("moment", "over"), [(None, False), (LATER, False), (NOW, True), (EARLIER, True), ("2025-12-31T00:00:00Z", True)]
)
def test_whose_time_is_over(moment: str | None, over: bool) -> None:
    """The script and the registry say the same of every moment."""
    text = registry(phone=moment)
    assert _expire.expired(text, NOW) == ({ONE: "phone"} if over else {})
    assert _registry.load(text).peers["phone"].is_active(NOW) is not over


def test_a_peer_without_a_key_is_nobody() -> None:
    store = _registry.Store({"phone": _registry.Peer("phone", None, (), expires=EARLIER)})
    assert _expire.expired(_registry.dump(store), NOW) == {}


@pytest.mark.parametrize("gone", [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2], []])
def test_the_file_is_what_the_role_would_write(gone: list[int]) -> None:
    sections = [section("a", ONE), section("b", TWO, "10.8.0.3/32, 10.1.0.0/16"), section("c", THREE)]
    keys = [(ONE, TWO, THREE)[index] for index in gone]
    text, networks = _expire.without_peers(HEAD + "".join(sections), keys)
    assert text == HEAD + "".join(item for index, item in enumerate(sections) if index not in gone)
    assert ("10.1.0.0/16" in networks) is (1 in gone)


def test_the_routes_of_whom_is_gone_leave_the_file() -> None:
    head = HEAD.rstrip("\n") + "\n# route 10.1.0.0/16\n# route 10.1.0.0/17\n"
    text = head + section("a", ONE, "10.8.0.2/32, 10.1.0.0/16") + section("b", TWO)
    assert _expire.without_peers(text, [ONE])[0] == head.replace("# route 10.1.0.0/16\n", "") + section("b", TWO)


def test_files_of_another_layout_keep_the_rest() -> None:
    text = f"[Interface]\n[peer]\nallowedips=10.8.0.2/32 # x\npublickey={ONE}#x\n[Peer] # y\nPublicKey = {TWO}\n"
    assert _expire.without_peers(text, [ONE]) == (f"[Interface]\n[Peer] # y\nPublicKey = {TWO}\n", ["10.8.0.2/32"])
    assert _expire.without_peers("[Interface]\n", [ONE]) == ("[Interface]\n", [])


class Host:
    """A directory, and a device of which only the peers are known."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.file, self.registry, self.peers = place / "wg0.conf", place / "wg0" / "peers.json", {ONE, TWO}
        self.calls: list[tuple[str, ...]] = []
        self.registry.parent.mkdir()
        self.file.write_text(HEAD + section("a", ONE, "10.8.0.2/32, fd00::2/128") + section("b", TWO))
        monkeypatch.setattr(_expire, "CONFIG_DIRECTORY", str(place))
        monkeypatch.setattr(_expire, "RUN_DIRECTORY", str(place / "run"))
        monkeypatch.setattr(_expire, "call", self.call)

    def call(self, *command: str) -> tuple[int, str]:
        self.calls.append(command)
        if command[:2] == ("wg", "show"):
            return (0, "\n".join(sorted(self.peers))) if self.peers else (1, "")
        if command[:2] == ("wg", "set"):
            self.peers -= {*command[4::3]}
        return 0, ""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(tmp_path, monkeypatch)


def test_who_has_expired_leaves_device_and_file(host: Host) -> None:
    host.registry.write_text(registry(a=EARLIER, b=LATER))
    assert _expire.run("wg0", NOW) == ["a"]
    assert host.peers == {TWO}
    assert host.file.read_text() == HEAD + section("b", TWO)
    assert stat.S_IMODE(host.file.stat().st_mode) == 0o600
    assert host.calls[1:] == [
        ("wg", "set", "wg0", "peer", ONE, "remove"),
        ("ip", "-4", "route", "del", "10.8.0.2/32", "dev", "wg0"),
        ("ip", "-6", "route", "del", "fd00::2/128", "dev", "wg0"),
    ]
    times = host.file.stat()
    assert _expire.run("wg0", NOW) == []
    assert host.file.stat() == times
    assert [path.name for path in host.file.parent.iterdir() if path.name.endswith(".tmp")] == []


def test_a_device_that_is_down_is_no_hindrance(host: Host) -> None:
    host.registry.write_text(registry(a=EARLIER, b=LATER))
    host.peers.clear()
    assert _expire.run("wg0", NOW) == ["a"]
    assert host.file.read_text() == HEAD + section("b", TWO)


def test_what_was_done_by_half_is_finished(host: Host) -> None:
    host.registry.write_text(registry(a=EARLIER, b=LATER))
    host.file.write_text(HEAD + section("b", TWO))
    assert _expire.run("wg0", NOW) == ["a"]
    assert host.peers == {TWO}


def test_a_refusal_of_the_device_is_not_passed_over(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.registry.write_text(registry(a=EARLIER, b=LATER))
    monkeypatch.setattr(_expire, "call", lambda *command: (1, "") if command[1] == "set" else host.call(*command))
    before = host.file.read_text()
    with pytest.raises(OSError, match="does not remove peers of wg0"):
        _expire.run("wg0", NOW)
    assert host.file.read_text() == before


def test_many_leave_in_few_calls(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_expire, "ARGUMENTS", 2)
    host.peers |= {THREE}
    host.registry.write_text(registry(a=EARLIER, b=EARLIER, c=EARLIER))
    assert _expire.run("wg0", NOW) == ["a", "b", "c"]
    assert [call[1] for call in host.calls].count("set") == 2
    assert host.peers == set()


def test_nobody_else_changes_the_host_meanwhile(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is that of the modules, by name."""
    monkeypatch.setattr(_files, "RUN_DIRECTORY", _expire.RUN_DIRECTORY)
    monkeypatch.setattr(_files, "LOCK_SECONDS", 0.1)
    assert host.calls == []
    with _expire.lock("wg0"), pytest.raises(_files.HostError, match="holds"), _files.lock("wg0"):
        pass
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_places_are_those_of_the_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert _expire.CONFIG_DIRECTORY == _files.CONFIG_DIRECTORY
    assert _expire.RUN_DIRECTORY == _files.RUN_DIRECTORY
    assert _commands.ENVIRONMENT["PATH"] == _expire.PATH


def test_it_needs_nothing_but_python() -> None:
    tree = ast.parse(Path(_expire.__file__).read_text(), feature_version=(3, 8))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names


def test_it_says_who_was_shut_out(
    host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    host.registry.write_text(registry(a="2020-01-01T00:00:00Z", b="2199-01-01T00:00:00Z"))
    monkeypatch.setattr(sys, "argv", ["expire.py", "wg0"])
    _expire.main()
    assert capsys.readouterr().out == "a has expired and is not let in any more\n"
    assert json.loads(host.registry.read_text())["peers"].keys() == {"a", "b"}


def test_moments_compare_as_texts() -> None:
    moments: Mapping[str, str | None] = {
        text: _devices.read_expiry(text) for text in ("2026-05-05", NOW, "2026-12-31T01:00")
    }
    assert sorted(str(moment) for moment in moments.values()) == [str(moment) for moment in moments.values()]
