# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Shut out the peers of a WireGuard hub whose time is over: from the device at once, and from the file of wg-quick.

A timer of systemd runs this file on the hub, where _expiry.py has put it, by itself and without Ansible. So it needs
nothing but Python 3.8, wg and ip, and holds the lock that the modules hold. The registry is only read: whose time was
over and is prolonged comes back with the next run of the role. Usage: ``expire.py INTERFACE``.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
import re
import subprocess
import sys
import tempfile
import typing as t

CONFIG_DIRECTORY = "/etc/wireguard"
RUN_DIRECTORY = "/run/vpn-wireguard"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Peers in one call of wg.
ARGUMENTS = 1000

_PUBLIC = re.compile(r"^[ \t]*PublicKey[ \t]*=[ \t]*([^\s#]+)", re.IGNORECASE | re.MULTILINE)
_ALLOWED = re.compile(r"^[ \t]*AllowedIPs[ \t]*=[ \t]*([^#\n]*)", re.IGNORECASE | re.MULTILINE)
# An empty line before a section belongs to it.
_PEER = re.compile(r"(?:^\n)?^[ \t]*\[Peer\]", re.IGNORECASE | re.MULTILINE)


def expired(registry: str, now: str) -> dict[str, str]:
    """Names by public key of those whose time is over at ``now`` (YYYY-MM-DDTHH:MM:SSZ, as in the registry)."""
    peers = json.loads(registry)["peers"]
    return {
        peer["public_key"]: name
        for name, peer in peers.items()
        if peer.get("public_key") and peer.get("expires") and peer["expires"] <= now
    }


def without_peers(text: str, keys: t.Container[str]) -> tuple[str, list[str]]:
    """The text of a file without the sections and the routes of these peers, and the networks that were theirs."""
    starts = [found.start() for found in _PEER.finditer(text)]
    kept, networks = [text[: starts[0]] if starts else text], []
    for start, end in zip(starts, [*starts[1:], len(text)]):
        section = text[start:end]
        found = _PUBLIC.search(section)
        if found and found[1] in keys:
            networks += [word.strip() for line in _ALLOWED.findall(section) for word in line.split(",") if word.strip()]
        else:
            kept.append(section)
    routes = {f"# route {network}\n" for network in networks}
    head = [line for line in kept[0].splitlines(keepends=True) if line not in routes]
    return "".join([*head, *kept[1:]]), networks


def write(path: str, text: str) -> None:
    """At any moment the old file is there or the new, whole, and nobody but root can read it."""
    descriptor, temporary = tempfile.mkstemp(
        prefix=f".{os.path.basename(path)}.", suffix=".tmp", dir=os.path.dirname(path)
    )
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


@contextlib.contextmanager
def lock(interface: str) -> t.Iterator[None]:
    """The lock of M(vpn.wireguard.wg_interface): nobody else changes file or device meanwhile."""
    os.makedirs(RUN_DIRECTORY, mode=0o700, exist_ok=True)
    descriptor = os.open(f"{RUN_DIRECTORY}/{interface}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def call(*command: str) -> tuple[int, str]:
    """Exit status and output of a command. Arguments are public keys and networks, never a secret."""
    environment = {"PATH": PATH, "LC_ALL": "C", "WG_HIDE_KEYS": "always"}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout


def shut_out(interface: str, keys: t.Sequence[str]) -> list[str]:
    """Remove peers from the device, those that it has; returns their keys."""
    code, output = call("wg", "show", interface, "peers")
    running = set(output.split()) if code == 0 else set()
    gone = [key for key in keys if key in running]
    for start in range(0, len(gone), ARGUMENTS):
        words = [word for key in gone[start : start + ARGUMENTS] for word in ("peer", key, "remove")]
        if call("wg", "set", interface, *words)[0]:
            raise OSError(f"wg does not remove peers of {interface}")
    return gone


def run(interface: str, now: str) -> list[str]:
    """Shut out whose time is over; returns their names. The device comes first: it is what lets packets in."""
    path, registry = f"{CONFIG_DIRECTORY}/{interface}.conf", f"{CONFIG_DIRECTORY}/{interface}/peers.json"
    with lock(interface):
        with open(registry, encoding="utf-8") as stream:
            names = expired(stream.read(), now)
        gone = set(shut_out(interface, sorted(names)))
        with open(path, encoding="utf-8", newline="") as stream:
            before = stream.read()
        after, networks = without_peers(before, names)
        if networks or after != before:
            gone |= {key for key in _PUBLIC.findall(before) if key in names}
            write(path, after)
        for network in networks:
            # Most have no route of their own, being inside the tunnel's network.
            call("ip", "-6" if ":" in network else "-4", "route", "del", network, "dev", interface)
    return sorted(names[key] for key in gone)


def main() -> None:
    """Run once, and say in the journal who was shut out."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    for name in run(sys.argv[1], now):
        sys.stdout.write(f"{name} has expired and is not let in any more\n")


if __name__ == "__main__":
    main()
