# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client whose default route goes into the tunnel keeps rules, mark and port through every change of others."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, harness

pytestmark = pytest.mark.usefixtures("network")

SERVER, ONE, TWO = day2.SERVER, day2.ONE, day2.TWO
FULL = {"wg_client_allowed_ips": [], "wg_client_route": "all", "wg_client_dns": ["1.1.1.1", "1.0.0.1"]}
STATE = r"""
cat /sys/class/net/wg0/ifindex
wg show wg0 fwmark; wg show wg0 listen-port; wg show wg0 public-key
ip -4 rule; ip -6 rule
ip -4 route show table 51820; ip -6 route show table 51820
iptables-save | grep -v '^[#:]'; ip6tables-save | grep -v '^[#:]'
cat /etc/resolv.conf /proc/sys/net/ipv4/conf/all/src_valid_mark
"""
CHANGES: dict[str, tuple[set[str], dict[str, Any], dict[str, Any]]] = {
    "nothing": (set(), {}, {}),
    "a device comes": ({SERVER}, {"wg_server_peers": [day2.PHONE]}, {}),
    "the device goes, the other client gets a network, both another keepalive": (
        {SERVER, ONE, TWO},
        {"wg_client_keepalive": 20},
        day2.of_clients(client_two={"wg_client_networks": ["172.30.2.0/24"]}),
    ),
}


@pytest.fixture(scope="module")
def network() -> None:
    """Two clients that send everything into the tunnel."""
    day2.site(**FULL).succeeded()


@pytest.mark.parametrize("change", CHANGES)
def test_default_route_stays(change: str) -> None:
    hosts, variables, clients = CHANGES[change]
    before = harness.shell(ONE, STATE).splitlines()
    assert "0xca6c" in before
    with day2.metered() as meter:
        run = day2.site(hosts=clients, **FULL, **variables).succeeded()
    assert day2.changed_hosts(run) == hosts
    assert harness.shell(ONE, STATE).splitlines() == before
    assert meter.lost() == {}
