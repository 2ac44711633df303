# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a hub takes to come up by wg-quick, with a thousand peers and with none; takes root.

The files are those of the roles. This is time on the clock: much of the work is that of the kernel's or of wireguard-go.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import time
from collections.abc import Iterator

from ansible_collections.vpn.wireguard.benchmarks import measure
from ansible_collections.vpn.wireguard.plugins.module_utils import _iptables, _routing, _starter
from ansible_collections.vpn.wireguard.plugins.module_utils._policy import Policy
from ansible_collections.vpn.wireguard.tests.integration import hosts

ROUNDS = 7
PEERS = 1000
NETWORKS = 10_000
FILE = "/etc/wireguard/wg0.conf"
ADDRESS, TUNNEL = "10.64.0.1/16", "10.64.0.0/16"
ALONE, QUICKLY = "wg-quick up wg0", "bash /etc/wireguard/wg0/start.sh wg0"


def rows() -> Iterator[measure.Row]:
    """All figures."""
    none, many = hub(0), hub(PEERS)
    unrouted = "\n".join(_routing.lines([], [ADDRESS])) + "\n"
    split = [f"20.{number // 128}.{number % 128 * 2}.0/24" for number in range(NETWORKS)]
    some = client(split[: NETWORKS // 20])
    with hosts.single() as host:
        install_starter(host)
        against = "the hub without a peer"
        yield measure.Row(f"hub with {PEERS} peers", against, times(host, (many, QUICKLY), (none, ALONE)), "<= 1.3")
        yield measure.Row("the same file by wg-quick alone", against, times(host, (many, ALONE), (none, ALONE)))
        looked_up = (many.replace(unrouted, ""), ALONE)
        yield measure.Row("the same without Table = off", against, times(host, looked_up, (none, ALONE)))
        plain = (some.replace(_routing.HOOK, "").replace("Table = off", ""), ALONE)
        yield measure.Row("routes to 500 networks, by wg-quick", "ours", times(host, plain, (some, ALONE)))
        few = (client(split[:1]), ALONE)
        yield measure.Row(f"client with {NETWORKS} networks", "one network", times(host, (client(split), ALONE), few))


def hub(count: int) -> str:
    """The hub's file with so many peers, as the role wg_server renders it."""
    hooks = _iptables.hooks(Policy([TUNNEL]))
    named = {"PreUp": hooks.pre_up, "PostUp": hooks.post_up, "PostDown": hooks.post_down}
    lines = [f"{name} = {hook}" for name, some in named.items() for hook in some]
    first = ipaddress.ip_address("10.64.1.0")
    peers = [peer(number, f"AllowedIPs = {first + number}/32") for number in range(count)]
    return render(["ListenPort = 51820", *lines, *_routing.lines([], [ADDRESS])], peers)


def client(networks: list[str]) -> str:
    """A client's file with such AllowedIPs, as the role wg_client renders it."""
    allowed = [f"AllowedIPs = {', '.join(networks[at : at + 4])}" for at in range(0, len(networks), 4)]
    return render(_routing.lines(networks, [ADDRESS]), [peer(0, *allowed)])


def render(interface: list[str], peers: list[str]) -> str:
    """A file of these lines."""
    return "\n".join(["[Interface]", f"PrivateKey = {key(-1)}", f"Address = {ADDRESS}", *interface, "", *peers])


def peer(number: int, *lines: str) -> str:
    """A section."""
    return "\n".join(["[Peer]", f"# device-{number}", f"PublicKey = {key(number)}", *lines, ""])


def key(number: int) -> str:
    """Any 32 bytes make one."""
    return base64.b64encode(hashlib.sha256(str(number).encode()).digest()).decode()


def install_starter(host: hosts.Host) -> None:
    """What systemd runs for a hub with many peers."""
    script = next(text for path, text in _starter.files("wg0").items() if path.endswith("start.sh"))
    host.run("mkdir", "-p", "/etc/wireguard/wg0")
    host.write("/etc/wireguard/wg0/start.sh", script)


def times(host: hosts.Host, measured: tuple[str, str], reference: tuple[str, str]) -> list[float]:
    """The ratio of two ways up in each round, the reference before and after the one that is measured."""
    found = []
    for _round in range(ROUNDS):
        before, middle, after = (seconds(host, *way) for way in (reference, measured, reference))
        found.append(2 * middle / (before + after))
    return found


def seconds(host: hosts.Host, text: str, command: str) -> float:
    """From nothing to an interface that is up."""
    host.write(FILE, text)
    host.run("chmod", "600", FILE)
    began = time.perf_counter()
    host.run(*command.split())
    taken = time.perf_counter() - began
    host.run("wg-quick", "down", "wg0")
    return taken
