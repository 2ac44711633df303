#!/usr/bin/python

# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What there is to run stands in the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_client_export
short_description: Bring the file of a device from the hub to the controller
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
description:
  - Brings the file that M(vpn.wireguard.wg_client_config) keeps on the hub, and its QR code, to the controller, or shows the code there.
  - The file travels sealed to a key that the controller makes for this one time, and is then encrypted with the vault password of the
    run. No result, log or temporary file holds it, at any verbosity.
extends_documentation_fragment:
  - vpn.wireguard._attributes.handover
options:
  interface:
    description:
      - The hub's interface. The tunnel gets this name on the device, in the formats that tell one.
    type: str
    default: wg0
  device:
    description:
      - Name of the device.
    type: str
    required: true
  dest:
    description:
      - Directory on the controller, made where it is missing. Relative to the directory in which C(ansible-playbook) was started.
    type: path
    default: exported
  format:
    description:
      - V(wg-quick) is C(NAME.conf), with the QR code C(NAME.png) where there is one.
      - V(networkmanager) is C(NAME.nmconnection), for C(/etc/NetworkManager/system-connections/).
      - V(networkd) is C(NAME.netdev) and C(NAME.network), for C(/etc/systemd/network/), where the group C(systemd-network) must be
        able to read them.
    type: str
    choices: [wg-quick, networkmanager, networkd]
    default: wg-quick
  plain:
    description:
      - Whether the files are not to be encrypted with ansible-vault. They have mode 0600 in any case.
    type: bool
    default: false
  show:
    description:
      - With V(qr), show the QR code on the screen instead of writing files.
    type: str
    choices: ["", qr]
    default: ""
seealso:
  - module: vpn.wireguard.wg_client_config
"""

EXAMPLES = r"""
- name: The file of the phone, encrypted with the vault password
  vpn.wireguard.wg_client_export:
    device: phone

- name: Its QR code on the screen
  vpn.wireguard.wg_client_export:
    device: phone
    show: qr
"""

RETURN = r"""
files:
  description: Paths of the files on the controller.
  type: list
  elements: str
  returned: success
encrypted:
  description: Whether they are encrypted with ansible-vault.
  type: bool
  returned: success
ready:
  description: Whether the device can take them as they are. V(false) where the private key has to be put in.
  type: bool
  returned: success
"""
