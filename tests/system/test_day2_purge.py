# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who leaves the inventory is removed, by name, unless that looks like a mistake; what it had goes to nobody else yet."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, harness

pytestmark = pytest.mark.usefixtures("network")

SERVER, ONE, TWO = day2.SERVER, day2.ONE, day2.TWO
# Nobody has known them before, so no address is kept for them.
GUESTS = [{**day2.PHONE, "name": "guest-one"}, {**day2.TABLET, "name": "guest-two"}]


@pytest.fixture(scope="module")
def network() -> None:
    """A tunnel with both clients."""
    day2.site().succeeded()


def hub(*members: str, **changes: Any) -> harness.Run:
    """Run the hub alone, with no other clients than ``members``."""
    staying = {"staying": {"hosts": {name: {} for name in members}}}
    return day2.site("--limit", SERVER, hosts=staying, wg_server_clients_group="staying", **changes)


def peers_of(run: harness.Run) -> dict[str, Any]:
    """What wg_peers tells."""
    return dict(day2.result_of(run, SERVER, "wg_peers"))


def test_who_leaves_is_removed_and_its_address_rests() -> None:
    """A device comes in the same run, when the lowest address that nobody has is that of the client that left."""
    with day2.metered({ONE: (day2.HUB_ADDRESS, day2.INTERNET)}) as meter:
        run = hub(ONE, wg_server_peers=GUESTS[:1]).succeeded()
    told = peers_of(run)
    assert (told["removed"], told["added"]) == ([TWO], ["guest-one"])
    assert day2.known_everywhere() == {ONE, "guest-one"}
    assert told["peers"]["guest-one"]["addresses"] != [day2.TWO_ADDRESS]
    assert meter.lost() == {}
    assert not harness.reaches(TWO, day2.HUB_ADDRESS)


def test_address_rests_in_the_next_run_too() -> None:
    run = hub(ONE, wg_server_peers=GUESTS).succeeded()
    assert peers_of(run)["added"] == ["guest-two"]
    assert peers_of(run)["peers"]["guest-two"]["addresses"] != [day2.TWO_ADDRESS]


def test_who_comes_back_gets_its_address_again() -> None:
    run = day2.site(wg_server_peers=GUESTS).succeeded()
    assert day2.result_of(run, SERVER, "wg_peers")["peers"][TWO]["addresses"] == [day2.TWO_ADDRESS]
    assert day2.known_everywhere() == {ONE, TWO, "guest-one", "guest-two"}


@pytest.mark.parametrize(
    ("members", "devices", "going"), [((), [], 4), ((ONE,), [], 3)], ids=["all", "more than half of four"]
)
def test_removal_of_many_stops(members: tuple[str, ...], devices: list[Any], going: int) -> None:
    before = day2.whole_tunnel(SERVER)
    run = hub(*members, wg_server_peers=devices)
    assert set(run.failures) == {SERVER}
    message = run.failures[SERVER]
    assert f"this run would remove {going} of the hub's 4 peers" in message
    assert all(name in message for name in {ONE, TWO, "guest-one", "guest-two"} - set(members))
    assert "wg_server_purge" in message
    assert day2.whole_tunnel(SERVER) == before


def test_purge_false_keeps_them() -> None:
    with day2.metered({ONE: (day2.HUB_ADDRESS,), TWO: (day2.HUB_ADDRESS,)}) as meter:
        run = hub(wg_server_purge=False).succeeded()
    assert peers_of(run)["removed"] == []
    assert day2.known_everywhere() == {ONE, TWO, "guest-one", "guest-two"}
    assert meter.lost() == {}


def test_purge_force_removes_them() -> None:
    run = hub(wg_server_purge="force").succeeded()
    assert sorted(peers_of(run)["removed"]) == [ONE, TWO, "guest-one", "guest-two"]
    assert day2.known_everywhere() == set()
    assert day2.applied(run, SERVER)[-1].startswith("remove 4 peers ")
