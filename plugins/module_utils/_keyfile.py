# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""A private key's file: whether it is right, where a new key comes from, and what to tell of it."""

from __future__ import annotations

import dataclasses
import os
import stat

from ansible_collections.vpn.wireguard.plugins.module_utils import _files, _keys


@dataclasses.dataclass(frozen=True)
class KeyFile:
    """A key file as it was found. ``private`` is None where there is no valid key; ``problem`` says why."""

    path: str
    exists: bool
    private: bytes | None = dataclasses.field(default=None, repr=False)
    problem: str | None = None
    mode: int | None = None


@dataclasses.dataclass(frozen=True)
class Choice:
    """The key to have, whether it is to be written, and where it came from: kept, generated, adopted or imported."""

    private: bytes = dataclasses.field(repr=False)
    write: bool
    origin: str


def inspect(path: str) -> KeyFile:
    """What is at ``path``. Raises HostError where something is there that is not a file."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return KeyFile(path, exists=False)
    if not stat.S_ISREG(status.st_mode):
        raise _files.HostError(f"{path} is not a regular file; it was left untouched. Give another path, or remove it")
    mode = stat.S_IMODE(status.st_mode)
    try:
        return KeyFile(path, True, _files.read_private_key(path), None, mode)
    except _files.HostError as exc:
        return KeyFile(path, True, None, str(exc), mode)


def choose(found: KeyFile, regenerate: str, imported: bytes | None, adopted: bytes | None) -> Choice:
    """Which key the file is to hold. Raises HostError rather than lose a key, valid or not.

    ``regenerate`` is V(never), V(invalid) or V(always). An adopted key counts only where there is no file.
    """
    if imported is not None:
        return _import(found, regenerate, imported)
    if found.exists and regenerate != "always":
        if found.private is not None:
            return Choice(found.private, False, "kept")
        if regenerate != "invalid":
            raise _files.HostError(
                f"{found.problem}. It was left untouched; restore it, or set regenerate to invalid to replace it by a new key"
            )
    if not found.exists and adopted is not None:
        return Choice(adopted, True, "adopted")
    return Choice(_keys.generate(), True, "generated")


def adoptable(path: str | None) -> bytes | None:
    """The private key in a file of wg-quick; None where there is no file or no key in it. Raises HostError."""
    text = _files.read_text(path) if path else None
    if text is None:
        return None
    from ansible_collections.vpn.wireguard.plugins.module_utils import _config

    try:
        key = _config.parse(text).interface.private_key
    except _config.ConfigError as exc:
        raise _files.HostError(
            f"{path} cannot be understood, so its key cannot be kept: {exc}. Nothing was changed"
        ) from exc
    return _keys.decode(key) if key else None


def _import(found: KeyFile, regenerate: str, imported: bytes) -> Choice:
    private = _keys.clamp(imported)
    if found.private is not None and _keys.clamp(found.private) == private:
        return Choice(found.private, False, "kept")
    if found.exists and regenerate != "always" and (regenerate == "never" or found.private is not None):
        raise _files.HostError(
            f"{found.path} does not hold the key to import, and was left untouched; set regenerate to always to replace it"
        )
    return Choice(private, True, "imported")
