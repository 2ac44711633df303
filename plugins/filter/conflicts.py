# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: conflicts
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: Networks that two owners claim
description:
  - Finds pairs of owners of which networks overlap, a thousand at most. WireGuard gives such a network to the peer that came last, without a word.
options:
  _input:
    description: Networks of each owner, as a mapping of names to lists.
    type: dict
    required: true
"""

EXAMPLES = r"""
clashes: "{{ {'office': ['10.20.0.0/16'], 'lab': ['10.20.5.0/24']} | vpn.wireguard.conflicts }}"
# => [{"first": "lab", "second": "office", "network": "10.20.5.0/24"}]
"""

RETURN = r"""
_value:
  description: A mapping with RV(ignore:first), RV(ignore:second) and RV(ignore:network) for each pair.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def conflicts(_input: t.Mapping[str, t.Iterable[object]]) -> list[dict[str, str]]:
    """Pairs of owners whose networks overlap."""
    if not isinstance(_input, t.Mapping):
        raise TypeError(f"{_input!r} is no mapping of names to lists of networks")
    owners = {str(name): _networks.parse_list(items, str(name)) for name, items in _input.items()}
    return [conflict._asdict() for conflict in _networks.find_conflicts(owners)]


FilterModule = _filters.door_to(conflicts, TypeError)
