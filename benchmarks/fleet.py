# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second run of site.yml, which changes nothing: against what Ansible costs by itself, and against a usual role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from ansible_collections.vpn.wireguard.benchmarks import measure, plays

ROUNDS = 3


def rows() -> Iterator[measure.Row]:
    """Few hosts; ``fleets`` has more."""
    yield floor_row(3)
    for count in (3, 10):
        yield from usual_rows(count)


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


def usual_rows(count: int) -> Iterator[measure.Row]:
    """A play of eleven tasks that gathers facts, asks for a package and verifies nothing."""
    usual = plays.PLAYBOOKS / "usual.yml"
    with plays.lab(count - 1) as lab:
        roles = lab.write("roles", [play for play in yaml.safe_load(plays.SITE.read_text()) if "hosts" in play])
        for playbook in (plays.SITE, usual):
            lab.play(playbook)
        rounds = [[lab.play(playbook).cpu for playbook in (roles, usual, plays.SITE)] for _round in range(ROUNDS)]
    what, goal = f"second run, {count} hosts", "<= 0.45"
    yield measure.Row(
        f"{what}, no verification", "eleven usual tasks", [one / two for one, two, _three in rounds], goal
    )
    yield measure.Row(what, "eleven usual tasks", [three / two for _one, two, three in rounds], goal)


def pings(modules: dict[str, int]) -> list[dict[str, Any]]:
    """Plays with as many tasks as modules ran on the hub and on a client."""
    counts = {"wg_servers": modules[plays.HUB], "wg_clients": modules["client-0"]}
    return [
        {"hosts": group, "gather_facts": False, "tasks": [{"ansible.builtin.ping": {}}] * count}
        for group, count in counts.items()
    ]
