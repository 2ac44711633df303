# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real runs of ansible-playbook against the lab, and looks at the lab's hosts, both as values."""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import itertools
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SITE = ROOT / "playbooks" / "site.yml"
INVENTORY = ROOT / "molecule" / "inventory"
BIN = ROOT / ".venv" / "bin"
SLOT = os.environ.get("WG_LAB_SLOT", "2")

SERVER, CLIENTS = "server", ("client-one", "client-two")
HOSTS = (SERVER, *CLIENTS)
NETWORK = "10.8.0.0/24"
PORT = 54321
SERVER_ADDRESS = str(ipaddress.ip_address("198.51.100.10") + 64 * int(SLOT))

# The three steps that the tunnel is built in, each by variables alone; the inventory has port and network.
HUB_ONLY = {"wg_client_route": "server"}
CLIENT_TO_CLIENT = {"wg_client_route": "network", "wg_server_client_to_client": True}
EVERYTHING = {
    "wg_client_route": "all",
    "wg_client_dns": ["1.1.1.1", "1.0.0.1"],
    "wg_server_client_to_client": True,
    "wg_server_internet": True,
}

# Actions that run on the controller and send no module to the host.
ON_CONTROLLER = frozenset(
    f"ansible.builtin.{name}"
    for name in (
        "assert",
        "debug",
        "fail",
        "import_role",
        "import_tasks",
        "include_role",
        "include_tasks",
        "meta",
        "set_fact",
        "validate_argument_spec",
    )
)

SNAPSHOT = r"""
find /etc /root /home /opt /srv /usr/local /var/lib/apt /var/lib/dpkg /var/cache/apt /run/vpn-wireguard \
  -printf '%p %y %M %U %G %s %T@ %l\n' 2>/dev/null | LC_ALL=C sort
dpkg-query --show
cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding
for family in 4 6; do ip -$family address show scope global | grep -v valid_lft; ip -$family route show table all; ip -$family rule; done
for tool in iptables ip6tables; do
  if command -v $tool >/dev/null; then $tool -t filter -S; $tool -t nat -S; else echo "no $tool"; fi
done
systemctl list-unit-files --state=enabled --no-legend
"""

_numbers = itertools.count(1)
# Files of runs; gone when the session ends.
_folder = tempfile.TemporaryDirectory(prefix="vpn-wireguard-system-")


@dataclasses.dataclass(frozen=True)
class Result:
    """The outcome of one task on one host. ``status``: ok, skipped, failed, ignored or unreachable."""

    play: str
    host: str
    task: str
    action: str
    status: str
    result: Mapping[str, Any]

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))

    @property
    def ran_module(self) -> bool:
        """Whether a module was sent to the host."""
        return self.status != "skipped" and self.action not in ON_CONTROLLER

    @property
    def message(self) -> str:
        """The message of the task; several are joined by line ends."""
        message = self.result.get("msg", "")
        return message if isinstance(message, str) else "\n".join(str(line) for line in message)


@dataclasses.dataclass(frozen=True)
class Run:
    """A run of ansible-playbook: exit status, standard output and error together, a Result for each task and host."""

    status: int
    output: str = dataclasses.field(repr=False)
    record: Path
    results: tuple[Result, ...] = dataclasses.field(repr=False)

    def of(self, host: str) -> list[Result]:
        return [result for result in self.results if result.host == host]

    @property
    def changed(self) -> list[str]:
        """The tasks that changed something, each with its host."""
        return [f"{result.host}: {result.task}" for result in self.results if result.changed]

    @property
    def failures(self) -> dict[str, str]:
        """The message of the failed task, by host."""
        return {result.host: result.message for result in self.results if result.status in ("failed", "unreachable")}

    def succeeded(self) -> Run:
        """This run; fails the test with the end of the output unless the run went well."""
        assert self.status == 0, f"exit status {self.status}:\n{self.output[-6000:]}"
        return self


