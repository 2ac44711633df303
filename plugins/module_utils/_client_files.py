# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""The directory with the files of devices that Ansible does not manage: NAME.conf, and its codes NAME.png and NAME.txt."""

from __future__ import annotations

import os
import stat
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _client_config, _files, _host, _qr

_CONFIG = ".conf"


def find(directory: str) -> dict[str, _client_config.Kept]:
    """The files that are there, by device. Raises HostError."""
    try:
        entries = {entry.name: entry.stat(follow_symlinks=False) for entry in os.scandir(directory)}
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise _files.HostError(f"{directory} cannot be read: {exc}") from exc
    private = {name for name, status in entries.items() if status.st_mode == stat.S_IFREG | 0o600}
    names = [name[: -len(_CONFIG)] for name in entries if name.endswith(_CONFIG) and not name.startswith(".")]
    return {
        name: _client_config.Kept(
            _files.read_text(path(directory, name)) or "",
            name + _CONFIG in private,
            frozenset(code for code in _client_config.CODES if name + code in private),
        )
        for name in names
    }


def path(directory: str, name: str, ending: str = _CONFIG) -> str:
    """Where a file of a device is."""
    return os.path.join(directory, name + ending)


def write(host: _host.Host, directory: str, files: t.Sequence[_client_config.File], qr: bool) -> None:
    """Write the files with their codes. Raises HostError.

    A file comes after its codes: where a run was cut short, the next one sees by the file that codes are still to be made.
    """
    if not files:
        return
    _remove_leftovers(directory)
    contents: dict[str, bytes] = {}
    for file in files:
        codes = _codes(host, file) if qr and file.has_codes else {}
        contents.update({path(directory, file.name, ending): code for ending, code in codes.items()})
    contents.update({path(directory, file.name): file.text.encode() for file in files})
    _files.write_secrets(contents)
    for file in files:
        if not (qr and file.has_codes):
            _remove_codes(directory, file.name)


def remove(directory: str, names: t.Iterable[str]) -> None:
    """Remove the files of devices, last the one by which they are known."""
    for name in names:
        _remove_codes(directory, name)
        _files.remove_file(path(directory, name))


def _remove_leftovers(directory: str) -> None:
    """Remove the temporary files that a killed run left."""
    if os.path.isdir(directory):
        for name in os.listdir(directory):
            if name.startswith(".") and name.endswith(".tmp"):
                _files.remove_file(os.path.join(directory, name))


def _remove_codes(directory: str, name: str) -> None:
    for ending in _client_config.CODES:
        _files.remove_file(path(directory, name, ending))


def _codes(host: _host.Host, file: _client_config.File) -> dict[str, bytes]:
    """The picture and the text of a file's code."""
    matrix = _qr.read(host.qr_code(file.text))
    picture, text = _client_config.CODES
    return {picture: _qr.png(matrix), text: _qr.terminal(matrix).encode()}
