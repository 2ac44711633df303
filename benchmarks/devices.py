# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one more device costs the hub, whose pair, files and QR codes it makes: among few devices, and among a thousand.

Usage, as root: ``.venv/bin/python benchmarks/devices.py [RUNS]``. Takes qrencode. The modules run as Ansible runs them,
each in a process of its own, on a host that is a namespace with an /etc/wireguard of its own.
"""

from __future__ import annotations

import platform
import resource
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / ".venv" / "collections"))

from ansible_collections.vpn.wireguard.plugins.module_utils import _client_config, _devices
from ansible_collections.vpn.wireguard.tests.integration import hosts
from ansible_collections.vpn.wireguard.tests.unit import samples

# Pairs of sizes between which the cost of one more device is measured.
FEW, MANY = (10, 210), (600, 1000)
MOST = 1.5
HUB = {"addresses": ["10.64.0.1/16"], "networks": ["10.64.0.0/16"], "routes": []}


def arguments(count: int) -> dict[str, dict[str, Any]]:
    """What the role hands to its modules for so many devices; the filters are part of the cost."""
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


def used() -> float:
    """Seconds that the processors have worked so far for processes that were started here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(count: int) -> dict[str, float]:
    """Seconds of each module on a new host, and once more where nothing is left to do.

    They are those of the processors, in all processes that a module starts: a clock on the wall would measure as well
    what else the machine does.
    """
    seconds = {}
    with hosts.single() as host:
        for run in ("first run", "second run"):
            for name, values in arguments(count).items():
                began = used()
                result = host.module(name, values)
                seconds[f"{name}, {run}"] = used() - began
                assert result["changed"] == (run == "first run"), result
    seconds["both, first run"] = sum(value for name, value in seconds.items() if name.endswith("first run"))
    seconds["both, second run"] = sum(value for name, value in seconds.items() if name.endswith("second run"))
    return seconds


def main(runs: int) -> int:
    """Print the table; 1 where one more device costs too much among many."""
    taken: dict[int, list[dict[str, float]]] = {count: [] for count in (*FEW, *MANY)}
    for _run in range(runs):
        for count, found in taken.items():
            found.append(measure(count))
    median = {
        count: {name: statistics.median(it[name] for it in found) for name in found[0]}
        for count, found in taken.items()
    }
    print(f"{platform.machine()}, Python {platform.python_version()}, medians of {runs} runs")
    print(f"{'':32}{'ms a device,':>16}{'ms a device,':>16}{'':>8}{'s for':>8}")
    print(f"{'':32}{'{} to {}'.format(*FEW):>16}{'{} to {}'.format(*MANY):>16}{'ratio':>8}{MANY[1]:>8}")
    worst = 0.0
    for name in median[FEW[0]]:
        few, many = (1000 * (median[b][name] - median[a][name]) / (b - a) for a, b in (FEW, MANY))
        print(f"{name:32}{few:16.2f}{many:16.2f}{many / few:8.2f}{median[MANY[1]][name]:8.2f}")
        worst = max(worst, many / few if name == "both, first run" else 0)
    print(
        f"one more device among {MANY[1]} may cost {MOST} times as much as among {FEW[0]}, and costs {worst:.2f} times as much"
    )
    return 1 if worst > MOST else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
