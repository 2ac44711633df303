# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are killed at any point, and runs that meet, leave whole files, and the next run puts all right."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, harness

pytestmark = pytest.mark.usefixtures("network")

SERVER, ONE, TWO = day2.SERVER, day2.ONE, day2.TWO
FOLDER = "/var/tmp/killer"
LOG = f"{FOLDER}/log"
# A change of each kind: peers, routes, an address, the MTU, rules.
MORE: dict[str, Any] = {
    "wg_server_peers": [{**day2.PHONE, "networks": ["172.30.1.0/24"]}],
    "wg_server_networks": [harness.NETWORK, "fd00:8::/64"],
    "wg_server_lan_networks": ["172.30.3.0/24"],
    "wg_server_mtu": 1400,
}
LESS: dict[str, Any] = {"wg_server_mtu": 1380}
LEFT = "find /etc/wireguard -name '*.tmp'"


@pytest.fixture(scope="module")
def network() -> None:
    """A tunnel with both clients, and on the hub the file that kills."""
    day2.site().succeeded()
    script = (harness.HERE / "killer.py").read_text(encoding="utf-8")
    harness.on_host(SERVER, "sh", "-c", f"mkdir -p {FOLDER}; cat >{FOLDER}/sitecustomize.py", stdin=script)


class Killed:
    """The modules of two settings on the hub, and their way from the first to the second, which can be cut short."""

    def __init__(self) -> None:
        self.less, self.more = day2.captured(SERVER, LESS), day2.captured(SERVER, MORE)
        self.text = {"more": harness.read(SERVER, day2.CONFIG), "registry": harness.read(SERVER, day2.REGISTRY)}
        self.run_all(self.less)
        self.text["less"] = harness.read(SERVER, day2.CONFIG)

    @staticmethod
    def run_all(modules: day2.Modules) -> list[bool]:
        """The registry and the interface as the modules have it; whether each changed anything."""
        return [bool(modules.run(name)["changed"]) for name in ("wg_peers", "wg_interface")]

    def deeds(self, name: str) -> list[str]:
        """What a module does from the first setting to the second: names of functions."""
        self.kill(name, 0)
        return harness.read(SERVER, LOG).split()

    def kill(self, name: str, at: int) -> dict[str, Any]:
        """Run a module until its deed number ``at``."""
        if name == "wg_interface":
            self.more.run("wg_peers")
        return self.more.run(name, f": >{LOG}; PYTHONPATH={FOLDER} KILL_LOG={LOG} KILL_AT={at}")

    def back(self) -> None:
        """To the first setting."""
        self.run_all(self.less)
        assert harness.read(SERVER, day2.CONFIG) == self.text["less"]


@pytest.fixture(scope="module")
def killed(network: None) -> Killed:
    assert network is None
    return Killed()


def chosen(deeds: list[str]) -> list[int]:
    """The numbers of all writes, and of some of the commands, the first and the last among them."""
    writes = {number for number, deed in enumerate(deeds, start=1) if deed in ("fsync", "rename")}
    assert writes
    commands = [number for number in range(1, len(deeds) + 1) if number not in writes]
    return sorted({*writes, *commands[:: max(1, len(commands) // 4)], commands[-1]})


def test_killed_change_is_whole_and_mended(killed: Killed) -> None:
    deeds = killed.deeds("wg_interface")
    ends = set()
    with day2.metered({ONE: (day2.HUB_ADDRESS, day2.INTERNET)}) as meter:
        for at in chosen(deeds):
            killed.back()
            assert killed.kill("wg_interface", at) == {}, f"it outlived deed {at} of {deeds}"
            text = harness.read(SERVER, day2.CONFIG)
            assert text in (killed.text["less"], killed.text["more"]), f"killed at deed {at} of {deeds}"
            ends.add(text)
            assert killed.run_all(killed.more)[1] is True or text == killed.text["more"]
            assert harness.read(SERVER, day2.CONFIG) == killed.text["more"]
            assert harness.on_host(SERVER, "sh", "-c", LEFT) == ""
            assert killed.more.run("wg_interface")["changed"] is False
    # Some were killed before and some after the file took its name.
    assert len(ends) == 2
    assert meter.lost() == {}


def test_killed_registry_is_whole_and_mended(killed: Killed) -> None:
    killed.back()
    before = harness.read(SERVER, day2.REGISTRY)
    for at in range(1, len(killed.deeds("wg_peers")) + 1):
        killed.back()
        assert killed.kill("wg_peers", at) == {}
        assert harness.read(SERVER, day2.REGISTRY) in (before, killed.text["registry"])
        killed.run_all(killed.more)
        assert harness.read(SERVER, day2.REGISTRY) == killed.text["registry"]
        assert harness.on_host(SERVER, "sh", "-c", LEFT) == ""


def test_runs_that_meet_lose_nobody() -> None:
    day2.site(**LESS).succeeded()

    def add(device: dict[str, str]) -> harness.Run:
        return day2.site("--limit", SERVER, **LESS, wg_server_peers=[device], wg_server_purge=False)

    with day2.metered() as meter, ThreadPoolExecutor() as pool:
        runs = list(pool.map(add, (day2.PHONE, day2.TABLET)))
    for run in runs:
        assert run.status == 0 or "another run (process" in run.failures[SERVER]
    assert meter.lost() == {}
    # Both are remembered; the file is whole, and has at least who was there before and one of the two.
    assert set(day2.registry()) == {ONE, TWO, "phone", "tablet"}
    clients = {day2.key_of(client) for client in harness.CLIENTS}
    assert clients < day2.file_peers() == set(day2.device_peers())
    day2.site("--limit", SERVER, **LESS, wg_server_purge=False).succeeded()
    assert day2.known_everywhere() == {ONE, TWO, "phone", "tablet"}
