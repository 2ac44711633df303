# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ratios of two jobs that are done in turn in one process, so that a busy or slow machine does not matter much."""

from __future__ import annotations

import gc
import os
import platform
import resource
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

Job = Callable[[], object]

ROUNDS = 7
# A block of a job takes at least that long: shorter ones would measure the clock.
SECONDS = 0.05


class Row(NamedTuple):
    """One line of the table: a job, what it is compared with, the ratio of each round, and the goal, none if empty."""

    job: str
    baseline: str
    ratios: list[float]
    goal: str = ""

    @property
    def ratio(self) -> float:
        """The median."""
        return statistics.median(self.ratios)

    @property
    def reached(self) -> str:
        """Whether the median reaches the goal."""
        if not self.goal:
            return ""
        sense, limit = self.goal.split()
        reached = self.ratio <= float(limit) if sense == "<=" else self.ratio >= float(limit)
        return "yes" if reached else "NO"

    def cells(self) -> list[str]:
        """The line as text."""
        spread = f"{short(min(self.ratios))} to {short(max(self.ratios))}" if len(self.ratios) > 1 else ""
        return [self.job, self.baseline, short(self.ratio), spread, self.goal, self.reached]


HEADERS = ["what", "against", "ratio", "rounds", "goal", "reached"]


def short(number: float) -> str:
    """Three figures, which is more than such a measurement is good for."""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def ratios(measured: Job, reference: Job, rounds: int = ROUNDS) -> list[float]:
    """The time of ``measured`` by that of ``reference``, which is done right before and right after it, each round."""
    repeat_measured, repeat_reference = repetitions(measured), repetitions(reference)
    found = []
    for _round in range(rounds):
        before = seconds(reference, repeat_reference)
        middle = seconds(measured, repeat_measured)
        after = seconds(reference, repeat_reference)
        found.append(2 * middle / (before + after))
    return found


def repetitions(job: Job) -> int:
    """How often a job is done in one block."""
    return max(1, round(SECONDS / max(seconds(job, 1), 1e-6)))


def seconds(job: Job, repeat: int) -> float:
    """CPU time of one job, the mean of a block. What it leaves behind is cleared away before the clock starts."""
    gc.collect()
    began = time.process_time()
    for _turn in range(repeat):
        job()
    return (time.process_time() - began) / repeat


def used() -> float:
    """Seconds that the processors have worked for processes that were started here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def peak(job: Job) -> int:
    """The most bytes that a job holds at one time, its result among them."""
    gc.collect()
    tracemalloc.start()
    try:
        result = job()
        return tracemalloc.get_traced_memory()[1] if result is not None else 0
    finally:
        tracemalloc.stop()


def size(texts: list[str]) -> int:
    """The bytes of a list of texts."""
    return sys.getsizeof(texts) + sum(map(sys.getsizeof, texts))


def machine() -> str:
    """What was measured on, with the versions that matter."""
    names = {line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")}
    parts = [
        f"{os.cpu_count()} cores of {', '.join(sorted(names)) or platform.machine()}",
        f"{platform.system()} {platform.release()}",
        f"{platform.python_implementation()} {platform.python_version()}",
    ]
    parts += [f"{name} {version}" for name in ("netaddr", "ipset_c") if (version := installed(name))]
    return "; ".join([*parts, f"load {os.getloadavg()[0]:.1f}"])


def installed(name: str) -> str:
    """The version of a package; empty text where it is not there."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def table(rows: list[Row]) -> str:
    """The rows as a table that a screen and reStructuredText both show."""
    cells = [HEADERS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rule = "  ".join("=" * width for width in widths)
    # An empty first column would join two lines of such a table, and none is; trailing empty ones are as good as none.
    lines = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []
