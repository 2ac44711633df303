# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that somebody set up, by hand or by a script, are taken over without a packet lost, or left as they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, harness

pytestmark = pytest.mark.usefixtures("packages")

SERVER, ONE, TWO = day2.SERVER, day2.ONE, day2.TWO
HUB, PORT, UPLINK = day2.HUB_ADDRESS, harness.PORT, "eth1"
NETWORK6 = "fd00:8::/64"

# As an article has it that many have followed; the second hook holds back all else that the hub forwards.
ARTICLE = f"""[Interface]
# the address of the server in the virtual network
Address = {HUB}/24
ListenPort = {PORT}
PrivateKey = $hub
PostUp = sysctl -w -q net.ipv4.ip_forward=1
PostUp = iptables -P FORWARD DROP
PostUp = iptables -A FORWARD -i %i -o %i -s 10.8.0.0/24 -d 10.8.0.0/24 -j ACCEPT
PostUp = iptables -A FORWARD -i %i -o {UPLINK} -s 10.8.0.0/24 -j ACCEPT
PostUp = iptables -A FORWARD -i {UPLINK} -o %i -d 10.8.0.0/24 -j ACCEPT
PostUp = iptables -t nat -A POSTROUTING -o {UPLINK} -j MASQUERADE
PostDown = sysctl -w -q net.ipv4.ip_forward=0
PostDown = iptables -P FORWARD ACCEPT
PostDown = iptables -D FORWARD -i %i -o %i -s 10.8.0.0/24 -d 10.8.0.0/24 -j ACCEPT
PostDown = iptables -D FORWARD -i %i -o {UPLINK} -s 10.8.0.0/24 -j ACCEPT
PostDown = iptables -D FORWARD -i {UPLINK} -o %i -d 10.8.0.0/24 -j ACCEPT
PostDown = iptables -t nat -D POSTROUTING -o {UPLINK} -j MASQUERADE
[Peer]
# the public key of the first client
PublicKey = $one
AllowedIPs = 10.8.0.2/32
[Peer]
# the public key of the second client
PublicKey = $two
AllowedIPs = 10.8.0.3/32
"""

# As github.com/angristan/wireguard-install writes it.
ANGRISTAN = f"""[Interface]
Address = {HUB}/24,fd00:8::1/64
ListenPort = {PORT}
PrivateKey = $hub
PostUp = iptables -I INPUT -p udp --dport {PORT} -j ACCEPT
PostUp = iptables -I FORWARD -i {UPLINK} -o wg0 -j ACCEPT
PostUp = iptables -I FORWARD -i wg0 -j ACCEPT
PostUp = iptables -t nat -A POSTROUTING -o {UPLINK} -j MASQUERADE
PostUp = ip6tables -I FORWARD -i wg0 -j ACCEPT
PostUp = ip6tables -t nat -A POSTROUTING -o {UPLINK} -j MASQUERADE
PostDown = iptables -D INPUT -p udp --dport {PORT} -j ACCEPT
PostDown = iptables -D FORWARD -i {UPLINK} -o wg0 -j ACCEPT
PostDown = iptables -D FORWARD -i wg0 -j ACCEPT
PostDown = iptables -t nat -D POSTROUTING -o {UPLINK} -j MASQUERADE
PostDown = ip6tables -D FORWARD -i wg0 -j ACCEPT
PostDown = ip6tables -t nat -D POSTROUTING -o {UPLINK} -j MASQUERADE

### Client laptop
[Peer]
PublicKey = $two
PresharedKey = $shared
AllowedIPs = 10.8.0.7/32,fd00:8::7/128

### Client phone
[Peer]
PublicKey = {day2.PHONE["public_key"]}
PresharedKey = $shared
AllowedIPs = 10.8.0.3/32,fd00:8::3/128
"""

