# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets on their way between hub and controller, and backups."""

from __future__ import annotations

import base64
import json

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _handover, _keys, _seal
from ansible_collections.vpn.wireguard.tests.unit import samples

FILES = {"private.key": samples.HUB.private.encode(), "clients/phone.png": bytes(range(256)), "peers.json": b"{}"}
PRIVATE = _keys.decode(samples.ONE.private)


def test_what_was_packed_is_unpacked() -> None:
    sealed = _handover.pack(FILES, samples.ONE.public)
    assert _handover.unpack(sealed, PRIVATE) == FILES
    assert samples.HUB.private not in sealed
    assert samples.HUB.private.encode() not in base64.b64decode(sealed)


def test_nobody_else_opens_it() -> None:
    sealed = _handover.pack(FILES, samples.ONE.public)
    with pytest.raises(_seal.SealError, match="content was not sealed to this host's key"):
        _handover.unpack(sealed, _keys.decode(samples.TWO.private))
    with pytest.raises(_seal.SealError):
        _seal.unseal(sealed, PRIVATE)


def test_a_preshared_key_is_no_file() -> None:
    with pytest.raises(_seal.SealError):
        _handover.unpack(_seal.seal(b"{}", _keys.decode_public(samples.ONE.public)), PRIVATE)


@pytest.mark.parametrize(
    "path",
    ["", "/etc/shadow", "../wg1/private.key", "clients/../private.key", "clients/.x.conf", "private.key\n", "x", 7],
)
def test_files_of_others_are_not_handed_over(path: object) -> None:
    with pytest.raises(ValueError, match="no file of a hub's state"):
        _handover.check_path(path)
    sealed = _seal.seal(json.dumps({str(path): ""}).encode(), _keys.decode_public(samples.ONE.public), _seal.HANDOVER)
    with pytest.raises(ValueError, match="no file of a hub's state"):
        _handover.unpack(sealed, PRIVATE)


def test_a_backup_is_read_back() -> None:
    assert _handover.load(_handover.dump("wg0", FILES)) == FILES


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b"\xff", b'{"format": 2, "files": {}}', b'{"format": 1, "files": {"private.key": "*"}}']
)
def test_what_is_no_backup_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="this is no backup of a hub"):
        _handover.load(text)
