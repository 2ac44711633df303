# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: missing_packages
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: Packages that bring what a host lacks
description:
  - Names the packages for the commands that a host needs and does not have.
options:
  _input:
    description: Commands that are needed.
    type: list
    elements: str
    required: true
  host:
    description: RV(vpn.wireguard.wg_info#module:host) of the host.
    type: dict
    required: true
"""

EXAMPLES = r"""
packages: "{{ ['wg', 'wg-quick'] | vpn.wireguard.missing_packages(info.host) }}"
"""

RETURN = r"""
_value:
  description: Names of packages, none where nothing is missing.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _packages
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def missing_packages(_input: t.Iterable[str], host: t.Mapping[str, t.Any]) -> list[str]:
    """Packages for what is missing."""
    return _packages.missing(_input, host)


FilterModule = _filters.door_to(missing_packages)
