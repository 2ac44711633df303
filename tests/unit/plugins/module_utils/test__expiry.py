# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The timer's files, and what makes them wanted, missing or too much."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import (
    _expire,
    _expiry,
    _files,
    _host,
    _plan,
    _survey,
    _units,
)

NAME = "vpn-wireguard-expire-wg0"


class Systemd:
    """Notes what it is asked; units run once they were started."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.active = False

    def run_command(self, command: list[str], **_more: object) -> tuple[int, str, str]:
        verb = command[1]
        if verb == "is-active":
            return (0 if self.active else 3), "", ""
        self.calls.append(command[1:])
        self.active = {"restart": True, "disable": False}.get(verb, self.active)
        return 0, "", ""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "units").mkdir(mode=0o755)
    monkeypatch.setattr(_units, "DIRECTORY", str(tmp_path / "units"))
    monkeypatch.setattr(_files, "CONFIG_DIRECTORY", str(tmp_path / "etc"))
    monkeypatch.setattr(_survey, "has_systemd", lambda: True)
    return tmp_path


def test_it_is_put_there_and_taken_away(place: Path) -> None:
    systemd = Systemd()
    host = _host.Host(systemd.run_command)
    assert _expiry.find(host, "wg0") is False
    _expiry.install(host, "wg0")
    assert _expiry.find(host, "wg0") is True
    assert systemd.calls == [
        ["daemon-reload"],
        ["enable", "--quiet", f"{NAME}.timer"],
        ["restart", f"{NAME}.timer"],
    ]
    script = place / "etc" / "wg0" / "expire.py"
    assert script.read_text() == Path(_expire.__file__).read_text()
    assert stat.S_IMODE(script.stat().st_mode) == 0o600
    units = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (place / "units").iterdir()}
    assert units == {f"{NAME}.service": 0o644, f"{NAME}.timer": 0o644}
    service = (place / "units" / f"{NAME}.service").read_text()
    assert f"-I {script} wg0\n" in service
    _expiry.remove(host, "wg0")
    assert _expiry.find(host, "wg0") is False
    assert systemd.calls[3:] == [["disable", "--quiet", "--now", f"{NAME}.timer"], ["daemon-reload"]]


@pytest.mark.parametrize("spoil", ["stopped", "other script", "no unit"])
def test_what_is_not_as_it_should_be_is_seen(place: Path, spoil: str) -> None:
    systemd = Systemd()
    host = _host.Host(systemd.run_command)
    _expiry.install(host, "wg0")
    if spoil == "stopped":
        systemd.active = False
    elif spoil == "other script":
        (place / "etc" / "wg0" / "expire.py").write_text("pass\n")
    else:
        (place / "units" / f"{NAME}.service").unlink()
    assert _expiry.find(host, "wg0") is None
    _expiry.install(host, "wg0")
    assert _expiry.find(host, "wg0") is True


def verbs(expires: bool, timer: bool | None, state: str = "absent") -> list[str]:
    wanted = _plan.Wanted("wg0", state, False, expires=expires)
    return [step.verb for step in _plan.plan(wanted, _plan.Found(timer=timer))]


@pytest.mark.parametrize(
    ("expires", "timer", "expected"),
    [
        (False, False, []),
        (False, True, ["remove_timer"]),
        (False, None, ["remove_timer"]),
        (True, True, []),
        (True, False, ["install_timer"]),
        (True, None, ["install_timer"]),
    ],
)
def test_the_plan(expires: bool, timer: bool | None, expected: list[str]) -> None:
    assert verbs(expires, timer) == expected
