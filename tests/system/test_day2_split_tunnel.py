# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that sends ten thousand networks into the tunnel, such as those of some countries, and nothing else."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, harness

ONE = day2.ONE
# No two are neighbours, so the list cannot become shorter.
NETWORKS = [
    *(f"20.{number // 128}.{number % 128 * 2}.0/24" for number in range(7000)),
    *(f"2a00:{2 * number + 1:x}::/32" for number in range(3000)),
]
OWN = {"10.8.0.0/24"}
MORE, LESS = "52.95.110.0/24", NETWORKS[-1]


def run(networks: list[str]) -> harness.Run:
    """The site's playbook with a client of so many networks."""
    values: dict[str, Any] = {"wg_client_allowed_ips": networks, "wg_client_warn_above": 20_000}
    return harness.play(hosts=day2.of_clients(client_one=values)).succeeded()


def routes() -> set[str]:
    """All networks that the client sends into the tunnel by its routes."""
    lines = harness.shell(ONE, "ip -4 route show dev wg0; ip -6 route show dev wg0").splitlines()
    found = {str(ipaddress.ip_network(line.split()[0])) for line in lines}
    return found - {"fe80::/64"}


@pytest.fixture(scope="module")
def tunnel() -> None:
    run(NETWORKS)


@pytest.mark.usefixtures("tunnel")
def test_routes_are_those_of_the_list() -> None:
    assert routes() == OWN | {*NETWORKS}
    assert len(day2.device_peers(ONE)[day2.key_of(day2.SERVER)].split()) == len(OWN) + len(NETWORKS)


@pytest.mark.usefixtures("tunnel")
def test_a_second_run_changes_nothing() -> None:
    assert run(NETWORKS).changed == []


@pytest.mark.usefixtures("tunnel")
def test_the_list_changes_while_the_tunnel_is_up() -> None:
    before = harness.read(ONE, "/sys/class/net/wg0/ifindex")
    changed = run([MORE, *NETWORKS[:-1]])
    assert day2.changed_hosts(changed) == {ONE}
    assert routes() == OWN | {MORE, *NETWORKS} - {LESS}
    assert harness.read(ONE, "/sys/class/net/wg0/ifindex") == before
    assert run(NETWORKS).changed
    assert routes() == OWN | {*NETWORKS}


@pytest.mark.usefixtures("tunnel")
def test_a_route_that_somebody_took_away_comes_back() -> None:
    harness.on_host(ONE, "ip", "route", "del", NETWORKS[0], "dev", "wg0")
    mended = run(NETWORKS)
    assert day2.applied(mended, ONE) == [f"add the route to {NETWORKS[0]}"]
    assert routes() == OWN | {*NETWORKS}


@pytest.mark.usefixtures("tunnel")
def test_wg_quick_sets_the_same_routes_by_itself() -> None:
    """As it does at boot."""
    harness.on_host(ONE, "systemctl", "restart", "wg-quick@wg0")
    assert routes() == OWN | {*NETWORKS}
    assert run(NETWORKS).changed == []
