# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices that Ansible does not manage: their files with real programs, which make and read the codes and load the files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.integration import hosts
from ansible_collections.vpn.wireguard.tests.unit import samples

CLIENTS = "/etc/wireguard/wg0/clients"
PHONE = {"name": "phone", "generate": True, "preshared_key": True}
LAPTOP = {"name": "laptop", "public_key": samples.TWO.public}


@pytest.fixture
def hub() -> Iterator[hosts.Host]:
    with hosts.single() as host:
        yield host


def resolve(hub: hosts.Host, *peers: dict[str, Any]) -> dict[str, Any]:
    arguments = {"interface": "wg0", "networks": ["10.8.0.0/24"], "reserved": ["10.8.0.1"], "peers": list(peers)}
    return hub.module("wg_peers", arguments)


def files(hub: hosts.Host, *names: str, **more: Any) -> dict[str, Any]:
    devices = [{"name": name, "allowed_ips": ["10.8.0.0/24"]} for name in names]
    arguments = {
        "interface": "wg0",
        "public_key": samples.HUB.public,
        "endpoint": "192.0.2.1:51820",
        "networks": ["10.8.0.0/24"],
        "devices": devices,
    }
    return hub.module("wg_client_config", {**arguments, **more})


def decoded(hub: hosts.Host, picture: str) -> str:
    """What another program than the one that made the code reads in it."""
    image = subprocess.run(hub.within("cat", picture), capture_output=True, check=True, timeout=60).stdout
    command = ["zbarimg", "--quiet", "--raw", "--oneshot", "-Sbinary", "-"]
    done = subprocess.run(command, input=image, capture_output=True, check=True, timeout=60)
    return done.stdout.decode()


def test_a_code_is_the_file(hub: hosts.Host) -> None:
    resolve(hub, PHONE, LAPTOP)
    result = files(hub, "phone", "laptop")
    assert [file["ready"] for file in result["files"]] == [True, False]
    text = hub.read(f"{CLIENTS}/phone.conf")
    assert text is not None
    assert decoded(hub, f"{CLIENTS}/phone.png") == text
    assert hub.read(f"{CLIENTS}/laptop.png") is None
    assert not files(hub, "phone", "laptop")["changed"]


def test_a_long_file_is_a_code_too(hub: hosts.Host) -> None:
    """Up to the largest code that there is."""
    resolve(hub, PHONE)
    networks = [f"10.{number}.0.0/24" for number in range(1, 188)]
    for count in (100, 150, 187):
        device = {"name": "phone", "allowed_ips": networks[:count]}
        files(hub, devices=[device])
        text = hub.read(f"{CLIENTS}/phone.conf") or ""
        if len(text) <= 2953:
            assert decoded(hub, f"{CLIENTS}/phone.png") == text
        else:
            assert hub.read(f"{CLIENTS}/phone.png") is None
    assert len(text) > 2600


def test_wg_quick_takes_the_file_as_it_is(hub: hosts.Host) -> None:
    resolve(hub, PHONE, LAPTOP)
    files(hub, "phone", "laptop")
    # The device is another host than the hub, with an interface of another name.
    hub.run("cp", f"{CLIENTS}/phone.conf", f"{CLIENTS}/laptop.conf", "/etc/wireguard")
    hub.run("wg-quick", "up", "phone")
    peer = json.loads(hub.read("/etc/wireguard/wg0/peers.json") or "")["peers"]["phone"]
    shown = hub.run("wg", "show", "phone", "dump").splitlines()
    assert shown[0].split("\t")[:2] == [peer["private_key"], peer["public_key"]]
    assert shown[1].split("\t")[:4] == [samples.HUB.public, peer["preshared_key"], "192.0.2.1:51820", "10.8.0.0/24"]
    assert "inet 10.8.0.2/24" in hub.run("ip", "address", "show", "dev", "phone")


def test_no_program_takes_a_placeholder_for_a_key(hub: hosts.Host) -> None:
    resolve(hub, LAPTOP)
    files(hub, "laptop")
    hub.run("cp", f"{CLIENTS}/laptop.conf", "/etc/wireguard")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        hub.run("wg-quick", "up", "laptop")
    assert "Key is not the correct length or format: `(puttheprivatekeyofthisdevicehere)'" in refused.value.stderr
    assert "laptop" not in hub.run("ip", "link")


