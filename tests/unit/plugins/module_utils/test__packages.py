# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages: what a host lacks, under the name that its package manager knows."""

from __future__ import annotations

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _info, _packages


def host(manager: str | None, *there: str) -> dict[str, object]:
    return {"tools": {tool: tool in there for tool in _info.TOOLS}, "package_manager": manager}


@pytest.mark.parametrize(
    ("manager", "needed", "packages"),
    [
        ("apt", ["wg", "wg-quick", "ip"], ["iproute2", "wireguard-tools"]),
        ("apt", ["iptables-restore", "ip6tables-restore", "sysctl", "ping"], ["iptables", "iputils-ping", "procps"]),
        ("apt", ["resolvconf", "wireguard-go"], ["openresolv", "wireguard-go"]),
        (
            "dnf",
            ["wg", "ip", "iptables-restore", "sysctl"],
            ["iproute", "iptables-nft", "procps-ng", "wireguard-tools"],
        ),
        ("apk", ["wg", "wg-quick", "ip6tables-restore"], ["ip6tables", "wireguard-tools", "wireguard-tools-wg-quick"]),
        ("zypper", ["wg-quick", "ping"], ["iputils", "wireguard-tools"]),
        ("pacman", ["wg-quick", "sysctl"], ["procps-ng", "wireguard-tools"]),
    ],
)
def test_a_bare_host_needs_all(manager: str, needed: list[str], packages: list[str]) -> None:
    assert _packages.missing(needed, host(manager)) == packages


def test_only_what_is_missing_is_named() -> None:
    assert _packages.missing(["wg", "wg-quick", "ip", "ping"], host("apt", "wg", "wg-quick", "ip")) == ["iputils-ping"]


@pytest.mark.parametrize("manager", ["apt", None])
def test_a_complete_host_needs_nothing(manager: str | None) -> None:
    assert _packages.missing(["wg", "ip"], host(manager, "wg", "ip")) == []


def test_without_a_package_manager_the_commands_are_named() -> None:
    with pytest.raises(ValueError, match=r"^wg, ping missing, .*install them by hand"):
        _packages.missing(["wg", "ip", "ping"], host(None, "ip"))


@pytest.mark.parametrize("manager", sorted(set(_info.PACKAGE_MANAGERS.values())))
def test_every_command_that_roles_ask_for_has_a_package(manager: str) -> None:
    commands = "wg wg-quick wireguard-go ip iptables-restore ip6tables-restore resolvconf sysctl ping".split()
    assert len(_packages.missing(commands, host(manager))) >= 6
