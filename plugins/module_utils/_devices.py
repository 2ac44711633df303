# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Devices that Ansible does not manage, as wg_server_peers declares them: what an item may say, and what it means."""

from __future__ import annotations

import datetime
import re
import typing as t

Device = t.Mapping[str, t.Any]
"""An item of wg_server_peers."""

# The fields of an item that the registry of the hub is told; the others shape the device's own file.
_OF_REGISTRY = ("name", "public_key", "address", "networks", "generate", "enabled", "expires", "formerly")
_EXPIRY = "write a date or a time in UTC, such as 2026-12-31 or 2026-12-31T18:00:00Z"

_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)


def read_expiry(value: object) -> str | None:
    """The moment from which a device is shut out, as ``YYYY-MM-DDTHH:MM:SSZ``; None for never.

    ``value`` is text or what YAML makes of a date. A date is its first moment, a time without a zone is in UTC.
    Texts of this form have the order of the moments. Raises ValueError.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = _read_moment(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day, tzinfo=datetime.timezone.utc)
    if not isinstance(value, datetime.datetime):
        raise ValueError(_EXPIRY)
    aware = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
    return aware.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def now() -> str:
    """This moment in the form of ``read_expiry``."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_device(device: Device) -> None:
    """Raise ValueError for an item whose fields, each right by itself, do not go together."""
    if bool(device.get("generate")) == bool(device.get("public_key")):
        raise ValueError(
            "give either public_key, of a pair that the device made, or generate: true for a pair that the hub makes"
        )
    if device.get("formerly") and device["formerly"] == device["name"]:
        raise ValueError(f"formerly = {device['formerly']!r} is the name that it has now; give the one before it")


def peers_of(devices: t.Sequence[Device], preshared_keys: bool) -> list[dict[str, t.Any]]:
    """What the registry (M(vpn.wireguard.wg_peers)) is asked for the devices, one mapping each.

    A device whose pair the hub makes gets its whole file from the hub, and so shares a preshared key where
    ``preshared_keys`` says so; another has a file already, and what there is with it stays unless it asks.
    """
    return [{**_told(device), "preshared_key": _wants_preshared(device, preshared_keys)} for device in devices]


def _told(device: Device) -> dict[str, t.Any]:
    told = {key: device[key] for key in _OF_REGISTRY if device.get(key) is not None}
    return {**told, "expires": read_expiry(device.get("expires"))}


def _wants_preshared(device: Device, preshared_keys: bool) -> bool | None:
    wish = device.get("preshared_key")
    if wish is None and device.get("generate"):
        return preshared_keys
    return t.cast("bool | None", wish)


def _read_moment(text: str) -> datetime.date:
    found = _MOMENT.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError("no moment")
        day, clock, zone = found.groups()
        # Python 3.8 knows no Z.
        zone = "+00:00" if zone in (None, "Z", "z") else zone
        return datetime.datetime.fromisoformat(f"{day}T{clock}{zone}") if clock else datetime.date.fromisoformat(day)
    except ValueError as exc:
        raise ValueError(_EXPIRY) from exc
