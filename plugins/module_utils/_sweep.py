# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Sets of addresses of one IP version, as integers that are walked through in order.

A network is a *key*, ``first << 8 | prefix``: one integer sorts in half the time of a pair. A *span* is a pair of
integers, the first address and the one after the last. Between a list of keys and a list of texts there are only
generators, so that nothing but the result takes room.
"""

from __future__ import annotations

import ipaddress
import socket
import typing as t

Span = t.Tuple[int, int]

BITS = {4: 32, 6: 128}
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
# By the length of a prefix: how many addresses such a network has.
_SIZES = {version: [1 << (bits - prefix) for prefix in range(bits + 1)] for version, bits in BITS.items()}
# By the number of bits that the size of a network has: how its text ends.
_SUFFIXES = {version: [f"/{bits + 1 - length}" for length in range(bits + 2)] for version, bits in BITS.items()}
# Above all addresses: the span after the last one.
_NOWHERE = (1 << 129, 1 << 129)


def spans(keys: list[int], version: int) -> t.Iterator[Span]:
    """The addresses of networks as the fewest spans, in order, neither overlapping nor adjacent. Sorts ``keys``."""
    keys.sort()
    sizes = _SIZES[version]
    start = end = -1
    for key in keys:
        first = key >> 8
        after = first + sizes[key & 0xFF]
        if first > end:
            if end > 0:
                yield start, end
            start, end = first, after
        elif after > end:
            end = after
    if end > 0:
        yield start, end


def subtract(include: t.Iterator[Span], exclude: t.Iterator[Span]) -> t.Iterator[Span]:
    """What is in ``include`` and not in ``exclude``. All three are in order, their spans apart."""
    hole, hole_end = next(exclude, _NOWHERE)
    for first, end in include:
        while hole_end <= first:
            hole, hole_end = next(exclude, _NOWHERE)
        while hole < end:
            if hole > first:
                yield first, hole
            first = hole_end
            # A hole that reaches further may take away the next span, too.
            if hole_end >= end:
                break
            hole, hole_end = next(exclude, _NOWHERE)
        if first < end:
            yield first, end


def texts(ranges: t.Iterable[Span], version: int) -> list[str]:
    """The fewest CIDR networks of each span, in order, in canonical form (RFC 5952 for IPv6)."""
    found: list[str] = []
    # In line, because a call for each text would cost a tenth of all.
    add, write, family, width = found.append, socket.inet_ntop, FAMILIES[version], BITS[version] // 8
    suffixes = _SUFFIXES[version]
    for first, end in ranges:
        # Up: each network is as large as its first address allows, until it would reach too far.
        while first:
            size = first & -first
            after = first + size
            if after > end:
                break
            add(write(family, first.to_bytes(width, "big")) + suffixes[size.bit_length()])
            first = after
        # Down: each is as large as what is left.
        left = end - first
        while left:
            length = left.bit_length()
            add(write(family, first.to_bytes(width, "big")) + suffixes[length])
            size = 1 << (length - 1)
            first += size
            left -= size
    return _undotted(found) if version == 6 else found


def text_of(version: int, value: int) -> str:
    """One address in canonical form."""
    text = socket.inet_ntop(FAMILIES[version], value.to_bytes(BITS[version] // 8, "big"))
    return _without_dots(text) if version == 6 and "." in text else text


def _undotted(found: list[str]) -> list[str]:
    """The same IPv6 networks in order, with those mended that inet_ntop writes like ::a.b.c.d.

    It does so below 2 ** 48: such addresses begin with :: and are the first ones.
    """
    for index, text in enumerate(found):
        if not text.startswith("::"):
            break
        if "." in text:
            address, _slash, prefix = text.partition("/")
            found[index] = f"{_without_dots(address)}/{prefix}"
    return found


def _without_dots(address: str) -> str:
    # This collection refuses the form with dots on its way in.
    return str(ipaddress.IPv6Address(address))
