# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of a file that set routes, and what is read back from them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _config, _networks, _routing

KEY = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
ADDRESSES = ["10.8.0.1/24", "fd00:8::1/64"]


def test_networks_become_comments_and_one_hook() -> None:
    lines = _routing.lines(["10.20.0.0/16", "10.8.0.0/25", "fd00:20::/48", "10.20.0.0/16"], ADDRESSES)
    assert lines == ["Table = off", "# route 10.20.0.0/16", "# route fd00:20::/48", _routing.HOOK]


def test_what_the_addresses_cover_takes_no_hook() -> None:
    assert _routing.lines(["10.8.0.0/24", "10.8.0.7/32", "fd00:8::/64"], ADDRESSES) == ["Table = off"]
    assert _routing.lines(["10.8.0.0/16"], ADDRESSES)[1] == "# route 10.8.0.0/16"


@pytest.mark.parametrize("default", ["0.0.0.0/0", "::/0"])
def test_a_default_route_is_left_to_wg_quick(default: str) -> None:
    assert _routing.lines(["10.20.0.0/16", default], ADDRESSES) == []


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(_networks.NetworkError, match=r"10\.20\.0\.0/33"):
        _routing.lines(["10.20.0.0/33"], ADDRESSES)


def test_the_file_is_read_back() -> None:
    lines = _routing.lines(["10.20.0.0/16", "fd00:20::/48"], ADDRESSES)
    interface = _config.parse("\n".join(["[Interface]", "# route, old: 10.9.0.0/16", *lines])).interface
    assert (interface.table, interface.routes) == ("off", ("10.20.0.0/16", "fd00:20::/48"))


@pytest.mark.parametrize(
    "comment", ["route", "route 10.20.0.0/33", "route to 10.20.0.0/16", "a route 10.20.0.0/16", ""]
)
def test_other_comments_name_no_route(comment: str) -> None:
    assert (
        _config.parse(f"[Interface]\n# {comment}\n[Peer]\n# route 10.20.0.0/16\nPublicKey = {KEY}").interface.routes
        == ()
    )


def test_wg_quick_takes_the_hook_whole() -> None:
    """It cuts a line at its first number sign."""
    assert "#" not in _routing.HOOK


def test_the_hook_hands_the_routes_to_ip(tmp_path: Path) -> None:
    file = tmp_path / "wg0.conf"
    lines = _routing.lines(["10.20.0.0/16", "fd00:20::/48"], ADDRESSES)
    file.write_text("\n".join(["[Interface]", *lines, "[Peer]", "# route", f"PublicKey = {KEY}", ""]))
    hook = _routing.HOOK.partition(" = ")[2].replace("/etc/wireguard/%i.conf", str(file)).replace("%i", "wg0")
    done = subprocess.run(
        ["bash", "-c", hook.replace("ip -batch -", "cat")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "route replace 10.20.0.0/16 dev wg0\nroute replace fd00:20::/48 dev wg0\n"
