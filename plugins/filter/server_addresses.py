# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: server_addresses
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: The hub's own addresses
description:
  - One address for each network of the hub, with its prefix length. What is not given is the network's first host.
options:
  _input:
    description: The tunnel networks.
    type: list
    elements: str
    required: true
  addresses:
    description: Addresses that are given.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
addresses: "{{ ['10.8.0.0/24'] | vpn.wireguard.server_addresses }}"
# => ["10.8.0.1/24"]
"""

RETURN = r"""
_value:
  description: Addresses in the order of the networks.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _settings
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def server_addresses(_input: t.Sequence[object], addresses: t.Sequence[object] = ()) -> list[str]:
    """The hub's address in each network."""
    return _settings.server_addresses(_input, addresses)


FilterModule = _filters.door_to(server_addresses)
