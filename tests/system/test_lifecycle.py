# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a tunnel between its first run and its end: changes by hand, failures, runs over a part, removal."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

import pytest

from ansible_collections.vpn.wireguard.tests.system import harness

pytestmark = pytest.mark.usefixtures("network")

SERVER = harness.SERVER
ONE, TWO = harness.CLIENTS
CONFIG = "/etc/wireguard/wg0.conf"
HUB_ADDRESS, ONE_ADDRESS, TWO_ADDRESS = "10.8.0.1", "10.8.0.2", "10.8.0.3"
HAND_MADE = "[Interface]\nAddress = 10.99.0.1/24\nListenPort = 51999\n"

# What a tunnel is on a host, in the kernel and in files: nothing of it may change where a run fails.
TUNNEL = r"""
cat /etc/wireguard/wg0.conf
find /etc/wireguard -type f -exec sha256sum {} + | LC_ALL=C sort
cat /sys/class/net/wg0/ifindex
wg show wg0 public-key; wg show wg0 listen-port; wg show wg0 allowed-ips | LC_ALL=C sort
ip -4 address show dev wg0; ip -4 route show dev wg0
iptables-save | grep -v '^[#:]'; ip6tables-save | grep -v '^[#:]'
cat /proc/sys/net/ipv4/ip_forward
"""


def tunnel(host: str) -> list[str]:
    """The tunnel of a host as lines."""
    return harness.shell(host, TUNNEL, check=False).splitlines()


def is_up(host: str) -> bool:
    return harness.succeeds(host, "test -e /sys/class/net/wg0")


def unit(host: str) -> tuple[str, str]:
    """Whether the tunnel's unit runs, and whether it comes up at boot."""
    words = ("is-active", "is-enabled")
    active, enabled = (harness.on_host(host, "systemctl", word, "wg-quick@wg0", check=False).strip() for word in words)
    return active, enabled


@pytest.fixture(scope="module")
def network(site: None) -> None:
    """A tunnel in which clients reach each other."""
    assert site is None
    harness.play(variables=harness.CLIENT_TO_CLIENT).succeeded()


@contextlib.contextmanager
def occupied(host: str, port: int) -> Iterator[None]:
    """While it lasts, a program of the host holds a UDP port."""
    script = (
        "import socket, sys; held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
        f"held.bind(('', {port})); print('bound', flush=True); sys.stdin.read()"
    )
    command = harness.lab_command("exec", host, "--", "python3", "-c", script)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"bound\n"
        yield
        holder.communicate()


@pytest.fixture(scope="class")
def mended() -> harness.Run:
    """A run after somebody deleted the device of one client and, on the hub, the other client's peer."""
    harness.on_host(ONE, "ip", "link", "delete", "dev", "wg0")
    key = harness.on_host(TWO, "wg", "show", "wg0", "public-key").strip()
    harness.on_host(SERVER, "wg", "set", "wg0", "peer", key, "remove")
    assert key not in harness.peers(SERVER)
    assert not harness.reaches(TWO, HUB_ADDRESS)
    return harness.play(variables=harness.CLIENT_TO_CLIENT).succeeded()


class TestChangesByHand:
    """They are found and mended, and nothing else is touched."""

    def test_only_what_was_broken_changes(self, mended: harness.Run) -> None:
        changed = {(result.host, result.action) for result in mended.results if result.changed}
        assert changed == {(SERVER, "vpn.wireguard.wg_interface"), (ONE, "vpn.wireguard.wg_interface")}

    def test_device_is_back(self, mended: harness.Run) -> None:
        assert mended.status == 0
        assert is_up(ONE)
        assert harness.reaches(ONE, HUB_ADDRESS)

    def test_peer_is_back_without_a_restart(self, mended: harness.Run) -> None:
        applied = [result.result["applied"] for result in mended.of(SERVER) if "applied" in result.result]
        assert applied == [[f"add peer {TWO}"]]
        assert harness.reaches(TWO, ONE_ADDRESS)


def test_failing_hook_leaves_the_old_tunnel() -> None:
    before = {host: tunnel(host) for host in harness.HOSTS}
    with harness.refusing_nat(SERVER):
        run = harness.play(variables={**harness.CLIENT_TO_CLIENT, "wg_server_internet": True})
    assert run.status != 0
    assert "unable to initialize table nat" in run.failures[SERVER]
    assert run.failures[SERVER].endswith(f"{CONFIG} is as it was before, and wg0 is up with it")
    assert {host: tunnel(host) for host in harness.HOSTS} == before
    assert unit(SERVER) == ("active", "enabled")


def test_port_in_use_changes_nothing() -> None:
    before = {host: tunnel(host) for host in harness.HOSTS}
    with occupied(SERVER, 5555):
        run = harness.play(variables={**harness.CLIENT_TO_CLIENT, "wg_server_port": 5555})
    assert run.status != 0
    assert "UDP port 5555 is in use" in run.failures[SERVER]
    assert "Nothing was changed" in run.failures[SERVER]
    assert {host: tunnel(host) for host in harness.HOSTS} == before


