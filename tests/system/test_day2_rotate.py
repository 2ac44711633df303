# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New keys leave nothing of the old ones, and removal leaves nothing at all."""

from __future__ import annotations

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, harness

pytestmark = pytest.mark.usefixtures("network")

SERVER, ONE, TWO = day2.SERVER, day2.ONE, day2.TWO
PLAYBOOKS = harness.ROOT / "playbooks"
# Where a key could be.
EVERYWHERE = "cat /etc/wireguard/*.conf /etc/wireguard/wg0/*; wg show wg0 dump"
# What of the tunnel a host that never had one lacks too.
TRACES = r"""
find /etc/wireguard /run/vpn-wireguard -mindepth 1 ! -name '*.lock' 2>/dev/null
for save in iptables-save ip6tables-save; do $save | grep '^-A'; $save | grep '^:' | grep -v ACCEPT; done
test -e /sys/class/net/wg0 && echo wg0
ip -4 rule | grep -v -e 'lookup local' -e 'lookup main' -e 'lookup default'
ip -4 rule | sed 1,3d; ip -6 rule | sed 1,2d
cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding | grep -v 0
systemctl list-unit-files 'wg-quick@*' --state=enabled --no-legend
systemctl list-units 'wg-quick@*' --no-legend
grep -rls wg0 /etc/sysctl.d /etc/modules-load.d /etc/network /etc/systemd/system
"""


@pytest.fixture(scope="module")
def network() -> None:
    """A tunnel with both clients and a device."""
    day2.site(wg_server_peers=[day2.PHONE]).succeeded()


def rotate(what: str, peer: str = "") -> harness.Run:
    arguments = ["-e", f"rotate={what}", *(["-e", f"peer={peer}"] if peer else [])]
    variables = {**day2.BASE, "wg_server_peers": [day2.PHONE]}
    return harness.play(*arguments, playbook=PLAYBOOKS / "rotate.yml", variables=variables).succeeded()


def keys() -> dict[str, str]:
    return {host: day2.key_of(host) for host in harness.HOSTS}


def private_keys() -> dict[str, str]:
    return {host: harness.read(host, "/etc/wireguard/wg0/private.key").strip() for host in harness.HOSTS}


def shared(client: str) -> str:
    """The preshared key of a client's tunnel; fails unless both sides have the same."""
    (key,) = (
        line.split("\t")[1] for line in harness.on_host(client, "wg", "show", "wg0", "preshared-keys").splitlines()
    )
    assert (
        f"{day2.key_of(client)}\t{key}" in harness.on_host(SERVER, "wg", "show", "wg0", "preshared-keys").splitlines()
    )
    return key


def assert_forgotten(*old: str) -> None:
    for host in harness.HOSTS:
        text = harness.shell(host, EVERYWHERE)
        assert day2.key_of(host) in text
        assert [key for key in old if key in text] == []


def assert_verified(run: harness.Run) -> None:
    """Each client has pinged the hub in the run itself, and does so now."""
    pinged = {result.host for result in run.results if result.action == "vpn.wireguard.wg_ping"}
    assert pinged == set(harness.CLIENTS)
    assert all(harness.reaches(client, day2.HUB_ADDRESS) for client in harness.CLIENTS)


def test_key_of_a_client() -> None:
    old, old_private = keys(), private_keys()
    with day2.metered({ONE: (day2.HUB_ADDRESS, day2.INTERNET)}) as meter:
        run = rotate("client", TWO)
    assert_verified(run)
    new = keys()
    assert {host for host in harness.HOSTS if old[host] != new[host]} == {TWO}
    assert_forgotten(old[TWO], old_private[TWO])
    assert day2.known_everywhere() == {ONE, TWO, "phone"}
    assert meter.lost() == {}


def test_preshared_keys() -> None:
    old, public = {client: shared(client) for client in harness.CLIENTS}, keys()
    run = rotate("preshared", "all")
    assert_verified(run)
    new = {client: shared(client) for client in harness.CLIENTS}
    assert len({*old.values(), *new.values()}) == 4
    assert keys() == public
    assert_forgotten(*old.values())


def test_key_of_the_hub() -> None:
    old, old_private = keys(), private_keys()
    run = rotate("hub")
    assert_verified(run)
    new = keys()
    assert {host for host in harness.HOSTS if old[host] != new[host]} == {SERVER}
    assert_forgotten(old[SERVER], old_private[SERVER])


def test_nothing_is_left_to_do() -> None:
    assert day2.site(wg_server_peers=[day2.PHONE]).succeeded().changed == []


def test_rotation_of_nobody_is_refused() -> None:
    run = harness.play("-e", "rotate=client", "-e", "peer=client-three", playbook=PLAYBOOKS / "rotate.yml")
    assert run.status != 0
    assert "Nothing was changed" in run.output


def test_removal_asks_first() -> None:
    before = {host: day2.whole_tunnel(host) for host in harness.HOSTS}
    run = harness.play(playbook=PLAYBOOKS / "uninstall.yml")
    assert run.status != 0
    assert all("-e confirm=yes" in message for message in run.failures.values())
    assert {host: day2.whole_tunnel(host) for host in harness.HOSTS} == before


def test_removal_leaves_no_trace() -> None:
    assert "wg0" in harness.shell(SERVER, TRACES, check=False)
    run = harness.play("-e", "confirm=yes", playbook=PLAYBOOKS / "uninstall.yml").succeeded()
    assert day2.changed_hosts(run) == set(harness.HOSTS)
    assert {host: harness.shell(host, TRACES, check=False) for host in harness.HOSTS} == dict.fromkeys(
        harness.HOSTS, ""
    )
    assert harness.play("-e", "confirm=yes", playbook=PLAYBOOKS / "uninstall.yml").succeeded().changed == []