# As github.com/Nyr/wireguard-install writes it; its rules are in a unit of their own.
NYR = f"""# Do not alter the commented lines
# They are used by wireguard-install
# ENDPOINT {harness.SERVER_ADDRESS}

[Interface]
Address = {HUB}/24, fd00:8::1/64
PrivateKey = $hub
ListenPort = {PORT}

# BEGIN_PEER laptop
[Peer]
PublicKey = $two
PresharedKey = $shared
AllowedIPs = 10.8.0.7/32, fd00:8::7/128
# END_PEER laptop
# BEGIN_PEER phone
[Peer]
PublicKey = {day2.PHONE["public_key"]}
PresharedKey = $shared
AllowedIPs = 10.8.0.3/32, fd00:8::3/128
# END_PEER phone
"""
NYR_RULES = f"""iptables -w 5 -t nat -A POSTROUTING -s 10.8.0.0/24 ! -d 10.8.0.0/24 -j MASQUERADE
iptables -w 5 -I INPUT -p udp --dport {PORT} -j ACCEPT
iptables -w 5 -I FORWARD -s 10.8.0.0/24 -j ACCEPT
iptables -w 5 -I FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT"""

# As github.com/pivpn/pivpn writes it.
PIVPN = f"""[Interface]
PrivateKey = $hub
Address = {HUB}/24,fd00:8::1/64
MTU = 1400
ListenPort = {PORT}
### begin laptop ###
[Peer]
PublicKey = $two
PresharedKey = $shared
AllowedIPs = 10.8.0.7/32,fd00:8::7/128
### end laptop ###
### begin phone ###
[Peer]
PublicKey = {day2.PHONE["public_key"]}
PresharedKey = $shared
AllowedIPs = 10.8.0.3/32,fd00:8::3/128
### end phone ###
"""
PIVPN_RULES = (
    f"iptables -t nat -I POSTROUTING -s 10.8.0.0/24 -o {UPLINK} -j MASQUERADE -m comment --comment wireguard-nat-rule"
)

CLIENT = f"""[Interface]
PrivateKey = $own
Address = $address/24

[Peer]
PublicKey = $hub
$shared
Endpoint = {harness.SERVER_ADDRESS}:{PORT}
AllowedIPs = 10.8.0.0/24, {day2.INTERNET}/32
PersistentKeepalive = 25
"""


@dataclasses.dataclass(frozen=True)
class Layout:
    """How a script sets a hub up: its file, the rules that it makes elsewhere, and how many of the file's go."""

    text: str
    rules: str = "true"


LAYOUTS = {
    "angristan": Layout(ANGRISTAN),
    "Nyr": Layout(NYR, NYR_RULES),
    "pivpn": Layout(PIVPN, PIVPN_RULES),
}
CLEAN = r"""
for file in /etc/wireguard/*.conf; do
  name=$(basename "$file" .conf)
  systemctl disable --quiet --now "wg-quick@$name"
done
rm -rf /etc/wireguard/* /etc/wireguard/.[!.]*
for tool in iptables ip6tables; do
  for table in filter nat; do $tool -t $table -F; $tool -t $table -X; done
  $tool -P FORWARD ACCEPT
done
echo 0 >/proc/sys/net/ipv4/ip_forward
rm -rf /run/vpn-wireguard
test ! -e /sys/class/net/wg0 && test ! -e /sys/class/net/hand0
"""


def clean(*hosts: str) -> None:
    """Hosts with the packages and nothing else."""
    for host in hosts:
        harness.shell(host, CLEAN)


@pytest.fixture(scope="module")
def packages() -> Iterator[None]:
    """Hosts that have the packages, from a run, and are clean."""
    day2.site().succeeded()
    yield
    clean(*harness.HOSTS)


def new_pair() -> tuple[str, str]:
    private = harness.on_host(SERVER, "wg", "genkey")
    return private.strip(), harness.shell(SERVER, f"echo {private.strip()} | wg pubkey").strip()


