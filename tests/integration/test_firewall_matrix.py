# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches whom through a hub, cell by cell, decided by packets.

What is expected is worked out here from the words of the documentation, by other means than the rules are.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.integration import network
from ansible_collections.vpn.wireguard.tests.integration.network import ADDRESSES, Network

BACKENDS = ("iptables", "iptables-legacy", "nftables")
VERSIONS = (4, 6)
CLIENTS = ("one", "two", "behind two")
INSIDE = ("hub", "hub in the LAN", *CLIENTS)
# Which host a name is on, which name a packet of that host has as its source.
ON = {"hub in the LAN": "hub", "behind two": "two", "other lan": "lan", "metadata": "internet"}
SERVICES = (("udp", 53), ("udp", 443), ("udp", 8005), ("tcp", 443), ("tcp", 8005), ("icmp", 0))

# How long a packet that nobody should let through is waited for. It would be noticed later as well.
WAIT = 0.4


@dataclasses.dataclass(frozen=True)
class Probe:
    """One cell: a packet of ``source`` to ``target``."""

    source: str
    target: str
    version: int
    protocol: str
    port: int

    def __str__(self) -> str:
        return f"{self.source} > {self.target}, IPv{self.version}, {self.protocol} {self.port}"

    @property
    def address(self) -> str:
        return ADDRESSES[self.target][self.version]

    def order(self, number: int) -> dict[str, Any]:
        return {
            "token": self.token(number),
            "protocol": self.protocol,
            "target": self.address,
            "port": self.port,
            "source": ADDRESSES[self.source][self.version],
        }

    def token(self, number: int) -> str:
        return f"{number}:{self.source}:{self.target}:{self.version}:{self.protocol}:{self.port}"


OUTWARDS = [
    Probe(source, target, version, protocol, port)
    for source in CLIENTS
    for target in ADDRESSES
    if ON.get(target, target) != ON.get(source, source)
    for version in VERSIONS
    for protocol, port in SERVICES
]
INWARDS = [
    Probe(source, target, version, protocol, port)
    for source in ("lan", "internet")
    for target in CLIENTS
    for version in VERSIONS
    for protocol, port in SERVICES
]
# What the host forwards for reasons of its own, and what it answers itself.
BESIDE = [
    Probe(source, target, version, protocol, port)
    for source, target in (("lan", "internet"), ("internet", "lan"), ("lan", "hub in the LAN"), ("lan", "hub"))
    for version in VERSIONS
    for protocol, port in SERVICES
]
PROBES = [*OUTWARDS, *INWARDS, *BESIDE]

ANY_LAN = [{"to": ["192.168.5.0/24", "fd05::/64"]}]
WEB = [{"to": ["203.0.113.0/24", "2001:db8:113::/64"], "protocol": "tcp", "ports": [443]}]
EVERYTHING = {"client_to_client": True, "internet": True, "lan_networks": network.LAN_NETWORKS}


def lists(**allow: Any) -> dict[str, Any]:
    return {"wishes": [{"name": name, "allow": items} for name, items in allow.items()]}


STATES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "client_to_client": {"client_to_client": True},
    "internet": {"internet": True},
    "lan": {"lan_networks": network.LAN_NETWORKS},
    "lan of one family": {"lan_networks": network.LAN_NETWORKS[:1]},
    "everything": EVERYTHING,
    "everything, IPv6 routed": {**EVERYTHING, "nat6": False},
    "one may reach a web server of the LAN": lists(
        one=[{"to": ["192.168.5.9", "fd05::9"], "protocol": "tcp", "ports": [443]}]
    ),
    "one has a list that is narrower than the switches": {
        **EVERYTHING,
        **lists(one=[{"to": "hub", "ports": [53]}, {"to": "192.168.0.0/16", "protocol": "icmp"}]),
    },
    "one has an empty list": {**EVERYTHING, **lists(one=[])},
    "one may call two, who has a list": lists(one=[{"to": ["10.8.0.3", "fd77::/64"]}], two=[{"to": "hub"}]),
    "both may call each other": lists(
        one=[{"to": ["10.8.0.0/24", "fd08::/64"]}], two=[{"to": ["10.8.0.2", "fd08::2"]}]
    ),
    "both share a list": {**lists(one=["web"], two=["web", *ANY_LAN]), "lists": {"web": WEB}},
    "one may do all by UDP, in a range of ports": lists(
        one=[{"to": ["0.0.0.0/0", "::/0"], "protocol": "udp", "ports": ["8000-8010", 53]}]
    ),
    "two may go anywhere, with IPv6 routed": {
        **lists(two=[{"to": ["0.0.0.0/0", "::/0"], "protocol": "any"}]),
        "nat6": False,
    },
    "nothing again": {},
}


