# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hubs on which ufw or firewalld keeps the host: they admit the tunnel, in their own way, and lose nothing of theirs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, harness

SERVER, ONE, TWO = day2.SERVER, day2.ONE, day2.TWO
BACKENDS = ("iptables", "nftables", "auto")
# The hub's address on the network of the internet, and how to ask there who one is.
HUB_OUTSIDE = f"198.18.0.{10 + 64 * int(harness.SLOT)}"
ASK = "import sys, urllib.request as web; print(web.urlopen(sys.argv[1], timeout=5).read().decode())"
APT = "DEBIAN_FRONTEND=noninteractive apt-get -qq"


@dataclasses.dataclass(frozen=True)
class Frontend:
    """How a host's own firewall is set up, asked for all it keeps and runs with, reloaded, and taken away."""

    name: str
    begin: str
    kept: str
    reload: str
    end: str
    used: dict[str, str]


FRONTENDS = (
    Frontend(
        name="ufw",
        begin=f"{APT} update && {APT} install -y --no-install-recommends ufw && ufw allow 22/tcp && ufw --force enable",
        kept="ufw show added; ufw status verbose; grep -v '^#' /etc/ufw/user.rules /etc/ufw/user6.rules",
        reload="ufw reload",
        end=f"ufw --force reset && {APT} purge -y ufw",
        used={"iptables": "iptables", "nftables": "nftables", "auto": "iptables"},
    ),
    Frontend(
        name="firewalld",
        begin=f"{APT} update && {APT} install -y --no-install-recommends firewalld netbase && systemctl start firewalld"
        " && firewall-cmd --add-port=8080/tcp",
        # The names that it knows now include those of services that were removed for good, until a reload.
        kept="firewall-cmd --list-all-zones; firewall-cmd --permanent --list-all-zones; firewall-cmd --permanent --get-services",
        reload="firewall-cmd --reload",
        end=f"systemctl stop firewalld && {APT} purge -y firewalld",
        # A reload of firewalld takes away all rules of iptables.
        used=dict.fromkeys(BACKENDS, "nftables"),
    ),
)


@pytest.fixture(scope="module", params=FRONTENDS, ids=lambda frontend: frontend.name)
def frontend(request: pytest.FixtureRequest) -> Iterator[Frontend]:
    """A hub without a tunnel, on which the firewall runs."""
    day2.site("--limit", SERVER, wg_server_state="absent").succeeded()
    harness.shell(SERVER, request.param.begin)
    # What a first question brings along, such as the empty tables of iptables, is not for the tunnel to answer for.
    harness.shell(SERVER, request.param.kept)
    yield request.param
    day2.site("--limit", SERVER, wg_server_state="absent").succeeded()
    harness.shell(SERVER, request.param.end)


def is_used(backend: str) -> bool:
    """Whether the tunnel's rules are those of a backend, and not of the other one."""
    chains = harness.succeeds(SERVER, "iptables-save | grep -q WG-F-wg0")
    table = harness.succeeds(SERVER, "nft list table inet vpn-wireguard-wg0")
    return (chains, table) == (backend == "iptables", backend == "nftables")


def all_reach() -> bool:
    """Whether packets get to the hub, between the clients, and out to the internet with the hub's address."""
    seen = harness.shell(ONE, f"python3 -c '{ASK}' http://{day2.INTERNET}/").strip()
    others = harness.reaches(ONE, day2.HUB_ADDRESS) and harness.reaches(ONE, day2.TWO_ADDRESS)
    return others and harness.reaches(TWO, day2.HUB_ADDRESS) and seen == HUB_OUTSIDE


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_admits_the_tunnel_and_forgets_it(frontend: Frontend, backend: str) -> None:
    before = harness.shell(SERVER, frontend.kept)
    run = day2.site(wg_server_firewall=backend).succeeded()
    assert any(
        step.startswith(f"have {frontend.name} admit UDP port {harness.PORT} ") for step in day2.applied(run, SERVER)
    )
    assert is_used(frontend.used[backend])
    assert all_reach()
    assert day2.site(wg_server_firewall=backend).succeeded().changed == []
    harness.shell(SERVER, frontend.reload)
    assert all_reach()
    # What is in force after a reload is what was kept, so nothing is to be said again.
    assert day2.site(wg_server_firewall=backend).succeeded().changed == []
    day2.site("--limit", SERVER, wg_server_firewall=backend, wg_server_state="absent").succeeded()
    after = harness.shell(SERVER, frontend.kept)
    # A reload takes what was set for the moment alone; that is firewalld's own way.
    assert after.replace("8080/tcp", "") == before.replace("8080/tcp", "")


def test_a_port_that_moves_moves_there_too(frontend: Frontend) -> None:
    day2.site().succeeded()
    run = day2.site(wg_server_port=51999).succeeded()
    assert any(step.startswith(f"have {frontend.name} admit UDP port 51999 ") for step in day2.applied(run, SERVER))
    assert "51999/udp" in harness.shell(SERVER, frontend.kept)
    assert f"{harness.PORT}/udp" not in harness.shell(SERVER, frontend.kept)
    assert all_reach()