def set_up(host: str, interface: str, text: str, rules: str = "true") -> None:
    """A file of wg-quick as an administrator puts it there, running and coming up at boot."""
    write = f"umask 077; cat >/etc/wireguard/{interface}.conf"
    harness.on_host(host, "sh", "-c", write, stdin=text)
    harness.shell(host, f"set -e\n{rules}\nsystemctl enable --quiet --now wg-quick@{interface}")


def filled(text: str, **words: str) -> str:
    for word, value in words.items():
        text = text.replace(f"${word}", value)
    return text


def device(host: str) -> list[str]:
    """What of the running device must stay: its identity, its peers and what they share, and that it never went down."""
    script = (
        "cat /sys/class/net/wg0/ifindex; wg show wg0 public-key; wg show wg0 listen-port;"
        " wg show wg0 allowed-ips | sort; wg show wg0 preshared-keys | sort"
    )
    return harness.shell(host, script).splitlines()


@pytest.fixture(scope="class")
def before() -> dict[str, list[str]]:
    clean(*harness.HOSTS)
    pairs = {host: new_pair() for host in harness.HOSTS}
    public = {host: pair[1] for host, pair in pairs.items()}
    set_up(SERVER, "wg0", filled(ARTICLE, hub=pairs[SERVER][0], one=public[ONE], two=public[TWO]))
    for client, address in ((ONE, day2.ONE_ADDRESS), (TWO, day2.TWO_ADDRESS)):
        text = filled(CLIENT, own=pairs[client][0], address=address, hub=public[SERVER], shared="")
        set_up(client, "wg0", text)
    return {host: device(host) for host in harness.HOSTS}


@pytest.fixture(scope="class")
def adopted(before: dict[str, list[str]]) -> tuple[harness.Run, day2.Meter]:
    assert before
    with day2.metered() as meter:
        run = day2.site(wg_server_preshared_keys=False)
    return run.succeeded(), meter


class TestArticle:
    """Hub and clients set up by hand, all of them taken over by one run."""

    def test_no_packet_is_lost(self, adopted: tuple[harness.Run, day2.Meter]) -> None:
        assert adopted[1].lost() == {}

    def test_devices_are_the_same(self, adopted: tuple[harness.Run, day2.Meter], before: dict[str, list[str]]) -> None:
        assert adopted
        assert {host: device(host) for host in harness.HOSTS} == before
        assert day2.known_everywhere() == {ONE, TWO}

    def test_rules_are_ours_and_the_rest_is_told(self, adopted: tuple[harness.Run, day2.Meter]) -> None:
        saved = harness.on_host(SERVER, "iptables-save").splitlines()
        built_in = ("-A FORWARD", "-A POSTROUTING", "-A OUTPUT")
        assert sorted(line for line in saved if line.startswith(built_in)) == [
            "-A FORWARD -j WG-F-wg0",
            "-A OUTPUT -j WG-O-wg0",
            "-A POSTROUTING -j WG-N-wg0",
        ]
        # Who set the policy is for the administrator to know.
        assert any(line.startswith(":FORWARD DROP") for line in saved)
        for left in ("iptables -P FORWARD ACCEPT", "sysctl -w -q net.ipv4.ip_forward=0"):
            assert left in " ".join(adopted[0].output.split())

    def test_second_run_changes_nothing(self, adopted: tuple[harness.Run, day2.Meter]) -> None:
        assert adopted
        assert day2.site(wg_server_preshared_keys=False).succeeded().changed == []


def adopt(*networks: str, **changes: object) -> harness.Run:
    """Run the hub alone, as one that has no clients in the inventory."""
    nobody = {"staying": {"hosts": {}}}
    wanted = {"wg_server_networks": list(networks or (harness.NETWORK, NETWORK6)), **changes}
    return day2.site("--limit", SERVER, hosts=nobody, wg_server_clients_group="staying", **wanted)


