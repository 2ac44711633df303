# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A flood through changes of the rules: what is allowed before and after is never lost, what is forbidden never passes."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ansible_collections.vpn.wireguard.tests.integration import network
from ansible_collections.vpn.wireguard.tests.integration.network import ADDRESSES, Network

FLOOD = Path(__file__).with_name("flood.py")
CHANGES = 50
# Packets a second of all floods together.
RATE = 1500


class Flow(NamedTuple):
    """Datagrams to a port of a target; a fresh one has a new source port each time."""

    source: str
    target: str
    version: int
    port: int
    fresh: bool = False

    @property
    def name(self) -> str:
        return f"{self.source}>{self.target}>{self.version}>{self.port}>{'fresh' if self.fresh else 'steady'}"


# One has no list of its own, two always has one: see ``state``.
ALLOWED = (
    Flow("one", "lan", 4, 53),
    Flow("one", "lan", 4, 443, fresh=True),
    Flow("one", "lan", 6, 443, fresh=True),
    Flow("one", "hub", 6, 53),
    Flow("two", "lan", 4, 443),
    Flow("two", "lan", 6, 443, fresh=True),
    Flow("two", "hub", 4, 53, fresh=True),
    Flow("two", "one", 4, 8005, fresh=True),
    Flow("two", "one", 6, 8005),
)
FORBIDDEN = (
    Flow("one", "other lan", 4, 53),
    Flow("one", "other lan", 6, 443, fresh=True),
    Flow("one", "metadata", 4, 443, fresh=True),
    Flow("two", "lan", 4, 8005, fresh=True),
    Flow("two", "hub", 4, 443),
    Flow("two", "hub", 6, 8005, fresh=True),
    Flow("two", "internet", 4, 443, fresh=True),
    Flow("two", "one", 6, 53),
    Flow("internet", "one", 4, 53),
    Flow("internet", "two", 6, 53, fresh=True),
    Flow("lan", "one", 4, 8005, fresh=True),
    Flow("lan", "two", 4, 53),
)
FLOWS = (*ALLOWED, *FORBIDDEN)
ALWAYS = [
    {"to": ["192.168.5.9", "fd05::9"], "ports": [443], "protocol": "udp"},
    {"to": "hub", "ports": [53]},
    {"to": ["10.8.0.2", "fd08::2"], "ports": [8005]},
]


