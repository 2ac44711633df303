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
  - Makes the C(PostUp) and C(PostDown) lines that admit exactly what the switches say, in iptables chains of their own, for IPv4 and IPv6.
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
    description: Whether clients may go out by the uplinks, masqueraded.
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
"""

EXAMPLES = r"""
hooks: "{{ ['10.8.0.0/24'] | vpn.wireguard.firewall_hooks(client_to_client=true) }}"
"""

RETURN = r"""
_value:
  description: A mapping with the lists C(post_up) and C(post_down).
  type: dict
"""

import dataclasses
import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.vpn.wireguard.plugins.module_utils import _firewall


def firewall_hooks(
    _input: t.Sequence[str],
    client_to_client: bool = False,
    internet: bool = False,
    lan_networks: t.Sequence[str] = (),
    uplinks: t.Mapping[t.Any, str] | None = None,
) -> dict[str, list[str]]:
    """The policy as hooks."""
    links = {int(version): link for version, link in (uplinks or {}).items() if link}
    policy = _firewall.Policy(_input, client_to_client, internet, lan_networks, links)
    try:
        return dataclasses.asdict(_firewall.hooks(policy))
    except ValueError as exc:
        raise AnsibleFilterError(f"vpn.wireguard.firewall_hooks: {exc}") from exc


class FilterModule:
    """Ansible's door to the filter."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filter by its name."""
        return {"firewall_hooks": firewall_hooks}
