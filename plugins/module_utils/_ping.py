# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Pings as data, and what their failure means."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import time
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _commands, _device

# WireGuard lets a session go after 180 s without a new handshake (whitepaper 6.1, REJECT_AFTER_TIME).
SESSION_SECONDS = 180

# A host whose peer has forgotten their session, as one that was removed and added again has, notices 15 s after the first
# packet that nobody answers (whitepaper 6.5, KEEPALIVE_TIMEOUT and REKEY_TIMEOUT).
WAKE_SECONDS = 20

_COUNTS = re.compile(r"(\d+) packets transmitted, (\d+) (?:packets )?received")
_TIMES = re.compile(r"(?:rtt|round-trip) min/avg/max\S* = ([\d.]+)/([\d.]+)/([\d.]+)")


@dataclasses.dataclass(frozen=True)
class Ping:
    """The outcome of a few pings to one target. Times are in milliseconds, None where nothing came back."""

    target: str
    sent: int
    received: int
    rtt_min: float | None = None
    rtt_avg: float | None = None
    rtt_max: float | None = None

    @property
    def loss_percent(self) -> int:
        """Lost packets of a hundred; 100 where none could be sent."""
        return 100 - 100 * self.received // self.sent if self.sent else 100


def ping_all(targets: t.Sequence[str], count: int, timeout: int) -> list[Ping]:
    """Ping all targets at once, ``count`` times each, five times a second, ``timeout`` seconds for an answer.

    Before that, each target has WAKE_SECONDS for a first answer, which does not count.
    """
    _ping_each(targets, "-c", "1", "-w", str(WAKE_SECONDS))
    outputs = _ping_each(targets, "-c", str(count), "-i", "0.2", "-W", str(timeout))
    return [parse(target, output) for target, output in zip(targets, outputs)]


def _ping_each(targets: t.Sequence[str], *options: str) -> list[str]:
    """What ping prints for each target. Side by side: a dead one costs its time-out once, however many are dead."""
    running = [
        subprocess.Popen(
            ["ping", "-n", "-q", *options, target],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_commands.ENVIRONMENT,
        )
        for target in targets
    ]
    return [process.communicate()[0].decode(errors="replace") for process in running]


def parse(target: str, output: str) -> Ping:
    """The summary that ping (of iputils or BusyBox) prints."""
    counts, times = _COUNTS.search(output), _TIMES.search(output)
    sent, received = (int(counts[1]), int(counts[2])) if counts else (0, 0)
    if not times:
        return Ping(target, sent, received)
    return Ping(target, sent, received, float(times[1]), float(times[2]), float(times[3]))


def handshake_age(device: _device.Device | None) -> int | None:
    """Seconds since the latest handshake with any peer; None if there was none."""
    latest = max((peer.handshake for peer in device.peers.values()), default=0) if device else 0
    return int(time.time()) - latest if latest else None


def received(device: _device.Device | None) -> int:
    """Bytes that came from all peers together."""
    return sum(peer.received for peer in device.peers.values()) if device else 0


def diagnose(interface: str, device: _device.Device | None, lost: t.Sequence[Ping], heard: bool = True) -> str:
    """The likeliest cause of lost pings, from the outside in; empty where nothing was lost.

    ``heard`` says whether anything came from a peer meanwhile.
    """
    if not lost:
        return ""
    targets = ", ".join(f"{ping.target} ({ping.loss_percent} % lost)" for ping in lost)
    return f"no full answer from {targets}: {_cause(interface, device, heard)}"


def _cause(interface: str, device: _device.Device | None, heard: bool) -> str:
    if device is None:
        return f"{interface} is not up; look at systemctl status wg-quick@{interface}"
    if not device.peers:
        return f"{interface} has no peers; the peer's host may have been left out of the run"
    age = handshake_age(device)
    if age is None:
        return "there was never a handshake; the endpoint may be wrong, its UDP port closed by a firewall, or the hub may not know this host's public key"
    if age > SESSION_SECONDS:
        return f"the last handshake is {age} s old; the other side went away, changed its key or address, or its UDP port was closed"
    if not heard:
        return f"nothing came from the other side any more, {age} s after the last handshake; it went down, or its address or port changed"
    return (
        "the tunnel itself is up; allowed_ips, the hub's forwarding rules, or a firewall of the target keep the packets"
    )
