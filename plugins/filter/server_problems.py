# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: server_problems
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: What is wrong with the variables of a hub
description:
  - Judges the variables of the role P(vpn.wireguard.wg_server#role) and what its clients want of it.
extends_documentation_fragment:
  - vpn.wireguard._problems
options:
  clients:
    description: What the hub's clients want, as P(vpn.wireguard.clients_of#filter) gives it.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
problems: "{{ settings | vpn.wireguard.server_problems(inventory_hostname, [], []) }}"
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


def server_problems(
    _input: _settings.Settings, host: str, known: t.Iterable[str], clients: t.Sequence[_settings.Settings]
) -> list[str]:
    """A line for each problem."""
    return _settings.server_problems(host, _input, known, clients)


FilterModule = _filters.door_to(server_problems)
