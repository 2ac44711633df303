# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub with a thousand devices: up by systemd as at boot, reloaded, with one more, and with few of them again."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, harness

SERVER = day2.SERVER
DROP_IN = "/etc/systemd/system/wg-quick@wg0.service.d/vpn-wireguard.conf"
UNIT = "wg-quick@wg0"


def device(number: int) -> dict[str, Any]:
    """One that brings a public key, any 32 bytes."""
    key = base64.b64encode(hashlib.sha256(f"device-{number}".encode()).digest()).decode()
    return {"name": f"device-{number}", "public_key": key}


# Those of so many that go would leave no address for others, in the small network of other tests.
NO_REST = {"wg_server_address_quarantine": 0}


def run(count: int, **more: Any) -> harness.Run:
    devices = [device(number) for number in range(count)]
    return day2.site(wg_server_networks=["10.8.0.0/20"], wg_server_peers=devices, **NO_REST, **more).succeeded()


@pytest.fixture(scope="module")
def crowd() -> Iterator[None]:
    run(1000)
    yield
    # Other tests would be refused to remove so many.
    day2.site(wg_server_purge="force", **NO_REST).succeeded()


@pytest.mark.usefixtures("crowd")
def test_all_are_there_and_a_second_run_changes_nothing() -> None:
    assert len(day2.known_everywhere()) == 1002
    assert run(1000).changed == []


@pytest.mark.usefixtures("crowd")
def test_all_are_there_after_a_start_by_systemd() -> None:
    before = day2.device_peers(), harness.shell(SERVER, "iptables-save | grep -v '^[#:]'; ip route")
    harness.on_host(SERVER, "systemctl", "restart", UNIT)
    assert (day2.device_peers(), harness.shell(SERVER, "iptables-save | grep -v '^[#:]'; ip route")) == before
    # It was the short file that wg-quick read, and it is gone.
    assert "start/begin" in harness.shell(SERVER, f"journalctl --unit {UNIT} --lines 60 --output cat")
    assert not harness.succeeds(SERVER, "test -e /etc/wireguard/wg0/start")
    assert run(1000).changed == []
    assert day2.info(SERVER)[SERVER]["drift"] == []


@pytest.mark.usefixtures("crowd")
def test_all_are_there_after_a_reload() -> None:
    """Which removes from the device what is not in wg-quick's file."""
    before = day2.device_peers()
    harness.on_host(SERVER, "systemctl", "reload", UNIT)
    assert day2.device_peers() == before


@pytest.mark.usefixtures("crowd")
def test_one_more_loses_no_packet() -> None:
    with day2.metered() as meter:
        assert day2.applied(run(1001), SERVER) == ["write the file of wg0", "add peer device-1000"]
    assert meter.lost() == {}


@pytest.mark.usefixtures("crowd")
def test_few_come_up_by_wg_quick_alone() -> None:
    assert harness.succeeds(SERVER, f"test -e {DROP_IN}")
    run(10, wg_server_purge="force")
    assert len(day2.known_everywhere()) == 12
    assert not harness.succeeds(SERVER, f"test -e $(dirname {DROP_IN})")
    harness.on_host(SERVER, "systemctl", "restart", UNIT)
    assert len(day2.device_peers()) == 12
