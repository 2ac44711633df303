# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: endpoint
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: What a client dials
description:
  - Puts host and port together as C(wg) reads them, IPv6 addresses in brackets. A host that has a port keeps it.
options:
  _input:
    description: An address or DNS name.
    type: str
    required: true
  port:
    description: The UDP port.
    type: int
    required: true
"""

EXAMPLES = r"""
dial: "{{ '2001:db8::1' | vpn.wireguard.endpoint(51820) }}"
# => [2001:db8::1]:51820
"""

RETURN = r"""
_value:
  description: Host and port.
  type: str
"""


from ansible_collections.vpn.wireguard.plugins.module_utils import _settings
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def endpoint(_input: str, port: int) -> str:
    """Host and port."""
    return _settings.endpoint(_input, port)


FilterModule = _filters.door_to(endpoint)
