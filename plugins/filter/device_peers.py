# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: device_peers
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: What devices want of the hub's registry
description:
  - Takes from the items of C(wg_server_peers) what O(vpn.wireguard.wg_peers#module:peers) takes, with dates in one form.
  - A device whose pair the hub makes shares a preshared key with it unless its item says otherwise.
options:
  _input:
    description: The devices, as C(wg_server_peers) declares them.
    type: list
    elements: dict
    required: true
  preshared_keys:
    description: Whether devices whose pair the hub makes share a preshared key by default.
    type: bool
    default: true
"""

EXAMPLES = r"""
peers: "{{ [{'name': 'phone', 'generate': true, 'expires': '2026-12-31'}] | vpn.wireguard.device_peers }}"
"""

RETURN = r"""
_value:
  description: An item of O(vpn.wireguard.wg_peers#module:peers) for each device.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _devices
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def device_peers(_input: t.Sequence[t.Mapping[str, t.Any]], preshared_keys: bool = True) -> list[dict[str, t.Any]]:
    """The wishes of the devices."""
    return _devices.peers_of(_input, preshared_keys)


FilterModule = _filters.door_to(device_peers, TypeError, KeyError)
