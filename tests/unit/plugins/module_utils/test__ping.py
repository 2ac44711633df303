# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pings: what ping of iputils and of BusyBox print, and what losses mean."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _commands, _ping
from ansible_collections.vpn.wireguard.plugins.module_utils._device import Device, DevicePeer
from ansible_collections.vpn.wireguard.plugins.module_utils._ping import Ping
from ansible_collections.vpn.wireguard.tests.unit import samples

IPUTILS = """PING 10.8.0.1 (10.8.0.1) 56(84) bytes of data.

--- 10.8.0.1 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 402ms
rtt min/avg/max/mdev = 0.441/0.517/0.602/0.066 ms
"""
IPUTILS_HALF = """PING fd00:8::1 (fd00:8::1) 56 data bytes

--- fd00:8::1 ping statistics ---
4 packets transmitted, 3 received, +1 duplicates, 25% packet loss, time 602ms
rtt min/avg/max/mdev = 10.400/12.000/14.600/1.066 ms, pipe 2
"""
IPUTILS_LOST = """PING 10.8.0.1 (10.8.0.1) 56(84) bytes of data.
From 10.8.0.2 icmp_seq=1 Destination Host Unreachable
ping: sendmsg: Required key not available

--- 10.8.0.1 ping statistics ---
3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 2042ms

"""
BUSYBOX = """PING 10.8.0.1 (10.8.0.1): 56 data bytes

--- 10.8.0.1 ping statistics ---
3 packets transmitted, 3 packets received, 0% packet loss
round-trip min/avg/max = 0.085/0.119/0.151 ms
"""
BUSYBOX_LOST = """PING 10.8.0.1 (10.8.0.1): 56 data bytes

--- 10.8.0.1 ping statistics ---
3 packets transmitted, 0 packets received, 100% packet loss
"""


@pytest.mark.parametrize(
    ("output", "expected", "loss"),
    [
        (IPUTILS, Ping("x", 3, 3, 0.441, 0.517, 0.602), 0),
        (IPUTILS_HALF, Ping("x", 4, 3, 10.4, 12.0, 14.6), 25),
        (IPUTILS_LOST, Ping("x", 3, 0), 100),
        (BUSYBOX, Ping("x", 3, 3, 0.085, 0.119, 0.151), 0),
        (BUSYBOX_LOST, Ping("x", 3, 0), 100),
        ("ping: connect: Network is unreachable\n", Ping("x", 0, 0), 100),
        ("", Ping("x", 0, 0), 100),
    ],
)
def test_parse(output: str, expected: Ping, loss: int) -> None:
    assert _ping.parse("x", output) == expected
    assert _ping.parse("x", output).loss_percent == loss


@pytest.mark.parametrize(
    ("sent", "received", "loss"), [(3, 2, 34), (1000, 999, 1), (1000, 1, 100), (1000, 11, 99), (7, 7, 0)]
)
def test_no_loss_is_rounded_away(sent: int, received: int, loss: int) -> None:
    assert Ping("x", sent, received).loss_percent == loss


def device(*ages: int | None) -> Device:
    """A device with peers whose last handshakes are so many seconds ago."""
    now = int(time.time())
    peers = [DevicePeer(str(number), handshake=now - age if age is not None else 0) for number, age in enumerate(ages)]
    return Device(samples.HUB.public, 51820, peers={peer.public_key: peer for peer in peers})


@pytest.mark.parametrize(("ages", "expected"), [((), None), ((None,), None), ((100,), 100), ((None, 100, 50, 300), 50)])
def test_handshake_age(ages: tuple[int | None, ...], expected: int | None) -> None:
    age = _ping.handshake_age(device(*ages))
    assert age == expected or (expected is not None and age - expected in (0, 1, 2))


def test_no_device_has_no_handshake() -> None:
    assert _ping.handshake_age(None) is None


@pytest.mark.parametrize(
    ("ages", "cause"),
    [
        (None, "wg7 is not up; look at systemctl status wg-quick@wg7"),
        ((), "wg7 has no peers"),
        ((None, None), "there was never a handshake"),
        ((400,), "the last handshake is 40"),
        ((170,), "the tunnel itself is up"),
        ((None, 10), "the tunnel itself is up"),
    ],
)
def test_the_cause(ages: tuple[int | None, ...] | None, cause: str) -> None:
    running = None if ages is None else device(*ages)
    words = _ping.diagnose("wg7", running, [Ping("10.8.0.1", 3, 0), Ping("10.8.0.3", 3, 2)])
    assert words.startswith(f"no full answer from 10.8.0.1 (100 % lost), 10.8.0.3 (34 % lost): {cause}")


@pytest.mark.parametrize("running", [None, device(), device(1000)])
def test_nothing_lost_has_no_cause(running: Device | None) -> None:
    assert _ping.diagnose("wg7", running, []) == ""


def test_all_targets_are_pinged_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ping"
    program.write_text(
        "#!/bin/sh\nsleep 0.3\nfor target; do :; done\n"
        'echo "3 packets transmitted, ${target##*.} received"\necho "$*" >"$0.$target"\nexit 1\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(_commands, "ENVIRONMENT", {"PATH": f"{tmp_path}:/usr/bin:/bin"})
    targets = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.0"]
    began = time.monotonic()
    assert _ping.ping_all(targets, 3, 5) == [Ping(target, 3, int(target[-1])) for target in targets]
    assert time.monotonic() - began < 0.9
    assert [Path(f"{program}.{target}").read_text() for target in targets] == [
        f"-n -q -c 3 -i 0.2 -W 5 {target}\n" for target in targets
    ]
