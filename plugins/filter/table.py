# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: table
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
short_description: Rows of data as a table of text
description:
  - Makes one line for the names of the columns, one of dashes, and one for each row.
options:
  _input:
    description: Rows, each a mapping.
    type: list
    elements: dict
    required: true
  columns:
    description: The keys of the rows that are shown, by the headings above them, in their order. A dot goes into a mapping.
    type: dict
    required: true
"""

EXAMPLES = r"""
text: "{{ [{'from': 'client-one', 'loss': 0}] | vpn.wireguard.table({'from': 'from', 'loss %': 'loss'}) }}"
"""

RETURN = r"""
_value:
  description: The lines, aligned.
  type: str
"""

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _table
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _filters


def table(_input: t.Sequence[t.Mapping[str, object]], columns: t.Mapping[str, str]) -> str:
    """The rows as an aligned table."""
    return _table.render(_input, columns)


FilterModule = _filters.door_to(table)
