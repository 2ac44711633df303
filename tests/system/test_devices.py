# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device that Ansible never touches: its file as it was exported, on a host of its own, in the programs it is for."""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _expiry
from ansible_collections.vpn.wireguard.tests.system import day2, devices, evidence, harness

SERVER, PHONE = devices.SERVER, devices.PHONE


@pytest.fixture(scope="module", autouse=True)
def phone() -> Iterator[None]:
    """A host under the phone's name that has never been touched, and a hub that knows the device."""
    harness.lab("replace", PHONE)
    harness.shell(
        PHONE,
        f"apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends {devices.PROGRAMS}",
    )
    devices.site(devices.DEVICE).succeeded()
    yield
    # Others take this host for a client again.
    harness.lab("replace", PHONE)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return devices.exported(tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="module")
def tunnel(export: dict[str, bytes]) -> Iterator[None]:
    """The file, as it is, in wg-quick."""
    devices.put("/etc/wireguard/phone.conf", export["phone.conf"])
    harness.on_host(PHONE, "wg-quick", "up", "phone")
    yield
    harness.on_host(PHONE, "wg-quick", "down", "phone")


@pytest.fixture
def released() -> Iterator[None]:
    """wg-quick lets go of the key: with two interfaces of one key the hub would answer either.

    What another program brought up is gone before wg-quick has it back; programs leave it there when they stop.
    """
    harness.on_host(PHONE, "wg-quick", "down", "phone")
    yield
    harness.shell(PHONE, "if [ -e /sys/class/net/wg0 ]; then ip link delete dev wg0; fi")
    harness.on_host(PHONE, "wg-quick", "up", "phone")


def has_kernel_support() -> bool:
    return harness.succeeds(PHONE, "ip link add probe type wireguard && ip link del probe")


def sees(url: str) -> str:
    """The address that a web server of the internet sees the phone with."""
    return harness.shell(PHONE, f"curl --silent --max-time 10 {url}", check=False).strip()


@pytest.mark.usefixtures("tunnel")
def test_wg_quick_reaches_the_hub_and_the_internet() -> None:
    assert harness.reaches(PHONE, day2.HUB_ADDRESS)
    assert harness.reaches(PHONE, devices.INTERNET)
    assert sees(f"http://{devices.INTERNET}/") == harness.shell(SERVER, "ip -4 -o address show eth1").split()[3][:-3]
    assert f"inet {devices.ADDRESS}/24" in harness.shell(PHONE, "ip address show dev phone")
    assert [line for line in harness.read(PHONE, "/etc/resolv.conf").splitlines() if line.startswith("nameserver")] == [
        "nameserver 1.1.1.1"
    ]


def test_the_code_is_the_file(export: dict[str, bytes]) -> None:
    """By a decoder that has nothing in common with what made the code."""
    decoder = ("exec", PHONE, "--", "zbarimg", "--quiet", "--raw", "--oneshot", "-Sbinary", "-")
    assert harness.lab(*decoder, stdin=export["phone.png"]) == export["phone.conf"]
    assert export["phone.conf"].decode() == harness.read(SERVER, "/etc/wireguard/wg0/clients/phone.conf")


@pytest.mark.usefixtures("tunnel")
def test_disabled_it_cannot_send_and_enabled_again_it_can() -> None:
    assert harness.reaches(PHONE, day2.HUB_ADDRESS)
    key = devices.shared()["public_key"]
    run = devices.site({**devices.DEVICE, "enabled": False}, limit=SERVER).succeeded()
    assert day2.applied(run, SERVER) == ["write the file of wg0", "remove peer phone"]
    assert not harness.reaches(PHONE, day2.HUB_ADDRESS)
    assert key not in harness.peers(SERVER)
    assert key not in day2.file_peers()
    assert devices.site({**devices.DEVICE, "enabled": False}, limit=SERVER).succeeded().changed == []
    devices.site({**devices.DEVICE, "address": None}, limit=SERVER).succeeded()
    assert (devices.shared()["public_key"], devices.shared()["addresses"]) == (key, [devices.ADDRESS])
    assert harness.succeeds(PHONE, f"ping -c 30 -i 0.5 -W 1 {day2.HUB_ADDRESS}")
    assert harness.reaches(PHONE, day2.HUB_ADDRESS)


