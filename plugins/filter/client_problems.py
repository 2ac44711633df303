# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: client_problems
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: What is wrong with the variables of a client
description:
  - Judges the variables of the role P(vpn.wireguard.wg_client#role).
extends_documentation_fragment:
  - vpn.wireguard._problems
options:
  servers:
    description: The hosts of group C(wg_servers).
    type: list
    elements: str
    required: true
  hosts:
    description: All hosts of the inventory.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
problems: "{{ settings | vpn.wireguard.client_problems(inventory_hostname, [], groups.wg_servers, groups.all) }}"
"""

RETURN = r"""
_value:
  description: A line for each problem, with host, variable, value and what would be right.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _settings
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def client_problems(
    _input: _settings.Settings, host: str, known: t.Iterable[str], servers: t.Sequence[str], hosts: t.Sequence[str]
) -> list[str]:
    """A line for each problem."""
    return _settings.client_problems(host, _input, known, servers, hosts)


FilterModule = _filters.door_to(client_problems)
