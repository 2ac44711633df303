# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""WireGuard keys: their text form, and X25519 where ``cryptography`` is there to compute it."""

from __future__ import annotations

import base64
import binascii
import importlib
import os
import re

KEY_BYTES = 32
KEY_CHARACTERS = 44

HIDDEN = "(hidden)"
"""Stands where a secret stood."""

# Base64, also in the alphabet of URLs, with a capital letter, which paths lack; or the hexadecimal form.
_LOOKS_LIKE_KEY = re.compile(r"(?=[a-z0-9+/_-]*[A-Z])[A-Za-z0-9+/_-]{40,}={0,2}|[0-9a-fA-F]{60,}")

# Also one that is commented out, or lacks its equals sign.
_SECRET_LINE = re.compile(
    r"^([^\S\n#]*(?:#\s*)*(?:PrivateKey|PresharedKey)\b\s*=?\s*).*$", re.IGNORECASE | re.MULTILINE
)

# The points of small order on Curve25519 and its twist, little endian, high bit cleared: a handshake with any of
# them gives an all-zero secret and WireGuard drops it (RFC 7748, 6.1; https://cr.yp.to/ecdh.html#validate).
_LOW_ORDER = frozenset(
    value.to_bytes(KEY_BYTES, "little")
    for value in (
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        2**255 - 20,
        2**255 - 19,
        2**255 - 18,
    )
)


class InvalidKey(ValueError):
    """A text that is no usable key. The message never repeats the text, which may be a secret."""


def decode(text: object) -> bytes:
    """The 32 bytes of a key in WireGuard's text form: 44 characters of canonical base64.

    As strict as key_from_base64() in wireguard-tools' encoding.c. Raises InvalidKey.
    """
    if not isinstance(text, str):
        raise InvalidKey(f"a key is text, not {type(text).__name__}")
    if len(text) != KEY_CHARACTERS:
        raise InvalidKey(f"a key has {KEY_CHARACTERS} characters of base64, this one has {len(text)}")
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as exc:
        raise InvalidKey("a key is base64 with the letters A-Z a-z 0-9 + / and one = at its end") from exc
    if len(raw) != KEY_BYTES or encode(raw) != text:
        raise InvalidKey("a key is 32 bytes in canonical base64; this one has stray bits at its end")
    return raw


def decode_public(text: object) -> bytes:
    """Like ``decode``, and refuses the points that WireGuard can never shake hands with."""
    raw = decode(text)
    if raw[:-1] + bytes([raw[-1] & 0x7F]) in _LOW_ORDER:
        raise InvalidKey("this public key is a point of small order, no handshake with it can succeed")
    return raw


def encode(raw: bytes) -> str:
    """The text form of 32 bytes."""
    return base64.b64encode(raw).decode("ascii")


def hide(text: str) -> str:
    """``text`` without what looks like a key, be it a few characters too short or too long for one."""
    return _LOOKS_LIKE_KEY.sub(HIDDEN, text)


def without_secrets(text: str) -> str:
    """``text`` with the values of PrivateKey and PresharedKey replaced, fit to be shown."""
    return _SECRET_LINE.sub(rf"\g<1>{HIDDEN}", text)


def clamp(raw: bytes) -> bytes:
    """The scalar that X25519 really uses (RFC 7748, 5), the form in which ``wg`` shows private keys."""
    return bytes([raw[0] & 0xF8]) + raw[1:-1] + bytes([raw[-1] & 0x7F | 0x40])


def generate() -> bytes:
    """A new private key, clamped, from the system's random source, as ``wg genkey`` makes it."""
    return clamp(os.urandom(KEY_BYTES))


def has_cryptography() -> bool:
    """Whether the package can be imported, which is tried: that takes as long as all else of a module, so that nobody asks
    who does not need it."""
    try:
        importlib.import_module("cryptography.hazmat.primitives.asymmetric.x25519")
    except ImportError:
        return False
    return True


def public_bytes(private: bytes) -> bytes:
    """X25519 of the private key and the base point (RFC 7748, 6.1). Needs ``cryptography``."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import x25519

    key = x25519.X25519PrivateKey.from_private_bytes(private)
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
