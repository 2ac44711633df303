# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: subtract
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: Networks without other networks
description:
  - The same as P(vpn.wireguard.allowed_ips#filter), with what is taken away as its first argument.
options:
  _input:
    description: Networks and addresses as text, without host bits, and names of sets; see P(vpn.wireguard.networks#filter).
    type: list
    elements: str
    required: true
  networks:
    description: Networks, addresses and sets that are to be left out.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
free: "{{ ['10.0.0.0/8'] | vpn.wireguard.subtract(['10.8.0.0/24']) }}"
"""

RETURN = r"""
_value:
  description: What is left, without overlap, sorted.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _lists
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def subtract(_input: t.Iterable[object], networks: t.Iterable[object]) -> list[str]:
    """``_input`` minus ``networks``, aggregated and sorted."""
    return _lists.allowed_ips(_input, networks)


FilterModule = _filters.door_to(subtract)