def others(number: int, chance: random.Random) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Peers with lists of their own, and those."""
    peers, wishes = {}, []
    for index in range(number):
        name, high, low = f"peer-{index}", index // 250 + 1, index % 250 + 1
        peers[name] = {"addresses": [f"10.8.{high}.{low}", f"fd08::{high}:{low}"], "networks": []}
        target = f"10.{chance.randrange(20, 40)}.{index % 256}.0/24"
        wishes.append({"name": name, "allow": [{"to": [target, "fd20::/64"], "ports": [chance.randrange(1, 60000)]}]})
    return peers, wishes


def state(number: int, chance: random.Random) -> dict[str, Any]:
    """The switches after change ``number``: all that has nothing to do with the flows comes and goes."""
    peers, wishes = others(500 if number % 10 == 0 else chance.choice([0, 1, 17, 40]), chance)
    more = [{"to": f"10.{chance.randrange(20, 40)}.0.0/16"} for _index in range(chance.randrange(20))]
    return {
        "internet": chance.random() < 0.5,
        "client_to_client": chance.random() < 0.5,
        "nat6": chance.random() < 0.5,
        "lan_networks": [*network.LAN_NETWORKS, *(["172.20.0.0/16"] if chance.random() < 0.5 else [])],
        "peers": {**network.PEERS, **peers},
        "wishes": [{"name": "two", "allow": [*more, *ALWAYS]}, *wishes],
    }


class Result(NamedTuple):
    """What a flood came to, by flow: packets sent, answered, and seen at the target."""

    sent: dict[str, int]
    back: dict[str, int]
    arrived: dict[str, int]
    seconds: float

    def lost(self) -> dict[str, int]:
        return {
            flow.name: self.sent[flow.name] - self.back[flow.name]
            for flow in ALLOWED
            if self.sent[flow.name] != self.back[flow.name]
        }

    def leaked(self) -> dict[str, int]:
        return {flow.name: self.arrived[flow.name] for flow in FORBIDDEN if self.arrived.get(flow.name)}


class Meter:
    """Floods from four hosts, through a hub that filters with one of the backends."""

    def __init__(self, made: Network, backend: str) -> None:
        self.network, self.backend = made, backend.partition("-")[0]
        self.floods: dict[str, subprocess.Popen[str]] = {}
        for name in ("one", "two", "internet", "lan"):
            flows = [
                {**flow._asdict(), "name": flow.name, "target": ADDRESSES[flow.target][flow.version], "source": ""}
                for flow in FLOWS
                if flow.source == name
            ]
            host = made.hosts[name]
            command = host.within(
                "nice", "-n", "-15", sys.executable, str(FLOOD), str(RATE * len(flows) / len(FLOWS)), json.dumps(flows)
            )
            self.floods[name] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            host.started.append(self.floods[name])
        for flood in self.floods.values():
            assert flood.stdout
            assert flood.stdout.readline() == "ready\n"

    def apply(self, **switches: Any) -> dict[str, Any]:
        return self.network.apply(network.hub_file(network.hooks(backend=self.backend, **switches)))

    def tell(self, word: str) -> None:
        for flood in self.floods.values():
            assert flood.stdin
            flood.stdin.write(f"{word}\n")
            flood.stdin.flush()

    def measure(self, deed: Callable[[], object]) -> Result:
        """A flood from a moment before a deed to a moment after it."""
        self.network.order({name: {"do": "collect"} for name in self.network.agents})
        self.tell("go")
        time.sleep(0.5)
        deed()
        time.sleep(0.5)
        self.tell("stop")
        told = [json.loads(flood.stdout.readline()) for flood in self.floods.values() if flood.stdout]
        arrived: dict[str, int] = {}
        for result in self.network.order({name: {"do": "collect"} for name in self.network.agents}).values():
            for token, _source in result["arrived"]:
                name = token.rpartition(":")[0]
                arrived[name] = arrived.get(name, 0) + 1
        flows = {name: numbers for result in told for name, numbers in result["flows"].items()}
        return Result(
            {name: sent for name, (sent, _back) in flows.items()},
            {name: back for name, (_sent, back) in flows.items()},
            arrived,
            max(result["seconds"] for result in told),
        )


@pytest.fixture(scope="module", params=["iptables", "iptables-legacy", "nftables"])
def meter(request: pytest.FixtureRequest) -> Iterator[Meter]:
    with network.network() as made:
        if request.param == "iptables-legacy":
            network.make_legacy(made.hub)
        network.forward(made.hub)
        made.watch()
        found = Meter(made, request.param)
        found.apply(**state(1, random.Random(0)))
        made.hurry()
        made.greet()
        yield found


def set_policy(meter: Meter, policy: str) -> None:
    for tool in ("iptables", "ip6tables"):
        meter.network.hub.run(tool, "-w", "5", "-P", "FORWARD", policy)


def test_no_change_of_the_rules_loses_or_leaks_a_packet(meter: Meter) -> None:
    """Half of the changes where the host forwards what no rule decides, half where it drops that, if it can."""
    chance = random.Random(20261125)
    words = []

    def change() -> None:
        for number in range(CHANGES):
            if number == CHANGES // 2 and meter.backend == "iptables":
                set_policy(meter, "DROP")
            words.append(meter.apply(**state(number, chance))["applied"])

    set_policy(meter, "ACCEPT")
    result = meter.measure(change)
    assert words == [["put the changed hooks of wg0 in force", "write the file of wg0"]] * CHANGES
    assert set(result.sent) == {flow.name for flow in FLOWS}
    assert sum(result.sent.values()) > 1000 * result.seconds
    assert min(result.sent.values()) > 20 * result.seconds
    assert (result.lost(), result.leaked()) == ({}, {})


# How scripts do it, and a moment in which all is open or closed.
OPEN = {
    "iptables": """
    rules=$(iptables -S WG-F-wg0); iptables -F WG-F-wg0; sleep 0.02
    echo "$rules" | grep ^-A | while read -r rule; do iptables $rule; done
    """,
    "nftables": """
    nft list table inet vpn-wireguard-wg0 >/run/table; nft delete table inet vpn-wireguard-wg0; nft -f /run/table
    """,
}
CLOSED = """
nft insert rule inet vpn-wireguard-wg0 forward4 iifname wg0 drop
nft -a list chain inet vpn-wireguard-wg0 forward4 | sed -n 's/.*iifname "wg0" drop # handle //p' | head -n 1 |
xargs nft delete rule inet vpn-wireguard-wg0 forward4 handle
"""


def test_the_meter_sees_an_open_moment(meter: Meter) -> None:
    """Without this, a meter that sees no leak would prove nothing."""
    set_policy(meter, "ACCEPT")
    meter.apply(**state(1, random.Random(0)))
    result = meter.measure(lambda: meter.network.hub.run("bash", "-ec", OPEN[meter.backend]))
    assert result.leaked() != {}


def test_the_meter_sees_a_closed_moment(meter: Meter) -> None:
    """The way of scripts, where the host drops what no rule decides; else one rule for the time of two commands."""
    if meter.backend == "iptables":
        set_policy(meter, "DROP")
    meter.apply(**state(1, random.Random(0)))
    deed = OPEN["iptables"] if meter.backend == "iptables" else CLOSED
    result = meter.measure(lambda: meter.network.hub.run("bash", "-ec", deed))
    assert result.lost() != {}
    assert result.leaked() == {}
