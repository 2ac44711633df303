# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Rows of data as an aligned table of text."""

from __future__ import annotations

import typing as t


def render(rows: t.Sequence[t.Mapping[str, object]], columns: t.Mapping[str, str]) -> str:
    """One line for the headings and one for each row; ``columns`` maps headings to keys, and a dot in a key
    goes into a mapping. What a row lacks is a dash, and items of a list stand side by side."""
    cells = [list(columns)] + [[_cell(row, key) for key in columns.values()] for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _cell(row: t.Mapping[str, object], key: str) -> str:
    value: object = row
    for part in [key] if key in row else key.split("."):
        value = value.get(part) if isinstance(value, t.Mapping) else None
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)
