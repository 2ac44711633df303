# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules and devices that Ansible does not manage, on a host that is a directory."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.vpn.wireguard.plugins.module_utils import _keys

Run = Callable[..., dict[str, Any]]
ASKED = {"interface": "wg0", "networks": ["10.8.0.0/24"], "reserved": ["10.8.0.1"]}
PHONE = {"name": "phone", "generate": True, "preshared_key": True}


def stored(host: Path) -> dict[str, Any]:
    peers: dict[str, Any] = json.loads((host / "etc" / "wg0" / "peers.json").read_text())["peers"]
    return peers


def test_a_pair_that_the_hub_makes_stays_there(host: Path, run: Run) -> None:
    planned = run("wg_peers", check=True, **ASKED, peers=[PHONE])
    assert list(host.iterdir()) == []
    done = run("wg_peers", **ASKED, peers=[PHONE])
    again = run("wg_peers", **ASKED, peers=[PHONE])
    entry = stored(host)["phone"]
    public = _keys.encode(_keys.public_bytes(_keys.decode(entry["private_key"])))
    assert (done["peers"]["phone"]["public_key"], entry["public_key"]) == (public, public)
    assert (planned["changed"], done["changed"], again["changed"]) == (True, True, False)
    assert (planned["unknown"], done["unknown"]) == (["phone"], [])
    shown = json.dumps([planned, done, again])
    assert [secret for secret in (entry["private_key"], entry["preshared_key"]) if secret in shown] == []
    assert (done["peers"]["phone"]["generated"], done["peers"]["phone"]["preshared_key"]) == (True, True)


def test_a_pair_is_renewed(host: Path, run: Run) -> None:
    run("wg_peers", **ASKED, peers=[PHONE])
    before = stored(host)["phone"]
    assert run("wg_peers", **ASKED, peers=[PHONE], renew=["phone"])["updated"] == ["phone"]
    after = stored(host)["phone"]
    assert {key for key in before if before[key] != after[key]} == {"private_key", "public_key"}


def test_who_is_let_in_is_told(host: Path, run: Run) -> None:
    def active(**changes: Any) -> list[Any]:
        peer = run("wg_peers", **ASKED, peers=[{**PHONE, **changes}])["peers"]["phone"]
        return [peer["active"], peer["enabled"], peer["expires"], peer["addresses"]]

    assert active() == [True, True, None, ["10.8.0.2"]]
    assert active(enabled=False) == [False, False, None, ["10.8.0.2"]]
    assert active(expires="2020-01-01") == [False, True, "2020-01-01T00:00:00Z", ["10.8.0.2"]]
    assert active(expires="2199-01-01T12:00:00+02:00") == [True, True, "2199-01-01T10:00:00Z", ["10.8.0.2"]]
    assert stored(host)["phone"]["expires"] == "2199-01-01T10:00:00Z"


def test_a_bad_device_leaves_the_registry_alone(host: Path, run: Run) -> None:
    for changes, words in (
        ({"expires": "soon"}, "such as 2026-12-31"),
        ({"public_key": "GZHjarCmFTqpnFkyPcts/iNPvUsYWk9ecXujh7eURGY="}, "give one of the two"),
    ):
        failed = run("wg_peers", **ASKED, peers=[{**PHONE, **changes}])
        assert [word for word in ("'phone'", words, "left untouched") if word not in failed["msg"]] == []
    assert list(host.iterdir()) == []
