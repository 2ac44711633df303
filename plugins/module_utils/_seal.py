# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Seal a secret to a WireGuard public key, so that only the host with the private key can read it.

An ephemeral X25519 key agrees with the receiver's key (RFC 7748), HKDF-SHA256 (RFC 5869) makes a key of it that is
used once, and ChaCha20-Poly1305 (RFC 8439) encrypts and authenticates. Needs the Python package ``cryptography``;
callers ask _keys.has_cryptography() before they come here.
"""

from __future__ import annotations

import base64
import binascii

from ansible_collections.vpn.wireguard.plugins.module_utils import _keys

# Name the purpose and the format in the key derivation: what is sealed for one purpose cannot be opened for another.
PRESHARED_KEY = b"vpn.wireguard preshared key, format 1"
HANDOVER = b"vpn.wireguard handover, format 1"
# A key that is used for one message may use any nonce (RFC 8439, 2.3).
_NONCE = bytes(12)


class SealError(ValueError):
    """Something that was not sealed to this key, or was changed on its way."""


def seal(secret: bytes, public_key: bytes, purpose: bytes = PRESHARED_KEY) -> str:
    """The secret as base64 text that only the owner of ``public_key`` can open; another text each time."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    private = _keys.generate()
    ephemeral = _keys.public_bytes(private)
    cipher = ChaCha20Poly1305(_derive(private, public_key, ephemeral + public_key, purpose))
    return base64.b64encode(ephemeral + cipher.encrypt(_NONCE, secret, None)).decode("ascii")


def unseal(sealed: str, private_key: bytes, purpose: bytes = PRESHARED_KEY) -> bytes:
    """The secret. Raises SealError."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        raw = base64.b64decode(sealed.encode("ascii"), validate=True)
        ephemeral, encrypted = raw[: _keys.KEY_BYTES], raw[_keys.KEY_BYTES :]
        key = _derive(private_key, ephemeral, ephemeral + _keys.public_bytes(private_key), purpose)
        return ChaCha20Poly1305(key).decrypt(_NONCE, encrypted, None)
    except (InvalidTag, ValueError, UnicodeEncodeError, binascii.Error) as exc:
        what = "preshared key" if purpose == PRESHARED_KEY else "content"
        raise SealError(f"the {what} was not sealed to this host's key; run the play on the hub again") from exc


def _derive(private: bytes, public: bytes, transcript: bytes, purpose: bytes) -> bytes:
    """Both public keys go in as the salt, so that the key fits this exchange alone. An all-zero secret is refused."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import x25519
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    own = x25519.X25519PrivateKey.from_private_bytes(private)
    shared = own.exchange(x25519.X25519PublicKey.from_public_bytes(public))
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=transcript, info=purpose).derive(shared)