def environment(record: Path) -> dict[str, str]:
    """Variables for ansible-playbook: the checkout's own collection, nothing of the user's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {
        **kept,
        "PATH": f"{BIN}:{kept['PATH']}",
        "LC_ALL": "C.UTF-8",
        "WG_LAB_SLOT": SLOT,
        "WG_SYSTEM_RECORD": str(record),
        "ANSIBLE_HOME": str(ROOT / ".venv"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "system_record",
        "ANSIBLE_NOCOLOR": "1",
        # Who relies on facts as variables of their own fails where a user has turned them off.
        "ANSIBLE_INJECT_FACT_VARS": "0",
    }


def play(
    *arguments: str,
    playbook: Path = SITE,
    variables: Mapping[str, Any] | None = None,
    hosts: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
) -> Run:
    """Run a playbook. ``variables`` are extra variables, ``hosts`` a further inventory, ``env`` further variables
    of the process."""
    stem = Path(_folder.name) / f"run-{next(_numbers):03}"
    record = stem.with_suffix(".jsonl")
    command = ["ansible-playbook", "-i", str(INVENTORY)]
    if hosts is not None:
        command += ["-i", str(_write(stem.with_suffix(".inventory.yml"), hosts))]
    if variables:
        command += ["-e", f"@{_write(stem.with_suffix('.variables.yml'), variables)}"]
    done = subprocess.run(
        [*command, *arguments, str(playbook)],
        cwd=ROOT,
        env={**environment(record), **(env or {})},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    results = tuple(Result(**json.loads(line)) for line in lines)
    return Run(done.returncode, done.stdout.decode(errors="replace"), record, results)


def _write(path: Path, value: Mapping[str, Any]) -> Path:
    # JSON is YAML.
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return path


def lab(*arguments: str, check: bool = True, stdin: bytes = b"") -> bytes:
    """Standard output of lab.py; fails the test with its words where it fails and ``check`` is set."""
    done = subprocess.run(lab_command(*arguments), input=stdin, capture_output=True, check=False)
    assert done.returncode == 0 or not check, (
        f"{shlex.join(arguments)[:300]} ended with {done.returncode}:\n{done.stderr.decode(errors='replace')}"
    )
    return done.stdout


def lab_command(*arguments: str) -> list[str]:
    """The command line of lab.py for this slot."""
    return [sys.executable, str(ROOT / "molecule" / "shared" / "lab.py"), "--slot", SLOT, *arguments]


def on_host(host: str, *command: str, check: bool = True, stdin: str = "") -> str:
    """Standard output of a command that root runs on a host, by another way than the one that is tested."""
    return lab("exec", host, "--", *command, check=check, stdin=stdin.encode()).decode(errors="replace")


def shell(host: str, script: str, check: bool = True) -> str:
    """Standard output of a shell script that root runs on a host."""
    return on_host(host, "sh", "-c", script, check=check)


def succeeds(host: str, script: str) -> bool:
    """Whether a shell script ends with 0 on a host."""
    return shell(host, f"if {{ {script}; }} >/dev/null 2>&1; then echo yes; fi").strip() == "yes"


def snapshot(hosts: Sequence[str] = HOSTS) -> dict[str, list[str]]:
    """All of a host that a run could change: files, packages, addresses, routes, rules, units; as lines, by host."""
    return {host: shell(host, SNAPSHOT).splitlines() for host in hosts}


def read(host: str, path: str) -> str:
    """The text of a file on a host."""
    return on_host(host, "cat", path)


def handshakes(host: str) -> list[str]:
    """Public keys of the peers with which the host's wg0 has shaken hands."""
    lines = [line.split("\t") for line in on_host(host, "wg", "show", "wg0", "latest-handshakes").splitlines()]
    return sorted(key for key, seconds in lines if seconds != "0")


def peers(host: str) -> list[str]:
    """Public keys of the peers that the host's wg0 runs with."""
    return sorted(on_host(host, "wg", "show", "wg0", "peers").split())


def reaches(host: str, address: str) -> bool:
    """Whether three pings in a row are answered."""
    return succeeds(host, f"ping -c 3 -i 0.2 -W 2 {shlex.quote(address)} | grep -q ' 0% packet loss'")


@contextlib.contextmanager
def refusing_nat(host: str) -> Iterator[None]:
    """While it lasts, iptables-restore fails on the host as it does where the kernel has no NAT."""
    script = (
        "#!/bin/sh\nrules=$(cat)\n"
        "case $rules in *MASQUERADE*) echo 'iptables-restore: unable to initialize table nat' >&2; exit 3;; esac\n"
        'printf \'%s\\n\' "$rules" | /usr/sbin/iptables-restore "$@"\n'
    )
    path = "/usr/local/sbin/iptables-restore"
    on_host(host, "sh", "-c", f"cat > {path} && chmod 755 {path}", stdin=script)
    try:
        yield
    finally:
        on_host(host, "rm", path)
