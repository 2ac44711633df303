# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules on hosts of their own with a real WireGuard: what they promise of running tunnels, and after a kill."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.integration import hosts
from ansible_collections.vpn.wireguard.tests.unit import samples

HUB_KEY = "/etc/wireguard/wg0/private.key"
FILE = "/etc/wireguard/wg0.conf"
REGISTRY = "/etc/wireguard/wg0/peers.json"


@pytest.fixture
def hub() -> Iterator[hosts.Host]:
    with hosts.single() as host:
        yield host


def peer(name: str, public: str, allowed: str, more: str = "") -> str:
    return f"# {name}\nPublicKey = {public}\nAllowedIPs = {allowed}\n{more}"


def hub_file(*peers: str, interface: str = "Address = 10.8.0.1/24\nListenPort = 51820\n") -> str:
    return hosts.config(interface, *peers)


def interface(text: str | None, **more: Any) -> dict[str, Any]:
    return {
        "name": "wg0",
        "private_key_path": HUB_KEY,
        "enabled": False,
        "config": text,
        "registry": REGISTRY,
        **more,
    }


def import_key(host: hosts.Host, pair: samples.Pair) -> None:
    """Give a host its key, where it has none."""
    if host.read(HUB_KEY) is not None:
        return
    result = host.module("wg_keypair", {"path": HUB_KEY, "private_key": pair.private})
    assert result["public_key"] == pair.public, result


def test_a_fresh_interface_comes_up_as_its_file_says_and_goes_without_a_trace(hub: hosts.Host) -> None:
    import_key(hub, samples.HUB)
    text = hub_file(peer("one", samples.ONE.public, "10.8.0.2/32"))
    planned = hub.module("wg_interface", {**interface(text), "_ansible_check_mode": True})
    assert (hub.read(FILE), Path(f"/proc/{hub.pid}/net/dev").read_text().count("wg0")) == (None, 0)
    done = hub.module("wg_interface", interface(text))
    assert planned == done
    assert done["applied"] == ["write the file of wg0", "bring wg0 up"]
    assert hub.run("stat", "-c", "%a", FILE) == "600\n"
    assert hub.run("wg", "show", "wg0", "public-key") == f"{samples.HUB.public}\n"
    assert hub.run("wg", "show", "wg0", "allowed-ips") == f"{samples.ONE.public}\t10.8.0.2/32\n"
    assert hub.module("wg_interface", interface(text))["applied"] == []
    assert hub.module("wg_interface", interface(None, state="absent"))["changed"]
    assert hub.read(FILE) is None
    assert "wg0" not in hub.run("ip", "link")
    assert not hub.module("wg_interface", interface(None, state="absent"))["changed"]


def test_a_change_by_hand_is_found_and_mended(hub: hosts.Host) -> None:
    import_key(hub, samples.HUB)
    text = hub_file(peer("one", samples.ONE.public, "10.8.0.2/32"))
    hub.module("wg_interface", interface(text))
    hub.run("wg", "set", "wg0", "peer", samples.ONE.public, "remove")
    hub.run("wg", "set", "wg0", "peer", samples.TWO.public, "allowed-ips", "10.8.0.9/32")
    hub.run("wg", "set", "wg0", "listen-port", "51999")
    done = hub.module("wg_interface", interface(text))
    assert done["applied"] == [
        "listen on UDP port 51820",
        f"remove peer {samples.TWO.public}",
        "add peer one",
    ]
    assert hub.module("wg_interface", interface(text))["applied"] == []


def test_what_somebody_changed_by_hand_is_told(hub: hosts.Host) -> None:
    import_key(hub, samples.HUB)
    hub.module("wg_interface", interface(hub_file(peer("one", samples.ONE.public, "10.8.0.2/32"))))
    assert hub.module("wg_info", {"interface": "wg0"})["interface"]["drift"] == []
    hub.run("bash", "-c", f"wg set wg0 private-key <(echo {samples.TWO.private}) peer {samples.ONE.public} remove")
    assert hub.module("wg_info", {"interface": "wg0"})["interface"]["drift"] == [
        "take the private key of the file",
        "add peer one",
    ]


