# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""QR codes as pictures and as text for terminals. What makes the code itself is C(qrencode), by _host."""

from __future__ import annotations

import struct
import typing as t
import zlib

MOST_BYTES = 2953
"""The largest code, version 40 with error correction L, holds so many (ISO/IEC 18004, table 7)."""

# Modules of white around a code (ISO/IEC 18004, 5.3.8), and pixels a module.
QUIET = 4
SCALE = 6

Matrix = t.Sequence[t.Sequence[bool]]
"""The rows of a code from the top; True is dark."""

# Black on white whatever the terminal's own colours are; a line ends with them.
_PAPER, _PLAIN = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def read(text: str) -> Matrix:
    """The code in qrencode's type ASCII, which writes each module as two characters. Raises ValueError."""
    rows = [[line[column] == "#" for column in range(0, len(line), 2)] for line in text.splitlines()]
    # All codes are squares of 21 and more modules, each version 4 wider than the last.
    if len(rows) < 21 or len(rows) % 4 != 1 or any(len(row) != len(rows) for row in rows):
        raise ValueError("qrencode wrote no QR code; is there another program of that name?")
    return with_quiet(rows)


def with_quiet(rows: Matrix) -> Matrix:
    """The code with its quiet zone."""
    width = len(rows[0]) + 2 * QUIET
    edge, side = [[False] * width] * QUIET, [False] * QUIET
    return [*edge, *([*side, *row, *side] for row in rows), *edge]


def png(matrix: Matrix) -> bytes:
    """The picture: one bit a pixel, 0 for black (W3C PNG, 11.2)."""
    size = len(matrix) * SCALE
    lines = (b"\x00" + _packed([not dark for dark in row for _pixel in range(SCALE)]) for row in matrix)
    pixels = b"".join(line * SCALE for line in lines)
    header = struct.pack(">IIBBBBB", size, size, 1, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(pixels)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def terminal(matrix: Matrix) -> str:
    """Lines of half blocks, black on white."""
    rows = [*matrix, [False] * len(matrix)] if len(matrix) % 2 else list(matrix)
    lines = ("".join(_HALVES[pair] for pair in zip(*rows[index : index + 2])) for index in range(0, len(rows), 2))
    return "".join(f"{_PAPER}{line}{_PLAIN}\n" for line in lines)


def _packed(bits: list[bool]) -> bytes:
    bits = bits + [False] * (-len(bits) % 8)
    return int("".join("1" if bit else "0" for bit in bits), 2).to_bytes(len(bits) // 8, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
