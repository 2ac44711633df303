# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three tunnels by variables alone: to the hub, between clients, and to the internet. The files are what one would
write by hand, but for what is told here."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.system import harness

pytestmark = pytest.mark.usefixtures("site")

Section = dict[str, list[str]]
ADDRESSES = dict(zip(harness.HOSTS, ("10.8.0.1", "10.8.0.2", "10.8.0.3"), strict=True))
ENDPOINT = f"{harness.SERVER_ADDRESS}:{harness.PORT}"
HOOKS = ("PreUp", "PostUp", "PreDown", "PostDown")

# Variables, the clients' AllowedIPs, and what is in their [Interface] besides Address, DNS and PrivateKey.
STAGES: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    # Whose address covers all of it needs no routes, so wg-quick need not look for any.
    "hub": (harness.HUB_ONLY, ["10.8.0.1/32"], ["Table"]),
    "clients": (harness.CLIENT_TO_CLIENT, ["10.8.0.0/24"], ["Table"]),
    # Beyond IPv4: ::/0, or IPv6 would go past the tunnel. Without FwMark in the file, a reload would lose it.
    "everything": (harness.EVERYTHING, ["0.0.0.0/0", "::/0"], ["FwMark"]),
}


def parsed(text: str) -> list[tuple[str, Section]]:
    """The sections of a file of wg-quick in their order; values with commas as several."""
    sections: list[tuple[str, Section]] = []
    for line in text.splitlines():
        words = line.partition("#")[0].strip() if not line.startswith(("PostUp", "PostDown")) else line
        if words.startswith("["):
            sections.append((words, {}))
        elif words:
            name, value = (part.strip() for part in words.split("=", 1))
            values = [value] if name in HOOKS else [item.strip() for item in value.split(",")]
            sections[-1][1].setdefault(name, []).extend(values)
    return sections


def public_key(host: str) -> str:
    """The public key of the private key in a host's file."""
    private = dict(parsed(harness.read(host, "/etc/wireguard/wg0.conf")))["[Interface]"]["PrivateKey"][0]
    return harness.on_host(host, "wg", "pubkey", stdin=private).strip()


def preshared_key(host: str) -> str:
    """The key that a client shares with the hub, from its own file. One more than one would make by hand."""
    return dict(parsed(harness.read(host, "/etc/wireguard/wg0.conf")))["[Peer]"]["PresharedKey"][0]


@pytest.fixture(scope="module", params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    """The stage that the hosts are brought to."""
    harness.play(variables=STAGES[request.param][0]).succeeded()
    return str(request.param)


@pytest.fixture
def server(stage: str) -> list[tuple[str, Section]]:
    assert stage
    return parsed(harness.read(harness.SERVER, "/etc/wireguard/wg0.conf"))


def test_server(server: list[tuple[str, Section]]) -> None:
    (title, interface), *peers = server
    settings = {name: values for name, values in interface.items() if name not in (*HOOKS, "PrivateKey")}
    assert title == "[Interface]"
    assert settings == {"Address": ["10.8.0.1/24"], "ListenPort": ["54321"], "Table": ["off"]}
    assert peers == [
        (
            "[Peer]",
            {
                "PublicKey": [public_key(host)],
                "PresharedKey": [preshared_key(host)],
                "AllowedIPs": [f"{ADDRESSES[host]}/32"],
            },
        )
        for host in harness.CLIENTS
    ]


def test_hooks_of_the_server(stage: str, server: list[tuple[str, Section]]) -> None:
    hooks = "\n".join(value for name in HOOKS for value in server[0][1].get(name, []))
    own, between, out = "-i %i -j DROP", "-i %i -o %i -s 10.8.0.0/24 -d 10.8.0.0/24 -j ACCEPT", "-j MASQUERADE"
    assert own in hooks
    assert (between in hooks) == (stage != "hub")
    assert (out in hooks) == (stage == "everything")
    assert harness.read(harness.SERVER, "/proc/sys/net/ipv4/ip_forward").strip() == ("0" if stage == "hub" else "1")
    # Other tunnels and programs of the host rely on its policies: nothing but what was kept may come back.
    assert re.findall(r"-P \S+ (?!\$\(cat )", hooks) == []


@pytest.mark.parametrize("host", harness.CLIENTS)
def test_client(stage: str, host: str) -> None:
    _variables, allowed, more = STAGES[stage]
    interface, peer = parsed(harness.read(host, "/etc/wireguard/wg0.conf"))
    dns = {"DNS": ["1.1.1.1", "1.0.0.1"]} if stage == "everything" else {}
    settings = {name: values for name, values in interface[1].items() if name not in (*HOOKS, *more, "PrivateKey")}
    assert (interface[0], settings) == ("[Interface]", {"Address": [f"{ADDRESSES[host]}/24"], **dns})
    assert [name for name in more if name in interface[1]] == more
    assert peer == (
        "[Peer]",
        {
            "PublicKey": [public_key(harness.SERVER)],
            "PresharedKey": [preshared_key(host)],
            "Endpoint": [ENDPOINT],
            "AllowedIPs": allowed,
            "PersistentKeepalive": ["25"],
        },
    )


def test_the_same_run_again_changes_nothing(stage: str) -> None:
    assert harness.play(variables=STAGES[stage][0]).succeeded().changed == []


@pytest.mark.parametrize("host", harness.CLIENTS)
def test_resolvers_are_in_force(stage: str, host: str) -> None:
    in_force = [line.split()[1] for line in harness.read(host, "/etc/resolv.conf").splitlines() if "nameserver" in line]
    assert (in_force == ["1.1.1.1", "1.0.0.1"]) == (stage == "everything")