def received() -> int:
    """How many packets the hub has got out of the tunnel."""
    return int(harness.read(SERVER, "/sys/class/net/wg0/statistics/rx_packets"))


def pings(source: str) -> tuple[bool, bool]:
    """Whether pings of the phone from one of its addresses are answered, and whether they come out of the tunnel."""
    before = received()
    answered = harness.succeeds(PHONE, f"ping -I {source} -c 3 -i 0.2 -W 2 {day2.HUB_ADDRESS}")
    return answered, received() > before


@pytest.mark.usefixtures("tunnel")
def test_expired_it_cannot_send_without_any_play() -> None:
    """Within the timer's period, nor can the network behind it; and prolonged it can again, with the same address."""
    behind, inside = "192.168.77.0/24", "192.168.77.1"
    device = {**devices.DEVICE, "networks": [behind]}
    devices.site(device).succeeded()
    harness.shell(PHONE, f"ip address add {inside}/24 dev lo")
    end = datetime.datetime.now(datetime.UTC).replace(microsecond=0) + datetime.timedelta(seconds=50)
    dated = {**device, "expires": end.isoformat()}
    run = devices.site(dated, limit=SERVER).succeeded()
    assert "have a timer shut out peers of wg0 that expire" in day2.applied(run, SERVER)
    assert [pings(source) for source in (devices.ADDRESS, inside)] == [(True, True)] * 2
    assert harness.reaches(devices.MANAGED, inside)
    assert datetime.datetime.now(datetime.UTC) < end, "the run took so long that nothing is shown"
    # One period of the timer, and some seconds in which a slow machine starts the script.
    last = end + datetime.timedelta(seconds=_expiry.SECONDS + 10)
    time.sleep((last - datetime.datetime.now(datetime.UTC)).total_seconds())
    assert [pings(source) for source in (devices.ADDRESS, inside)] == [(False, False)] * 2
    assert not harness.reaches(devices.MANAGED, inside)
    assert behind not in harness.on_host(SERVER, "ip", "route", "show", "table", "all")
    assert devices.shared()["public_key"] not in {*harness.peers(SERVER), *day2.file_peers()}
    assert "phone has expired" in harness.shell(SERVER, "journalctl --unit vpn-wireguard-expire-wg0 --output cat")
    # The script has left nothing to do but what others know of the network behind it: rules, and a client's list.
    assert behind in harness.on_host(SERVER, "iptables-save")
    run = devices.site(dated).succeeded()
    assert {result.action for result in run.results if result.changed} == {"vpn.wireguard.wg_interface"}
    assert behind not in harness.on_host(SERVER, "iptables-save") + harness.read(SERVER, day2.CONFIG)
    assert behind not in harness.on_host(devices.MANAGED, "wg", "show", "wg0", "allowed-ips")
    assert devices.site(dated).succeeded().changed == []
    harness.shell(PHONE, f"ip address del {inside}/24 dev lo")
    run = devices.site(devices.DEVICE, limit=SERVER).succeeded()
    assert "remove the timer that shut out peers of wg0" in day2.applied(run, SERVER)
    assert harness.shell(SERVER, "find /etc/systemd/system /etc/wireguard -name '*expire*'") == ""
    assert devices.shared()["addresses"] == [devices.ADDRESS]
    assert harness.succeeds(PHONE, f"ping -c 30 -i 0.5 -W 1 {day2.HUB_ADDRESS}")
    assert harness.reaches(PHONE, day2.HUB_ADDRESS)


@pytest.mark.usefixtures("tunnel")
def test_another_name_leaves_key_and_address() -> None:
    before = devices.shared()
    renamed = {**devices.DEVICE, "name": "mobile", "formerly": "phone"}
    run = devices.site(renamed, limit=SERVER).succeeded()
    assert day2.applied(run, SERVER) == ["write the file of wg0"]
    assert day2.registry()["mobile"] == before
    assert harness.reaches(PHONE, day2.HUB_ADDRESS)
    devices.site({**devices.DEVICE, "formerly": "mobile"}, limit=SERVER).succeeded()
    assert devices.shared() == before