def test_endpoint_that_nobody_knows_changes_nothing() -> None:
    before = {host: tunnel(host) for host in harness.HOSTS}
    run = harness.play(variables={**harness.CLIENT_TO_CLIENT, "wg_server_endpoint": "hub.invalid"})
    assert set(run.failures) == set(harness.CLIENTS)
    for message in run.failures.values():
        assert f"hub.invalid:{harness.PORT}" in message
        assert "Nothing was changed" in message
    assert {host: tunnel(host) for host in harness.HOSTS} == before


def test_key_of_the_hub_as_a_device_is_refused() -> None:
    before = {host: tunnel(host) for host in harness.HOSTS}
    key = harness.on_host(SERVER, "wg", "show", "wg0", "public-key").strip()
    devices = {"wg_server_peers": [{"name": "phone", "public_key": key}]}
    run = harness.play(variables={**harness.CLIENT_TO_CLIENT, **devices})
    assert run.status != 0
    assert "phone" in run.failures[SERVER]
    assert key in run.failures[SERVER]
    assert {host: tunnel(host) for host in harness.HOSTS} == before


def test_limit_to_a_client_says_what_to_do() -> None:
    before = {host: tunnel(host) for host in harness.HOSTS}
    run = harness.play("--limit", ONE, variables=harness.CLIENT_TO_CLIENT)
    assert run.status != 0
    assert set(run.failures) == {ONE}
    assert f"{ONE}: its hub {SERVER} took no part in this run" in run.failures[ONE]
    assert "with --limit, name the hub too" in run.failures[ONE]
    assert {host: tunnel(host) for host in harness.HOSTS} == before


def test_limit_to_the_hub_keeps_its_peers() -> None:
    before = {host: tunnel(host) for host in harness.HOSTS}
    run = harness.play("--limit", SERVER, variables=harness.CLIENT_TO_CLIENT).succeeded()
    assert run.changed == []
    assert len(harness.peers(SERVER)) == 2
    assert {host: tunnel(host) for host in harness.HOSTS} == before


def test_down_keeps_the_file_and_takes_the_rest() -> None:
    down = {**harness.CLIENT_TO_CLIENT, "wg_client_state": "down", "wg_server_state": "down"}
    files = {host: harness.read(host, CONFIG) for host in harness.HOSTS}
    harness.play(variables=down).succeeded()
    for host in harness.HOSTS:
        assert not is_up(host)
        assert harness.read(host, CONFIG) == files[host]
        assert unit(host) == ("inactive", "enabled")
    assert "WG-" not in harness.shell(SERVER, "iptables-save; ip6tables-save")
    assert harness.read(SERVER, "/proc/sys/net/ipv4/ip_forward").strip() == "0"
    assert harness.play(variables=down).succeeded().changed == []


def test_absent_takes_all_away() -> None:
    harness.play(variables=harness.CLIENT_TO_CLIENT).succeeded()
    run = harness.play(variables={"wg_client_state": "absent", "wg_server_state": "absent"}).succeeded()
    assert {line.partition(":")[0] for line in run.changed} == set(harness.HOSTS)
    for host in harness.HOSTS:
        assert not is_up(host)
        assert harness.shell(host, "ls -A /etc/wireguard") == ""
        assert unit(host) == ("inactive", "disabled")
    assert "WG-" not in harness.shell(SERVER, "iptables-save; ip6tables-save")


def test_file_made_by_hand_for_another_network_is_left_alone() -> None:
    harness.on_host(ONE, "sh", "-c", f"cat >{CONFIG} && chmod 600 {CONFIG}", stdin=HAND_MADE)
    run = harness.play(variables=harness.CLIENT_TO_CLIENT)
    assert set(run.failures) == {ONE}
    assert f"{CONFIG} cannot be taken over: the file that is there has the address 10.99.0.1/24" in run.failures[ONE]
    assert harness.read(ONE, CONFIG) == HAND_MADE
    assert not is_up(ONE)
    assert is_up(TWO)


def test_back_when_the_file_is_gone() -> None:
    harness.on_host(ONE, "mv", CONFIG, "/root/by-hand.conf")
    harness.play(variables=harness.CLIENT_TO_CLIENT).succeeded()
    lines = set(harness.on_host(SERVER, "wg", "show", "wg0", "allowed-ips").splitlines())
    keys = {host: harness.on_host(host, "wg", "show", "wg0", "public-key").strip() for host in harness.CLIENTS}
    assert lines == {f"{keys[ONE]}\t{ONE_ADDRESS}/32", f"{keys[TWO]}\t{TWO_ADDRESS}/32"}
    assert harness.reaches(ONE, TWO_ADDRESS)
