#!/usr/bin/python

# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_allowed_ips
short_description: Compute a list of AllowedIPs
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
description:
  - Takes networks away from networks and returns the shortest list of what is left.
  - Finds networks that two peers claim. WireGuard itself gives such a network to the peer that came last, without a word.
  - Touches no host; run it on the controller with C(delegate_to=localhost), or use the filters P(vpn.wireguard.allowed_ips#filter)
    and P(vpn.wireguard.conflicts#filter).
extends_documentation_fragment:
  - vpn.wireguard._attributes.info
requirements:
  - netaddr
options:
  include:
    description:
      - Networks and addresses, IPv4 and IPv6. Each is text, without host bits.
    type: list
    elements: raw
    default: []
  exclude:
    description:
      - Networks and addresses that are to be left out.
    type: list
    elements: raw
    default: []
  peers:
    description:
      - Networks of each peer, as a mapping of names to lists.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Everything but the office
  vpn.wireguard.wg_allowed_ips:
    include: [0.0.0.0/0, "::/0"]
    exclude: [192.168.0.0/16]
  delegate_to: localhost
  register: result
"""

RETURN = r"""
allowed_ips:
  description: What is left, without overlap, IPv4 first, each family in order.
  type: list
  elements: str
  returned: success
  sample: ["0.0.0.0/1", "128.0.0.0/2"]
conflicts:
  description: Pairs of peers that claim the same network.
  type: list
  elements: dict
  returned: success
  contains:
    first:
      description: Name of one peer.
      type: str
    second:
      description: Name of the other.
      type: str
    network:
      description: The network that both claim.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks


def main() -> None:
    """Read the arguments, compute, tell."""
    module = AnsibleModule(
        argument_spec={
            "include": {"type": "list", "elements": "raw", "default": []},
            "exclude": {"type": "list", "elements": "raw", "default": []},
            "peers": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    if not _networks.HAS_NETADDR:
        module.fail_json(msg=missing_required_lib("netaddr"))
    try:
        allowed = _networks.allowed_ips(module.params["include"], module.params["exclude"])
        owners = {name: _networks.parse_list(items, f"peers.{name}") for name, items in module.params["peers"].items()}
        conflicts = [conflict._asdict() for conflict in _networks.find_conflicts(owners)]
    except _networks.NetworkError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, allowed_ips=allowed, conflicts=conflicts)


if __name__ == "__main__":
    main()