@pytest.fixture(params=LAYOUTS.values(), ids=LAYOUTS)
def hand_made(request: pytest.FixtureRequest) -> str:
    """A hub as a script sets it up, with client-two, whose interface Ansible does not know; the hub's file."""
    layout: Layout = request.param
    clean(*harness.HOSTS)
    harness.shell(SERVER, "echo 1 >/proc/sys/net/ipv4/ip_forward")
    hub, two = new_pair(), new_pair()
    shared = harness.on_host(SERVER, "wg", "genpsk").strip()
    text = filled(layout.text, hub=hub[0], two=two[1], shared=shared)
    set_up(SERVER, "wg0", text, layout.rules)
    mine = filled(CLIENT, own=two[0], address="10.8.0.7", hub=hub[1], shared=f"PresharedKey = {shared}")
    set_up(TWO, "hand0", mine)
    return text


def test_script_is_adopted(hand_made: str) -> None:
    before = device(SERVER)
    with day2.metered({TWO: (HUB, day2.INTERNET)}) as meter:
        run = adopt().succeeded()
    assert device(SERVER) == before
    assert day2.known_everywhere() == {"laptop", "phone"}
    assert day2.registry()["laptop"]["addresses"] == ["10.8.0.7", "fd00:8::7"]
    assert harness.read(SERVER, f"{day2.CONFIG}.adopted") == hand_made
    assert harness.shell(SERVER, f"stat -c %a {day2.CONFIG} {day2.CONFIG}.adopted").split() == ["600", "600"]
    assert not day2.result_of(run, SERVER, "wg_interface")["disruptive"]
    assert adopt().succeeded().changed == []
    assert meter.lost() == {}


# What of a hub there is to lose. A copy of its key, and what was read of its peers, may be kept beside the file.
TOUCHED = r"""
sha256sum /etc/wireguard/*; stat -c '%n %a %Y' /etc/wireguard/*.conf
cat /sys/class/net/wg0/ifindex /sys/class/net/wg0/mtu /proc/sys/net/ipv4/ip_forward
wg show wg0 public-key; wg show wg0 listen-port; wg show wg0 allowed-ips | sort; wg show wg0 preshared-keys | sort
ip -4 address show dev wg0; ip -4 route show dev wg0; ip -6 route show dev wg0
iptables-save | grep -e ^-A -e '^:[A-Z]* [A-Z]'; ip6tables-save | grep -e ^-A -e '^:[A-Z]* [A-Z]'
"""
BAD = {
    "port": ((harness.NETWORK, NETWORK6), {"wg_server_port": PORT + 1}, f"set wg_server_port: {PORT}"),
    "address": ((harness.NETWORK, NETWORK6), {"wg_server_addresses": ["10.8.0.9", "fd00:8::1"]}, f"{HUB}/24"),
    "network": (("10.9.0.0/24", NETWORK6), {}, "add 10.8.0.0/24 to wg_server_networks"),
    "line": ((harness.NETWORK, NETWORK6), {}, "line 2: 'SaveConfig'"),
}


def touched() -> list[str]:
    """The hub's files and its tunnel, without counters of packets."""
    lines = harness.shell(SERVER, TOUCHED, check=False).splitlines()
    return [line.partition(" [")[0] for line in lines if not line.endswith("/wg0")]


@pytest.mark.parametrize("hand_made", [LAYOUTS["angristan"]], ids=["angristan"], indirect=True)
def test_what_does_not_fit_is_left_alone(hand_made: str) -> None:
    # A second peer of the script's, which comes when a run has failed already.
    later = f"\n### Client tablet\n[Peer]\nPublicKey = {day2.TABLET['public_key']}\nAllowedIPs = 10.8.0.4/32\n"
    for name, (networks, changes, words) in BAD.items():
        if name == "line":
            harness.on_host(SERVER, "sed", "-i", "1a SaveConfig = true", day2.CONFIG)
        before = touched()
        run = adopt(*networks, **changes)
        assert words in run.failures[SERVER], run.failures
        assert touched() == before
    harness.on_host(SERVER, "sh", "-c", f"cat >{day2.CONFIG}", stdin=hand_made + later)
    adopt().succeeded()
    assert day2.known_everywhere() == {"laptop", "phone", "tablet"}
