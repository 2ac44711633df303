#!/usr/bin/python

# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_interface
short_description: Bring a WireGuard interface to the state of its configuration
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
description:
  - Writes the file of C(wg-quick) for one interface, with the private key put in on the host, and brings the running interface to it.
  - Peers and their routes are changed while the interface runs, without touching other peers. Other settings need a restart of the
    interface, which the result tells in RV(applied) and RV(disruptive).
  - What runs is compared as well as what is in the file, so that a change made by hand is found and mended.
  - When a change fails, the file that was there before is put back, and so is the interface if it was up.
extends_documentation_fragment:
  - vpn.wireguard._attributes
options:
  name:
    description:
      - Name of the interface, and of its file C(/etc/wireguard/NAME.conf).
    type: str
    required: true
  config:
    description:
      - Text of the file, in the form of C(wg-quick(8\)), without C(PrivateKey) and C(PresharedKey).
      - Required unless O(state=absent).
    type: str
  private_key_path:
    description:
      - File on the host that holds the private key. M(vpn.wireguard.wg_keypair) makes it.
      - Required unless O(state=absent).
    type: path
  registry:
    description:
      - File on the hub in which M(vpn.wireguard.wg_peers) keeps the preshared keys of its peers.
    type: path
  sealed_keys:
    description:
      - Preshared keys by the public key of the peer, each sealed by M(vpn.wireguard.wg_peers) to this host's public key.
    type: dict
  pending_key:
    description:
      - Whether O(private_key_path) gets another key, which check mode has not made. Only check mode takes it.
    type: bool
    default: false
  pending_peers:
    description:
      - Names of peers that get other keys, which check mode has not put into O(registry). Only check mode takes them.
    type: list
    elements: str
    default: []
  state:
    description:
      - V(up) is the file and the interface running.
      - V(down) is the file only.
      - V(absent) is neither, and no C(/etc/wireguard/NAME/) with key and registry either.
    type: str
    choices: [up, down, absent]
    default: up
  enabled:
    description:
      - Whether the interface comes up at boot. Needs systemd.
      - Taken as V(false) with O(state=absent).
    type: bool
    default: true
  implementation:
    description:
      - V(kernel) refuses to go on where the kernel has no WireGuard, V(userspace) where it has, because C(wg-quick) takes
        the kernel's wherever there is one.
    type: str
    choices: [auto, kernel, userspace]
    default: auto
  adopt:
    description:
      - Whether a file that somebody else wrote is taken over. A copy of it is kept beside it with the ending C(.adopted).
      - A file that cannot be understood, or that has another port or addresses than O(config), is left alone.
    type: bool
    default: false
  live_hooks:
    description:
      - Whether C(PostUp) may run again while the interface is up, and then takes the place of what it did before.
        Hooks that changed are then put in force without a restart. The hooks of
        P(vpn.wireguard.firewall_hooks#filter) are made for that.
    type: bool
    default: false
  admit:
    description:
      - Whether firewalld or ufw, where one of them runs, is told to admit the C(ListenPort) of O(config) and what the
        interface forwards. With V(false), or while the interface is not to be up, what was told before is taken back.
      - Neither is looked at where this is not set.
    type: bool
notes:
  - A file that this collection did not write is left alone unless O(adopt=true), and the module fails.
seealso:
  - module: vpn.wireguard.wg_keypair
"""

EXAMPLES = r"""
- name: A client of a hub
  vpn.wireguard.wg_interface:
    name: wg0
    private_key_path: /etc/wireguard/wg0/private.key
    config: |
      # vpn.wireguard
      [Interface]
      Address = 10.8.0.2/24

      [Peer]
      # hub
      PublicKey = dp9cddCMlwoF4oOBO+6aoXZfwQhqJr6W5vv6LYu5GHk=
      Endpoint = vpn.example.org:51820
      AllowedIPs = 10.8.0.0/24
      PersistentKeepalive = 25
"""

RETURN = r"""
applied:
  description: The steps that were carried out, in words; in check mode those that would be.
  type: list
  elements: str
  returned: success
  sample: ["add peer client-two"]
disruptive:
  description: Whether a step interrupts the tunnel.
  type: bool
  returned: success
public_key:
  description: The public key of the interface, V(null) while there is no private key.
  type: str
  returned: success
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpn.wireguard.plugins.module_utils import (
    _files,
    _find,
    _host,
    _keys,
    _names,
    _plan,
    _wanted,
)


def main() -> None:
    """Read the arguments, plan, carry out, tell."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "config": {"type": "str"},
            "private_key_path": {"type": "path", "no_log": False},
            "registry": {"type": "path"},
            "sealed_keys": {"type": "dict", "no_log": False},
            "pending_key": {"type": "bool", "default": False, "no_log": False},
            "pending_peers": {"type": "list", "elements": "str", "default": []},
            "state": {"type": "str", "choices": ["up", "down", "absent"], "default": "up"},
            "enabled": {"type": "bool", "default": True},
            "adopt": {"type": "bool", "default": False},
            "admit": {"type": "bool"},
            "live_hooks": {"type": "bool", "default": False},
            "implementation": {"type": "str", "choices": ["auto", "kernel", "userspace"], "default": "auto"},
        },
        required_if=[
            ("state", "up", ("config", "private_key_path")),
            ("state", "down", ("config", "private_key_path")),
        ],
        supports_check_mode=True,
    )
    try:
        _names.check_interface(module.params["name"])
        with _files.lock(module.params["name"], write=not module.check_mode):
            result = run(module)
    except (_files.HostError, ValueError) as exc:
        module.fail_json(msg=f"{module.params['name']}: {exc}")
    module.exit_json(**result)


def run(module: AnsibleModule) -> dict[str, t.Any]:
    """The work under the lock; the result of the module."""
    host = _host.Host(module.run_command)
    wanted = _wanted.read(module.params, host, dry=module.check_mode)
    found = _find.find(host, wanted.name, wanted.admit is not None)
    path = _files.config_path(wanted.name)
    steps = _plan.plan(wanted, found)
    if steps:
        apply(module, host, wanted, found, steps)
    elif not module.check_mode:
        # A run that was killed may have left the new text, secrets and all, beside the file.
        _files.remove_leftovers(path)
    return {
        "changed": bool(steps),
        "applied": [step.words for step in steps],
        "disruptive": any(step.disruptive for step in steps),
        "public_key": wanted.public_key,
        "diff": {
            "before_header": path,
            "after_header": path,
            "before": _keys.without_secrets(found.text or ""),
            "after": _keys.without_secrets(wanted.text),
        },
    }


def apply(
    module: AnsibleModule, host: _host.Host, wanted: _plan.Wanted, found: _plan.Found, steps: t.Sequence[_plan.Step]
) -> None:
    """Check what can be checked, carry the steps out, and warn of what they leave behind."""
    from ansible_collections.vpn.wireguard.plugins.module_utils import _apply

    task = _apply.Task(host, wanted, found)
    _apply.check(task, steps, module.params["implementation"], module.params["adopt"], dry=module.check_mode)
    if not module.check_mode:
        _apply.carry_out(task, steps)
    for left in _apply.left_behind(found) if wanted.state != "absent" else ():
        module.warn(
            f"{task.path} had the hook {left!r}, of which nothing was undone; undo it by hand if it is not wanted"
        )


if __name__ == "__main__":
    main()
