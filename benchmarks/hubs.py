# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role of the hub costs with few peers and with many: first apply, second run, and one peer more."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator, Sequence

from ansible_collections.vpn.wireguard.benchmarks import measure, plays

SIZES = (10, 100, 1_000, 10_000)
RUNS = ("first apply", "second run", "one peer added")
ROUNDS = 3
# What few peers cost is little beside the run itself, and is got at by more runs.
TIMES = 5
ROLE = [{"hosts": "wg_servers", "gather_facts": False, "roles": ["vpn.wireguard.wg_server"]}]

Costs = dict[tuple[str, int], list[plays.Cost]]


def rows(sizes: Sequence[int] = SIZES) -> Iterator[measure.Row]:
    """All figures, for four sizes of which each is ten times the one before."""
    costs: Costs = {(run, size): [] for run in RUNS for size in sizes}
    for _round in range(ROUNDS):
        for size in sizes:
            times = 1 if size == max(sizes) else TIMES
            for run, *found in zip(RUNS, *(apply(size) for _time in range(times)), strict=True):
                costs[run, size].append(sorted(found, key=lambda cost: cost.cpu)[times // 2])
    few, some, many, most = sizes
    for run in RUNS:
        counts = [cost.modules[plays.HUB] for size in sizes for cost in costs[run, size]]
        yield measure.Row(f"most module runs, {run}", f"with {few} peers", [max(counts) / counts[0]], "<= 1")
    for run in RUNS:
        dear, cheap = (marginal(costs, run, *pair) for pair in ((many, most), (some, many)))
        found = [one / other for one, other in zip(dear, cheap, strict=True)]
        yield measure.Row(f"a peer among {most}, {run}", f"among {many}", found, "<= 1.3")
    for size in sizes:
        added, second = (costs[run, size] for run in ("one peer added", "second run"))
        found = [one.cpu / other.cpu for one, other in zip(added, second, strict=True)]
        goal = "<= 1.5" if size == most else ""
        yield measure.Row(f"one peer added to {size}", "a run that changes nothing", found, goal)


def apply(size: int) -> list[plays.Cost]:
    """The cost of the three runs on a new hub."""
    with plays.lab() as lab:
        playbook = lab.write("hub", ROLE)
        found = []
        for count in (size, size, size + 1):
            lab.set(plays.HUB, wg_server_peers=peers(count))
            found.append(lab.play(playbook))
        return found


def peers(count: int) -> list[dict[str, str]]:
    """So many devices that made their keys themselves."""
    rng = random.Random(1)
    keys = [base64.b64encode(rng.randbytes(32)).decode() for _peer in range(count)]
    return [{"name": f"device-{number}", "public_key": key} for number, key in enumerate(keys)]


def marginal(costs: Costs, run: str, low: int, high: int) -> list[float]:
    """Seconds for each peer by which ``high`` are more than ``low``, in each round."""
    pairs = zip(costs[run, low], costs[run, high], strict=True)
    return [(high_cost.cpu - low_cost.cpu) / (high - low) for low_cost, high_cost in pairs]
