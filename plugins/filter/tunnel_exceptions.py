# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: tunnel_exceptions
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: What a client keeps out of its tunnel
description:
  - Aggregates networks and sorts them.
  - Sets leave out what the hub offers, so that V(private) keeps the client's surroundings out of the tunnel and not the tunnel itself.
    A network that is given by itself is kept out whatever it is.
options:
  _input:
    description: Networks, addresses and sets; see P(vpn.wireguard.networks#filter).
    type: list
    elements: str
    required: true
  hub:
    description: What the hub offers, a mapping with the lists C(addresses), C(networks) and C(routes).
    type: dict
    required: true
"""

EXAMPLES = r"""
kept_out: "{{ ['private', '203.0.113.0/24'] | vpn.wireguard.tunnel_exceptions(hub) }}"
"""

RETURN = r"""
_value:
  description: The shortest list of networks, sorted.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _tunnel
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def tunnel_exceptions(_input: t.Sequence[object], hub: t.Mapping[str, t.Any]) -> list[str]:
    """The networks that stay out."""
    return _tunnel.exceptions(hub, _input)


FilterModule = _filters.door_to(tunnel_exceptions)
