# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one more device costs the hub, whose pair, files and QR codes it makes: among a thousand, and among few.

The modules run as Ansible runs them, each in a process of its own, on a host that is a namespace.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.vpn.wireguard.benchmarks import measure
from ansible_collections.vpn.wireguard.plugins.module_utils import _client_config, _devices
from ansible_collections.vpn.wireguard.tests.integration import hosts
from ansible_collections.vpn.wireguard.tests.unit import samples

# Pairs of sizes between which the cost of one more device is measured.
FEW, MANY = (10, 210), (600, 1000)
ROUNDS = 3
HUB = {"addresses": ["10.64.0.1/16"], "networks": ["10.64.0.0/16"], "routes": []}


def rows() -> Iterator[measure.Row]:
    """The one figure."""
    found = [marginal(*MANY) / marginal(*FEW) for _round in range(ROUNDS)]
    yield measure.Row(f"a device among {MANY[1]}", f"among {FEW[1]}", found, "<= 1.5")


def marginal(low: int, high: int) -> float:
    """Seconds for each device by which the larger number of them costs more."""
    return (cost(high) - cost(low)) / (high - low)


def cost(count: int) -> float:
    """Seconds of the processors for both modules on a new host, in all processes that they start."""
    with hosts.single() as host:
        began = measure.used()
        results = [host.module(name, values) for name, values in arguments(count).items()]
        seconds = measure.used() - began
    assert all(result["changed"] for result in results), results
    return seconds


def arguments(count: int) -> dict[str, dict[str, Any]]:
    """What the role hands to its modules for so many devices."""
    devices = [{"name": f"device-{number}", "generate": True, "route": "all"} for number in range(count)]
    common = {"interface": "wg0", "networks": HUB["networks"]}
    return {
        "wg_peers": {**common, "reserved": ["10.64.0.1"], "peers": _devices.peers_of(devices, True)},
        "wg_client_config": {
            **common,
            "public_key": samples.HUB.public,
            "endpoint": "192.0.2.1:51820",
            "devices": _client_config.configs_of(devices, HUB),
        },
    }
