# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of ansible-playbook on hosts that are namespaces of this machine, and what they cost."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.vpn.wireguard.benchmarks import measure
from ansible_collections.vpn.wireguard.tests.integration import hosts

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "playbooks" / "site.yml"
PLAYBOOKS = ROOT / "benchmarks" / "playbooks"
PYTHON = "/usr/bin/python3"
TOOLS = ["wg", "wg-quick", "ip", "iptables-restore", "ip6tables-restore", "ping", "qrencode", PYTHON]
HUB = "hub"
NETWORK = "10.64.0.0/16"
# Where clients dial the hub.
ADDRESS = "198.18.0.1"

# Modules, and nothing else of Ansible, run within the host; each leaves a byte behind. They are in a session of their
# own, because Ansible ends that of its own process for the host, at the end of a play, with all that was started there.
INTERPRETER = """#!/bin/sh
printf . >> {runs}
exec setsid --wait {within} {python} "$@"
"""
# The same for all that is compared.
CONFIG = """
[defaults]
inventory = {directory}/hosts.json
remote_tmp = {directory}/tmp
forks = 10
[connection]
pipelining = true
"""


class Cost(NamedTuple):
    """Seconds of the processors in all processes of a run, and its module runs by host."""

    cpu: float
    modules: dict[str, int]


class Lab:
    """A hub and its clients, and a controller's directory for them."""

    def __init__(self, directory: Path, machines: Mapping[str, hosts.Host]) -> None:
        self.directory, self.machines = directory, machines
        for name, machine in machines.items():
            script = INTERPRETER.format(runs=self._runs(name), within=" ".join(machine.within()), python=PYTHON)
            self._runs(name).write_text("")
            (directory / f"{name}.python").write_text(script)
            (directory / f"{name}.python").chmod(0o755)
        (directory / "ansible.cfg").write_text(CONFIG.format(directory=directory))
        (directory / "host_vars").mkdir()
        self.write("hosts", self._inventory())

    def write(self, name: str, data: object) -> Path:
        """A file of the controller, in the part of YAML that is JSON."""
        path = self.directory / f"{name}.json"
        path.write_text(json.dumps(data))
        return path

    def set(self, host: str, **variables: Any) -> None:
        """The variables of a host."""
        self.write(f"host_vars/{host}", variables)

    def play(self, playbook: Path) -> Cost:
        """The cost of a run that has to succeed."""
        before, runs = measure.used(), self._count()
        command = [str(Path(sys.executable).with_name("ansible-playbook")), str(playbook)]
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            said = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("fatal:", "[ERROR]"))]
            raise RuntimeError("\n".join([f"{playbook} failed:", *said, done.stderr[-2000:]]))
        modules = {name: count - runs[name] for name, count in self._count().items()}
        return Cost(measure.used() - before, modules)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        home = ROOT / ".venv"
        return {
            **kept,
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(self.directory / "ansible.cfg"),
            "ANSIBLE_HOME": str(home),
            "ANSIBLE_COLLECTIONS_PATH": str(home / "collections"),
        }

    def _runs(self, name: str) -> Path:
        return self.directory / f"{name}.runs"

    def _count(self) -> dict[str, int]:
        return {name: self._runs(name).stat().st_size for name in self.machines}

    def _inventory(self) -> dict[str, Any]:
        clients = {name: None for name in self.machines if name != HUB}
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": f"{self.directory}/{{{{ inventory_hostname }}}}.python",
            # Namespaces have no systemd.
            "wg_server_enabled": False,
            "wg_client_enabled": False,
            "wg_server_networks": [NETWORK],
            "wg_server_endpoint": ADDRESS,
        }
        groups = {"wg_servers": {"hosts": {HUB: None}}, "wg_clients": {"hosts": clients}}
        return {"all": {"vars": variables, "children": groups}}


@contextlib.contextmanager
def lab(clients: int = 0) -> Iterator[Lab]:
    """A hub and so many clients, which reach each other."""
    lacking = missing()
    if lacking:
        raise RuntimeError(f"this part takes root, and {', '.join(lacking)}")
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, watchers(clients), contextlib.ExitStack() as stack:
        machines = {name: stack.enter_context(hosts.single()) for name in names(clients)}
        connect(list(machines.values()))
        yield Lab(Path(directory), machines)


@contextlib.contextmanager
def watchers(clients: int) -> Iterator[None]:
    """While it lasts, each host's wireguard-go may have an instance of inotify(7); all of them are one user's."""
    limit = Path("/proc/sys/fs/inotify/max_user_instances")
    before = limit.read_text()
    limit.write_text(str(int(before) + clients))
    try:
        yield
    finally:
        limit.write_text(before)


def missing() -> list[str]:
    """What the roles would install: on this machine, whose files the hosts share."""
    tools = {tool: shutil.which(tool) is not None for tool in TOOLS}
    tools["wireguard-go"] = shutil.which("wireguard-go") is not None or Path("/sys/module/wireguard").exists()
    found = subprocess.run([PYTHON, "-c", "import cryptography"], capture_output=True, check=False)
    tools["python3-cryptography"] = found.returncode == 0
    return [tool for tool, is_there in tools.items() if not is_there]


def names(clients: int) -> list[str]:
    """The hub and its clients."""
    return [HUB, *(f"client-{number}" for number in range(clients))]


def connect(machines: Sequence[hosts.Host]) -> None:
    """Cables from all clients to a bridge of the hub."""
    hub, *clients = machines
    lines = ["link add name bridge type bridge", f"address add {ADDRESS}/16 dev bridge", "link set bridge up"]
    for number, client in enumerate(clients):
        lines.append(f"link add c{number} type veth peer name cable netns {client.pid}")
        lines.append(f"link set c{number} master bridge up")
    batch(hub, lines)
    for number, client in enumerate(clients, 2):
        address = f"198.18.{number // 256}.{number % 256}/16"
        batch(client, [f"address add {address} dev cable", "link set cable up"])


def batch(machine: hosts.Host, lines: Sequence[str]) -> None:
    """Calls of ip in a host's network; the number of a process means something only outside of its other namespaces."""
    command = ["nsenter", f"--target={machine.pid}", "--net", "ip", "-batch", "-"]
    subprocess.run(command, input="\n".join(lines), text=True, check=True)
