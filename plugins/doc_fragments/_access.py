# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

from __future__ import annotations


class ModuleDocFragment:
    """What filters take that read lists of what single peers may reach."""

    DOCUMENTATION = r"""
options:
  lists:
    description: Lists by name of what peers may reach, for peers to share.
    type: dict
    default: {}
  hub:
    description: The hub's own addresses in the tunnel.
    type: list
    elements: str
    default: []
"""
