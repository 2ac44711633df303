# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key's file: no key is ever lost by accident, and where a new one comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _keyfile, _keys
from ansible_collections.vpn.wireguard.plugins.module_utils._files import HostError
from ansible_collections.vpn.wireguard.plugins.module_utils._keyfile import Choice, KeyFile
from ansible_collections.vpn.wireguard.tests.unit import samples

HUB, ONE = _keys.decode(samples.HUB.private), _keys.decode(samples.ONE.private)
RAW = b"\xff" * 32
NONE = KeyFile("/k", exists=False)
VALID = KeyFile("/k", True, HUB, None, 0o600)
BROKEN = KeyFile("/k", True, None, "/k holds no private key", 0o600)


def test_inspect(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert _keyfile.inspect(str(path)) == KeyFile(str(path), exists=False)
    path.write_text(f"{samples.HUB.private}\n")
    path.chmod(0o640)
    assert _keyfile.inspect(str(path)) == KeyFile(str(path), True, HUB, None, 0o640)


@pytest.mark.parametrize("text", ["", "\n", samples.HUB.private[:-1], "PrivateKey"])
def test_inspect_tells_what_is_wrong_without_the_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    found = _keyfile.inspect(str(path))
    assert (found.exists, found.private) == (True, None)
    assert str(path) in found.problem
    assert samples.HUB.private[:8] not in found.problem


def test_inspect_refuses_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "target").write_text(samples.HUB.private)
    (tmp_path / "link").symlink_to("target")
    (tmp_path / "dangling").symlink_to("missing")
    for name in ("link", "dangling", ""):
        with pytest.raises(HostError, match="not a regular file; it was left untouched"):
            _keyfile.inspect(str(tmp_path / name))


@pytest.mark.parametrize("regenerate", ["never", "invalid"])
@pytest.mark.parametrize("adopted", [None, ONE])
def test_a_valid_key_is_kept(regenerate: str, adopted: bytes | None) -> None:
    assert _keyfile.choose(VALID, regenerate, None, adopted) == Choice(HUB, False, "kept")


@pytest.mark.parametrize("regenerate", ["never", "invalid", "always"])
def test_where_there_is_no_file_a_key_is_made(regenerate: str) -> None:
    first, second = (_keyfile.choose(NONE, regenerate, None, None) for _turn in range(2))
    assert (first.write, first.origin) == (True, "generated")
    assert first.private == _keys.clamp(first.private)
    assert first.private != second.private


@pytest.mark.parametrize("regenerate", ["never", "invalid"])
def test_where_there_is_no_file_a_key_is_adopted(regenerate: str) -> None:
    assert _keyfile.choose(NONE, regenerate, None, ONE) == Choice(ONE, True, "adopted")


def test_a_broken_file_is_replaced_only_when_told_to() -> None:
    with pytest.raises(HostError, match=r"^/k holds no private key\. It was left untouched; .*regenerate to invalid"):
        _keyfile.choose(BROKEN, "never", None, ONE)
    for regenerate in ("invalid", "always"):
        choice = _keyfile.choose(BROKEN, regenerate, None, None)
        assert (choice.write, choice.origin) == (True, "generated")


def test_always_means_a_new_key() -> None:
    choice = _keyfile.choose(VALID, "always", None, ONE)
    assert (choice.write, choice.origin) == (True, "generated")
    assert choice.private not in (HUB, ONE)


@pytest.mark.parametrize("regenerate", ["never", "invalid", "always"])
def test_a_given_key_that_is_there_is_kept(regenerate: str) -> None:
    assert _keyfile.choose(VALID, regenerate, HUB, ONE) == Choice(HUB, False, "kept")


def test_a_given_key_is_written_where_there_is_none() -> None:
    assert _keyfile.choose(NONE, "never", ONE, HUB) == Choice(_keys.clamp(ONE), True, "imported")


def test_a_given_key_is_clamped() -> None:
    """wg shows keys so; a second run with the same key then changes nothing."""
    choice = _keyfile.choose(NONE, "never", RAW, None)
    assert choice.private == _keys.clamp(RAW) != RAW
    again = _keyfile.choose(KeyFile("/k", True, choice.private, None, 0o600), "never", RAW, None)
    assert (again.write, again.origin) == (False, "kept")


def test_a_given_key_replaces_another_only_when_told_to() -> None:
    for found in (VALID, BROKEN):
        with pytest.raises(HostError, match="left untouched; set regenerate to always"):
            _keyfile.choose(found, "never", ONE, None)
    with pytest.raises(HostError, match="left untouched"):
        _keyfile.choose(VALID, "invalid", ONE, None)
    assert _keyfile.choose(BROKEN, "invalid", ONE, None).origin == "imported"
    assert _keyfile.choose(VALID, "always", ONE, None) == Choice(_keys.clamp(ONE), True, "imported")


def test_adoptable(tmp_path: Path) -> None:
    path = tmp_path / "wg0.conf"
    assert _keyfile.adoptable(None) is None
    assert _keyfile.adoptable(str(path)) is None
    path.write_text("[Interface]\nAddress = 10.8.0.1/24\n")
    assert _keyfile.adoptable(str(path)) is None
    path.write_text(samples.HUB_FILE)
    assert _keyfile.adoptable(str(path)) == HUB


@pytest.mark.parametrize("text", ["PrivateKey {}", "PrivateKey = {}=", "PrivateKey = {}\nSaveConfig true", "{}"])
def test_a_file_that_cannot_be_understood_is_not_adopted_and_not_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wg0.conf"
    path.write_text(f"[Interface]\n{text.format(samples.HUB.private)}\n")
    with pytest.raises(HostError, match=r"cannot be understood.*Nothing was changed") as caught:
        _keyfile.adoptable(str(path))
    assert samples.HUB.private[:10] not in str(caught.value)


def test_no_repr_holds_a_key() -> None:
    for value in (VALID, _keyfile.choose(VALID, "never", None, None), _keyfile.choose(NONE, "never", ONE, None)):
        assert repr(HUB)[2:20] not in repr(value)
        assert repr(_keys.clamp(ONE))[2:20] not in repr(value)
