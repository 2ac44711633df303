# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run over hosts that are as they should be changes nothing and costs little."""

from __future__ import annotations

from collections import Counter

import pytest

from ansible_collections.vpn.wireguard.tests.system import harness

pytestmark = pytest.mark.usefixtures("site")

PLAYS_OF_VERIFICATION = {"Know the hubs", "Verify that packets arrive"}
MOST_MODULES = {harness.SERVER: 5, **dict.fromkeys(harness.CLIENTS, 3)}


@pytest.fixture(scope="module")
def run() -> harness.Run:
    """The same run once more."""
    return harness.play(variables=harness.CLIENT_TO_CLIENT).succeeded()


@pytest.mark.parametrize("host", harness.HOSTS)
def test_nothing_changes(run: harness.Run, host: str) -> None:
    assert run.of(host)
    assert [result.task for result in run.of(host) if result.changed] == []


@pytest.mark.parametrize("host", harness.HOSTS)
def test_few_modules_run(run: harness.Run, host: str) -> None:
    modules = Counter(
        result.action for result in run.of(host) if result.ran_module and result.play not in PLAYS_OF_VERIFICATION
    )
    # Each look at the tunnel is there, so that a role which does nothing does not pass.
    assert {"vpn.wireguard.wg_info", "vpn.wireguard.wg_keypair", "vpn.wireguard.wg_interface"} <= set(modules)
    assert modules.total() <= MOST_MODULES[host], modules


def test_nothing_is_warned_of(run: harness.Run) -> None:
    assert "WARNING" not in run.output


def test_verification_reaches_everybody(run: harness.Run) -> None:
    table = next(result.message for result in run.results if result.task.endswith("Show what reaches what"))
    rows = {tuple(line.split()[:4]) for line in table.splitlines()[2:]}
    assert rows == {
        ("client-one", "server", "10.8.0.1", "0"),
        ("client-one", "client-two", "10.8.0.3", "0"),
        ("client-two", "server", "10.8.0.1", "0"),
        ("client-two", "client-one", "10.8.0.2", "0"),
    }


def test_roles_of_a_playbook_with_facts() -> None:
    """The roles as another repository would use them: facts gathered, and listed under ``roles``."""
    files = {host: harness.read(host, "/etc/wireguard/wg0.conf") for host in harness.HOSTS}
    run = harness.play(playbook=harness.HERE / "own_site.yml", variables=harness.CLIENT_TO_CLIENT).succeeded()
    assert {result.host for result in run.results if result.task == "Gathering Facts"} == set(harness.HOSTS)
    assert run.changed == []
    assert {host: harness.read(host, "/etc/wireguard/wg0.conf") for host in harness.HOSTS} == files
