# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules of a hub leave behind on a host: nothing; and what they leave alone: all that is not theirs."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.integration import hosts, network
from ansible_collections.vpn.wireguard.tests.integration.traces import traces
from ansible_collections.vpn.wireguard.tests.unit import samples

BACKENDS = ("iptables", "iptables-legacy", "nftables")
FILE = "/etc/wireguard/wg0.conf"
SOME = {"internet": True, "wishes": [{"name": "one", "allow": [{"to": "hub", "ports": [53]}]}]}
MORE = {
    "client_to_client": True,
    "lan_networks": network.LAN_NETWORKS,
    "wishes": [
        {"name": "one", "allow": [{"to": ["192.168.5.9", "fd05::9", "10.8.0.3"], "ports": [443, "8000-8010"]}]},
        {"name": "two", "allow": [{"to": "0.0.0.0/0"}]},
    ],
}

DOCKER = """
*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-USER -j RETURN
-A FORWARD -j REJECT
COMMIT
"""
DOCKER_NAT = """
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
COMMIT
"""
NFT_OF_OTHERS = """
table inet firewall {
  chain forward { type filter hook forward priority 0; policy accept; ct state established accept; counter; }
}
"""


def feed(host: hosts.Host, text: str, *command: str) -> None:
    done = subprocess.run(host.within(*command), input=text, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def like_docker(host: hosts.Host) -> None:
    network.forward(host)
    for tool in ("iptables", "ip6tables"):
        feed(host, DOCKER, f"{tool}-restore", "--noflush")
    feed(host, DOCKER_NAT, "iptables-restore", "--noflush")


def second_tunnel(host: hosts.Host) -> None:
    """Another tunnel of the same making, which needs forwarding too."""
    apply_second(host, "iptables")


def apply_second(host: hosts.Host, backend: str, **switches: Any) -> None:
    network.import_key(host, "wg1", samples.EXAMPLE_HUB)
    made = network.hooks(["10.9.0.0/24", "fd09::/64"], backend=backend, peers={}, **{"internet": True, **switches})
    text = network.hub_file(made, peers={}, own=["10.9.0.1/24", "fd09::1/64"], port=51821)
    network.apply(host, "wg1", text)


def hardened(host: hosts.Host) -> None:
    """Switches that the kernel changes by itself when the one for forwarding is written."""
    for switch in ("all/accept_redirects", "default/accept_redirects", "up0/accept_redirects", "all/send_redirects"):
        network.write(host, f"net/ipv4/conf/{switch}", "0")
    for family in ("ipv4", "ipv6"):
        network.write(host, f"net/{family}/conf/up0/forwarding", "1")


HOSTS: dict[str, Callable[[hosts.Host], object]] = {
    "plain": lambda _host: None,
    "forwards": network.forward,
    "like Docker": like_docker,
    "rules of nftables": lambda host: feed(host, NFT_OF_OTHERS, "nft", "-f", "-"),
    "a second tunnel": second_tunnel,
    "hardened": hardened,
}


class Hub:
    """A host with one backend, and the traces it had before its first tunnel."""

    def __init__(self, host: hosts.Host, backend: str) -> None:
        self.host, self.backend = host, backend.partition("-")[0]
        self.before: dict[str, Any] = {}

    def remember(self) -> None:
        self.before = traces(self.host)

    def text(self, more: str = "", backend: str = "", **switches: Any) -> str:
        made = network.hooks(backend=backend or self.backend, **switches)
        made["post_up"] = [*made["post_up"], *([more] if more else [])]
        return network.hub_file(made)

    def up(self, **switches: Any) -> dict[str, Any]:
        network.import_key(self.host, "wg0", samples.HUB)
        return network.apply(self.host, "wg0", self.text(**switches))

    def module(self, text: str | None, **more: Any) -> dict[str, Any]:
        return self.host.module("wg_interface", network.arguments("wg0", text, **more))

    def quick(self, verb: str) -> None:
        """By hand. The end of a daemon comes a moment after that of its interface."""
        self.host.run("wg-quick", verb, "wg0")
        if verb == "down":
            self.host.run("sh", "-c", "while [ -e /var/run/wireguard/wg0.sock ]; do sleep 0.05; done")

    def kill(self) -> None:
        """The interface dies with its daemon, as after a crash."""
        daemons = network.daemons(self.host)
        for daemon in daemons:
            os.kill(int(daemon), signal.SIGKILL)
        if not daemons:
            self.host.run("ip", "link", "delete", "wg0")
        self.host.run("sh", "-c", "while [ -e /sys/class/net/wg0 ]; do sleep 0.05; done")

    def no_trace(self) -> bool:
        assert traces(self.host) == self.before
        return True


@pytest.fixture(params=BACKENDS)
def hub(request: pytest.FixtureRequest) -> Iterator[Hub]:
    with hosts.single() as host:
        if request.param == "iptables-legacy":
            network.make_legacy(host)
        network.batch(
            host, ["link add up0 type veth peer name cable", network.add("203.0.113.1/24", "up0"), "link set up0 up"]
        )
        made = Hub(host, request.param)
        made.remember()
        yield made


@pytest.mark.parametrize("kind", HOSTS)
def test_a_tunnel_leaves_its_host_as_it_was(hub: Hub, kind: str) -> None:
    """Up, three restarts, other switches while up, the file changed by hand while up, down, up, absent."""
    HOSTS[kind](hub.host)
    hub.remember()
    hub.up(**SOME)
    first = traces(hub.host)
    assert first != hub.before
    for _time in range(3):
        hub.quick("down")
        assert hub.no_trace()
        hub.quick("up")
        assert traces(hub.host) == first
    hub.up(**MORE)
    hub.up(**SOME)
    assert traces(hub.host) == first
    hub.host.run("cp", FILE, "/run/old")
    hub.up(**MORE)
    hub.host.run("cp", "/run/old", FILE)
    hub.quick("down")
    assert hub.no_trace()
    hub.up(**MORE)
    assert hub.module(hub.text(**MORE), state="down")["changed"]
    assert hub.no_trace()
    hub.up(**MORE)
    assert hub.module(None, state="absent")["changed"]
    assert hub.no_trace()


@pytest.mark.parametrize("kind", ["plain", "like Docker"])
@pytest.mark.parametrize("state", ["up", "down", "absent"])
def test_what_a_crash_left_is_taken_over_or_away(hub: Hub, kind: str, state: str) -> None:
    HOSTS[kind](hub.host)
    hub.remember()
    hub.up(**MORE)
    first = traces(hub.host)
    hub.kill()
    result = hub.module(hub.text(**MORE), state=state)
    assert result["changed"], result
    if state == "up":
        assert traces(hub.host) == first
        hub.quick("down")
    assert hub.no_trace()


def test_after_a_crash_wg_quick_alone_doubles_nothing(hub: Hub) -> None:
    hub.up(**MORE)
    first = traces(hub.host)
    for _time in range(2):
        hub.kill()
        hub.quick("up")
        assert traces(hub.host) == first
    hub.quick("down")
    assert hub.no_trace()


def test_a_hook_that_fails_leaves_nothing(hub: Hub) -> None:
    """Of the module, whether or not there was a tunnel before; then of wg-quick, and what the next one finds."""
    network.import_key(hub.host, "wg0", samples.HUB)
    broken = hub.text(more="false", **SOME)
    assert hub.module(broken)["failed"]
    assert hub.no_trace()
    hub.up(**MORE)
    first = traces(hub.host)
    assert hub.module(broken)["failed"]
    assert traces(hub.host) == first
    assert hub.module(hub.text(**MORE))["applied"] == []
    hub.quick("down")
    assert hub.no_trace()


@pytest.mark.parametrize("then", ["up", "down", "absent"])
def test_a_hook_that_fails_at_boot_leaves_what_the_next_run_takes_away(hub: Hub, then: str) -> None:
    """wg-quick runs no PostDown for an interface that does not come up."""
    hub.up(**MORE)
    first = traces(hub.host)
    hub.quick("down")
    hub.host.run("sh", "-c", f"sed -i '/^PostDown/i PostUp = false' {FILE}")
    failed = subprocess.run(hub.host.within("wg-quick", "up", "wg0"), capture_output=True, check=False)
    assert failed.returncode != 0
    result = hub.module(hub.text(**MORE), state=then)
    assert result["changed"], result
    if then == "up":
        assert traces(hub.host) == first
        hub.quick("down")
    assert hub.no_trace()


@pytest.mark.parametrize("kind", ["plain", "like Docker", "a second tunnel"])
def test_a_change_of_the_backend_leaves_nothing_of_the_one_before(hub: Hub, kind: str) -> None:
    HOSTS[kind](hub.host)
    hub.remember()
    seen: dict[str, dict[str, Any]] = {}
    for backend in ("iptables", "nftables", "none", "nftables", "iptables", "none", "iptables"):
        if backend == "none":
            network.apply(hub.host, "wg0", network.hub_file({"pre_up": [], "post_up": [], "post_down": []}))
            assert hub.no_trace()
        else:
            hub.up(backend=backend, **SOME)
            assert seen.setdefault(backend, traces(hub.host)) == traces(hub.host)
    assert seen["iptables"]["nftables"] != seen["nftables"]["nftables"]
    hub.quick("down")
    assert hub.no_trace()


IPTABLES_DEEDS = (
    "iptables -F FORWARD",
    "iptables -F WG-F-wg0",
    "iptables -D FORWARD -j WG-F-wg0",
    "iptables -t nat -F",
    "iptables -I WG-F-wg0 1 -i wg0 -j ACCEPT",
    "iptables -A WG-F-wg0 -i wg0 -j ACCEPT",
    "iptables -D INPUT -j WG-I-wg0",
    "iptables -F",
    "iptables -F WG-A-wg0.0",
    "iptables -I FORWARD 1 -j WG-F-wg0",
    "ip6tables -F",
    "ip6tables -P FORWARD ACCEPT; ip6tables -F WG-O-wg0",
    "echo 0 >/proc/sys/net/ipv4/ip_forward",
    "echo 0 >/proc/sys/net/ipv6/conf/all/forwarding",
)
NFTABLES_DEEDS = (
    "nft delete table inet vpn-wireguard-wg0",
    "nft flush ruleset",
    "nft flush chain inet vpn-wireguard-wg0 forward",
    "nft flush chain inet vpn-wireguard-wg0 forward4",
    "nft insert rule inet vpn-wireguard-wg0 forward4 accept",
    "nft add chain inet vpn-wireguard-wg0 forward '{ policy drop; }'",
    "nft flush chain inet vpn-wireguard-wg0 access4-0",
    "echo 0 >/proc/sys/net/ipv4/ip_forward",
)


def test_what_somebody_else_did_to_the_rules_is_seen_and_mended(hub: Hub) -> None:
    hub.up(**MORE)
    first = traces(hub.host)
    text = hub.text(**MORE)
    for deed in NFTABLES_DEEDS if hub.backend == "nftables" else IPTABLES_DEEDS:
        hub.host.run("bash", "-ec", deed)
        planned = hub.module(text, _ansible_check_mode=True)
        assert planned["applied"] == ["put back what wg0 lost of its rules"], deed
        assert planned["changed"]
        assert traces(hub.host) != first, deed
        done = hub.module(text)
        assert done == planned, deed
        assert traces(hub.host) == first, deed
        assert hub.module(text)["applied"] == [], deed
    hub.quick("down")
    assert hub.no_trace()


def policies(host: hosts.Host) -> list[str]:
    return [host.run(tool, "-S", "FORWARD").splitlines()[0].split()[-1] for tool in ("iptables", "ip6tables")]


@pytest.mark.parametrize("kind", ["plain", "like Docker", "forwards"])
def test_a_policy_that_was_wished_goes_with_the_last_tunnel_that_wished_it(kind: str) -> None:
    with hosts.single() as host:
        network.batch(host, ["link add up0 type veth peer name cable", "link set up0 up"])
        HOSTS[kind](host)
        hub = Hub(host, "iptables")
        hub.remember()
        was = policies(host)
        hub.up(forward_policy="DROP", **SOME)
        assert policies(host) == ["DROP", "DROP"]
        apply_second(host, "iptables", forward_policy="DROP")
        hub.up(forward_policy="DROP", **MORE)
        hub.quick("down")
        assert policies(host) == ["DROP", "DROP"]
        hub.quick("up")
        host.run("wg-quick", "down", "wg1")
        assert policies(host) == ["DROP", "DROP"]
        hub.up(**MORE)
        assert policies(host) == was
        hub.up(forward_policy="DROP", **MORE)
        hub.kill()
        assert hub.up(forward_policy="DROP", **MORE)["changed"]
        host.run("iptables", "-P", "FORWARD", "ACCEPT")
        assert hub.up(forward_policy="DROP", **MORE)["changed"]
        assert policies(host) == ["DROP", "DROP"]
        hub.quick("down")
        assert policies(host) == was
        assert hub.no_trace()
