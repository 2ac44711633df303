# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sealed secrets: only the receiver's key opens them, and nothing on the way may be changed."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.vpn.wireguard.plugins.module_utils import _keys, _seal
from ansible_collections.vpn.wireguard.tests.unit import samples

PRIVATE = _keys.decode(samples.ONE.private)
PUBLIC = _keys.decode_public(samples.ONE.public)
SECRET = _keys.decode(samples.PSK)
PURPOSE = b"vpn.wireguard preshared key, format 1"


def hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """32 bytes of HKDF-SHA256, spelled out as in RFC 5869, 2.2 and 2.3."""
    extracted = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


def seal_by_hand(secret: bytes, public: bytes, ephemeral: bytes, purpose: bytes = PURPOSE) -> str:
    own = X25519PrivateKey.from_private_bytes(ephemeral)
    head = own.public_key().public_bytes_raw()
    key = hkdf(own.exchange(X25519PublicKey.from_public_bytes(public)), head + public, purpose)
    return base64.b64encode(head + ChaCha20Poly1305(key).encrypt(bytes(12), secret, None)).decode()


def open_by_hand(sealed: str, private: bytes) -> bytes:
    raw = base64.b64decode(sealed, validate=True)
    own = X25519PrivateKey.from_private_bytes(private)
    shared = own.exchange(X25519PublicKey.from_public_bytes(raw[:32]))
    key = hkdf(shared, raw[:32] + own.public_key().public_bytes_raw(), PURPOSE)
    return ChaCha20Poly1305(key).decrypt(bytes(12), raw[32:], None)


@given(st.binary(max_size=64), st.binary(min_size=32, max_size=32))
def test_what_was_sealed_opens(secret: bytes, private: bytes) -> None:
    assert _seal.unseal(_seal.seal(secret, _keys.public_bytes(private)), private) == secret


def test_another_implementation_opens_what_this_one_seals() -> None:
    assert open_by_hand(_seal.seal(SECRET, PUBLIC), PRIVATE) == SECRET


def test_this_one_opens_what_another_implementation_seals() -> None:
    ephemeral = _keys.decode(samples.EXAMPLE_HUB.private)
    assert _seal.unseal(seal_by_hand(SECRET, PUBLIC, ephemeral), PRIVATE) == SECRET


def test_the_text_is_base64_of_the_key_the_secret_and_the_tag() -> None:
    sealed = _seal.seal(SECRET, PUBLIC)
    assert sealed.isascii()
    assert len(base64.b64decode(sealed, validate=True)) == 32 + 32 + 16


def test_no_two_are_alike_in_any_part() -> None:
    sealed = [base64.b64decode(_seal.seal(SECRET, PUBLIC)) for _turn in range(20)]
    for part in (slice(0, 32), slice(32, 64), slice(64, 80)):
        assert len({item[part] for item in sealed}) == 20


def test_the_secret_does_not_show() -> None:
    sealed = _seal.seal(SECRET, PUBLIC)
    assert samples.PSK[:8] not in sealed
    assert SECRET[:8] not in base64.b64decode(sealed)


@pytest.mark.parametrize("name", [name for name in samples.PAIRS if name != "one"])
def test_no_other_key_opens_it(name: str) -> None:
    with pytest.raises(_seal.SealError, match="not sealed to this host's key; run the play on the hub again"):
        _seal.unseal(_seal.seal(SECRET, PUBLIC), _keys.decode(samples.PAIRS[name].private))


def test_no_byte_may_be_changed() -> None:
    raw = base64.b64decode(_seal.seal(SECRET, PUBLIC))
    for index in range(len(raw)):
        for bit in (0, 7):
            changed = bytearray(raw)
            changed[index] ^= 1 << bit
            with pytest.raises(_seal.SealError):
                _seal.unseal(base64.b64encode(bytes(changed)).decode(), PRIVATE)


def test_what_was_sealed_for_another_purpose_does_not_open() -> None:
    ephemeral = _keys.decode(samples.EXAMPLE_HUB.private)
    with pytest.raises(_seal.SealError):
        _seal.unseal(seal_by_hand(SECRET, PUBLIC, ephemeral, b"vpn.wireguard preshared key, format 2"), PRIVATE)


WHOLE = seal_by_hand(SECRET, PUBLIC, _keys.decode(samples.EXAMPLE_HUB.private))


@pytest.mark.parametrize(
    "sealed",
    [
        "",
        "x",
        "\u00e4" * 108,
        WHOLE[:-4],
        WHOLE[4:],
        WHOLE[:40],
        WHOLE[:-1],
        WHOLE + "AAAA",
        WHOLE[:50] + "\n" + WHOLE[50:],
        samples.PSK,
        base64.b64encode(bytes(80)).decode(),
    ],
)
def test_what_is_no_sealed_secret_is_refused_without_a_word_of_it(sealed: str) -> None:
    with pytest.raises(_seal.SealError) as caught:
        _seal.unseal(sealed, PRIVATE)
    assert not sealed[8:] or sealed[8:] not in str(caught.value)


def test_a_point_of_small_order_gives_no_secret() -> None:
    """Whoever sends one could otherwise choose the key."""
    with pytest.raises(ValueError, match="shared key"):
        _seal.seal(SECRET, bytes(32))
