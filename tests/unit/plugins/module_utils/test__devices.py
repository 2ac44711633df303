# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices as the inventory declares them: dates, and what the registry is asked for them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import yaml

from ansible_collections.vpn.wireguard.plugins.module_utils import _devices
from ansible_collections.vpn.wireguard.tests.unit import samples


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("2026-12-31", "2026-12-31T00:00:00Z"),
        (" 2026-12-31 ", "2026-12-31T00:00:00Z"),
        ("2026-12-31T18:30:00Z", "2026-12-31T18:30:00Z"),
        ("2026-12-31 18:30", "2026-12-31T18:30:00Z"),
        ("2026-12-31T18:30:00.900+02:00", "2026-12-31T16:30:00Z"),
        ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00Z"),
        # What YAML makes of a moment without quotes.
        (yaml.safe_load("2026-12-31"), "2026-12-31T00:00:00Z"),
        (yaml.safe_load("2026-12-31 18:30:00"), "2026-12-31T18:30:00Z"),
        (yaml.safe_load("2026-12-31T18:30:00Z"), "2026-12-31T18:30:00Z"),
        (yaml.safe_load("2026-12-31T18:30:00+02:00"), "2026-12-31T16:30:00Z"),
    ],
)
def test_moments_have_one_form(value: object, expected: str | None) -> None:
    assert _devices.read_expiry(value) == expected


@pytest.mark.parametrize(
    "value", ["soon", "2026-02-30", "2026-12", "20261231", 20261231, True, [], "2026-12-31T25:00Z", "2026-12-31T18"]
)
def test_what_is_no_moment_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="such as 2026-12-31"):
        _devices.read_expiry(value)


def test_this_moment_can_be_compared() -> None:
    assert "2026-01-01T00:00:00Z" < _devices.now() < "2200-01-01T00:00:00Z"
    assert _devices.read_expiry(_devices.now()) == _devices.now()


@pytest.mark.parametrize(
    ("device", "preshared_keys", "expected"),
    [
        ({"name": "a", "public_key": "K"}, True, {"name": "a", "public_key": "K", "preshared_key": None}),
        ({"name": "a", "generate": True}, True, {"name": "a", "generate": True, "preshared_key": True}),
        ({"name": "a", "generate": True}, False, {"name": "a", "generate": True, "preshared_key": False}),
        (
            {"name": "a", "generate": True, "preshared_key": False},
            True,
            {"name": "a", "generate": True, "preshared_key": False},
        ),
        (
            {"name": "a", "public_key": "K", "preshared_key": True, "route": "all", "dns": "1.1.1.1"},
            False,
            {"name": "a", "public_key": "K", "preshared_key": True},
        ),
        (
            {"name": "a", "generate": True, "enabled": False, "address": None, "formerly": "b"},
            True,
            {"name": "a", "generate": True, "enabled": False, "formerly": "b", "preshared_key": True},
        ),
    ],
)
def test_what_the_registry_is_asked(device: dict[str, Any], preshared_keys: bool, expected: dict[str, Any]) -> None:
    assert _devices.peers_of([device], preshared_keys) == [{"expires": None, **expected}]


def test_dates_travel_as_text() -> None:
    device = {"name": "a", "public_key": samples.ONE.public, "expires": datetime.date(2026, 12, 31)}
    assert _devices.peers_of([device], True)[0]["expires"] == "2026-12-31T00:00:00Z"
