# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second run of site.yml, which changes nothing: against what Ansible costs by itself, and against a usual role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.vpn.wireguard.benchmarks import measure, plays

ROUNDS = 3


def rows() -> Iterator[measure.Row]:
    """Few hosts; ``fleets`` has more."""
    yield floor_row(3)
    for count in (3, 10):
        yield usual_row(count)


def floor_row(count: int, rounds: int = ROUNDS) -> measure.Row:
    """A play with a ping for each module that site.yml runs on a host, on so many hosts."""
    found = []
    with plays.lab(count - 1) as lab:
        lab.play(plays.SITE)
        for _round in range(rounds):
            second = lab.play(plays.SITE)
            floor = lab.play(lab.write("floor", pings(second.modules)))
            found.append(second.cpu / floor.cpu)
    return measure.Row(f"second run, {count} hosts", "as many pings as modules", found, "<= 2")


def usual_row(count: int) -> measure.Row:
    """A play of eleven tasks that gathers facts and asks for a package."""
    usual = plays.PLAYBOOKS / "usual.yml"
    with plays.lab(count - 1) as lab:
        for playbook in (plays.SITE, usual):
            lab.play(playbook)
        found = [lab.play(plays.SITE).cpu / lab.play(usual).cpu for _round in range(ROUNDS)]
    return measure.Row(f"second run, {count} hosts", "eleven usual tasks", found, "<= 0.45")


def pings(modules: dict[str, int]) -> list[dict[str, Any]]:
    """Plays with as many tasks as modules ran on the hub and on a client."""
    counts = {"wg_servers": modules[plays.HUB], "wg_clients": modules["client-0"]}
    return [
        {"hosts": group, "gather_facts": False, "tasks": [{"ansible.builtin.ping": {}}] * count}
        for group, count in counts.items()
    ]
