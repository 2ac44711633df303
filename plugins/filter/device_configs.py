# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: device_configs
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: What the files of devices are to say
description:
  - Takes from the items of C(wg_server_peers) what O(vpn.wireguard.wg_client_config#module:devices) takes, with the AllowedIPs that a
    device's route means with this hub.
options:
  _input:
    description: The devices, as C(wg_server_peers) declares them.
    type: list
    elements: dict
    required: true
  hub:
    description: The hub, as for P(vpn.wireguard.tunnel_routes#filter).
    type: dict
    required: true
"""

EXAMPLES = r"""
devices: >-
  {{ [{'name': 'phone', 'route': 'all'}] | vpn.wireguard.device_configs(
       {'addresses': ['10.8.0.1/24'], 'networks': ['10.8.0.0/24'], 'routes': []}) }}
"""

RETURN = r"""
_value:
  description: An item of O(vpn.wireguard.wg_client_config#module:devices) for each device.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _client_config
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def device_configs(_input: t.Sequence[t.Mapping[str, t.Any]], hub: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """What the files of the devices are to say."""
    return _client_config.configs_of(_input, hub)


FilterModule = _filters.door_to(device_configs, TypeError, KeyError)
