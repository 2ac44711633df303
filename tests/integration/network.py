# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub with two clients, a LAN and the internet behind it, all of them namespaces; in IPv4 and IPv6.

The internet and the LAN have routes to the clients through the hub: only the hub's rules keep their packets out.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from ansible_collections.vpn.wireguard.plugins.filter.firewall_hooks import firewall_hooks
from ansible_collections.vpn.wireguard.tests.integration import hosts
from ansible_collections.vpn.wireguard.tests.unit import samples

ROOT = Path(__file__).resolve().parents[2]
AGENT = Path(__file__).with_name("agent.py")
TEMPLATE = ROOT / "roles" / "wg_server" / "templates" / "wg.conf.j2"

HUB = "hub"
ADDRESSES = {
    "hub": {4: "10.8.0.1", 6: "fd08::1"},
    "hub in the LAN": {4: "192.168.5.1", 6: "fd05::1"},
    "one": {4: "10.8.0.2", 6: "fd08::2"},
    "two": {4: "10.8.0.3", 6: "fd08::3"},
    "behind two": {4: "10.77.0.9", 6: "fd77::9"},
    "lan": {4: "192.168.5.9", 6: "fd05::9"},
    "other lan": {4: "192.168.6.9", 6: "fd06::9"},
    "internet": {4: "203.0.113.9", 6: "2001:db8:113::9"},
    "metadata": {4: "169.254.169.254", 6: "fd00:ec2::254"},
}
# What the hub's packets come from on its other links.
OUTER = {
    "lan": {4: "192.168.5.1", 6: "fd05::1"},
    "other lan": {4: "192.168.6.1", 6: "fd06::1"},
    "internet": {4: "203.0.113.1", 6: "2001:db8:113::1"},
}
NETWORKS = ["10.8.0.0/24", "fd08::/64"]
BEHIND = ["10.77.0.0/24", "fd77::/64"]
LAN_NETWORKS = ["192.168.5.0/24", "fd05::/64"]
PEERS: dict[str, dict[str, Any]] = {
    "one": {"public_key": samples.ONE.public, "addresses": ["10.8.0.2", "fd08::2"], "networks": []},
    "two": {"public_key": samples.TWO.public, "addresses": ["10.8.0.3", "fd08::3"], "networks": BEHIND},
}
ROUTED = [*NETWORKS, *BEHIND, *LAN_NETWORKS, "192.168.6.0/24", "fd06::/64", "203.0.113.0/24", "2001:db8:113::/64"]
ROUTED += ["169.254.0.0/16", "fd00:ec2::254/128"]

Switches = Mapping[str, Any]


