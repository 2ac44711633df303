# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who takes no part in a run, cannot be reached by it, or fails in it, stays a peer and keeps its tunnel."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, harness

pytestmark = pytest.mark.usefixtures("network")

SERVER, ONE, TWO = day2.SERVER, day2.ONE, day2.TWO


@pytest.fixture(scope="module")
def network() -> None:
    """A tunnel with both clients."""
    day2.site().succeeded()


@contextlib.contextmanager
def switched_off(host: str) -> Iterator[None]:
    """While it lasts, there is no such host."""
    harness.on_host(host, "systemctl", "poweroff", check=False)
    try:
        deadline = time.monotonic() + 30
        while harness.shell(host, "echo on", check=False):
            assert time.monotonic() < deadline, f"{host} does not switch off"
            time.sleep(0.2)
        yield
    finally:
        harness.lab("up")


@contextlib.contextmanager
def read_only(host: str, path: str) -> Iterator[None]:
    """While it lasts, nothing can be written in a directory of the host."""
    harness.shell(host, f"mount --bind {path} {path} && mount -o remount,bind,ro {path}")
    try:
        yield
    finally:
        harness.on_host(host, "umount", path)


def test_limit_to_the_hub_changes_it_and_keeps_everybody() -> None:
    with day2.metered() as meter:
        run = day2.site("--limit", SERVER, wg_server_peers=[day2.PHONE]).succeeded()
    assert day2.applied(run, SERVER)[-1] == "add peer phone"
    assert day2.known_everywhere() == {ONE, TWO, "phone"}
    assert meter.lost() == {}


def test_client_that_cannot_be_reached_keeps_its_tunnel() -> None:
    # Nobody listens on that port; its tunnel is up all the same.
    with day2.metered() as meter:
        run = day2.site(wg_client_keepalive=20, hosts=day2.of_clients(client_two={"ansible_port": 1}))
    assert {result.host for result in run.results if result.status == "unreachable"} == {TWO}
    assert set(run.failures) == {TWO}
    # The phone left the inventory; client-two did not.
    assert day2.result_of(run, SERVER, "wg_peers")["removed"] == ["phone"]
    assert day2.known_everywhere() == {ONE, TWO}
    assert day2.changed_hosts(run) == {SERVER, ONE}
    assert meter.lost() == {}


def test_client_that_fails_half_way_keeps_its_tunnel() -> None:
    before = day2.whole_tunnel(TWO)
    with day2.metered() as meter, read_only(TWO, "/etc/wireguard"):
        run = day2.site(wg_client_keepalive=15, wg_server_peers=[day2.PHONE])
    assert set(run.failures) == {TWO}
    assert f"{day2.CONFIG} cannot be written" in run.failures[TWO]
    assert day2.known_everywhere() == {ONE, TWO, "phone"}
    assert harness.on_host(ONE, "wg", "show", "wg0", "persistent-keepalive").split()[1] == "15"
    assert day2.whole_tunnel(TWO) == before
    assert meter.lost() == {}


def test_client_that_is_off_finds_its_tunnel_when_it_is_back() -> None:
    with switched_off(TWO), day2.metered({ONE: (day2.HUB_ADDRESS, day2.INTERNET)}) as meter:
        run = day2.site("--limit", f"{SERVER},{ONE}", wg_client_keepalive=20).succeeded()
        assert day2.known_everywhere() == {ONE, TWO}
    assert TWO not in day2.result_of(run, SERVER, "wg_peers")["removed"]
    assert meter.lost() == {}
    assert harness.reaches(TWO, day2.HUB_ADDRESS)
    # It missed the run that changed the keepalive.
    run = day2.site(wg_client_keepalive=20).succeeded()
    assert day2.changed_hosts(run) == {TWO}
