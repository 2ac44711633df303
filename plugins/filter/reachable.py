# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: reachable
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: Targets that a peer may ping
description:
  - Leaves out the targets that a peer with an C(allow) list may not ping.
extends_documentation_fragment:
  - vpn.wireguard._access
options:
  _input:
    description: Addresses by name.
    type: dict
    required: true
  allow:
    description: The peer's list, in the form that P(vpn.wireguard.firewall_hooks#filter) takes; V(null) for no limit.
    type: list
    elements: raw
"""

EXAMPLES = r"""
targets: "{{ {'hub': '10.8.0.1', 'office': '10.20.0.1'} | vpn.wireguard.reachable([{'to': 'hub'}], hub=['10.8.0.1']) }}"
"""

RETURN = r"""
_value:
  description: The addresses that are left, by name.
  type: dict
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _access
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def reachable(
    _input: t.Mapping[str, str],
    allow: t.Sequence[object] | None = None,
    lists: t.Mapping[str, t.Any] | None = None,
    hub: t.Sequence[str] = (),
) -> dict[str, str]:
    """The targets without those that the list keeps from the peer."""
    if allow is None:
        return dict(_input)
    items = _access.read(allow, lists or {}, hub)
    return {name: address for name, address in _input.items() if _access.admits(items, address, "icmp")}


FilterModule = _filters.door_to(reachable)