class Network:
    """The hosts by name, with an agent on each once ``watch`` was called."""

    def __init__(self) -> None:
        self.hosts = {name: hosts.Host() for name in ("hub", "one", "two", "lan", "internet")}
        self.agents: dict[str, subprocess.Popen[str]] = {}
        self.hub, self.one, self.two = (self.hosts[name] for name in ("hub", "one", "two"))

    def close(self) -> None:
        for host in self.hosts.values():
            host.close()

    def cable(self, link: str, name: str, here: Sequence[str], there: Sequence[str]) -> None:
        """A cable from the hub to the host of that name, with addresses at both ends."""
        host = self.hosts[name]
        command = f"ip link add {link} type veth peer name cable netns {host.pid}"
        subprocess.run(["nsenter", f"--target={self.hub.pid}", "--net", *command.split()], check=True)
        for end, device, addresses in ((self.hub, link, here), (host, "cable", there)):
            commands = [add(address, device) for address in addresses]
            batch(end, [*commands, f"link set {device} up"])

    def watch(self) -> None:
        """An agent on each host."""
        for name, host in self.hosts.items():
            command = host.within("nice", "-n", "-15", sys.executable, str(AGENT))
            agent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            host.started.append(agent)
            self.agents[name] = agent
        for agent in self.agents.values():
            assert agent.stdout
            assert agent.stdout.readline() == "ready\n"

    def order(self, orders: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """Give orders to agents by the name of their host, all at once; their results."""
        for name, order in orders.items():
            stdin = self.agents[name].stdin
            assert stdin
            stdin.write(f"{json.dumps(order)}\n")
            stdin.flush()
        results = {}
        for name in orders:
            stdout = self.agents[name].stdout
            assert stdout
            results[name] = json.loads(stdout.readline())
        return results

    def greet(self) -> None:
        """Wait until both clients have shaken hands with the hub: a device keeps only few packets for later."""
        greeting = {"do": "probe", "wait": 0.0, "expected": ["hello"]}
        for name in ("one", "two"):
            probe = {"token": "hello", "protocol": "udp", "target": ADDRESSES["hub"][4], "port": 53, "source": ""}
            for _try in range(20):
                if self.order({name: {**greeting, "probes": [probe]}})[name]["answered"]:
                    break
            else:
                raise AssertionError(f"{name} does not shake hands with the hub")
        self.order({name: {"do": "collect"} for name in self.agents})

    def hurry(self) -> None:
        """Give WireGuard longer queues and the right of way, so that a packet is lost by rules only."""
        for host in (self.hub, self.one, self.two):
            host.run("ip", "link", "set", "wg0", "txqueuelen", "5000")
            for daemon in daemons(host):
                subprocess.run(["renice", "-n", "-15", "-p", daemon], check=True, stdout=subprocess.DEVNULL)

    def apply(self, text: str, **more: Any) -> dict[str, Any]:
        """The hub's interface by the module, as the role calls it."""
        return apply(self.hub, "wg0", text, **more)


def daemons(host: hosts.Host) -> list[str]:
    """The processes of wireguard-go that serve wg0 on a host; none where the kernel does it."""
    return [process.name for process in Path("/proc").glob("[0-9]*") if _is_daemon(process, host)]


def _is_daemon(process: Path, host: hosts.Host) -> bool:
    try:
        there = (process / "ns" / "net").readlink() == Path(f"/proc/{host.pid}/ns/net").readlink()
        return there and (process / "cmdline").read_bytes().split(b"\0")[:2] == [b"wireguard-go", b"wg0"]
    except OSError:
        return False


def batch(host: hosts.Host, commands: Sequence[str]) -> None:
    """Several commands of ip at once."""
    done = subprocess.run(
        host.within("ip", "-batch", "-"), input="\n".join(commands), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def add(address: str, device: str) -> str:
    """The command of ip for an address that can be used at once."""
    return f"address add {address} dev {device}{' nodad' if ':' in address else ''}"


def apply(host: hosts.Host, name: str, text: str | None, **more: Any) -> dict[str, Any]:
    """An interface by the module; fails where the module does."""
    result = host.module("wg_interface", arguments(name, text, **more))
    assert "failed" not in result, result
    return result


def arguments(name: str, text: str | None, **more: Any) -> dict[str, Any]:
    """Those of the module, as the role gives them."""
    key = f"/etc/wireguard/{name}/private.key"
    return {"name": name, "private_key_path": key, "enabled": False, "config": text, "live_hooks": True, **more}


def import_key(host: hosts.Host, name: str, pair: samples.Pair) -> None:
    """Give an interface its key, where it has none."""
    path = f"/etc/wireguard/{name}/private.key"
    if host.read(path) is None:
        result = host.module("wg_keypair", {"path": path, "private_key": pair.private})
        assert result["public_key"] == pair.public, result


def hooks(networks: Sequence[str] = (), **switches: Any) -> dict[str, list[str]]:
    """The hooks of a hub, as the role makes them."""
    defaults: dict[str, Any] = {
        "uplinks": {"4": "up0", "6": "up0"},
        "peers": PEERS,
        "hub": list(ADDRESSES["hub"].values()),
    }
    return firewall_hooks(networks or [*NETWORKS, *BEHIND], **{**defaults, **switches})


def hub_file(
    made: Mapping[str, Sequence[str]],
    peers: Mapping[str, Mapping[str, Any]] | None = None,
    own: Sequence[str] = ("10.8.0.1/24", "fd08::1/64"),
    port: int = 51820,
) -> str:
    """The hub's file by the template of the role."""
    environment = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True, autoescape=False)
    allowed = {
        name: {**peer, "allowed_ips": [*peer["addresses"], *peer["networks"]]}
        for name, peer in (PEERS if peers is None else peers).items()
    }
    for peer in allowed.values():
        peer["allowed_ips"] = [
            item if "/" in item else f"{item}/{128 if ':' in item else 32}" for item in peer["allowed_ips"]
        ]
    return environment.from_string(TEMPLATE.read_text()).render(
        __wg_server_own=own,
        wg_server_port=port,
        wg_server_mtu=None,
        __wg_server_hooks=made,
        __wg_server_peers=allowed,
        ansible_check_mode=False,
    )


def make_legacy(host: hosts.Host) -> None:
    """Let iptables be the variant of the kernel's older interface there."""
    host.run("mount", "--bind", "/usr/sbin/xtables-legacy-multi", "/usr/sbin/xtables-nft-multi")
    for tool in ("iptables", "ip6tables"):
        assert "legacy" in host.run(tool, "--version")


def forward(host: hosts.Host) -> None:
    """Let a host forward in both families, as hosts do that have reasons of their own."""
    write(host, "net/ipv4/ip_forward", "1")
    write(host, "net/ipv6/conf/all/forwarding", "1")


def write(host: hosts.Host, switch: str, value: str) -> None:
    host.run("sh", "-c", f"echo {value} >/proc/sys/{switch}")


def _client(network: Network, name: str, pair: samples.Pair, endpoint: str) -> None:
    host, own = network.hosts[name], ADDRESSES[name]
    import_key(host, "wg0", pair)
    text = hosts.config(
        f"Address = {own[4]}/24, {own[6]}/64\n",
        f"# hub\nPublicKey = {samples.HUB.public}\nAllowedIPs = {', '.join(ROUTED)}\nEndpoint = {endpoint}:51820\n"
        "PersistentKeepalive = 5\n",
    )
    apply(host, "wg0", text)


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """The network with cables and clients; the hub has a key, but no interface yet."""
    made = Network()
    try:
        made.cable("c1", "one", ["198.51.100.1/30"], ["198.51.100.2/30"])
        made.cable("c2", "two", ["198.51.100.5/30"], ["198.51.100.6/30"])
        made.cable(
            "up0", "internet", ["203.0.113.1/24", "2001:db8:113::1/64"], ["203.0.113.9/24", "2001:db8:113::9/64"]
        )
        made.cable(
            "lan0",
            "lan",
            ["192.168.5.1/24", "192.168.6.1/24", "fd05::1/64", "fd06::1/64"],
            ["192.168.5.9/24", "192.168.6.9/24", "fd05::9/64", "fd06::9/64"],
        )
        batch(made.two, [add(address, "lo") for address in ADDRESSES["behind two"].values()])
        internet = made.hosts["internet"]
        batch(internet, [add(address, "cable") for address in ADDRESSES["metadata"].values()])
        batch(
            internet, [f"route add {net} via 203.0.113.1" for net in ("10.8.0.0/24", "10.77.0.0/24", "192.168.0.0/16")]
        )
        batch(internet, [f"route add {net} via 2001:db8:113::1" for net in ("fd08::/64", "fd77::/64", "fd05::/64")])
        batch(made.hosts["lan"], ["route add default via 192.168.5.1", "route add default via fd05::1"])
        batch(made.hub, ["route add default via 203.0.113.9", "route add default via 2001:db8:113::9"])
        batch(made.hub, ["route add 169.254.0.0/16 dev up0", "route add fd00:ec2::254 dev up0"])
        import_key(made.hub, "wg0", samples.HUB)
        _client(made, "one", samples.ONE, "198.51.100.1")
        _client(made, "two", samples.TWO, "198.51.100.5")
        yield made
    finally:
        made.close()
