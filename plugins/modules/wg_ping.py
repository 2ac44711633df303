#!/usr/bin/python

# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_ping
short_description: Ping through a WireGuard interface and explain what fails
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
description:
  - Pings all targets at once and tells loss, round-trip times and the age of the last handshake.
  - Waits up to 20 seconds for a first answer, because a tunnel whose other side was set up anew takes 15 to notice.
  - Does not fail when packets are lost; RV(diagnosis) then tells the likeliest cause.
extends_documentation_fragment:
  - vpn.wireguard._attributes.info
options:
  interface:
    description:
      - The interface of which the handshake is told.
    type: str
    required: true
  targets:
    description:
      - Addresses to ping, by the names under which they are told.
    type: dict
    required: true
  count:
    description:
      - Number of pings for each target.
    type: int
    default: 3
  timeout:
    description:
      - Seconds to wait for an answer.
    type: int
    default: 5
"""

EXAMPLES = r"""
- name: Reach the hub
  vpn.wireguard.wg_ping:
    interface: wg0
    targets:
      hub: 10.8.0.1
  register: pings
  failed_when: pings.diagnosis != ''
"""

RETURN = r"""
pings:
  description: The outcome for each target, in the order of O(targets).
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: The name of the target.
      type: str
    target:
      description: The address.
      type: str
    sent:
      description: Number of packets sent.
      type: int
    received:
      description: Number of answers.
      type: int
    loss_percent:
      description: Lost packets of a hundred.
      type: int
    rtt_min:
      description: Shortest round trip in milliseconds, V(null) without an answer.
      type: float
    rtt_avg:
      description: Mean round trip.
      type: float
    rtt_max:
      description: Longest round trip.
      type: float
handshake_age:
  description: Seconds since the latest handshake with any peer, V(null) if there was none.
  type: int
  returned: success
diagnosis:
  description: The likeliest cause of lost packets, empty where none was lost.
  type: str
  returned: success
"""

import dataclasses
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpn.wireguard.plugins.module_utils import _commands, _dump, _files, _names, _networks, _ping


def main() -> None:
    """Read the arguments, ping, tell."""
    module = AnsibleModule(
        argument_spec={
            "interface": {"type": "str", "required": True},
            "targets": {"type": "dict", "required": True},
            "count": {"type": "int", "default": 3},
            "timeout": {"type": "int", "default": 5},
        },
        supports_check_mode=True,
    )
    try:
        result = run(module)
    except (_files.HostError, ValueError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, **result)


def run(module: AnsibleModule) -> dict[str, t.Any]:
    """The pings; the result of the module."""
    interface, targets = module.params["interface"], module.params["targets"]
    _names.check_interface(interface)
    for target in targets.values():
        _networks.parse_address(target)
    if not _commands.has_tool("ping"):
        raise _files.HostError("the command ping is missing; install iputils-ping (Debian) or iputils")
    commands = _commands.Commands(module.run_command)
    before = _dump.read(commands, interface)
    pings = _ping.ping_all(list(targets.values()), module.params["count"], module.params["timeout"])
    device = _dump.read(commands, interface)
    lost = [ping for ping in pings if ping.loss_percent > 0]
    return {
        "pings": [
            {"name": name, **dataclasses.asdict(ping), "loss_percent": ping.loss_percent}
            for name, ping in zip(targets, pings)
        ],
        "handshake_age": _ping.handshake_age(device),
        "diagnosis": _ping.diagnose(interface, device, lost, heard=_ping.received(device) > _ping.received(before)),
    }


if __name__ == "__main__":
    main()
