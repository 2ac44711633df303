# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: nth_address
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: One host address of a network
description:
  - Host addresses leave out the network's own and the broadcast address.
options:
  _input:
    description: A network as text, without host bits.
    type: str
    required: true
  number:
    description: Number of the host; 1 is the first, -1 the last.
    type: int
    default: 1
"""

EXAMPLES = r"""
first: "{{ '10.8.0.0/24' | vpn.wireguard.nth_address }}"
# => 10.8.0.1
"""

RETURN = r"""
_value:
  description: The address.
  type: str
"""


from ansible_collections.vpn.wireguard.plugins.module_utils import _networks
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def nth_address(_input: object, number: int = 1) -> str:
    """Host address ``number`` of a network."""
    return _networks.nth_address(_input, number)


FilterModule = _filters.door_to(nth_address)
