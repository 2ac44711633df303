# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports, backups and restores by ansible-playbook, on hosts with a state of their own: what they write and what they tell."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.integration import hosts
from ansible_collections.vpn.wireguard.tests.system import evidence
from ansible_collections.vpn.wireguard.tests.unit import samples

ROOT = Path(__file__).resolve().parents[2]
STATE = "/etc/wireguard/wg0"
PASSWORD, OTHER = "correct horse", "battery staple"

RESTORE = """
- hosts: wg_servers
  gather_facts: false
  tasks:
    - vpn.wireguard.wg_backup:
        path: "{{ backup_from }}/{{ inventory_hostname }}.vault"
        state: restored
        force: "{{ restore_force | default(false) }}"
"""


class Controller:
    """Runs playbooks on a host that is itself the controller; all that they leave is in ``folder``."""

    def __init__(self, host: hosts.Host, folder: Path) -> None:
        self.host, self.folder, self.log = host, folder, folder / "log"
        (folder / "inventory").write_text(
            f"[wg_servers]\nhub ansible_connection=local ansible_python_interpreter={sys.executable}\n"
        )
        for name, password in (("password", PASSWORD), ("other", OTHER)):
            (folder / name).write_text(password)
        (folder / "restore.yml").write_text(RESTORE)

    def play(self, playbook: str, *arguments: str, password: str | None = "password", fails: bool = False) -> str:
        """What a run says; it tells, logs and keeps all it can."""
        path = self.folder / playbook if (self.folder / playbook).exists() else ROOT / "playbooks" / playbook
        settings = {
            "PATH": f"{ROOT / '.venv' / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_COLLECTIONS_PATH": str(hosts.COLLECTIONS),
            "ANSIBLE_LOG_PATH": str(self.log),
            "ANSIBLE_DEBUG": "1",
            "ANSIBLE_KEEP_REMOTE_FILES": "1",
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "temp"),
            "ANSIBLE_REMOTE_TEMP": str(self.folder / "remote"),
        }
        vault = ["--vault-password-file", str(self.folder / password)] if password else []
        command = ["ansible-playbook", "-i", str(self.folder / "inventory"), "-vvvvv", "--diff", *vault, *arguments]
        called = ["env", "-i", "-C", str(self.folder), *(f"{key}={value}" for key, value in settings.items())]
        done = subprocess.run(
            self.host.within(*called, *command, str(path)), capture_output=True, text=True, check=False, timeout=300
        )
        assert (done.returncode != 0) is fails, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def opened(self, path: str) -> bytes:
        """A file that the vault password opens."""
        command = [
            str(ROOT / ".venv/bin/ansible-vault"),
            "decrypt",
            "--output",
            "-",
            "--vault-password-file",
            "password",
            path,
        ]
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=True, timeout=60).stdout

    def told(self, output: str, *exported: str) -> dict[str, bytes]:
        """All that a run left anywhere but in the files that were asked for, by place."""
        places = {str(path): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        for path in exported:
            places.pop(str(self.folder / path))
        assert any("AnsiballZ_wg_handover" in path for path in places)
        return {**places, "output": output.encode()}


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[Controller]:
    """A hub with a phone whose pair it made, and a laptop that made its own."""
    with hosts.single() as host:
        host.module("wg_keypair", {"path": f"{STATE}/private.key", "private_key": samples.HUB.private})
        peers = [
            {"name": "phone", "generate": True, "preshared_key": True},
            {"name": "laptop", "public_key": samples.TWO.public},
        ]
        networks = ["10.8.0.0/24"]
        host.module("wg_peers", {"interface": "wg0", "networks": networks, "reserved": ["10.8.0.1"], "peers": peers})
        files = {
            "interface": "wg0",
            "public_key": samples.HUB.public,
            "endpoint": "192.0.2.1:51820",
            "networks": networks,
            "devices": [{"name": name, "allowed_ips": ["0.0.0.0/0"]} for name in ("phone", "laptop")],
        }
        assert host.module("wg_client_config", files)["changed"]
        yield Controller(host, tmp_path)


def secrets(host: hosts.Host) -> list[str]:
    phone = json.loads(host.read(f"{STATE}/peers.json") or "")["peers"]["phone"]
    return [samples.HUB.private, phone["private_key"], phone["preshared_key"]]


def test_an_export_is_encrypted_and_tells_nothing(controller: Controller) -> None:
    planned = controller.play("export.yml", "-e", "device=phone", "--check")
    assert "changed=1" in planned
    assert not (controller.folder / "exported").exists()
    output = controller.play("export.yml", "-e", "device=phone")
    assert controller.opened("exported/phone.conf").decode() == controller.host.read(f"{STATE}/clients/phone.conf")
    assert controller.opened("exported/phone.png").startswith(b"\x89PNG")
    assert {path.stat().st_mode & 0o777 for path in (controller.folder / "exported").iterdir()} == {0o600}
    told = controller.told(planned + output)
    assert evidence.leaks(told, secrets(controller.host)) == {}
    assert "changed=0" in controller.play("export.yml", "-e", "device=phone")


def test_a_plain_export_is_in_its_file_only(controller: Controller) -> None:
    arguments = ["-e", "device=phone", "-e", "export_plain=yes", "-e", "export_to=there"]
    output = controller.play("export.yml", *arguments, password=None)
    file = controller.folder / "there" / "phone.conf"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert file.read_text() == controller.host.read(f"{STATE}/clients/phone.conf")
    assert evidence.leaks(controller.told(output, "there/phone.conf"), secrets(controller.host)) == {}
    # The search would have found it.
    assert set(evidence.leaks(controller.told(output), secrets(controller.host))) == {str(file)}
    assert "changed=0" in controller.play("export.yml", *arguments, password=None)
    file.chmod(0o644)
    assert "changed=1" in controller.play("export.yml", *arguments, password=None)
    assert file.stat().st_mode & 0o777 == 0o600
    # What was plain does not stay so when it is asked for encrypted.
    assert "changed=1" in controller.play("export.yml", *arguments[:2], "-e", "export_to=there")
    assert controller.opened("there/phone.conf").decode() == controller.host.read(f"{STATE}/clients/phone.conf")


def test_a_code_is_shown_on_the_screen_and_not_in_the_log(controller: Controller) -> None:
    code = controller.host.read(f"{STATE}/clients/phone.txt") or ""
    output = controller.play("export.yml", "-e", "device=phone", "-e", "show=qr", password=None)
    assert output.count(code) == 1
    line = code.splitlines()[len(code.splitlines()) // 2]
    places = {path: content for path, content in controller.told(output).items() if line.encode() in content}
    assert list(places) == ["output"]
    assert "no QR code for laptop" in controller.play(
        "export.yml", "-e", "device=laptop", "-e", "show=qr", password=None, fails=True
    )


@pytest.mark.parametrize(
    ("form", "files"),
    [("networkmanager", {"phone.nmconnection"}), ("networkd", {"phone.netdev", "phone.network"})],
)
def test_other_formats_are_encrypted_too(controller: Controller, form: str, files: set[str]) -> None:
    output = controller.play("export.yml", "-e", "device=phone", "-e", f"export_format={form}")
    assert {path.name for path in (controller.folder / "exported").iterdir()} == files
    assert any(secrets(controller.host)[1].encode() in controller.opened(f"exported/{name}") for name in files)
    assert evidence.leaks(controller.told(output), secrets(controller.host)) == {}


@pytest.mark.parametrize(
    ("arguments", "password", "words"),
    [
        (
            ["-e", "device=phone"],
            None,
            "give --vault-password-file, --vault-id or --ask-vault-pass. Nothing was written",
        ),
        (["-e", "device=tablet"], "password", "no file for a device 'tablet'"),
        (["-e", "device=../x"], "password", "begins with a letter or digit"),
        ([], "password", "Say which device, with -e device=NAME"),
        (["-e", "device=phone", "-e", "export_format=openvpn"], "password", "wg-quick, networkmanager, networkd"),
    ],
)
def test_what_cannot_be_exported(
    controller: Controller, arguments: list[str], password: str | None, words: str
) -> None:
    assert words in controller.play("export.yml", *arguments, password=password, fails=True)
    assert not (controller.folder / "exported").exists()


def test_a_backup_tells_nothing_and_restores_another_host(controller: Controller) -> None:
    output = controller.play("backup.yml")
    assert "changed=0" in controller.play("backup.yml")
    assert evidence.leaks(controller.told(output), secrets(controller.host)) == {}
    backup = json.loads(controller.opened("backups/hub.vault"))
    assert set(backup["files"]) == {"private.key", "peers.json"}
    with hosts.single() as host:
        other = Controller(host, controller.folder)
        arguments = ["-e", "backup_from=backups"]
        planned = other.play("restore.yml", *arguments, "--check")
        assert ("changed=1" in planned, host.read(f"{STATE}/private.key")) == (True, None)
        output = other.play("restore.yml", *arguments)
        for path in ("private.key", "peers.json"):
            assert host.read(f"{STATE}/{path}") == controller.host.read(f"{STATE}/{path}")
            assert host.run("stat", "-c", "%a", f"{STATE}/{path}") == "600\n"
        assert evidence.leaks(controller.told(planned + output), secrets(host)) == {}
        assert host.run("find", "/run/vpn-wireguard", "-name", "*.key") == ""
        assert "changed=0" in other.play("restore.yml", *arguments)


def test_another_key_is_replaced_only_when_that_is_said(controller: Controller) -> None:
    controller.play("backup.yml")
    with hosts.single() as host:
        other = Controller(host, controller.folder)
        host.module("wg_keypair", {"path": f"{STATE}/private.key", "private_key": samples.ONE.private})
        arguments: list[Any] = ["-e", "backup_from=backups"]
        assert "restore_force=yes" in other.play("restore.yml", *arguments, fails=True)
        assert host.read(f"{STATE}/private.key") == f"{samples.ONE.private}\n"
        assert host.read(f"{STATE}/peers.json") is None
        other.play("restore.yml", *arguments, "-e", "restore_force=yes")
        assert host.read(f"{STATE}/private.key") == f"{samples.HUB.private}\n"


def test_a_backup_that_cannot_be_opened_changes_nothing(controller: Controller) -> None:
    controller.play("backup.yml")
    with hosts.single() as host:
        other = Controller(host, controller.folder)
        said = other.play("restore.yml", "-e", "backup_from=backups", password="other", fails=True)
        assert "the vault password is not the one that it was encrypted with" in said
        (controller.folder / "backups" / "hub.vault").write_text("{}")
        assert "no backup of a hub" in other.play("restore.yml", "-e", "backup_from=backups", fails=True)
        assert host.read(f"{STATE}/private.key") is None
