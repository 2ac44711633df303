# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub that moves to another host, by its backup alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, devices, harness

SERVER, ONE = day2.SERVER, day2.ONE


@pytest.fixture(scope="module", autouse=True)
def network() -> None:
    """A hub with both of its clients and a device."""
    day2.site(wg_server_peers=[devices.DEVICE]).succeeded()


def play(name: str, *arguments: str) -> harness.Run:
    variables = {**day2.BASE, "wg_server_peers": [dict(devices.DEVICE)]}
    return harness.play(*arguments, playbook=devices.PLAYBOOKS / f"{name}.yml", variables=variables)


def test_a_hub_moves_and_clients_are_not_touched(tmp_path: Path) -> None:
    """The host of the hub is destroyed; another one under its address takes its place from the backup alone."""
    password = tmp_path / "password"
    password.write_text(devices.PASSWORD)
    vault = ["--vault-password-file", str(password)]
    play("backup", *vault, "-e", f"backup_to={tmp_path}").succeeded()
    assert (tmp_path / f"{SERVER}.vault").read_bytes().startswith(b"$ANSIBLE_VAULT;")
    key, registry = day2.key_of(SERVER), day2.registry()
    clients = {client: day2.whole_tunnel(client) for client in harness.CLIENTS}
    harness.lab("replace", SERVER)
    assert not harness.reaches(ONE, day2.HUB_ADDRESS)
    # Check mode works on a host that has nothing yet, and leaves it so.
    fresh = harness.snapshot([SERVER])
    run = play("restore", "--check", "--diff", *vault, "-e", f"backup_from={tmp_path}", "--limit", SERVER).succeeded()
    assert [line.rpartition(": ")[2] for line in run.changed] == [
        "Say what would be installed",
        "Bring key and registry back",
    ]
    assert harness.snapshot([SERVER]) == fresh
    run = play("restore", *vault, "-e", f"backup_from={tmp_path}", "--limit", SERVER).succeeded()
    assert {result.host for result in run.results} == {SERVER}
    assert (day2.key_of(SERVER), day2.registry()) == (key, registry)
    for client in harness.CLIENTS:
        # A client that had a session with the host that is gone finds out by itself (whitepaper of WireGuard, 6.2).
        assert harness.succeeds(client, f"ping -c 60 -i 0.5 -W 1 {day2.HUB_ADDRESS}")
        assert harness.reaches(client, day2.HUB_ADDRESS)
        assert harness.reaches(client, day2.INTERNET)
        assert day2.whole_tunnel(client) == clients[client]
    assert day2.known_everywhere() == {*harness.CLIENTS, "phone"}
    assert play("restore", *vault, "-e", f"backup_from={tmp_path}", "--limit", SERVER).succeeded().changed == []
