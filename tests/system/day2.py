# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A meter of lost packets, and looks at a tunnel that is changed while it runs."""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import itertools
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.vpn.wireguard.tests.system import harness

SERVER = harness.SERVER
ONE, TWO = harness.CLIENTS
CONFIG = "/etc/wireguard/wg0.conf"
REGISTRY = "/etc/wireguard/wg0/peers.json"
HUB_ADDRESS, ONE_ADDRESS, TWO_ADDRESS = "10.8.0.1", "10.8.0.2", "10.8.0.3"
INTERNET = str(ipaddress.ip_address("198.18.0.20") + 64 * int(harness.SLOT))

# A tunnel in which there is something to lose on each of the ways through it: to the hub, to the other client, and
# by NAT to the host "internet", which answers only what the hub has masqueraded.
BASE = {
    "wg_server_client_to_client": True,
    "wg_server_internet": True,
    "wg_client_allowed_ips": [f"{INTERNET}/32"],
}
PATHS: Mapping[str, Sequence[str]] = {ONE: (HUB_ADDRESS, TWO_ADDRESS, INTERNET), TWO: (HUB_ADDRESS,)}

_numbers = itertools.count(1)

PHONE = {"name": "phone", "public_key": "ELCQ4Q+dbMZFSaLuK8UrJEpOXNEu6hzdCNWIqYqh7So="}
TABLET = {"name": "tablet", "public_key": "GZHjarCmFTqpnFkyPcts/iNPvUsYWk9ecXujh7eURGY="}

# Packets sent after the run was over: their answers may still be on the way.
UNSETTLED = 50
# Begins to ping all targets, stops a second after its standard input ends, and prints for each target how many packets
# went out and which were answered. A file for each, because a full pipe would stop the ping.
METER = """
import json, re, signal, subprocess, sys, tempfile, time
running = []
for target in sys.argv[1:]:
    said = tempfile.TemporaryFile("w+")
    running.append((said, subprocess.Popen(["ping", "-n", "-i", "0.01", target], stdout=said, stderr=said)))
time.sleep(0.5)
print("begun", flush=True)
sys.stdin.read()
time.sleep(1)
result = []
for said, ping in running:
    ping.send_signal(signal.SIGINT)
    ping.wait()
    said.seek(0)
    text = said.read()
    sent = re.search(r"(\\d+) packets transmitted", text)
    result.append([int(sent[1]) if sent else 0, sorted({int(n) for n in re.findall(r"bytes from .*icmp_seq=(\\d+)", text)})])
print(json.dumps(result))
"""


@dataclasses.dataclass(frozen=True)
class Way:
    """What a meter counted from a host to an address: settled packets, and the numbers of those nobody answered."""

    host: str
    target: str
    sent: int
    lost: tuple[int, ...]

    @property
    def is_control(self) -> bool:
        """Whether the packets went beside the tunnel, where no run can disturb them."""
        return self.target == harness.SERVER_ADDRESS


@dataclasses.dataclass
class Meter:
    """Filled when the measured block ends."""

    ways: list[Way] = dataclasses.field(default_factory=list)

    def lost(self) -> dict[str, int]:
        """Lost packets by way; empty where all arrived. Fails where the control lost any: the measurement is void."""
        assert all(way.sent > 100 for way in self.ways), self.ways
        control = [way for way in self.ways if way.is_control and way.lost]
        assert control == [], "packets were lost beside the tunnel, so those lost in it say nothing"
        return {f"{way.host} to {way.target}": len(way.lost) for way in self.ways if way.lost}


@contextlib.contextmanager
def metered(paths: Mapping[str, Sequence[str]] | None = None) -> Iterator[Meter]:
    """Ping every 10 ms from hosts to addresses while the block lasts; and as a control, for the same time and from
    each host, the hub beside the tunnel. Without ``paths``, all of PATHS."""
    ways = PATHS if paths is None else paths
    meter = Meter()
    with contextlib.ExitStack() as stack:
        running = {}
        for host, targets in ways.items():
            command = harness.lab_command("exec", host, "--", "python3", "-c", METER, *targets, harness.SERVER_ADDRESS)
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            running[host] = stack.enter_context(process)
            stack.callback(process.kill)
        for process in running.values():
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
        yield meter
        for process in running.values():
            assert process.stdin is not None
            process.stdin.close()
            process.stdin = None
        for host, process in running.items():
            counts = json.loads(process.communicate()[0])
            meter.ways += [
                _way(host, target, *count)
                for target, count in zip((*ways[host], harness.SERVER_ADDRESS), counts, strict=True)
            ]


def _way(host: str, target: str, sent: int, answered: list[int]) -> Way:
    settled = max(0, sent - UNSETTLED)
    return Way(host, target, settled, tuple(sorted(set(range(1, settled + 1)) - set(answered))))


