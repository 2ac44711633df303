# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door to the host: what wg says, and no key in any error."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _commands, _config, _dump, _host, _survey
from ansible_collections.vpn.wireguard.plugins.module_utils._device import Device, DevicePeer
from ansible_collections.vpn.wireguard.plugins.module_utils._files import HostError
from ansible_collections.vpn.wireguard.tests.unit import samples
from ansible_collections.vpn.wireguard.tests.unit.commands import Commands


def test_secrets_go_by_standard_input_alone() -> None:
    commands = Commands()
    peer = _config.Peer(samples.ONE.public, ("10.8.0.2/32", "fd00::2/128"), "198.51.100.7:1", 25, samples.PSK, "one")
    _host.Host(commands).set_peers("wg0", [peer])
    section = (
        f"[Peer]\nPublicKey = {samples.ONE.public}\nPresharedKey = {samples.PSK}\n"
        "AllowedIPs = 10.8.0.2/32, fd00::2/128\nPersistentKeepalive = 25\nEndpoint = 198.51.100.7:1\n"
    )
    assert commands.asked == [(["wg", "addconf", "wg0", "/dev/stdin"], section)]


@pytest.mark.parametrize(
    ("table", "where"), [(None, "dev wg0"), ("auto", "dev wg0"), ("off", "dev wg0"), ("42", "dev wg0 table 42")]
)
def test_routes_are_changed_in_one_call(table: str | None, where: str) -> None:
    commands = Commands()
    _host.Host(commands).change_routes("wg0", "replace", ["10.1.0.0/16", "fd00::/64"], table)
    lines = f"route replace 10.1.0.0/16 {where}\nroute replace fd00::/64 {where}\n"
    assert commands.asked == [(["ip", "-batch", "-"], lines)]


def test_peers_are_removed_by_the_thousand() -> None:
    commands = Commands()
    _host.Host(commands).remove_peers("wg0", [f"key{number}" for number in range(1001)])
    first, second = (command for command, _data in commands.asked)
    assert first[:6] == ["wg", "set", "wg0", "peer", "key0", "remove"]
    assert len(first) == 3 + 3 * 1000
    assert second == ["wg", "set", "wg0", "peer", "key1000", "remove"]


@pytest.mark.parametrize(
    ("dns", "asked"),
    [
        (
            ("1.1.1.1", "fd00::1", "corp.example"),
            (
                ["resolvconf", "-a", "wg0", "-m", "0", "-x"],
                "nameserver 1.1.1.1\nnameserver fd00::1\nsearch corp.example\n",
            ),
        ),
        ((), (["resolvconf", "-d", "wg0", "-f"], None)),
    ],
)
def test_resolvers_go_to_resolvconf(dns: tuple[str, ...], asked: tuple[list[str], str | None]) -> None:
    commands = Commands()
    _host.Host(commands).set_dns("wg0", dns)
    assert commands.asked == [asked]


def test_the_default_route_is_the_one_with_the_lowest_metric() -> None:
    routes = '[{"dst": "default", "dev": "wlan0", "metric": 600}, {"dst": "default", "dev": "eth0", "metric": 100}, {"dst": "default"}]'
    assert _host.Host(Commands((0, routes, ""))).default_route(4)["interface"] == "eth0"
    assert _host.Host(Commands((0, "", ""))).default_route(6) is None


DUMP = (
    f"{samples.HUB.private}\t{samples.HUB.public}\t51820\t0xca6c\n"
    f"{samples.ONE.public}\t(none)\t203.0.113.9:4242\t10.8.0.2/32,fd00::2/128\t1700000000\t148\t92\t25\n"
    f"{samples.TWO.public}\t{samples.PSK}\t(none)\t(none)\t0\t0\t0\toff\n"
)


def test_what_wg_show_dump_says() -> None:
    assert _dump.parse_dump(DUMP) == Device(
        public_key=samples.HUB.public,
        listen_port=51820,
        fw_mark=0xCA6C,
        peers={
            samples.ONE.public: DevicePeer(
                samples.ONE.public,
                frozenset(("10.8.0.2/32", "fd00::2/128")),
                "203.0.113.9:4242",
                25,
                None,
                1700000000,
                148,
                92,
            ),
            samples.TWO.public: DevicePeer(samples.TWO.public, frozenset(), None, 0, samples.PSK),
        },
    )
    assert samples.HUB.private not in repr(_dump.parse_dump(DUMP))
    assert samples.PSK not in repr(_dump.parse_dump(DUMP))


