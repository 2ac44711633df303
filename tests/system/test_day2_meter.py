# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever is not changed loses no packet while others are, and neither do those whose settings can change live."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, harness

pytestmark = pytest.mark.usefixtures("network")

ALL = set(harness.HOSTS)
SERVER, ONE, TWO = day2.SERVER, day2.ONE, day2.TWO
NETWORKS6 = [harness.NETWORK, "fd00:8::/64"]


@dataclasses.dataclass(frozen=True)
class Change:
    """Variables that differ from those of the run before, and the hosts that this changes."""

    name: str
    hosts: set[str]
    variables: dict[str, Any] = dataclasses.field(default_factory=dict)
    clients: dict[str, Any] = dataclasses.field(default_factory=dict)


# Each follows on the one before, so what one adds the next takes away.
CHANGES = [
    Change("nothing", set()),
    Change("a device comes", {SERVER}, {"wg_server_peers": [day2.PHONE]}),
    Change(
        "a device changes, and a network comes behind client-two",
        ALL,
        {"wg_server_peers": [{**day2.PHONE, "networks": ["172.30.1.0/24"]}]},
        day2.of_clients(client_two={"wg_client_networks": ["172.30.2.0/24"]}),
    ),
    Change(
        "the device and the network go, a LAN comes, clients are kept apart",
        ALL,
        {"wg_server_lan_networks": ["172.30.3.0/24"], "wg_server_client_to_client": False},
    ),
    Change("the LAN goes, IPv6 comes", ALL, {"wg_server_networks": NETWORKS6}),
    Change("IPv6 goes, MTU and keepalive change", ALL, {"wg_server_mtu": 1380, "wg_client_keepalive": 15}),
]


@pytest.fixture(scope="module")
def network() -> None:
    """A tunnel over which nothing is known yet but that it works."""
    day2.site().succeeded()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_no_packet_is_lost(change: Change) -> None:
    variables = change.variables
    apart = not variables.get("wg_server_client_to_client", True)
    # The way that a change closes, or opened just now, is not the one to measure.
    paths = (
        {**day2.PATHS, ONE: (day2.HUB_ADDRESS, day2.INTERNET)}
        if apart or "wg_server_networks" in variables
        else day2.PATHS
    )
    with day2.metered(paths) as meter:
        run = day2.site(hosts=change.clients, **variables)
    run.succeeded()
    assert day2.changed_hosts(run) == change.hosts
    assert meter.lost() == {}


def test_what_was_set_is_set() -> None:
    """So that a run that does nothing is not one that loses nothing."""
    assert harness.read(SERVER, "/sys/class/net/wg0/mtu").strip() == "1380"
    for client in harness.CLIENTS:
        assert harness.on_host(client, "wg", "show", "wg0", "persistent-keepalive").split()[1] == "15"
    assert set(day2.device_peers()) == {day2.key_of(client) for client in harness.CLIENTS}
    assert "fd00:8" not in harness.on_host(SERVER, "ip", "-6", "address", "show", "dev", "wg0")


def test_meter_sees_a_restart() -> None:
    with day2.metered() as meter:
        harness.on_host(SERVER, "systemctl", "restart", "wg-quick@wg0")
        time.sleep(2)
    lost = meter.lost()
    assert set(lost) == {f"{host} to {target}" for host, targets in day2.PATHS.items() for target in targets}