@pytest.mark.usefixtures("tunnel", "released")
def test_networkmanager_takes_its_file(tmp_path: Path) -> None:
    """Loaded by NetworkManager itself, which says what it has understood; it knows the kernel's WireGuard only."""
    [text] = list(devices.exported(tmp_path, "-e", "export_format=networkmanager").values())
    harness.shell(
        PHONE,
        "mkdir -p /etc/NetworkManager/conf.d && printf '[keyfile]\nunmanaged-devices=interface-name:eth*\n'"
        " > /etc/NetworkManager/conf.d/lab.conf && DEBIAN_FRONTEND=noninteractive"
        " apt-get -qq install -y --no-install-recommends network-manager",
    )
    devices.put("/etc/NetworkManager/system-connections/phone.nmconnection", text)
    harness.shell(PHONE, "systemctl start NetworkManager; nmcli connection reload")
    if has_kernel_support():
        harness.on_host(PHONE, "nmcli", "connection", "up", "phone")
        assert harness.reaches(PHONE, day2.HUB_ADDRESS)
        assert harness.reaches(PHONE, devices.INTERNET)
    fields = "connection.type,connection.interface-name,ipv4.addresses,ipv4.dns,wireguard.private-key"
    said = harness.on_host(
        PHONE, "nmcli", "--show-secrets", "--terse", "--fields", fields, "connection", "show", "phone"
    )
    assert dict(line.split(":", 1) for line in said.splitlines()) == {
        "connection.type": "wireguard",
        "connection.interface-name": "wg0",
        "ipv4.addresses": f"{devices.ADDRESS}/24",
        "ipv4.dns": "1.1.1.1",
        "wireguard.private-key": devices.shared()["private_key"],
    }
    # nmcli knows nothing of peers: what NetworkManager has understood of them is what it writes itself.
    harness.on_host(PHONE, "nmcli", "connection", "clone", "phone", "copy")
    copy = harness.shell(PHONE, "cat /etc/NetworkManager/system-connections/copy.nmconnection")
    hub, shared = day2.key_of(SERVER), devices.shared()["preshared_key"]
    peer = re.search(rf"\[wireguard-peer\.{re.escape(hub)}\]\n([^\[]*)", copy)
    assert peer is not None
    assert dict(line.split("=", 1) for line in peer[1].splitlines() if line) == {
        "endpoint": f"{harness.SERVER_ADDRESS}:{harness.PORT}",
        "preshared-key": shared,
        "preshared-key-flags": "0",
        "allowed-ips": "0.0.0.0/0;::/0;",
        "persistent-keepalive": "5",
    }
    harness.shell(PHONE, "systemctl stop NetworkManager", check=False)


@pytest.mark.usefixtures("tunnel", "released")
def test_networkd_takes_its_files(tmp_path: Path) -> None:
    """Loaded by systemd-networkd itself, without a word about any line; it knows the kernel's WireGuard only."""
    files = devices.exported(tmp_path, "-e", "export_format=networkd")
    if has_kernel_support():
        # On a machine of its own networkd waits for udev to have seen a link, and the lab's machines run none.
        harness.shell(PHONE, "DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends udev")
        harness.shell(
            PHONE, "systemctl unmask --quiet systemd-udevd && systemctl start systemd-udevd && udevadm trigger --settle"
        )
    for name, text in files.items():
        devices.put(f"/etc/systemd/network/{name}", text)
    harness.shell(PHONE, "chgrp systemd-network /etc/systemd/network/phone.* && chmod 640 /etc/systemd/network/phone.*")
    debug = "/run/systemd/system/systemd-networkd.service.d"
    harness.shell(
        PHONE, f"mkdir -p {debug} && printf '[Service]\nEnvironment=SYSTEMD_LOG_LEVEL=debug\n' > {debug}/l.conf"
    )
    harness.shell(PHONE, "systemctl daemon-reload && systemctl start systemd-networkd && sleep 2")
    journal = harness.shell(PHONE, "journalctl --boot --unit systemd-networkd --output cat")
    assert 'wg0: loaded "wireguard"' in journal
    # What it says of files that it takes, once it has a device to give them to.
    taken = re.compile(r"wg0: (found matching network|Configuring with) ")
    named = [line for line in journal.splitlines() if "/etc/systemd/network/phone." in line]
    assert [line for line in named if not taken.match(line)] == []
    if has_kernel_support():
        assert harness.reaches(PHONE, day2.HUB_ADDRESS)
        assert harness.reaches(PHONE, devices.INTERNET)
    # A line that networkd does not take is named by it: the silence before says something.
    devices.put("/etc/systemd/network/phone.netdev", files["phone.netdev"].replace(b"AllowedIPs=", b"AllowedIPs=x"))
    harness.shell(PHONE, "chgrp systemd-network /etc/systemd/network/phone.* && chmod 640 /etc/systemd/network/phone.*")
    harness.shell(PHONE, "systemctl restart systemd-networkd && sleep 2")
    journal = harness.shell(PHONE, "journalctl --boot --unit systemd-networkd --output cat")
    assert "/etc/systemd/network/phone.netdev" in journal
    harness.shell(
        PHONE, "systemctl stop systemd-networkd.socket systemd-networkd; rm /etc/systemd/network/phone.*", check=False
    )


