# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Secrets of a hub on their way to the controller and back: packed, and sealed to whoever is to read them.

Both ends use this, so that nothing between them (results, logs, caches, Ansible's own debugging) ever holds a secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _keys, _seal

Files = t.Mapping[str, bytes]
"""Contents by path, relative to the directory of an interface's state."""

# What there is in that directory, and nothing outside it.
_PATH = re.compile(r"private\.key|peers\.json|clients/[a-zA-Z0-9][a-zA-Z0-9._@-]{0,62}\.(?:conf|png|txt)", re.ASCII)


def check_path(path: object) -> str:
    """The path, if it is one of a file that may be handed over. Raises ValueError."""
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no file of a hub's state; private.key, peers.json and those of clients/ are")
    return path


def pack(files: Files, public_key: str) -> str:
    """The files, sealed to a public key. Raises ValueError."""
    content = {check_path(path): base64.b64encode(content).decode() for path, content in files.items()}
    return _seal.seal(json.dumps(content).encode(), _keys.decode_public(public_key), _seal.HANDOVER)


def unpack(sealed: str, private_key: bytes) -> dict[str, bytes]:
    """The files that were sealed to the key. Raises ValueError."""
    content = json.loads(_seal.unseal(sealed, private_key, _seal.HANDOVER))
    return {check_path(path): base64.b64decode(text) for path, text in content.items()}


def digest(content: bytes) -> str:
    """By which two ends know that they have the same content, which is never small enough to be guessed."""
    return hashlib.sha256(content).hexdigest()


def dump(interface: str, files: Files) -> bytes:
    """A backup as text: what ``load`` reads."""
    content = {path: base64.b64encode(it).decode() for path, it in sorted(files.items())}
    return (json.dumps({"format": 1, "interface": interface, "files": content}, indent=1) + "\n").encode()


def load(text: bytes) -> dict[str, bytes]:
    """The files of a backup. Raises ValueError."""
    try:
        backup = json.loads(text)
        if backup["format"] != 1:
            raise ValueError(f"its format is {backup['format']!r}, this release reads 1")
        return {check_path(path): base64.b64decode(it, validate=True) for path, it in backup["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as exc:
        raise ValueError(f"this is no backup of a hub ({exc})") from exc
