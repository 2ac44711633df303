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
  - Warns where WireGuard's limits bite the list, as P(vpn.wireguard.tunnel_warnings#filter) does.
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
      - Networks and addresses, IPv4 and IPv6, and names of sets, such as V(private). Each is text, without host bits.
      - P(vpn.wireguard.networks#filter) reads them from a file, and says what the sets hold.
    type: list
    elements: raw
    default: []
  exclude:
    description:
      - Networks, addresses and sets that are to be left out.
    type: list
    elements: raw
    default: []
  peers:
    description:
      - Networks of each peer, as a mapping of names to lists.
    type: dict
    default: {}
  endpoint:
    description:
      - What is dialled through the list's peer, an IP address or DNS name, with or without a port. Only for warnings.
    type: str
    default: ""
  warn_above:
    description:
      - A longer list than that is warned of.
    type: int
    default: 1000
  phone:
    description:
      - Whether the list is for the app of a phone, or for a QR code. Only for warnings.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Everything but private networks and the hub
  vpn.wireguard.wg_allowed_ips:
    include: [0.0.0.0/0, "::/0"]
    exclude: [private, 203.0.113.7]
    endpoint: 203.0.113.7:51820
  delegate_to: localhost
  register: result

- name: Everything but the networks in a file
  vpn.wireguard.wg_allowed_ips:
    include: [0.0.0.0/0]
    exclude: "{{ lookup('ansible.builtin.file', 'de.txt') | vpn.wireguard.networks(source='de.txt') }}"
    warn_above: 20000
  delegate_to: localhost
"""

RETURN = r"""
allowed_ips:
  description: What is left, without overlap, IPv4 first, each family in order.
  type: list
  elements: str
  returned: success
  sample: ["0.0.0.0/1", "128.0.0.0/2"]
conflicts:
  description: Pairs of peers that claim the same network, a thousand at most.
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

from ansible_collections.vpn.wireguard.plugins.module_utils import _lists, _networks, _tunnel


def main() -> None:
    """Read the arguments, compute, tell."""
    module = AnsibleModule(
        argument_spec={
            "include": {"type": "list", "elements": "raw", "default": []},
            "exclude": {"type": "list", "elements": "raw", "default": []},
            "peers": {"type": "dict", "default": {}},
            "endpoint": {"type": "str", "default": ""},
            "warn_above": {"type": "int", "default": 1000},
            "phone": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    if not _networks.HAS_NETADDR:
        module.fail_json(msg=missing_required_lib("netaddr"))
    params = module.params
    try:
        allowed = _lists.allowed_ips(params["include"], params["exclude"])
        owners = {name: _networks.parse_list(items, f"peers.{name}") for name, items in params["peers"].items()}
        conflicts = [conflict._asdict() for conflict in _networks.find_conflicts(owners)]
    except _networks.NetworkError as exc:
        module.fail_json(msg=str(exc))
    for warning in _tunnel.warnings(allowed, params["endpoint"], params["warn_above"], phone=params["phone"]):
        module.warn(warning)
    module.exit_json(changed=False, allowed_ips=allowed, conflicts=conflicts)


if __name__ == "__main__":
    main()
