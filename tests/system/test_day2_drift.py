# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody changed by hand is shown, and mended by the next run while all else goes on."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, harness

pytestmark = pytest.mark.usefixtures("network")

SERVER, ONE, TWO = day2.SERVER, day2.ONE, day2.TWO
# Any key but the one that is shared.
OTHER_KEY = "7ZZ2Y1kIqGmpPNvPtqgyTwE3VUAvcsVLdHZKMtbRBzU="


@dataclasses.dataclass(frozen=True)
class Drift:
    """A deed on a host and the steps by which it is shown. $one, $two and $hub stand for public keys."""

    host: str
    deed: str
    steps: tuple[str, ...]


# None of them is in the way of client-one's packets to the hub and to the Internet.
TOGETHER = [
    Drift(SERVER, "wg set wg0 peer $two remove", ("add peer client-two",)),
    Drift(SERVER, "wg set wg0 peer $phone allowed-ips 10.8.0.77/32", ("change peer phone",)),
    Drift(SERVER, "ip link set dev wg0 mtu 1300", ("set the MTU to 1400",)),
    Drift(SERVER, "ip route delete 172.30.2.0/24", ("add the route to 172.30.2.0/24",)),
    Drift(SERVER, "ip -6 address delete fd00:8::1/64 dev wg0", ("add the address fd00:8::1/64",)),
    Drift(SERVER, "ip address add 10.99.0.1/24 dev wg0", ("remove the address 10.99.0.1/24",)),
]
# Each of them is one and the same step.
RULES = {
    "flushed chain": "iptables -P FORWARD ACCEPT; iptables -F WG-F-wg0",
    "rule too many": "iptables -I WG-F-wg0 1 -s 10.66.0.0/16 -j ACCEPT",
    "doubled jump": "iptables -I FORWARD 1 -j WG-F-wg0",
    "lost jump by IPv6": "ip6tables -D FORWARD -j WG-F-wg0",
    "NAT flushed": "iptables -t nat -F WG-N-wg0",
    "forwarding off": "echo 0 >/proc/sys/net/ipv4/ip_forward",
}
CUTTING_OFF = [
    Drift(SERVER, "wg set wg0 listen-port 50505", (f"listen on UDP port {harness.PORT}",)),
    # The last address takes with it all routes of its family.
    Drift(
        SERVER,
        "ip address delete 10.8.0.1/24 dev wg0",
        ("add the address 10.8.0.1/24", "add the route to 172.30.2.0/24"),
    ),
    Drift(SERVER, f"echo {OTHER_KEY} | wg set wg0 peer $one preshared-key /dev/stdin", ("change peer client-one",)),
    Drift(TWO, f"echo {OTHER_KEY} | wg set wg0 peer $hub preshared-key /dev/stdin", ("change peer server",)),
    Drift(TWO, "wg set wg0 peer $hub allowed-ips 10.8.0.0/30", ()),
    Drift(
        TWO,
        "ip address delete 10.8.0.3/24 dev wg0",
        ("add the address 10.8.0.3/24", f"add the route to 172.30.2.0/24, {day2.INTERNET}/32"),
    ),
]
SETTINGS = {
    "wg_server_networks": [harness.NETWORK, "fd00:8::/64"],
    "wg_server_mtu": 1400,
    "wg_server_peers": [{**day2.PHONE, "networks": ["172.30.2.0/24"]}],
}


@pytest.fixture(scope="module")
def network() -> None:
    """A tunnel with something of each kind."""
    day2.site(**SETTINGS).succeeded()


def run_again() -> harness.Run:
    return day2.site(**SETTINGS).succeeded()


def do(drift: Drift) -> None:
    """The deed of a drift on its host."""
    keys = {"$one": day2.key_of(ONE), "$two": day2.key_of(TWO), "$hub": day2.key_of(SERVER)}
    deed = drift.deed.replace("$phone", day2.PHONE["public_key"])
    for word, key in keys.items():
        deed = deed.replace(word, key)
    harness.shell(drift.host, f"set -e; {deed}")


@pytest.fixture(scope="class")
def before() -> list[str]:
    return day2.whole_tunnel(SERVER)