def is_allowed(state: Mapping[str, Any], probe: Probe) -> bool:
    """Whether the documentation says that this packet of a client, or for one, passes."""
    if probe.source not in CLIENTS:
        return probe.target not in CLIENTS
    if probe.target == "metadata":
        return False
    peer = ON.get(probe.source, probe.source)
    for wish in state.get("wishes", []):
        if wish["name"] == peer:
            return any(matches(item, probe) for item in expanded(wish["allow"], state))
    if probe.target in CLIENTS:
        return bool(state.get("client_to_client", False))
    if probe.target == "internet":
        return bool(state.get("internet", False))
    return probe.target in ("hub", "hub in the LAN") or within(probe.address, state.get("lan_networks", []))


def expanded(items: list[Any], state: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [real for item in items for real in (state["lists"][item] if isinstance(item, str) else [item])]


def matches(item: Mapping[str, Any], probe: Probe) -> bool:
    ports, protocol = item.get("ports"), item.get("protocol", "any")
    if ports and (probe.protocol == "icmp" or not any(has_port(port, probe.port) for port in ports)):
        return False
    targets = item["to"] if isinstance(item["to"], list) else [item["to"]]
    real = [address for target in targets for address in (ADDRESSES["hub"].values() if target == "hub" else [target])]
    return protocol in ("any", probe.protocol) and within(probe.address, real)


def has_port(port: object, number: int) -> bool:
    low, _dash, high = str(port).partition("-")
    return int(low) <= number <= int(high or low)


def within(address: str, networks: Any) -> bool:
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(item) for item in networks)


def is_expected(state: Mapping[str, Any], probe: Probe, drops: bool) -> bool:
    """The same for hosts whose policy is to drop what they forward: that concerns what is not of the tunnel."""
    beside = probe.source not in CLIENTS and probe.target not in ("hub", "hub in the LAN", *CLIENTS)
    return is_allowed(state, probe) and not (drops and beside)


def source_seen(state: Mapping[str, Any], probe: Probe) -> str:
    """The source that the target sees: the hub's own out of the tunnel, unless IPv6 is routed."""
    leaves = probe.source in CLIENTS and probe.target not in INSIDE
    if leaves and (probe.version == 4 or state.get("nat6", True)):
        return network.OUTER[probe.target][probe.version]
    return ADDRESSES[probe.source][probe.version]


class Hub:
    """The network behind a hub that filters with one of the backends."""

    def __init__(self, made: Network, backend: str) -> None:
        self.network, self.backend = made, backend
        self.runs = 0

    def apply(self, state: Mapping[str, Any]) -> dict[str, Any]:
        made = network.hooks(backend=self.backend.partition("-")[0], **state)
        return self.network.apply(network.hub_file(made))

    def send(self, probes: list[Probe], expected: set[Probe]) -> tuple[set[Probe], dict[Probe, set[str]], int]:
        """The probes that were answered, and those that arrived, with their sources; and how many redirects came."""
        self.runs += 1
        by_host: dict[str, list[Probe]] = {}
        for probe in probes:
            by_host.setdefault(ON.get(probe.source, probe.source), []).append(probe)
        results = self.network.order(
            {
                name: {
                    "do": "probe",
                    "probes": [probe.order(self.runs) for probe in some],
                    "expected": [probe.token(self.runs) for probe in some if probe in expected],
                    "wait": WAIT,
                }
                for name, some in by_host.items()
            }
        )
        collected = self.network.order({name: {"do": "collect"} for name in self.network.agents})
        by_token = {probe.token(self.runs): probe for probe in probes}
        arrived: dict[Probe, set[str]] = {}
        for result in collected.values():
            for token, source in result["arrived"]:
                assert token in by_token, f"{token} came late"
                arrived.setdefault(by_token[token], set()).add(source)
        answered = {by_token[token] for result in results.values() for token in result["answered"]}
        return answered, arrived, sum(result["redirects"] for result in collected.values())


