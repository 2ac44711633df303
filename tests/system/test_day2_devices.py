# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays of every day after the first, from a name to what changes and what does not."""

from __future__ import annotations

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, devices, harness

SERVER, ONE, TWO = day2.SERVER, day2.ONE, day2.TWO
TABLET = {"name": "tablet", "generate": True}


@pytest.fixture(scope="module", autouse=True)
def network() -> None:
    """A hub with both of its clients and a device."""
    day2.site(wg_server_peers=[devices.DEVICE]).succeeded()


def play(name: str, *arguments: str, peers: tuple[dict[str, object], ...] = ()) -> harness.Run:
    variables = {**day2.BASE, "wg_server_peers": [dict(devices.DEVICE), *peers]}
    return harness.play(*arguments, playbook=devices.PLAYBOOKS / f"{name}.yml", variables=variables)


def whole() -> dict[str, list[str]]:
    return {host: day2.whole_tunnel(host) for host in harness.HOSTS}


def test_status_shows_everybody_and_changes_nothing() -> None:
    before = whole()
    run = play("status").succeeded()
    assert run.changed == []
    table = next(result.message for result in run.results if result.task == "Show what there is")
    assert [line.split()[0] for line in table.splitlines()[2:]] == [ONE, TWO, "phone"]
    assert whole() == before


def test_a_device_is_added_and_removed() -> None:
    with day2.metered({ONE: (day2.HUB_ADDRESS,)}) as meter:
        run = play("add", "-e", "peer=tablet", peers=(TABLET,)).succeeded()
        assert day2.changed_hosts(run) == {SERVER}
        assert day2.known_everywhere() == {ONE, TWO, "phone", "tablet"}
        run = play("remove", "-e", "peer=tablet", peers=(TABLET,)).succeeded()
        assert day2.changed_hosts(run) == {SERVER}
    assert meter.lost() == {}
    assert day2.known_everywhere() == {ONE, TWO, "phone"}
    assert harness.shell(SERVER, "find /etc/wireguard -name 'tablet*'") == ""


def test_a_client_is_removed_and_added() -> None:
    address = day2.registry()[TWO]["addresses"]
    with day2.metered({ONE: (day2.HUB_ADDRESS,)}) as meter:
        run = play("remove", "-e", f"peer={TWO}").succeeded()
        assert day2.changed_hosts(run) == {SERVER, TWO}
        assert day2.known_everywhere() == {ONE, "phone"}
        assert harness.shell(TWO, "find /etc/wireguard -mindepth 1") == ""
        run = play("add", "-e", f"peer={TWO}").succeeded()
        assert day2.changed_hosts(run) == {SERVER, TWO}
    assert meter.lost() == {}
    assert day2.registry()[TWO]["addresses"] == address
    assert harness.reaches(TWO, day2.HUB_ADDRESS)


def test_a_play_about_nobody_changes_nothing() -> None:
    before = whole()
    run = play("add", "-e", "peer=nobody")
    assert "Say which client or device" in run.failures[SERVER]
    assert whole() == before


def test_removal_of_an_unknown_name_changes_nothing() -> None:
    before = whole()
    run = play("remove", "-e", "peer=client-tow")
    assert run.status != 0
    assert set(run.failures) == {SERVER}
    assert run.failures[SERVER] == (
        f'{SERVER} knows no client or device "client-tow". Known are {ONE}, {TWO}, phone.'
        " Say which to remove, with -e peer=NAME. Nothing was changed."
    )
    assert run.changed == []
    assert whole() == before


def test_what_left_the_inventory_is_removed_by_its_name_once() -> None:
    play("add", "-e", "peer=tablet", peers=(TABLET,)).succeeded()
    run = play("remove", "-e", "peer=tablet").succeeded()
    assert day2.changed_hosts(run) == {SERVER}
    assert day2.known_everywhere() == {ONE, TWO, "phone"}
    # The same command once more: the hub still knows that there was a tablet, since its address rests.
    assert play("remove", "-e", "peer=tablet").succeeded().changed == []


def test_a_device_gets_a_new_pair() -> None:
    before = day2.registry()
    run = play("rotate", "-e", "rotate=client", "-e", "peer=phone").succeeded()
    assert day2.changed_hosts(run) == {SERVER}
    after = day2.registry()
    assert {name for name in before if before[name] != after[name]} == {"phone"}
    assert before["phone"]["private_key"] not in harness.shell(
        SERVER, "cat /etc/wireguard/*.conf /etc/wireguard/wg0/*.* /etc/wireguard/wg0/clients/*.conf"
    )
    assert after["phone"]["private_key"] in harness.read(SERVER, "/etc/wireguard/wg0/clients/phone.conf")
