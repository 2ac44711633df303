# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play that loops over the peers of a hub, against the role."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.vpn.wireguard.benchmarks import hubs, measure, plays

PEERS = 100
ROUNDS = 3


def rows() -> Iterator[measure.Row]:
    """Both make pairs and files for all peers, and bring the interface up."""
    found = [compare() for _round in range(ROUNDS)]
    yield measure.Row(f"a play with loops, {PEERS} peers, first apply", "ours", found, ">= 10")


def compare() -> float:
    """How many times as long the naive play takes, each on a new hub."""
    names = [f"device-{number}" for number in range(PEERS)]
    with plays.lab() as ours, plays.lab() as naive:
        # The naive play makes no QR codes.
        peers = [{"name": name, "generate": True} for name in names]
        ours.set(plays.HUB, wg_server_peers=peers, wg_server_device_qr=False)
        naive.set(plays.HUB, naive_peers=names)
        role = ours.write("hub", hubs.ROLE)
        return naive.play(plays.PLAYBOOKS / "naive.yml").cpu / ours.play(role).cpu
