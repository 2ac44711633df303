# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: tunnel_routes
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: What a client sends into its tunnel
description:
  - Computes a client's AllowedIPs from its route mode, with networks added and left out.
options:
  _input:
    description: The route mode, V(server), V(network) or V(all).
    type: str
    required: true
  hub:
    description:
      - What the hub offers, a mapping with the lists C(addresses), C(networks) and C(routes).
      - An C(endpoint), where it is an IP address, is left out of the list, unless that has the default route.
    type: dict
    required: true
  include:
    description: Networks, addresses and sets to add; see P(vpn.wireguard.networks#filter).
    type: list
    elements: str
    default: []
  exclude:
    description: Networks, addresses and sets to leave out, these as P(vpn.wireguard.tunnel_exceptions#filter) says.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
allowed_ips: "{{ 'network' | vpn.wireguard.tunnel_routes(hub) }}"
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


def tunnel_routes(
    _input: str,
    hub: t.Mapping[str, t.Any],
    include: t.Sequence[object] = (),
    exclude: t.Sequence[object] = (),
) -> list[str]:
    """The client's AllowedIPs."""
    return _tunnel.routes(_input, hub, include, exclude)


FilterModule = _filters.door_to(tunnel_routes)
