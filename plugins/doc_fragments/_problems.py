# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

from __future__ import annotations


class ModuleDocFragment:
    """What filters take that judge the variables of a role."""

    DOCUMENTATION = r"""
options:
  _input:
    description: All variables of the role, by name.
    type: dict
    required: true
  host:
    description: The inventory's name of the host.
    type: str
    required: true
  known:
    description: Names of variables that are set for the host; those that the role does not know are refused.
    type: list
    elements: str
    required: true
"""