class Tunnel:
    """A hub and a client that have shaken hands, and an echo on the hub."""

    def __init__(self, hub: hosts.Host, client: hosts.Host) -> None:
        self.hub, self.client = hub, client
        import_key(hub, samples.HUB)
        import_key(client, samples.ONE)
        registry = {
            "interface": "wg0",
            "networks": ["10.8.0.0/24"],
            "reserved": ["10.8.0.1"],
            "peers": [{"name": "one", "public_key": samples.ONE.public, "preshared_key": True}],
        }
        sealed = hub.module("wg_peers", registry)["peers"]["one"]["sealed"]
        self.apply()
        dial = peer("hub", samples.HUB.public, "10.8.0.0/24", "Endpoint = 192.0.2.1:51820\nPersistentKeepalive = 25\n")
        text = hosts.config("Address = 10.8.0.2/24\n", dial)
        arguments = interface(text, registry=None, sealed_keys={samples.HUB.public: sealed})
        result = client.module("wg_interface", arguments)
        assert result["changed"], result

    def apply(self, *more: str, settings: str = "") -> dict[str, Any]:
        """The hub's file with peers besides the client."""
        text = hub_file(
            peer("one", samples.ONE.public, "10.8.0.2/32"),
            *more,
            interface=f"Address = 10.8.0.1/24\nListenPort = 51820\n{settings}",
        )
        result = self.hub.module("wg_interface", interface(text))
        assert "failed" not in result, result
        return result

    def measure(self, seconds: float, deed: Any) -> tuple[int, int, Any]:
        """Datagrams sent and come back while a deed is done."""
        meter = self.client.start(hosts.METER, "10.8.0.1", str(seconds))
        result = deed()
        assert meter.poll() is None, "the deed took longer than the meter"
        assert meter.stdout
        sent, back = map(int, meter.stdout.readline().split())
        return sent, back, result


@pytest.fixture
def tunnel() -> Iterator[Tunnel]:
    with hosts.pair() as (hub, client):
        made = Tunnel(hub, client)
        hub.start(hosts.ECHO)
        yield made


NEW_PEERS = [peer(f"new-{name}", samples.PAIRS[name].public, f"10.8.0.{n}/32") for n, name in enumerate(("two",), 3)]


def test_a_peer_is_added_changed_and_removed_without_the_loss_of_a_packet(tunnel: Tunnel) -> None:
    for peers, words in (
        (NEW_PEERS, "add peer new-two"),
        ([NEW_PEERS[0].replace("10.8.0.3/32", "10.8.0.3/32, 192.168.7.0/24")], "change peer new-two"),
        ([], "remove peer new-two"),
    ):
        sent, back, result = tunnel.measure(6, lambda peers=peers: tunnel.apply(*peers))
        assert words in result["applied"]
        assert not result["disruptive"]
        assert sent > 500
        assert (sent, sent - back) == (sent, 0), result["applied"]


def test_the_meter_sees_what_a_restart_costs(tunnel: Tunnel) -> None:
    """Without this, a meter that sees no loss would prove nothing."""
    sent, back, result = tunnel.measure(8, lambda: tunnel.apply(settings="PreUp = true\n"))
    assert result["disruptive"]
    assert result["applied"] == ["restart wg0, because of PreUp"]
    assert sent > 700
    assert back < sent


def test_both_sides_hold_the_same_preshared_key(tunnel: Tunnel) -> None:
    theirs = tunnel.client.run("wg", "show", "wg0", "preshared-keys").split()
    ours = tunnel.hub.run("wg", "show", "wg0", "preshared-keys").split()
    assert (ours[0], theirs[0], ours[1]) == (samples.ONE.public, samples.HUB.public, theirs[1])
    stored = json.loads(tunnel.hub.read(REGISTRY) or "")
    assert stored["peers"]["one"]["preshared_key"] == ours[1]
    sent, back, _result = tunnel.measure(1, lambda: None)
    assert sent - back == 0


PSK_PEER = peer("one", samples.ONE.public, "10.8.0.2/32, 192.168.1.0/24")
OLD = hub_file(PSK_PEER, peer("two", samples.TWO.public, "10.8.0.3/32"))
LIVE = hub_file(
    PSK_PEER.replace("192.168.1.0", "192.168.2.0"),
    peer("three", samples.EXAMPLE_CLIENT.public, "10.8.0.4/32"),
    interface="Address = 10.8.0.1/24, 10.9.0.1/24\nListenPort = 51821\nMTU = 1300\n",
)
RESTART = LIVE.replace("MTU", "PreUp = true\nMTU")


