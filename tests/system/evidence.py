# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a run leaves anywhere, and the search for keys in it."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import io
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.vpn.wireguard.tests.system import harness

SAMPLER = harness.HERE / "sampler.py"
CONFIG = "/etc/wireguard/wg0.conf"
KEY_FILE = "/etc/wireguard/wg0/private.key"
REGISTRY = "/etc/wireguard/wg0/peers.json"
# All folders of a host to which anything writes; the rest of a host is what packages bring.
WRITTEN = "/etc /home /opt /root /run /srv /tmp /usr/local /var/cache/apt /var/lib /var/log /var/mail /var/spool /var/tmp".split()
REMOTE_TEMP = "/var/tmp/ansible-probe"


@dataclasses.dataclass(frozen=True)
class Evidence:
    """A run, and what it left on the controller and was seen doing anywhere: bytes by place."""

    run: harness.Run
    places: Mapping[str, bytes] = dataclasses.field(repr=False)


def watched_play(folder: Path, *arguments: str, env: Mapping[str, str] | None = None, **how: Any) -> Evidence:
    """A run with a log, a cache of facts and temporary files in ``folder``, and all processes watched."""
    temp, cache, log = folder / "temp", folder / "cache", folder / "ansible.log"
    temp.mkdir()
    settings = {
        "ANSIBLE_LOG_PATH": str(log),
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(cache),
        "ANSIBLE_LOCAL_TEMP": str(temp),
        "ANSIBLE_REMOTE_TEMP": REMOTE_TEMP,
    }
    with contextlib.ExitStack() as stack:
        watches = [stack.enter_context(_watch([sys.executable, str(SAMPLER), str(temp)]))]
        script = SAMPLER.read_text(encoding="utf-8")
        watches += [
            stack.enter_context(_watch(harness.lab_command("exec", host, "--", "python3", "-c", script)))
            for host in harness.HOSTS
        ]
        run = harness.play(*arguments, env={**settings, **(env or {})}, **how)
        seen = [_stop(watch) for watch in watches]
    ansible_homes = (harness.ROOT / ".venv" / "tmp", harness.ROOT / ".venv" / "cp", Path.home() / ".ansible")
    places = {
        "output": run.output.encode(),
        "callback": run.record.read_bytes(),
        "log": log.read_bytes(),
        "cache of facts": _files(cache),
        "local temp": b"\n".join([_files(temp), *(it["file"] for it in seen)]),
        "homes of Ansible": b"\n".join(_files(home) for home in ansible_homes),
        "command lines": b"\n".join(it["cmdline"] for it in seen),
        "environments": b"\n".join(it["environ"] for it in seen),
    }
    return Evidence(run, places)


@contextlib.contextmanager
def _watch(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A sampler that has begun."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def _stop(process: subprocess.Popen[bytes]) -> dict[str, bytes]:
    """What a sampler has seen, joined by kind."""
    output = io.BytesIO(process.communicate()[0])
    assert process.returncode == 0
    seen: dict[str, list[bytes]] = {"cmdline": [], "environ": [], "file": []}
    for line in output:
        kind, length = line.split()
        seen[kind.decode()].append(output.read(int(length)))
        output.readline()
    return {kind: b"\n".join(items) for kind, items in seen.items()}


def _files(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def forms(key: str) -> dict[str, list[bytes]]:
    """How a key may be written, by what each form is called."""
    raw = base64.b64decode(key)
    text = key.encode()
    # Base64 of a text around the key: it depends on the place modulo 3, and the characters at both ends on what is
    # beside the key.
    wrapped = [base64.b64encode(bytes(offset) + text)[(offset * 4 + 2) // 3 : -4] for offset in range(3)]
    return {
        "base64": [text],
        "first characters": [text[:20]],
        "base64 of base64": wrapped,
        "hexadecimal": [raw.hex().encode(), raw.hex().upper().encode()],
        "JSON": [text.replace(b"/", rb"\/")],
        "base64 for addresses": [base64.urlsafe_b64encode(raw)],
        "bytes": [raw],
    }


def shown_in(content: bytes, keys: Iterable[str]) -> set[str]:
    """The forms in which any of the keys is in ``content``."""
    return {name for key in keys for name, patterns in forms(key).items() for pattern in patterns if pattern in content}


def leaks(places: Mapping[str, bytes], keys: Iterable[str]) -> dict[str, set[str]]:
    """The places that show a key, with the forms."""
    found = {place: shown_in(content, list(keys)) for place, content in places.items()}
    return {place: names for place, names in found.items() if names}


def secrets(hosts: Sequence[str] = harness.HOSTS) -> dict[str, dict[str, set[str]]]:
    """Private and preshared keys: by secret, the hosts that have it, each with the only files where it may be."""
    found: dict[str, dict[str, set[str]]] = {}
    for host in hosts:
        own = harness.read(host, KEY_FILE).strip()
        shared = re.findall(r"^PresharedKey = (.*)$", harness.read(host, CONFIG), re.MULTILINE)
        assert all(len(key) == 44 for key in (own, *shared))
        found.setdefault(own, {})[host] = {CONFIG, KEY_FILE}
        for key in shared:
            found.setdefault(key, {})[host] = {CONFIG, REGISTRY} if host == harness.SERVER else {CONFIG}
    return found


def files(host: str) -> dict[str, bytes]:
    """All files of a host that anything could have written, by path."""
    archive = harness.lab(
        "exec", host, "--", "sh", "-c", f"tar --create --ignore-failed-read {' '.join(WRITTEN)} 2>/dev/null"
    )
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        members = [(member, tar.extractfile(member)) for member in tar if member.isreg()]
        return {f"/{member.name}": stream.read() for member, stream in members if stream is not None}


def journal(host: str) -> bytes:
    """All that a host has logged since it booted."""
    return harness.lab("exec", host, "--", "journalctl", "--all", "--output", "export", "--no-pager")
