# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are namespaces: a network, an /etc/wireguard and a /run of their own, joined by a cable of the kernel.

WireGuard itself runs there, the kernel's where there is one, else wireguard-go.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

COLLECTIONS = Path(__file__).resolve().parents[2] / ".venv" / "collections"

MAKE = """
mount -t tmpfs none /run && mkdir -p /run/lock
mount -t sysfs none /sys
mount -t tmpfs none /etc/wireguard
ip link set lo up
echo ready
exec sleep infinity
"""

# Kills itself before the Nth deed that others could see: a command that does more than look, a file that is opened to
# be written, renamed or removed.
RUN = """
import importlib, json, os, signal, sys
sys.path.insert(0, sys.argv[1])
from ansible.module_utils.testing import patch_module_args
module = importlib.import_module(f"ansible_collections.vpn.wireguard.plugins.modules.{sys.argv[2]}")
left = int(sys.argv[3])
writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT

def watch(event, arguments):
    global left
    seen = event in ("subprocess.Popen", "os.rename", "os.remove", "os.mkdir")
    looks = event == "subprocess.Popen" and {"show", "-json"} & set(arguments[1])
    seen = seen and not looks or event == "open" and isinstance(arguments[2], int) and arguments[2] & writing
    if seen and left:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

with patch_module_args({**json.load(sys.stdin), "_ansible_remote_tmp": "/run", "_ansible_diff": True}):
    sys.addaudithook(watch)
    module.main()
"""

# Numbered datagrams to an echo, one each 10 ms; the second line tells how many of how many came back.
METER = """
import select, socket, sys, time
address, seconds = sys.argv[1], float(sys.argv[2])
meter = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
meter.connect((address, 7))
print("ready", flush=True)
began, sent, back = time.monotonic(), 0, set()
while time.monotonic() - began < seconds + 1:
    due = began + sent * 0.01
    if due < began + seconds and time.monotonic() >= due:
        try:
            meter.send(str(sent).encode())
        except OSError:
            pass
        sent += 1
    if select.select([meter], [], [], 0.002)[0]:
        try:
            back.add(int(meter.recv(64)))
        except OSError:
            pass
print(sent, len(back))
"""
ECHO = """
import socket
echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
echo.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
echo.bind(("0.0.0.0", 7))
print("ready", flush=True)
while True:
    try:
        text, sender = echo.recvfrom(64)
        echo.sendto(text, sender)
    except OSError:
        pass
"""


class Killed(Exception):
    """A module that was killed where it was told to be."""


class Host:
    """A namespace; ``process`` keeps it."""

    def __init__(self) -> None:
        command = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "bash", "-ec", MAKE]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.pid = int(children[0])
        self.started: list[subprocess.Popen[str]] = []

    def within(self, *command: str) -> list[str]:
        """A command as it is called from outside."""
        return ["nsenter", f"--target={self.pid}", "--mount", "--net", "--pid", *command]

    def run(self, *command: str) -> str:
        """The output of a command there."""
        return subprocess.run(self.within(*command), capture_output=True, text=True, check=True, timeout=60).stdout

    def read(self, path: str) -> str | None:
        done = subprocess.run(self.within("cat", path), capture_output=True, text=True, check=False, timeout=60)
        return done.stdout if done.returncode == 0 else None

    def write(self, path: str, text: str) -> None:
        """Put text into a file there."""
        subprocess.run(self.within("tee", path), input=text, capture_output=True, text=True, check=True, timeout=60)

    def module(self, name: str, arguments: Mapping[str, Any], kill_before: int = 0) -> dict[str, Any]:
        """The result of a module. Raises Killed where it was killed before deed number ``kill_before``."""
        command = self.within(sys.executable, "-c", RUN, str(COLLECTIONS), name, str(kill_before))
        done = subprocess.run(
            command, input=json.dumps(dict(arguments)), capture_output=True, text=True, check=False, timeout=120
        )
        if done.returncode == -9:
            raise Killed
        assert done.stdout, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def start(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        """A Python program there, once it says that it is ready."""
        command = self.within(sys.executable, "-c", script, *arguments)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    def close(self) -> None:
        """The end of all that runs there: the first process of the namespace takes the others with it."""
        self.process.kill()
        for process in (self.process, *self.started):
            process.communicate(timeout=20)


@contextlib.contextmanager
def pair() -> Iterator[tuple[Host, Host]]:
    """Two hosts with a cable between them: 192.0.2.1 and 192.0.2.2."""
    hub, client = Host(), Host()
    try:
        # The number of a process means something only outside.
        cable = f"ip link add cable type veth peer name cable netns {client.pid}"
        subprocess.run(["nsenter", f"--target={hub.pid}", "--net", *cable.split()], check=True)
        for host, address in ((hub, "192.0.2.1/30"), (client, "192.0.2.2/30")):
            host.run("ip", "address", "add", address, "dev", "cable")
            host.run("ip", "link", "set", "cable", "up")
        yield hub, client
    finally:
        hub.close()
        client.close()


@contextlib.contextmanager
def single() -> Iterator[Host]:
    """One host."""
    host = Host()
    try:
        yield host
    finally:
        host.close()


def config(interface: str, *peers: str) -> str:
    """A file of wg-quick as the roles render it."""
    sections = [f"[Peer]\n{textwrap.dedent(peer)}" for peer in peers]
    return "\n".join(["# Managed by Ansible with vpn.wireguard", f"[Interface]\n{interface}", *sections])