def site(*arguments: str, **changes: Any) -> harness.Run:
    """Run the site's playbook with BASE and other variables; ``hosts`` is a further inventory."""
    hosts = changes.pop("hosts", None)
    return harness.play(*arguments, variables={**BASE, **changes}, hosts=hosts)


def of_clients(**hosts: Mapping[str, Any]) -> dict[str, Any]:
    """A further inventory that gives clients variables of their own, by host with - written as _."""
    return {"wg_clients": {"hosts": {name.replace("_", "-"): dict(values) for name, values in hosts.items()}}}


def changed_hosts(run: harness.Run) -> set[str]:
    """The hosts on which anything changed."""
    return {result.host for result in run.results if result.changed}


def result_of(run: harness.Run, host: str, action: str) -> Mapping[str, Any]:
    """The result of the one task of a host that ran a module of the collection in the role itself."""
    found = [
        result.result
        for result in run.of(host)
        if result.action == f"vpn.wireguard.{action}" and result.status != "skipped"
    ]
    assert found, f"{action} did not run on {host}"
    return found[0]


def applied(run: harness.Run, host: str) -> list[str]:
    """The steps that brought the interface of a host to its state, in words."""
    return list(result_of(run, host, "wg_interface")["applied"])


def key_of(host: str, interface: str = "wg0") -> str:
    """The public key of a host's interface."""
    return harness.on_host(host, "wg", "show", interface, "public-key").strip()


def device_peers(host: str = SERVER) -> dict[str, str]:
    """Allowed networks by public key, of the running interface."""
    lines = harness.on_host(host, "wg", "show", "wg0", "allowed-ips").splitlines()
    return dict(line.split("\t", 1) for line in lines)


def file_peers(host: str = SERVER) -> set[str]:
    """Public keys of the peers in the file."""
    lines = harness.read(host, CONFIG).splitlines()
    return {line.partition("=")[2].strip() for line in lines if line.startswith("PublicKey")}


def registry() -> dict[str, Any]:
    """The peers that the hub remembers, by name."""
    peers: dict[str, Any] = json.loads(harness.read(SERVER, REGISTRY))["peers"]
    return peers


def known_everywhere() -> set[str]:
    """Names of the peers that the hub has; fails unless registry, file and device have the same."""
    names = {name: peer["public_key"] for name, peer in registry().items()}
    assert set(names.values()) == file_peers() == set(device_peers())
    return set(names)


def info(*hosts: str) -> dict[str, Any]:
    """What wg_info tells of the interface of each host."""
    run = harness.play("--limit", ",".join(hosts), playbook=harness.HERE / "look.yml").succeeded()
    return {host: result_of(run, host, "wg_info")["interface"] for host in hosts}


@dataclasses.dataclass(frozen=True)
class Modules:
    """Modules as a run sent them to a host, arguments and all: path there by name, the last sent where several were."""

    host: str
    paths: Mapping[str, str]

    def run(self, name: str, environment: str = "") -> dict[str, Any]:
        """The result of a module that is run once more; empty where it was killed."""
        said = harness.shell(self.host, f"{environment} python3 {self.paths[name]}", check=False)
        result: dict[str, Any] = json.loads(said) if said.strip() else {}
        assert "failed" not in result, result["msg"]
        return result


def captured(host: str, variables: Mapping[str, Any]) -> Modules:
    """Run the site's playbook on the hub, and a look at it, and keep the modules that were sent."""
    folder = f"/var/tmp/captured-{next(_numbers)}"
    keep = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TEMP": folder}
    for path in (harness.SITE, harness.HERE / "look.yml"):
        run = harness.play("--limit", host, playbook=path, variables={**BASE, **variables}, env=keep)
        run.succeeded()
    found = harness.shell(host, f"ls -rt {folder}/*/AnsiballZ_wg_*.py").split()
    return Modules(host, {path.rpartition("AnsiballZ_")[2].removesuffix(".py"): path for path in found})


def whole_tunnel(host: str, interface: str = "wg0") -> list[str]:
    """Files and kernel state of a tunnel as lines: what a run that is refused must not touch."""
    return harness.shell(host, TUNNEL.replace("wg0", interface), check=False).splitlines()


TUNNEL = r"""
find /etc/wireguard -printf '%p %M %T@\n' | LC_ALL=C sort
find /etc/wireguard -type f -exec sha256sum {} + | LC_ALL=C sort
cat /sys/class/net/wg0/ifindex /sys/class/net/wg0/mtu
wg show wg0 public-key; wg show wg0 listen-port; wg show wg0 fwmark
wg show wg0 allowed-ips | LC_ALL=C sort; wg show wg0 preshared-keys | LC_ALL=C sort | sha256sum
ip -4 address show dev wg0; ip -4 route show dev wg0; ip -6 route show dev wg0; ip rule
iptables-save | grep -v '^[#:]'; ip6tables-save | grep -v '^[#:]'
cat /proc/sys/net/ipv4/ip_forward
systemctl is-enabled wg-quick@wg0
"""
