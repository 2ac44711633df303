# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures and texts of QR codes, looked at with a reader of PNG that is written here."""

from __future__ import annotations

import struct
import zlib

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _qr

# A square of the size of version 1 with dark modules in no order.
SIZE = 21
ROWS = [[(row * 7 + column * 5) % 3 == 0 for column in range(SIZE)] for row in range(SIZE)]
ASCII = "".join("".join("##" if dark else "  " for dark in row) + "\n" for row in ROWS)


def inner(matrix: _qr.Matrix) -> list[list[bool]]:
    return [list(row[_qr.QUIET : -_qr.QUIET]) for row in matrix[_qr.QUIET : -_qr.QUIET]]


def pixels(picture: bytes) -> list[list[int]]:
    """The pixels of a PNG with one bit each and no filter."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    place, chunks = 8, {}
    while place < len(picture):
        length, kind = struct.unpack(">I4s", picture[place : place + 8])
        data = picture[place + 8 : place + 8 + length]
        assert struct.unpack(">I", picture[place + 8 + length : place + 12 + length])[0] == zlib.crc32(kind + data)
        chunks[kind], place = data, place + 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, color, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, color, rest) == (1, 0, [0, 0, 0])
    raw, stride = zlib.decompress(chunks[b"IDAT"]), (width + 7) // 8 + 1
    assert len(raw) == stride * height
    lines = [raw[index * stride : (index + 1) * stride] for index in range(height)]
    assert {line[0] for line in lines} == {0}
    return [[line[1 + x // 8] >> (7 - x % 8) & 1 for x in range(width)] for line in lines]


def test_a_code_is_read_and_gets_its_quiet_zone() -> None:
    matrix = _qr.read(ASCII)
    assert inner(matrix) == ROWS
    assert {len(row) for row in matrix} == {len(matrix)} == {SIZE + 8}
    assert sum(map(sum, matrix)) == sum(map(sum, ROWS))


def test_the_picture_shows_the_code() -> None:
    matrix, shown = _qr.read(ASCII), pixels(_qr.png(_qr.read(ASCII)))
    assert len(shown) == len(matrix) * _qr.SCALE
    expected = [
        [0 if matrix[y // _qr.SCALE][x // _qr.SCALE] else 1 for x in range(len(shown))] for y in range(len(shown))
    ]
    assert shown == expected


def test_the_text_shows_the_code() -> None:
    halves = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}
    rows: list[list[bool]] = []
    for line in _qr.terminal(_qr.read(ASCII)).splitlines():
        start, end = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
        assert line.startswith(start)
        assert line.endswith(end)
        pairs = [halves[character] for character in line[len(start) : -len(end)]]
        rows += [[upper for upper, _lower in pairs], [lower for _upper, lower in pairs]]
    matrix = _qr.read(ASCII)
    assert rows[: len(matrix)] == [list(row) for row in matrix]
    assert not any(map(any, rows[len(matrix) :]))


@pytest.mark.parametrize("text", ["", "usage: qrencode", ASCII[:-43], ASCII.replace("\n", "##\n"), "##\n" * 21])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no QR code"):
        _qr.read(text)
