# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: firewall_hooks
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: Firewall rules of a hub as hooks of wg-quick
description:
  - Makes the C(PreUp), C(PostUp) and C(PostDown) lines that admit exactly what the switches and lists say, for IPv4 and IPv6, in chains of
    iptables or a table of nftables that belong to the interface.
extends_documentation_fragment:
  - vpn.wireguard._access
options:
  _input:
    description: The networks whose addresses clients have, and those behind clients.
    type: list
    elements: str
    required: true
  client_to_client:
    description: Whether clients may reach each other.
    type: bool
    default: false
  internet:
    description: Whether clients may go out by the uplinks.
    type: bool
    default: false
  lan_networks:
    description: Networks behind the hub that clients may reach, masqueraded.
    type: list
    elements: str
    default: []
  uplinks:
    description: The interface of the default route, for V(4) and V(6).
    type: dict
    default: {}
  backend:
    description: The tool that filters.
    type: str
    choices: [iptables, nftables]
    default: iptables
  nat6:
    description: Whether IPv6 leaves with the hub's address; with V(false) it is routed.
    type: bool
    default: true
  forward_policy:
    description: The host's policy for what it forwards while the interface is up; empty to leave it alone.
    type: str
    choices: ["", DROP]
    default: ""
  peers:
    description: The resolved peers by name, each with C(addresses) and C(networks), as M(vpn.wireguard.wg_peers) returns them.
    type: dict
    default: {}
  wishes:
    description:
      - Mappings with C(name), and C(allow) for a peer that may reach what is listed and nothing else.
      - An item of C(allow) is a mapping with C(to) (a network, an address, V(hub), or a list of those), and if wanted C(protocol)
        (V(tcp), V(udp), V(icmp) or V(any)) and C(ports), or the name of one of O(lists).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
hooks: "{{ ['10.8.0.0/24'] | vpn.wireguard.firewall_hooks(client_to_client=true) }}"
"""

RETURN = r"""
_value:
  description: A mapping with the lists C(pre_up), C(post_up) and C(post_down).
  type: dict
"""

import dataclasses
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _access, _firewall, _policy
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def firewall_hooks(
    _input: t.Sequence[str],
    client_to_client: bool = False,
    internet: bool = False,
    lan_networks: t.Sequence[str] = (),
    uplinks: t.Mapping[t.Any, str] | None = None,
    backend: str = "iptables",
    nat6: bool = True,
    forward_policy: str = "",
    peers: t.Mapping[str, t.Any] | None = None,
    wishes: t.Sequence[t.Mapping[str, t.Any]] = (),
    lists: t.Mapping[str, t.Any] | None = None,
    hub: t.Sequence[str] = (),
) -> dict[str, list[str]]:
    """The policy as hooks."""
    links = {int(version): link for version, link in (uplinks or {}).items() if link}
    access = _access.access_of(peers or {}, wishes, lists or {}, hub)
    policy = _policy.Policy(
        _input, client_to_client, internet, lan_networks, links, access, _access.single(hub), nat6, forward_policy
    )
    return dataclasses.asdict(_firewall.hooks(policy, backend))


FilterModule = _filters.door_to(firewall_hooks)