@pytest.fixture(scope="module", params=BACKENDS)
def hub(request: pytest.FixtureRequest) -> Iterator[Hub]:
    with network.network() as made:
        if request.param == "iptables-legacy":
            network.make_legacy(made.hub)
        network.forward(made.hub)
        made.hub.run("sh", "-c", "echo 1 | tee /proc/sys/net/ipv4/conf/*/rp_filter")
        made.watch()
        hub = Hub(made, request.param)
        hub.apply({})
        made.greet()
        yield hub


@pytest.mark.parametrize("name", STATES)
def test_exactly_what_is_allowed_passes(hub: Hub, name: str) -> None:
    """On a host that forwards anyway; then, where the rules can hold against that, on one whose policy is to drop."""
    state = STATES[name]
    hub.apply(state)
    for drops in (False, True) if hub.backend.startswith("iptables") else (False,):
        for tool in ("iptables", "ip6tables") if hub.backend.startswith("iptables") else ():
            hub.network.hub.run(tool, "-w", "5", "-P", "FORWARD", "DROP" if drops else "ACCEPT")
        expected = {probe for probe in PROBES if is_expected(state, probe, drops)}
        answered, arrived, redirects = hub.send(PROBES, expected)
        assert sorted(map(str, answered - expected)) == [], "passed"
        assert sorted(map(str, expected - answered)) == [], "did not pass"
        assert set(arrived) == expected
        assert {probe: sources for probe, sources in arrived.items() if sources != {source_seen(state, probe)}} == {}
        assert redirects == 0
    assert hub.apply(state)["applied"] == []


SPOOFED = ["10.8.0.99", ADDRESSES["two"][4], "192.168.5.77", ADDRESSES["internet"][4], "fd08::99", "fd05::77"]


@pytest.mark.parametrize("source", SPOOFED)
def test_a_source_that_is_not_the_clients_own_is_dropped(hub: Hub, source: str) -> None:
    """What a peer may not have as its source does not come out of the tunnel, however much is allowed."""
    hub.apply(EVERYTHING)
    version = 6 if ":" in source else 4
    targets = [name for name in ("hub", "two", "lan", "internet") if ADDRESSES[name][version] != source]
    probes = [
        {"token": f"{protocol}:{name}", "protocol": protocol, "target": ADDRESSES[name][version], "port": 53}
        for name in targets
        for protocol in ("udp", "icmp")
    ]
    order = {"do": "probe", "probes": [{**probe, "source": source} for probe in probes], "expected": [], "wait": 0.5}
    network.batch(hub.network.one, [network.add(source, "lo")])
    hub.network.order({"one": order})
    network.batch(hub.network.one, [f"address del {source} dev lo"])
    arrived = hub.network.order({name: {"do": "collect"} for name in targets})
    assert {name: result["arrived"] for name, result in arrived.items()} == {name: [] for name in targets}


STREAM = """
import socket, sys, time
stream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
stream.bind((sys.argv[1], 53000))
print("ready", flush=True)
_text, caller = stream.recvfrom(64)
while True:
    stream.sendto(b"stream:", caller)
    time.sleep(0.01)
"""
CALL = """
import select, socket, sys, time
call = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
call.connect((sys.argv[1], 53000))
call.send(b"begin")
print("ready", flush=True)
for _line in sys.stdin:
    call.setblocking(False)
    while select.select([call], [], [], 0)[0]:
        call.recv(64)
    time.sleep(0.3)
    number = 0
    while select.select([call], [], [], 0)[0]:
        call.recv(64)
        number += 1
    print(number, flush=True)
"""


WITHOUT: dict[str, dict[str, Any]] = {
    "internet": {**EVERYTHING, "internet": False},
    "lan": {**EVERYTHING, "lan_networks": []},
    "two": {**EVERYTHING, "client_to_client": False},
}


@pytest.mark.parametrize("target", WITHOUT)
def test_a_flow_that_has_begun_ends_with_what_allowed_it(hub: Hub, target: str) -> None:
    """The other side alone could keep a flow going for ever, as replies."""
    hub.apply(EVERYTHING)
    hub.network.hosts[target].start(STREAM, ADDRESSES[target][4])
    caller = hub.network.one.start(CALL, ADDRESSES[target][4])

    def count() -> int:
        assert caller.stdin
        assert caller.stdout
        caller.stdin.write("count\n")
        caller.stdin.flush()
        return int(caller.stdout.readline())

    assert count() > 5
    for state in (WITHOUT[target], {**EVERYTHING, **lists(one=[{"to": "hub"}])}):
        hub.apply(state)
        assert count() == 0, state
        hub.apply(EVERYTHING)
        assert count() > 5
