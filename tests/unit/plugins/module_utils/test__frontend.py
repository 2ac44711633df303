# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands by which ufw and firewalld admit a tunnel."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _frontend
from ansible_collections.vpn.wireguard.plugins.module_utils._frontend import Firewalld, Ufw

UFW = """Added user rules (see 'ufw status' for running firewall):
ufw allow 22/tcp
ufw allow 51820/udp comment 'vpn.wireguard wg0'
ufw route allow in on wg0 comment 'vpn.wireguard wg0'
ufw route allow in on wg1 comment 'vpn.wireguard wg1'
"""


def test_ufw_gets_what_it_lacks() -> None:
    assert Ufw("ufw allow 22/tcp\n").commands("wg0", 51820) == [
        ("ufw", "allow", "51820/udp", "comment", "vpn.wireguard wg0"),
        ("ufw", "route", "allow", "in", "on", "wg0", "comment", "vpn.wireguard wg0"),
    ]


def test_ufw_that_has_all_is_left_alone() -> None:
    assert Ufw(UFW).commands("wg0", 51820) == []


def test_ufw_loses_only_what_is_ours() -> None:
    assert Ufw(UFW).commands("wg0", None) == [
        ("ufw", "delete", "allow", "51820/udp"),
        ("ufw", "route", "delete", "allow", "in", "on", "wg0"),
    ]
    assert Ufw(UFW).commands("wg2", None) == []


def test_a_new_port_takes_the_place_of_the_old() -> None:
    assert Ufw(UFW).commands("wg0", 51999) == [
        ("ufw", "delete", "allow", "51820/udp"),
        ("ufw", "allow", "51999/udp", "comment", "vpn.wireguard wg0"),
    ]


def test_what_somebody_else_admitted_stays_theirs() -> None:
    theirs = Ufw("ufw allow 51820/udp\nufw route allow in on wg0 comment 'mine'\n")
    assert theirs.commands("wg0", 51820) == []
    assert theirs.commands("wg0", None) == []


SERVICE = "vpn-wireguard-wg0"
FULL = Firewalld("public", ("51820/udp",), (), serves=True, serves_now=True, trusts=True, trusts_now=True)


def words(state: Firewalld, port: int | None = 51820) -> list[str]:
    commands = state.commands("wg0", port)
    assert {command[0] for command in commands} <= {"firewall-cmd"}
    return [" ".join(command[1:]) for command in commands]


def test_firewalld_gets_what_it_lacks_for_good_and_for_now() -> None:
    assert words(Firewalld("public")) == [
        f"--permanent --new-service={SERVICE}",
        f"--permanent --service={SERVICE} --add-port=51820/udp",
        f"--permanent --zone=public --add-service={SERVICE}",
        "--zone=public --add-port=51820/udp",
        "--permanent --zone=trusted --add-interface=wg0",
        "--zone=trusted --change-interface=wg0",
    ]


def test_firewalld_that_has_all_is_left_alone() -> None:
    assert words(FULL) == []
    # Before the first reload the port is open by itself.
    assert words(dataclasses.replace(FULL, serves_now=False, ports=("51820/udp",))) == []


@pytest.mark.parametrize("serves_now", [True, False])
def test_firewalld_loses_only_what_is_ours(serves_now: bool) -> None:
    state = dataclasses.replace(FULL, serves_now=serves_now, ports=() if serves_now else ("51820/udp", "53/udp"))
    now = f"--zone=public --remove-service={SERVICE}" if serves_now else "--zone=public --remove-port=51820/udp"
    assert words(state, None) == [
        now,
        f"--permanent --zone=public --remove-service={SERVICE}",
        "--zone=trusted --remove-interface=wg0",
        "--permanent --zone=trusted --remove-interface=wg0",
        f"--permanent --delete-service={SERVICE}",
    ]
    assert words(Firewalld("public", trusts=True, ports=("51820/udp",)), None) == []


def test_firewalld_s_port_changes_in_the_service_and_now() -> None:
    assert words(dataclasses.replace(FULL, serves_now=False, ports=("51820/udp",)), 51999) == [
        f"--permanent --service={SERVICE} --remove-port=51820/udp",
        "--zone=public --remove-port=51820/udp",
        f"--permanent --service={SERVICE} --add-port=51999/udp",
        "--zone=public --add-port=51999/udp",
    ]


@pytest.mark.parametrize(
    ("nft", "iptables", "frontend", "rules", "expected"),
    [
        (True, True, None, False, "nftables"),
        (True, True, None, True, "iptables"),
        (True, True, "ufw", True, "iptables"),
        (True, True, "firewalld", True, "nftables"),
        (False, True, None, False, "iptables"),
        (False, False, None, False, "nftables"),
    ],
)
def test_the_better_tool(nft: bool, iptables: bool, frontend: str | None, rules: bool, expected: str) -> None:
    assert _frontend.backend({"nft": nft, "iptables-restore": iptables}, frontend, rules) == expected