def state(host: hosts.Host) -> tuple[str, str, str]:
    """A running interface: what wg says of it, and its addresses and routes."""
    dump = sorted(line.replace("off", "0") for line in host.run("wg", "show", "wg0", "dump").splitlines())
    return (
        "\n".join(dump),
        host.run("ip", "-brief", "address", "show", "dev", "wg0", "scope", "global"),
        host.run("ip", "route", "show", "dev", "wg0"),
    )


def run_and_kill(host: hosts.Host, number: int, arguments: dict[str, Any]) -> bool:
    """Whether the module was killed before its deed of that number."""
    try:
        host.module("wg_interface", arguments, kill_before=number)
    except hosts.Killed:
        return True
    return False


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, OLD), (OLD, LIVE), (OLD, RESTART), (OLD, None)],
    ids=["up", "live", "restart", "absent"],
)
def test_a_run_that_is_killed_at_any_deed_is_made_good_by_the_next(
    hub: hosts.Host, before: str | None, after: str | None
) -> None:
    """At any moment the old file or the new one is there, whole; the next run does the rest and leaves nothing over."""
    start = interface(before, state="up" if before else "absent")
    end = interface(after, state="up" if after else "absent")
    import_key(hub, samples.HUB)
    hub.module("wg_interface", end)
    whole = {"after": hub.read(FILE), "state": state(hub) if after else None}
    kills = 0
    while True:
        # Who is absent has no key any more.
        import_key(hub, samples.HUB)
        result = hub.module("wg_interface", start)
        assert "failed" not in result, result
        import_key(hub, samples.HUB)
        old = hub.read(FILE)
        if not run_and_kill(hub, kills + 1, end):
            break
        kills += 1
        assert hub.read(FILE) in (old, whole["after"]), kills
        repaired = hub.module("wg_interface", end)
        assert "failed" not in repaired, (kills, repaired)
        assert hub.read(FILE) == whole["after"], kills
        assert (state(hub) if after else None) == whole["state"], kills
        assert hub.module("wg_interface", end)["applied"] == [], kills
        assert [name for name in hub.run("ls", "-A", "/etc/wireguard").split() if name.endswith(".tmp")] == [], kills
    assert kills >= 4


def test_a_killed_registry_is_the_old_one_or_the_new_one(hub: hosts.Host) -> None:
    def arguments(*names: str) -> dict[str, Any]:
        peers = [{"name": name, "public_key": samples.PAIRS[name].public, "preshared_key": True} for name in names]
        return {"interface": "wg0", "networks": ["10.8.0.0/24"], "reserved": ["10.8.0.1"], "peers": peers}

    hub.module("wg_peers", arguments("one"))
    old = hub.read(REGISTRY)
    number = 0
    while True:
        number += 1
        try:
            hub.module("wg_peers", arguments("one", "two"), kill_before=number)
        except hosts.Killed:
            assert hub.read(REGISTRY) == old, number
        else:
            break
    assert number > 3
    stored = json.loads(hub.read(REGISTRY) or "")["peers"]
    assert stored["one"] == json.loads(old or "")["peers"]["one"]
    assert set(stored) == {"one", "two"}
    assert hub.run("ls", "-A", "/etc/wireguard/wg0") == "peers.json\n"
    assert hub.run("stat", "-c", "%a", REGISTRY) == "600\n"


def test_a_key_is_made_shut_kept_and_replaced(hub: hosts.Host) -> None:
    path = "/etc/wireguard/wg7/private.key"
    planned = hub.module("wg_keypair", {"path": path, "_ansible_check_mode": True})
    assert (planned["changed"], planned["public_key"], hub.read(path)) == (True, None, None)
    made = hub.module("wg_keypair", {"path": path})
    assert hub.run("stat", "-c", "%a", path, "/etc/wireguard/wg7") == "600\n700\n"
    public = subprocess.run(
        hub.within("wg", "pubkey"), input=hub.read(path), capture_output=True, text=True, check=True
    ).stdout
    assert public.strip() == made["public_key"]
    hub.run("chmod", "644", path)
    assert hub.module("wg_keypair", {"path": path})["changed"]
    assert stat.filemode(0o100000 | int(hub.run("stat", "-c", "%a", path), 8)) == "-rw-------"
    replaced = hub.module("wg_keypair", {"path": path, "regenerate": "always", "backup": True})
    assert replaced["public_key"] != made["public_key"]
    kept = hub.module("wg_keypair", {"path": replaced["backup_file"]})
    assert (kept["changed"], kept["public_key"]) == (False, made["public_key"])
