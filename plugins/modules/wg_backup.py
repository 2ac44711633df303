#!/usr/bin/python

# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What there is to run stands in the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_backup
short_description: Keep the state of a hub in one encrypted file, or bring it back
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
description:
  - All that a hub knows and the inventory does not is its private key and its registry with addresses, preshared keys, and the pairs
    of devices. This keeps both in one file on the controller, encrypted with the vault password of the run, or brings them to a host.
  - They travel sealed to a key that is made for this one time. No result, log or temporary file holds them, at any verbosity.
  - After a restore, the role P(vpn.wireguard.wg_server#role) makes the rest; clients need not be touched.
extends_documentation_fragment:
  - vpn.wireguard._attributes.handover
options:
  interface:
    description:
      - The hub's interface.
    type: str
    default: wg0
  path:
    description:
      - The file on the controller. Relative to the directory in which C(ansible-playbook) was started.
    type: path
    required: true
  state:
    description:
      - V(saved) writes the file, V(restored) brings it to the host.
    type: str
    choices: [saved, restored]
    default: saved
  force:
    description:
      - Whether V(restored) may replace another key than that of the backup.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Keep the state of the hub
  vpn.wireguard.wg_backup:
    path: "backups/{{ inventory_hostname }}.vault"

- name: Bring it to a new host
  vpn.wireguard.wg_backup:
    path: "backups/{{ inventory_hostname }}.vault"
    state: restored
"""

RETURN = r"""
path:
  description: The file on the controller.
  type: str
  returned: success
restored:
  description: What was brought to the host because it was missing there or another.
  type: list
  elements: str
  returned: state is restored
"""
