# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of text."""

from __future__ import annotations

from ansible_collections.vpn.wireguard.plugins.module_utils import _table


def test_columns_are_aligned_and_no_line_ends_in_spaces() -> None:
    rows = [{"from": "client-one", "loss": 0, "rtt": 0.5}, {"from": "two", "loss": 100, "rtt": None, "more": 1}]
    assert _table.render(rows, {"from": "from", "loss %": "loss", "rtt ms": "rtt"}) == (
        "from        loss %  rtt ms\n----------  ------  ------\nclient-one  0       0.5\ntwo         100     -"
    )


def test_what_is_missing_is_a_dash_and_what_is_empty_is_empty() -> None:
    assert _table.render([{}, {"a": ""}, {"a": False}], {"A": "a"}).split("\n") == ["A", "-----", "-", "", "False"]


def test_no_rows() -> None:
    assert _table.render([], {"a": "a", "bcd": "b"}) == "a  bcd\n-  ---"


def test_keys_go_into_mappings_and_lists_stand_side_by_side() -> None:
    rows = [{"name": "one", "value": {"networks": ["a", "b"], "age": 7}}, {"name": "two", "value": {"networks": []}}]
    columns = {"N": "name", "V": "value.networks", "A": "value.age", "X": "name.x.y"}
    assert [line.split() for line in _table.render(rows, columns).splitlines()[2:]] == [
        ["one", "a,", "b", "7", "-"],
        ["two", "-", "-", "-"],
    ]
    assert _table.render([{"a.b": 1}], {"A": "a.b"}).splitlines()[2] == "1"