def test_a_device_without_key_and_peers() -> None:
    assert _dump.parse_dump("(none)\t(none)\t0\toff\n") == Device(None, 0)


def test_addresses_and_mtu_come_from_ip() -> None:
    link = {
        "mtu": 1420,
        "addr_info": [
            {"local": "10.8.0.1", "prefixlen": 24, "scope": "global"},
            {"local": "fd00::1", "prefixlen": 64, "scope": "global"},
            {"local": "fe80::1", "prefixlen": 64, "scope": "link"},
        ],
    }
    device = _dump.with_link(_dump.parse_dump(DUMP), link)
    assert device.addresses == frozenset(("10.8.0.1/24", "fd00::1/64"))
    assert device.mtu == 1420
    assert (device.public_key, device.listen_port, device.fw_mark) == (samples.HUB.public, 51820, 0xCA6C)
    assert device.peers == _dump.parse_dump(DUMP).peers


def test_no_device_where_there_is_no_link() -> None:
    assert _host.Host(Commands()).device("no-such-link") is None


@pytest.mark.parametrize("has_wg", [True, False])
def test_a_link_of_another_kind_is_no_device(monkeypatch: pytest.MonkeyPatch, has_wg: bool) -> None:
    monkeypatch.setattr(_commands, "has_tool", lambda _name: has_wg)
    commands = Commands((1, "", "not WireGuard"))
    with pytest.raises(
        HostError, match=r"^lo is an interface of this host and not one of WireGuard; choose another name"
    ):
        _host.Host(commands).device("lo")
    assert len(commands.asked) == has_wg


@pytest.mark.parametrize(
    ("endpoint", "found"),
    [
        ("127.0.0.1:51820", True),
        ("[::1]:51820", True),
        ("localhost:51820", True),
        ("no.such.host.invalid:51820", False),
    ],
)
def test_resolves(monkeypatch: pytest.MonkeyPatch, endpoint: str, found: bool) -> None:
    def look_up(name: str, *_args: object, **_more: object) -> list[object]:
        if name.endswith(".invalid"):
            raise socket.gaierror(-2, "Name or service not known")
        return {"127.0.0.1": [1], "::1": [1], "localhost": [1]}[name]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert _host.resolves(endpoint) is found


def test_is_port_free() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert _host.is_port_free(port) is False
    assert _host.is_port_free(port) is True


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_port_is_taken_by_either_family(family: socket.AddressFamily) -> None:
    """WireGuard binds both; one that is taken lets it come up deaf."""
    with socket.socket(family, socket.SOCK_DGRAM) as taken:
        if family == socket.AF_INET6:
            taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(("", 0))
        assert _host.is_port_free(taken.getsockname()[1]) is False


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    return lambda there: monkeypatch.setattr(_survey, "has_systemd", lambda: there)


def test_start_tells_why_it_failed(systemd: Callable[[bool], None]) -> None:
    systemd(True)
    journal = (
        f"Starting wg-quick@wg0.service\n[#] ip link add wg0\nKey is not the correct length or format: `{samples.HUB.private[:40]}'\n"
        "resolvconf: command not found\n"
    )
    commands = Commands((0, "", ""), (0, "", ""), (1, "", ""), (0, journal, ""))
    with pytest.raises(HostError, match=r"^wg0 does not come up: .*resolvconf: command not found") as caught:
        _host.Host(commands).start("wg0")
    assert samples.HUB.private[:10] not in str(caught.value)
    assert "[#]" not in str(caught.value)


def test_start_without_systemd(systemd: Callable[[bool], None]) -> None:
    systemd(False)
    commands = Commands()
    _host.Host(commands).start("wg0")
    assert [command for command, _stdin in commands.asked] == [["wg-quick", "up", "wg0"]]
    assert _host.Host(commands).is_enabled("wg0") is False


def test_hooks_run_as_wg_quick_runs_them() -> None:
    commands = Commands((1, "", "oops"))
    with pytest.raises(HostError, match="oops"):
        _host.Host(commands).run_hooks("wg0", ["echo one %i; cat", "false; echo two", "echo three"])
    [(command, script)] = commands.asked
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "one wg0\n")
    commands = Commands((1, "", "oops"))
    _host.Host(commands).clear_hooks("wg0", ["one %i", "two"])
    assert [command for command, _stdin in commands.asked] == [["bash", "-ec", "one wg0"], ["bash", "-ec", "two"]]
