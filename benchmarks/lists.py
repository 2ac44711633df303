# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists to measure with, the same in every run: networks as in lists of countries, and the networks of many peers."""

from __future__ import annotations

import ipaddress
import random

EVERYTHING = ["0.0.0.0/0", "::/0"]

# How many of a hundred networks have which prefix length. Registries hand out IPv4 in ever smaller pieces and IPv6 as
# /32 and /29 to providers, as /48 to others.
V4_LENGTHS = {12: 1, 13: 1, 14: 2, 15: 3, 16: 7, 17: 4, 18: 5, 19: 8, 20: 9, 21: 9, 22: 17, 23: 10, 24: 24}
V6_LENGTHS = {29: 20, 30: 1, 32: 45, 33: 1, 36: 3, 40: 4, 44: 4, 46: 2, 47: 2, 48: 18}
# IPv6 is handed out from 2000::/3.
V6_FIRST, V6_LAST = 0x2000 << 112, 0x2C0F << 112

Pick = tuple[int, int, int]
"""IP version, first address, prefix length."""


def countries(count: int, seed: int = 1) -> list[str]:
    """``count`` networks as text: 70 % IPv4 (/12 to /24), 30 % IPv6 (/29 to /48).

    65 % lie anywhere, 20 % next to an earlier one, 10 % inside an earlier one; 2 % hold an earlier one, 3 % repeat one.
    """
    rng = random.Random(seed)
    picks: list[Pick] = []
    while len(picks) < count:
        version = 4 if rng.random() < 0.7 else 6
        earlier = _earlier(rng, picks, version)
        picks.append((earlier and _related(rng, earlier)) or _fresh(rng, version))
    return [write(pick) for pick in picks]


def peers(count: int, seed: int = 1) -> dict[str, list[str]]:
    """``count`` owners with 1 to 3 networks each, IPv4 and IPv6, of which about one in a hundred claims another's."""
    rng = random.Random(seed)
    owners: dict[str, list[str]] = {}
    for number in range(count):
        own = [(4, (10 << 24) + (number << 8), 24), (6, (0xFD00 << 112) + (number << 80), 48)]
        own.append((4, (11 << 24) + (number << 4), 28))
        chosen = own[: rng.randint(1, 3)]
        if number and rng.random() < 0.01:
            chosen[0] = (4, (10 << 24) + (rng.randrange(number) << 8) + 64, 26)
        owners[f"peer-{number}"] = [write(pick) for pick in chosen]
    return owners


def write(pick: Pick) -> str:
    """A network as text."""
    version, first, prefix = pick
    return f"{ipaddress.IPv4Address(first) if version == 4 else ipaddress.IPv6Address(first)}/{prefix}"


def _earlier(rng: random.Random, picks: list[Pick], version: int) -> Pick | None:
    """An earlier network of that version to relate to, for 35 of 100; None for the others."""
    if rng.random() < 0.65 or not picks:
        return None
    for _try in range(20):
        pick = rng.choice(picks)
        if pick[0] == version:
            return pick
    return None


def _related(rng: random.Random, earlier: Pick) -> Pick | None:
    """Next to it, inside it, around it, or the same; None where there is no such network."""
    version, first, prefix = earlier
    bits = 32 if version == 4 else 128
    longest = max(V4_LENGTHS if version == 4 else V6_LENGTHS)
    size = 1 << (bits - prefix)
    roll = rng.random() * 35
    if roll < 20:
        return (version, first + size, prefix) if first + 2 * size <= 1 << bits else None
    if roll < 30:
        if prefix == longest:
            return None
        length = rng.randint(prefix + 1, longest)
        return version, first + (rng.randrange(1 << (length - prefix)) << (bits - length)), length
    if roll < 32:
        shorter = prefix - rng.randint(1, 2)
        return version, first >> (bits - shorter) << (bits - shorter), shorter
    return earlier


def _fresh(rng: random.Random, version: int) -> Pick:
    lengths = V4_LENGTHS if version == 4 else V6_LENGTHS
    prefix = rng.choices(list(lengths), list(lengths.values()))[0]
    if version == 4:
        return 4, rng.randrange(1 << 24, 224 << 24) >> (32 - prefix) << (32 - prefix), prefix
    return 6, rng.randrange(V6_FIRST, V6_LAST) >> (128 - prefix) << (128 - prefix), prefix
