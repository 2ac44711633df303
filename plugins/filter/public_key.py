# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: public_key
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: Check the form of a public key
description:
  - Lets a public key of WireGuard pass and refuses all else, keys with which no handshake can succeed among it.
  - Never give it a private key; the two have the same form.
options:
  _input:
    description: A public key, 44 characters of base64.
    type: str
    required: true
"""

EXAMPLES = r"""
key: "{{ 'dp9cddCMlwoF4oOBO+6aoXZfwQhqJr6W5vv6LYu5GHk=' | vpn.wireguard.public_key }}"
"""

RETURN = r"""
_value:
  description: The key as it came.
  type: str
"""


from ansible_collections.vpn.wireguard.plugins.module_utils import _keys
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def public_key(_input: object) -> str:
    """The key, if it is one."""
    return _keys.encode(_keys.decode_public(_input))


FilterModule = _filters.door_to(public_key)