@pytest.fixture(scope="class")
def shown(before: list[str]) -> list[str]:
    """The drift that wg_info tells of, after the deeds."""
    assert before
    assert day2.info(SERVER)[SERVER]["drift"] == []
    for drift in TOGETHER:
        do(drift)
    harness.shell(SERVER, RULES["doubled jump"])
    drifts: list[str] = day2.info(SERVER)[SERVER]["drift"]
    return drifts


class TestDriftOfTheHub:
    """All at once, with client-one sending through it."""

    def test_it_is_shown(self, shown: list[str]) -> None:
        expected = {step for drift in TOGETHER for step in drift.steps} | {"put back what wg0 lost of its rules"}
        assert set(shown) == expected

    def test_the_next_run_mends_it(self, shown: list[str], before: list[str]) -> None:
        with day2.metered({ONE: (day2.HUB_ADDRESS, day2.INTERNET)}) as meter:
            run = run_again()
        assert day2.changed_hosts(run) == {SERVER}
        assert set(day2.applied(run, SERVER)) == set(shown)
        assert sorted(day2.whole_tunnel(SERVER)) == sorted(before)
        assert meter.lost() == {}
        assert harness.reaches(TWO, day2.HUB_ADDRESS)


@pytest.fixture(scope="module")
def modules(network: None) -> day2.Modules:
    """wg_info and wg_interface as the last runs sent them to the hub, to be run again there."""
    assert network is None
    return day2.captured(SERVER, variables=SETTINGS)


@pytest.mark.parametrize("deed", RULES.values(), ids=RULES)
def test_rules_are_missed_and_mended(modules: day2.Modules, deed: str) -> None:
    look = "iptables-save; ip6tables-save; cat /proc/sys/net/ipv4/ip_forward"
    before = _rules(harness.shell(SERVER, look))
    harness.shell(SERVER, f"set -e; {deed}")
    broken = _rules(harness.shell(SERVER, look))
    assert broken != before
    step = "put back what wg0 lost of its rules"
    assert modules.run("wg_info")["interface"]["drift"] == [step]
    assert modules.run("wg_interface")["applied"] == [step]
    assert _rules(harness.shell(SERVER, look)) == before
    assert modules.run("wg_interface")["changed"] is False


def _rules(saved: str) -> list[str]:
    """The rules and switches of a host, without counters and dates."""
    return [line for line in saved.splitlines() if not line.startswith(("#", ":"))]


@pytest.fixture(scope="class")
def shaken() -> int:
    """When client-two last shook hands with the hub, before its key was spoiled."""
    for drift in CUTTING_OFF:
        do(drift)
    return _last_handshake(TWO)


@pytest.fixture(scope="class")
def told(shaken: int) -> dict[str, list[str]]:
    assert shaken
    return {host: found["drift"] for host, found in day2.info(SERVER, TWO).items()}


class TestDriftThatCutsOff:
    """What interrupts the tunnel on either side, preshared keys among them."""

    def test_it_is_shown(self, told: dict[str, list[str]]) -> None:
        expected: dict[str, set[str]] = {SERVER: set(), TWO: set()}
        for drift in CUTTING_OFF:
            expected[drift.host] |= set(drift.steps)
        assert {host: set(steps) for host, steps in told.items()} == expected

    def test_the_next_run_mends_it(self, told: dict[str, list[str]], shaken: int) -> None:
        run = run_again()
        assert day2.changed_hosts(run) == {SERVER, TWO}
        assert {host: set(day2.applied(run, host)) for host in told} == {
            host: set(steps) for host, steps in told.items()
        }
        assert _last_handshake(TWO) > shaken
        for client in harness.CLIENTS:
            assert _shared(client, day2.key_of(SERVER)) == _shared(SERVER, day2.key_of(client))

    def test_handshakes_after_it_use_the_right_keys(self, told: dict[str, list[str]]) -> None:
        assert told
        harness.on_host(ONE, "systemctl", "restart", "wg-quick@wg0")
        assert harness.reaches(ONE, day2.HUB_ADDRESS)


def _last_handshake(host: str) -> int:
    return int(harness.on_host(host, "wg", "show", "wg0", "latest-handshakes").split()[1])


def _shared(host: str, peer: str) -> str:
    """The preshared key that a host has for a peer."""
    lines = harness.on_host(host, "wg", "show", "wg0", "preshared-keys").splitlines()
    return dict(line.split("\t") for line in lines)[peer]
