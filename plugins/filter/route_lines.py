# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: route_lines
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: Lines of a wg-quick file that set all routes at once
description:
  - Gives the lines of C([Interface]) that send networks into a tunnel by one call of C(ip), where wg-quick takes two calls for each network.
  - There are none for a list with a default route, C(0.0.0.0/0) or C(::/0), which is wg-quick's own to set up.
options:
  _input:
    description: Networks to send into the tunnel. Those that an address of the interface covers take no line.
    type: list
    elements: str
    required: true
  addresses:
    description: The addresses of the interface with their prefix lengths.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
lines: "{{ ['10.8.0.0/24', '10.20.0.0/16'] | vpn.wireguard.route_lines(['10.8.0.2/24']) }}"
# => ["Table = off", "# route 10.20.0.0/16", "PostUp = ... | ip -batch -"]
"""

RETURN = r"""
_value:
  description: The lines, in their order.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _routing
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def route_lines(_input: t.Sequence[str], addresses: t.Sequence[str]) -> list[str]:
    """Lines of [Interface]."""
    return _routing.lines(_input, addresses)


FilterModule = _filters.door_to(route_lines)
