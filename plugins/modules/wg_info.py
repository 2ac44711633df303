#!/usr/bin/python

# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_info
short_description: Tell what a host can do with WireGuard, and what runs on it
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
description:
  - Tells which tools a host has, whether its kernel knows WireGuard, and what a WireGuard interface does. Shows no secret.
extends_documentation_fragment:
  - vpn.wireguard._attributes.info
options:
  interface:
    description:
      - Name of an interface to tell about.
    type: str
"""

EXAMPLES = r"""
- name: Look at the hub
  vpn.wireguard.wg_info:
    interface: wg0
  register: hub

- name: Show when each peer was last heard of
  ansible.builtin.debug:
    msg: "{{ item.key }}: {{ item.value.handshake_age }} s ago"
  loop: "{{ hub.interface.device.peers | dict2items }}"
"""

RETURN = r"""
host:
  description: What the host can do.
  type: dict
  returned: success
  contains:
    tools:
      description: Whether each command that matters is there, by its name, and the Python package C(cryptography).
      type: dict
    kernel:
      description: Whether the kernel has WireGuard, loaded or loadable.
      type: bool
    systemd:
      description: Whether systemd runs the host.
      type: bool
    resolved:
      description: Whether systemd-resolved runs.
      type: bool
    ipv6:
      description: Whether the kernel has IPv6.
      type: bool
    links:
      description: The network interfaces of the host.
      type: list
      elements: str
    firewall:
      description:
        - C(frontend) is V(firewalld) or V(ufw), whichever runs, or V(null). C(backend) is V(iptables) or V(nftables),
          whichever serves better here, what accepts there being no use where the other drops.
      type: dict
    package_manager:
      description: The package manager, such as V(apt), or V(null).
      type: str
    uplinks:
      description: The interface of the default route, for each of V(4) and V(6).
      type: dict
interface:
  description: The interface that was asked for.
  type: dict
  returned: when O(interface) is given
  contains:
    name:
      description: Its name.
      type: str
    up:
      description: Whether it is there.
      type: bool
    enabled:
      description: Whether it comes up at boot.
      type: bool
    file:
      description: Its file, V(null) without one.
      type: str
    device:
      description:
        - Public key, port, addresses, MTU and peers of the running device; V(null) while it is down.
        - Peers go by the names in the file, else by key. Handshake ages are in seconds, transfer in bytes.
      type: dict
    drift:
      description: What is to be done so that the device is what the file says, in words.
      type: list
      elements: str
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpn.wireguard.plugins.module_utils import _files, _info, _names, _survey


def main() -> None:
    """Look, and tell."""
    module = AnsibleModule(argument_spec={"interface": {"type": "str"}}, supports_check_mode=True)
    name = module.params["interface"]
    try:
        result = {"host": _info.capabilities(_survey.Survey(module.run_command))}
        if name is not None:
            _names.check_interface(name)
            result["interface"] = look_at(module, name)
    except (_files.HostError, ValueError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, **result)


def look_at(module: AnsibleModule, name: str) -> dict[str, t.Any]:
    """One interface. It takes most of the collection to tell how its device differs from its file."""
    from ansible_collections.vpn.wireguard.plugins.module_utils import _host, _status

    return _status.interface(_host.Host(module.run_command), name)


if __name__ == "__main__":
    main()
