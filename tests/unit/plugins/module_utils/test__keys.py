# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys: published vectors, the strictness of the text form, and points that no handshake works with."""

from __future__ import annotations

import base64
import secrets
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519

from ansible_collections.vpn.wireguard.plugins.module_utils import _keys
from ansible_collections.vpn.wireguard.tests.unit import samples

# https://cr.yp.to/ecdh.html#validate, with the values of the same residue that fit into 255 bits; little endian.
LOW_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


def text_of(hexadecimal: str) -> str:
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()


@pytest.mark.parametrize("pair", samples.PAIRS.values(), ids=samples.PAIRS)
def test_published_pairs(pair: samples.Pair) -> None:
    assert _keys.encode(_keys.public_bytes(_keys.decode(pair.private))) == pair.public


@pytest.mark.parametrize(
    ("private", "public"),
    [
        # RFC 7748, 6.1, Alice and Bob.
        (
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
        ),
        (
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        ),
        # RFC 7748, 5.2, the first of 1,000 rounds: scalar and point are both 9.
        (
            "0900000000000000000000000000000000000000000000000000000000000000",
            "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
        ),
    ],
    ids=["alice", "bob", "one round"],
)
def test_vectors_of_rfc_7748(private: str, public: str) -> None:
    assert _keys.public_bytes(bytes.fromhex(private)).hex() == public


def test_decode_gives_the_bytes() -> None:
    assert _keys.decode(samples.HUB.public) == base64.b64decode(samples.HUB.public)


@pytest.mark.parametrize(
    "text",
    [
        samples.HUB.private[:-1],
        samples.HUB.private + "=",
        "",
        samples.HUB.private + "\n",
        " " + samples.HUB.private[:-1],
        samples.HUB.private[:20] + " " + samples.HUB.private[21:],
        samples.HUB.private[:20] + "\n" + samples.HUB.private[21:],
        samples.ONE.public.replace("+", "-"),
        samples.ONE.private.replace("/", "_"),
        # The last character before "=" carries two bits that belong to nothing.
        samples.HUB.private[:-2] + "N=",
        samples.HUB.private[:-2] + "==",
        samples.HUB.private[:20] + "=" + samples.HUB.private[21:],
        samples.HUB.private[:-1] + "A",
        samples.HUB.private[:-2] + "\u00e9=",
        base64.b64decode(samples.HUB.private).hex(),
        base64.b64decode(samples.HUB.private).hex()[:44],
        base64.b64encode(bytes(31)).decode(),
    ],
)
def test_decode_refuses(text: str) -> None:
    with pytest.raises(_keys.InvalidKey):
        _keys.decode(text)


@pytest.mark.parametrize("value", [None, 44, True, b"x" * 44, ["x"], {}])
def test_decode_refuses_what_is_no_text(value: object) -> None:
    with pytest.raises(_keys.InvalidKey, match=type(value).__name__):
        _keys.decode(value)


@pytest.mark.parametrize(
    "text",
    [
        samples.HUB.private[:-1],
        samples.HUB.private + "x",
        samples.HUB.private[:-2] + "N=",
        samples.HUB.private.replace("K", "?"),
        base64.b64decode(samples.HUB.private).hex(),
    ],
)
def test_messages_never_hold_the_key(text: str) -> None:
    with pytest.raises(_keys.InvalidKey) as caught:
        _keys.decode(text)
    assert not any(text[start : start + 8] in str(caught.value) for start in range(len(text) - 8))


@pytest.mark.parametrize("high_bit", [0x00, 0x80])
@pytest.mark.parametrize("point", LOW_ORDER)
def test_points_of_small_order_are_no_public_keys(point: str, high_bit: int) -> None:
    raw = bytearray.fromhex(point)
    raw[-1] |= high_bit
    # The library that computes the shared secret agrees: it is all zero.
    with pytest.raises(ValueError, match=r"shared key|Error computing"):
        x25519.X25519PrivateKey.generate().exchange(x25519.X25519PublicKey.from_public_bytes(bytes(raw)))
    with pytest.raises(_keys.InvalidKey, match="small order"):
        _keys.decode_public(_keys.encode(bytes(raw)))


def test_points_of_small_order_may_be_decoded() -> None:
    assert _keys.decode(text_of(LOW_ORDER[1])) == bytes.fromhex(LOW_ORDER[1])


@pytest.mark.parametrize("pair", samples.PAIRS.values(), ids=samples.PAIRS)
def test_other_points_are_public_keys(pair: samples.Pair) -> None:
    assert _keys.encode(_keys.decode_public(pair.public)) == pair.public


def test_clamp_changes_the_five_bits_of_rfc_7748() -> None:
    assert _keys.clamp(b"\xff" * 32) == b"\xf8" + b"\xff" * 30 + b"\x7f"
    assert _keys.clamp(bytes(32)) == bytes(31) + b"\x40"


def test_clamp_keeps_the_public_key() -> None:
    raw = secrets.token_bytes(32)
    assert _keys.public_bytes(raw) == _keys.public_bytes(_keys.clamp(raw))
    assert _keys.clamp(_keys.clamp(raw)) == _keys.clamp(raw)


def test_generate_makes_clamped_keys_that_differ() -> None:
    made = [_keys.generate() for _turn in range(20)]
    assert len(set(made)) == len(made)
    assert all(len(key) == 32 and key == _keys.clamp(key) for key in made)


def test_a_package_that_cannot_be_imported_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _keys.has_cryptography()
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.x25519", None)
    assert not _keys.has_cryptography()
