# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick way up: what wg-quick gets to read, what wg gets, and when there is such a way at all."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _config, _files, _host, _plan, _starter, _units

KEY = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
HEAD = "# Managed\n\n[Interface]\nPrivateKey = secret\nTable = off\nPostUp = echo \\n %i $PATH\n\n"
PEERS = f"[Peer]\n# a\nPublicKey = {KEY}\nAllowedIPs = 10.8.0.2/32\n\n[Peer]\n# b\nPublicKey = {KEY}\n"
# Keeps the file that it is given, and runs its first hook.
WG_QUICK = """\
#!/bin/bash
echo "$*" >>"$SEEN/calls"
[ "$1" = up ] && [ -e "$2" ] || exit 0
stat -c %a "$2" >"$SEEN/mode"
cp "$2" "$SEEN/part"
[ "$FAILS" != wg-quick ] || exit 1
hook=$(grep -m 1 '^PostUp = ' "$2")
bash -c "${hook#PostUp = }"
"""
WG = """\
#!/bin/bash
cat >"$SEEN/$1-$2"
[ "$FAILS" != wg ]
"""


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host's directories, and programs that stand for wg-quick and wg."""
    for name in ("etc", "bin", "seen", "units"):
        (tmp_path / name).mkdir()
    for name, text in {"wg-quick": WG_QUICK, "wg": WG}.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setattr(_files, "CONFIG_DIRECTORY", str(tmp_path / "etc"))
    monkeypatch.setattr(_units, "DIRECTORY", str(tmp_path / "units"))
    return tmp_path / "etc"


def start(etc: Path, text: str, fails: str = "") -> tuple[int, Path]:
    """Run the script with such a file; returns its exit status, and where the programs left what they saw."""
    (etc / "wg0.conf").write_text(text)
    (etc / "wg0").mkdir()
    script = next(text for path, text in _starter.files("wg0").items() if path.endswith(".sh"))
    seen = etc.parent / "seen"
    path = f"{etc.parent / 'bin'}:{os.environ['PATH']}"
    command = ["bash", "-c", script.replace("/etc/wireguard/$1.conf", f"{etc}/$1.conf"), "start.sh", "wg0"]
    environment = {"PATH": path, "SEEN": str(seen), "FAILS": fails}
    return subprocess.run(command, env=environment, check=False, timeout=20).returncode, seen


def test_wg_quick_reads_no_peer_and_wg_reads_all(etc: Path) -> None:
    status, seen = start(etc, HEAD + PEERS)
    part = (seen / "part").read_text()
    hook = f"PostUp = echo >{etc}/wg0/start/begin\n"
    assert (status, part.replace(hook, "")) == (0, HEAD)
    # Before any other hook.
    assert part.index(hook) < part.index("PostUp = echo \\n")
    assert (seen / "addconf-wg0").read_text() == PEERS
    assert (seen / "calls").read_text() == f"up {etc}/wg0/start/wg0.conf\n"


def test_the_part_is_private_and_gone_afterwards(etc: Path) -> None:
    _status, seen = start(etc, HEAD + PEERS)
    assert (seen / "mode").read_text().strip() == "600"
    assert [path.name for path in (etc / "wg0").iterdir()] == []


def test_a_file_whose_routes_are_wg_quick_s_is_left_to_it(etc: Path) -> None:
    _status, seen = start(etc, HEAD.replace("Table = off", "# Table = off") + PEERS)
    assert (seen / "calls").read_text() == "up wg0\n"


def test_where_wg_quick_fails_nobody_waits(etc: Path) -> None:
    status, seen = start(etc, HEAD + PEERS, fails="wg-quick")
    assert (status, (seen / "addconf-wg0").exists(), [*(etc / "wg0").iterdir()]) == (1, False, [])


def test_where_wg_fails_the_interface_goes(etc: Path) -> None:
    status, seen = start(etc, HEAD + PEERS, fails="wg")
    assert (status, (seen / "calls").read_text()) == (1, f"up {etc}/wg0/start/wg0.conf\ndown wg0\n")


@pytest.mark.parametrize(
    ("count", "table", "wanted"), [(100, "off", True), (99, "off", False), (100, None, False), (100, "auto", False)]
)
def test_it_is_for_many_peers(count: int, table: str | None, wanted: bool) -> None:
    peers = tuple(_config.Peer(str(number)) for number in range(count))
    assert _starter.wanted(_config.Config(_config.Interface(table=table), peers)) is wanted


def test_files_come_and_go(etc: Path) -> None:
    calls: list[list[str]] = []

    def run_command(command: list[str], **_more: object) -> tuple[int, str, str]:
        calls.append(command[1:])
        return 0, "", ""

    host, files, units = _host.Host(run_command), _starter.files("wg0"), etc.parent / "units"
    assert _units.find(files) is False
    _units.install(host, files)
    assert _units.find(files) is True
    drop_in = units / "wg-quick@wg0.service.d" / "vpn-wireguard.conf"
    assert f"\nExecStart=\nExecStart=/bin/bash {etc}/wg0/start.sh %i\n" in drop_in.read_text()
    assert stat.S_IMODE((etc / "wg0" / "start.sh").stat().st_mode) == 0o600
    drop_in.write_text("")
    assert _units.find(files) is None
    _units.remove(host, files)
    assert _units.find(files) is False
    assert [*units.iterdir()] == []
    assert calls == [["daemon-reload"], ["daemon-reload"]]


@pytest.mark.parametrize(
    ("many", "starter", "expected"),
    [
        (False, False, []),
        (False, True, ["remove_starter"]),
        (False, None, ["remove_starter"]),
        (True, True, []),
        (True, False, ["install_starter"]),
        (True, None, ["install_starter"]),
    ],
)
def test_the_plan(many: bool, starter: bool | None, expected: list[str]) -> None:
    wanted = _plan.Wanted("wg0", "absent", False, many=many)
    assert [step.verb for step in _plan.plan(wanted, _plan.Found(starter=starter))] == expected