def test_no_secret_is_an_argument(hub: hosts.Host) -> None:
    """Programs that stand in the place of the real one note how they were called."""
    resolve(hub, PHONE)
    spy = '#!/bin/sh\nprintf "%s\\n" "$0 $*" >>/run/calls\nenv >>/run/calls\nexec /usr/bin/qrencode "$@"\n'
    hub.run("mount", "-t", "tmpfs", "none", "/usr/local/sbin")
    hub.run("sh", "-c", f"printf '%s' '{spy}' >/usr/local/sbin/qrencode && chmod 755 /usr/local/sbin/qrencode")
    files(hub, "phone")
    peer = json.loads(hub.read("/etc/wireguard/wg0/peers.json") or "")["peers"]["phone"]
    calls = hub.read("/run/calls") or ""
    assert "qrencode --8bit" in calls
    assert [key for key in (peer["private_key"], peer["preshared_key"]) if key in calls] == []


def test_who_has_expired_is_shut_out_without_ansible(hub: hosts.Host) -> None:
    """The script as it is installed, by itself, on a device that runs; then the role's next run has nothing to do."""
    hub.module("wg_keypair", {"path": "/etc/wireguard/wg0/private.key", "private_key": samples.HUB.private})
    guest = {"name": "guest", "generate": True, "networks": ["10.1.0.0/24"], "preshared_key": True}
    found = resolve(hub, PHONE, guest)["peers"]
    section = "[Peer]\n# {}\nPublicKey = {public_key}\nAllowedIPs = {}\n"
    sections = {
        name: section.format(name, ", ".join(peer["allowed_ips"]), public_key=peer["public_key"])
        for name, peer in found.items()
    }
    head = "# vpn.wireguard\n\n[Interface]\nAddress = 10.8.0.1/24\nListenPort = 51820\n"
    arguments = {
        "name": "wg0",
        "private_key_path": "/etc/wireguard/wg0/private.key",
        "registry": "/etc/wireguard/wg0/peers.json",
        "enabled": False,
    }
    both = "".join(f"\n{text}" for text in sections.values())
    assert hub.module("wg_interface", {**arguments, "config": head + both})["changed"]
    stored = json.loads(hub.read("/etc/wireguard/wg0/peers.json") or "")
    stored["peers"]["guest"]["expires"] = "2020-01-01T00:00:00Z"
    hub.write("/etc/wireguard/wg0/peers.json", json.dumps(stored))
    assert "10.1.0.0/24" in hub.run("ip", "route")
    script = hosts.COLLECTIONS / "ansible_collections/vpn/wireguard/plugins/module_utils/_expire.py"
    said = hub.run("/usr/bin/python3", "-I", str(script), "wg0")
    assert said == "guest has expired and is not let in any more\n"
    assert hub.run("wg", "show", "wg0", "peers").split() == [found["phone"]["public_key"]]
    assert "10.1.0.0/24" not in hub.run("ip", "route")
    assert hub.run("/usr/bin/python3", "-I", str(script), "wg0") == ""
    # The date is taken away, because a timer for one takes systemd, which these hosts have not.
    del stored["peers"]["guest"]["expires"]
    hub.write("/etc/wireguard/wg0/peers.json", json.dumps(stored))
    again = hub.module("wg_interface", {**arguments, "config": f"{head}\n{sections['phone']}"})
    assert (again["changed"], again["applied"]) == (False, [])


def test_a_date_takes_systemd(hub: hosts.Host) -> None:
    hub.module("wg_keypair", {"path": "/etc/wireguard/wg0/private.key", "private_key": samples.HUB.private})
    resolve(hub, {**PHONE, "expires": "2199-01-01"})
    arguments = {
        "name": "wg0",
        "private_key_path": "/etc/wireguard/wg0/private.key",
        "registry": "/etc/wireguard/wg0/peers.json",
        "enabled": False,
        "config": "# vpn.wireguard\n[Interface]\nAddress = 10.8.0.1/24\nListenPort = 51820\n",
    }
    failed = hub.module("wg_interface", arguments)
    assert "which takes systemd, and this host does not run it. Nothing was changed" in failed["msg"]
    assert hub.read("/etc/wireguard/wg0.conf") is None
