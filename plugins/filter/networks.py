# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: networks
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: Networks from a text or a list
description:
  - Reads networks from a text with one on each line, such as a file, or from a list, and checks each of them.
  - In a text, everything after C(#) or C(;) is a comment, and lines may be empty.
  - The name of a set stands for what it holds. The set V(private) is what no packet of the internet comes from or goes to,
    C(10.0.0.0/8), C(172.16.0.0/12) and C(192.168.0.0/16) (RFC 1918), C(100.64.0.0/10) (RFC 6598), C(169.254.0.0/16) (RFC 3927),
    C(127.0.0.0/8) (RFC 1122), C(224.0.0.0/4) (RFC 5771), C(fc00::/7) (RFC 4193), and C(fe80::/10), C(::1/128) and C(ff00::/8) (RFC 4291).
options:
  _input:
    description: A text, or a list of networks, addresses and sets.
    type: raw
    required: true
  source:
    description: What messages call the text, such as the name of its file.
    type: str
    default: ""
"""

EXAMPLES = r"""
wg_client_excluded_ips: "{{ lookup('ansible.builtin.file', 'de.txt') | vpn.wireguard.networks(source='de.txt') }}"

private_networks: "{{ ['private'] | vpn.wireguard.networks }}"
"""

RETURN = r"""
_value:
  description: The networks in their order, each with its prefix length.
  type: list
  elements: str
"""


from ansible_collections.vpn.wireguard.plugins.module_utils import _lists
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def networks(_input: object, source: str = "") -> list[str]:
    """The networks of a text or a list."""
    return _lists.parse(_input, source)


FilterModule = _filters.door_to(networks)
