# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub, a client, and a phone: a host that no play ever touches, which gets its file by hand."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.vpn.wireguard.tests.system import day2, harness

SERVER, MANAGED, PHONE = harness.SERVER, *harness.CLIENTS
ADDRESS = "10.8.0.50"
INTERNET = day2.INTERNET
PLAYBOOKS = harness.ROOT / "playbooks"
PASSWORD = "the password of the vault"

# The phone's host takes no part, and the inventory of the lab must not count it as a client.
HOSTS = {"wg_clients": {"hosts": {PHONE: {"wg_client_state": "absent"}}}}
NOT_THE_PHONE = ("--limit", f"{SERVER},{MANAGED}")
BASE: Mapping[str, Any] = {"wg_server_client_to_client": True, "wg_server_internet": True}
DEVICE: Mapping[str, Any] = {
    "name": "phone",
    "generate": True,
    "address": ADDRESS,
    "route": "all",
    "dns": ["1.1.1.1"],
    "persistent_keepalive": 5,
}
# What a phone has, and the program that reads codes with its camera.
PROGRAMS = "wireguard-tools wireguard-go iptables openresolv zbar-tools curl"


def site(*devices: Mapping[str, Any], limit: str | None = None, **variables: Any) -> harness.Run:
    """Run the site's playbook on the hub and the client, or on ``limit``."""
    peers = {"wg_server_peers": [dict(device) for device in devices]}
    arguments = ("--limit", limit) if limit else NOT_THE_PHONE
    return harness.play(*arguments, variables={**BASE, **peers, **variables}, hosts=HOSTS)


def play(name: str, *arguments: str, devices: tuple[Mapping[str, Any], ...] = (DEVICE,)) -> harness.Run:
    """Run another playbook on the hub and the client."""
    variables = {**BASE, "wg_server_peers": [dict(device) for device in devices]}
    playbook = PLAYBOOKS / f"{name}.yml"
    return harness.play(*NOT_THE_PHONE, *arguments, playbook=playbook, variables=variables, hosts=HOSTS)


def exported(folder: Path, *arguments: str, device: str = "phone") -> dict[str, bytes]:
    """What an export brings, by file name, opened with the vault's password."""
    password = folder / "password"
    password.write_text(PASSWORD)
    vault = ["--vault-password-file", str(password)]
    play("export", *vault, "-e", f"device={device}", "-e", f"export_to={folder / 'exported'}", *arguments).succeeded()
    found = {}
    for path in (folder / "exported").iterdir():
        assert path.read_bytes().startswith(b"$ANSIBLE_VAULT;")
        command = [str(harness.BIN / "ansible-vault"), "decrypt", "--output", "-", *vault, str(path)]
        found[path.name] = subprocess.run(command, capture_output=True, check=True).stdout
        path.unlink()
    return found


def put(path: str, content: bytes) -> None:
    """Give the phone a file."""
    harness.lab("exec", PHONE, "--", "sh", "-c", f"umask 077; cat > {path}", stdin=content)


def shared() -> dict[str, Any]:
    """The entry of the phone in the hub's registry, secrets and all."""
    entry: dict[str, Any] = json.loads(harness.read(SERVER, day2.REGISTRY))["peers"]["phone"]
    return entry
