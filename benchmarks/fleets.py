# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second run of site.yml on many hosts, which takes long."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.vpn.wireguard.benchmarks import fleet, measure


def rows() -> Iterator[measure.Row]:
    """Against what Ansible costs by itself."""
    yield fleet.floor_row(30)
    yield fleet.floor_row(300, rounds=1)