def test_nothing_secret_is_told(tmp_path: Path) -> None:
    """Neither while pairs are made and files written, nor while they are exported."""
    more = {"name": "tablet", "generate": True}
    variables = {**devices.BASE, "wg_server_peers": [dict(devices.DEVICE), more]}
    (tmp_path / "site").mkdir()
    found = evidence.watched_play(
        tmp_path / "site", "-vvv", "--diff", *devices.NOT_THE_PHONE, variables=variables, hosts=devices.HOSTS
    )
    assert found.run.succeeded().changed
    (tmp_path / "export").mkdir()
    (tmp_path / "password").write_text(devices.PASSWORD)
    arguments = ["--vault-password-file", str(tmp_path / "password"), "-e", "device=tablet"]
    export = evidence.watched_play(
        tmp_path / "export",
        "-vvvvv",
        "--diff",
        *arguments,
        "-e",
        f"export_to={tmp_path / 'exported'}",
        playbook=devices.PLAYBOOKS / "export.yml",
        variables=variables,
        env={"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_DEBUG": "1"},
    )
    export.run.succeeded()
    entries = [day2.registry()[name] for name in ("phone", "tablet")]
    secrets = [entry[key] for entry in entries for key in ("private_key", "preshared_key")]
    assert len(set(secrets)) == 4
    assert evidence.leaks(found.places, secrets) == {}
    assert evidence.leaks(export.places, secrets) == {}
    assert evidence.shown_in(evidence.journal(SERVER), secrets) == set()
    allowed = (day2.CONFIG, "/etc/wireguard/wg0/")
    assert [path for path in evidence.leaks(evidence.files(SERVER), secrets) if not path.startswith(allowed)] == []


def test_a_thousand_devices_take_as_many_modules_as_one() -> None:
    """On an interface of its own, so that nobody else is disturbed."""
    other = {
        "wg_server_interface": "wg9",
        "wg_server_port": 51999,
        "wg_server_networks": ["10.64.0.0/16"],
        "wg_server_clients_group": "nobody",
        "wg_server_purge": "force",
    }
    modules = []
    for count in (1, 1000):
        many = [{"name": f"device-{number}", "generate": True} for number in range(count)]
        run = devices.site(*many, limit=SERVER, **other)
        run.succeeded()
        ran = [result.action for result in run.of(SERVER) if result.ran_module and result.play == "Bring up the hubs"]
        modules.append(ran)
        files = harness.shell(SERVER, "find /etc/wireguard/wg9/clients -name 'device-*.*' -perm 600 | wc -l")
        assert int(files) == 3 * count
        assert len(harness.on_host(SERVER, "wg", "show", "wg9", "peers").split()) == count
    assert modules[0] == modules[1]
    assert len(modules[1]) <= 5
    assert devices.site(*many, limit=SERVER, **other).succeeded().changed == []
    devices.site(limit=SERVER, **{**other, "wg_server_state": "absent"}).succeeded()
