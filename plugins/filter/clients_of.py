# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: clients_of
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: What the clients of a hub want of it
description:
  - Collects, from the variables of hosts, those that are clients of one hub. Hosts that take no part in the run count as well;
    only the public key of such a host is not known.
options:
  _input:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  hosts:
    description: The hosts to look at.
    type: list
    elements: str
    required: true
  hub:
    description: The inventory's name of the hub.
    type: str
    required: true
  servers:
    description: The hosts of group C(wg_servers); a client that names no hub belongs to the only one.
    type: list
    elements: str
    required: true
  preshared_keys:
    description: Whether clients that take part in the run are to have a preshared key.
    type: bool
    default: true
"""

EXAMPLES = r"""
clients: "{{ hostvars | vpn.wireguard.clients_of(groups.wg_clients, 'server', groups.wg_servers) }}"
"""

RETURN = r"""
_value:
  description: A mapping with C(name), C(public_key), C(address) and C(networks) for each client.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _settings
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def clients_of(
    _input: t.Mapping[str, t.Any],
    hosts: t.Sequence[str],
    hub: str,
    servers: t.Sequence[str],
    preshared_keys: bool = True,
) -> list[dict[str, t.Any]]:
    """The wishes of the hub's clients."""
    return _settings.clients_of(_input, hosts, hub, servers, preshared_keys)


FilterModule = _filters.door_to(clients_of)
