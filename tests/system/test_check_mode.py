# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode on hosts where nothing of WireGuard is installed yet: tells what would come, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.system import harness


@pytest.fixture(scope="module")
def before() -> dict[str, list[str]]:
    return harness.snapshot()


@pytest.fixture(scope="module")
def run(before: dict[str, list[str]]) -> harness.Run:
    """The site with all switches on, in check mode."""
    assert before
    return harness.play("--check", "--diff", variables=harness.EVERYTHING).succeeded()


def diffs(run: harness.Run, host: str) -> dict[str, dict[str, Any]]:
    """What a run shows of files, by the header of the diff."""
    found = [result.result.get("diff") or [] for result in run.of(host)]
    flat = [diff for item in found for diff in (item if isinstance(item, list) else [item])]
    return {str(diff.get("after_header")): diff for diff in flat}


@pytest.mark.parametrize("host", harness.HOSTS)
def test_shows_the_file_without_its_key(run: harness.Run, host: str) -> None:
    diff = diffs(run, host)["/etc/wireguard/wg0.conf"]
    assert diff["before"] == ""
    assert "[Interface]\nPrivateKey = (hidden)\nAddress = 10.8.0." in diff["after"]
    assert "+PrivateKey = (hidden)" in run.output


def test_shows_the_peers(run: harness.Run) -> None:
    after = diffs(run, harness.SERVER)["/etc/wireguard/wg0.conf"]["after"]
    for name, address in zip(harness.CLIENTS, ("10.8.0.2", "10.8.0.3"), strict=True):
        assert f"# {name}\nPublicKey = (not known before the first run)\nAllowedIPs = {address}/32\n" in after


@pytest.mark.parametrize("host", harness.HOSTS)
def test_reports_what_would_change(run: harness.Run, host: str) -> None:
    changed = {result.action for result in run.of(host) if result.changed}
    peers = {"vpn.wireguard.wg_peers"} if host == harness.SERVER else set()
    assert changed == {"ansible.builtin.debug", "vpn.wireguard.wg_keypair", "vpn.wireguard.wg_interface"} | peers


@pytest.mark.parametrize("host", harness.HOSTS)
def test_names_the_packages_to_come(run: harness.Run, host: str) -> None:
    said = [result.message for result in run.of(host) if result.message.startswith("Would install ")]
    assert len(said) == 1
    assert {"wireguard-tools", "iptables"} <= set(said[0].removeprefix("Would install ").split(", "))


@pytest.mark.parametrize("host", harness.HOSTS)
def test_leaves_the_host_untouched(run: harness.Run, before: dict[str, list[str]], host: str) -> None:
    assert run.status == 0
    assert harness.snapshot([host])[host] == before[host]
