# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: tunnel_warnings
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: Where WireGuard's limits bite a list of AllowedIPs
description:
  - Tells of a list that covers nearly everything and is no default route, which C(wg-quick) treats differently; of an endpoint inside
    the list; of lists that are long; and of those that a phone or a QR code does not take.
options:
  _input:
    description: The AllowedIPs, without overlap, such as P(vpn.wireguard.allowed_ips#filter) gives.
    type: list
    elements: str
    required: true
  endpoint:
    description: What the client dials, an IP address or DNS name, with or without a port.
    type: str
    default: ""
  most:
    description: How many networks are not yet warned of.
    type: int
    default: 1000
  rules:
    description: How many networks routing rules keep out of the tunnel.
    type: int
    default: 0
  phone:
    description: Whether the list is for the app of a phone, or for a QR code.
    type: bool
    default: false
"""

EXAMPLES = r"""
warnings: "{{ networks | vpn.wireguard.tunnel_warnings(endpoint='vpn.example.org:51820') }}"
"""

RETURN = r"""
_value:
  description: Sentences, none where there is nothing to say.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _tunnel
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def tunnel_warnings(
    _input: t.Sequence[object], endpoint: str = "", most: int = 1000, rules: int = 0, phone: bool = False
) -> list[str]:
    """What to know of the list."""
    return _tunnel.warnings(_input, endpoint, most, rules, phone)


FilterModule = _filters.door_to(tunnel_warnings)
