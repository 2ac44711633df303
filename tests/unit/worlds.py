# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks to test with: any, and those in a world so small that its addresses can be counted."""

from __future__ import annotations

import ipaddress

from hypothesis import strategies as st

# The 64 addresses of one small network of each family, in which everything can be counted.
SMALL = {4: int(ipaddress.ip_address("10.8.0.64")), 6: int(ipaddress.ip_address("fd00:8::40"))}
BITS = {4: 32, 6: 128}
WIDTH = 6


@st.composite
def small_network(draw: st.DrawFn, version: int) -> str:
    """A CIDR text within the 64 addresses of SMALL."""
    depth = draw(st.integers(0, WIDTH))
    block = 1 << (WIDTH - depth)
    first = SMALL[version] + block * draw(st.integers(0, (1 << depth) - 1))
    return f"{ipaddress.ip_address(first) if version == 4 else ipaddress.IPv6Address(first)}/{BITS[version] - WIDTH + depth}"


@st.composite
def any_network(draw: st.DrawFn) -> str:
    version = draw(st.sampled_from((4, 6)))
    prefix = draw(st.integers(0, BITS[version]))
    value = draw(st.integers(0, (1 << prefix) - 1)) << (BITS[version] - prefix)
    address = ipaddress.IPv4Address(value) if version == 4 else ipaddress.IPv6Address(value)
    # IPv4-mapped addresses are refused at the door, which another test is about.
    if version == 6 and prefix >= 96 and address.ipv4_mapped:
        address = ipaddress.IPv6Address(value | 1 << 127)
    return f"{address}/{prefix}"


def addresses(networks: list[str]) -> set[tuple[int, int]]:
    """Every address of the networks, one by one, by the standard library."""
    return {
        (address.version, int(address))
        for text in networks
        for address in ipaddress.ip_network(text)  # the networks have at most 64 addresses
    }
