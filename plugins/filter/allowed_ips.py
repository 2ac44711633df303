# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: allowed_ips
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: The shortest list of networks, some left out
description:
  - Aggregates networks, takes others away, and sorts what is left, IPv4 first.
options:
  _input:
    description: Networks and addresses as text, without host bits, and names of sets; see P(vpn.wireguard.networks#filter).
    type: list
    elements: str
    required: true
  exclude:
    description: Networks, addresses and sets that are to be left out.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
everything_but_private_networks: "{{ ['0.0.0.0/0', '::/0'] | vpn.wireguard.allowed_ips(exclude=['private']) }}"
everything_but_the_office: "{{ ['0.0.0.0/0', '::/0'] | vpn.wireguard.allowed_ips(exclude=['192.168.0.0/16']) }}"
"""

RETURN = r"""
_value:
  description: What is left, without overlap.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _lists
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def allowed_ips(_input: t.Iterable[object], exclude: t.Iterable[object] = ()) -> list[str]:
    """``_input`` minus ``exclude``, aggregated and sorted."""
    return _lists.allowed_ips(_input, exclude)


FilterModule = _filters.door_to(allowed_ips)
