# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run every part of ``make test`` and say how each one ended.

The parts that only read the checkout run beside those that need test hosts. Each part writes to
``.test-logs/PART.log``; the screen shows when it begins and ends, and the end of its log when it fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / ".test-logs"
TAIL_LINES = 60

# Logs are read in editors and on web pages.
PLAIN = {**os.environ, "NO_COLOR": "1", "PY_COLORS": "0"}

# Every part is a target of the Makefile. The streams run side by side, what is in one of them one after the other; of about
# the same length, they keep two processors busy.
FIRST = (("lint", "docs-lint", "unit"), ("image",))
THEN = (("sanity", "integration", "system"), ("molecule", "system-day2"))
# Without the image there are no hosts: the parts that need them count as failed without a try.
NEEDS = {"molecule": "image", "system": "image", "system-day2": "image"}

_screen = threading.Lock()
_started = time.monotonic()


class Outcome(NamedTuple):
    """How a part ended: its name, whether it passed, its seconds and a word of explanation."""

    part: str
    passed: bool
    seconds: float
    note: str


def say(text: str) -> None:
    """Print a line with the seconds since the start, whole even when both groups speak at once."""
    with _screen:
        print(f"[{time.monotonic() - _started:5.0f} s] {text}", flush=True)


def show_tail(part: str, log: Path) -> None:
    """Print the last lines of a part's log."""
    lines = log.read_text(errors="replace").splitlines()
    with _screen:
        print(f"----- last lines of {log.relative_to(ROOT)}")
        print("\n".join(f"{part}: {line}" for line in lines[-TAIL_LINES:]))
        print("-----", flush=True)


def run_part(part: str) -> Outcome:
    """Run one target of the Makefile with its output in a log of its own."""
    log = LOGS / f"{part}.log"
    say(f"{part}: begins")
    began = time.monotonic()
    with log.open("wb") as output:
        command = ["make", "--no-print-directory", part]
        status = subprocess.run(
            command, cwd=ROOT, env=PLAIN, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        ).returncode
    seconds = time.monotonic() - began
    say(f"{part}: {'passed' if status == 0 else 'FAILED'} after {seconds:.0f} s")
    if status:
        show_tail(part, log)
    return Outcome(part, status == 0, seconds, "" if status == 0 else f"exit status {status}, {log.relative_to(ROOT)}")


def run_stream(parts: Sequence[str], failed: Collection[str]) -> list[Outcome]:
    """Run the parts in order, leaving out those that need one which failed."""
    outcomes: list[Outcome] = []
    for part in parts:
        need = NEEDS.get(part)
        if need in failed:
            say(f"{part}: FAILED, it needs {need}")
            outcomes.append(Outcome(part, passed=False, seconds=0, note=f"not run: it needs {need}"))
        else:
            outcomes.append(run_part(part))
    return outcomes


def run_streams(streams: Sequence[Sequence[str]], before: Sequence[Outcome] = ()) -> list[Outcome]:
    """Run streams side by side; returns the outcomes of before and theirs."""
    failed = {outcome.part for outcome in before if not outcome.passed}
    with ThreadPoolExecutor(max_workers=len(streams)) as pool:
        groups = list(pool.map(lambda parts: run_stream(parts, failed), streams))
    return [*before, *(outcome for group in groups for outcome in group)]


def summary(outcomes: list[Outcome]) -> int:
    """Print a row for each part and the count; return how many failed."""
    print()
    for outcome in outcomes:
        word = "passed" if outcome.passed else "FAILED"
        print(f"{outcome.part:<11} {word}  {outcome.seconds:6.0f} s  {outcome.note}".rstrip())
    failed = sum(not outcome.passed for outcome in outcomes)
    print()
    print(f"{len(outcomes) - failed} passed, {failed} failed", flush=True)
    return failed


def main() -> int:
    """Run all streams; return 1 when a part failed."""
    LOGS.mkdir(exist_ok=True)
    return 1 if summary(run_streams(THEN, run_streams(FIRST))) else 0


if __name__ == "__main__":
    sys.exit(main())
