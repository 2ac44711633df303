# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Files for systemd beside those of wg-quick, and the programs that they run."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _files, _host

DIRECTORY = "/etc/systemd/system"

HEAD = "# Managed by Ansible with vpn.wireguard: what is changed here by hand is lost.\n"

Files = t.Mapping[str, str]
"""Texts by path."""


def find(files: Files) -> bool | None:
    """Whether the files are there and right: True, False where there is none of them, None for something else."""
    there = {path: _files.read_text(path) for path in files}
    if not any(text is not None for text in there.values()):
        return False
    return True if there == files else None


def install(host: _host.Host, files: Files) -> None:
    """Put the files there and have systemd read them. Raises HostError."""
    for path, text in files.items():
        _files.write_public(path, text) if path.startswith(DIRECTORY) else _files.write_secret(path, text)
    host.run("systemctl", "daemon-reload")


def remove(host: _host.Host, files: Files) -> None:
    """Take the files away, whichever are there, and directories of units that they leave empty."""
    for path in files:
        _files.remove_file(path)
        if os.path.dirname(path).startswith(f"{DIRECTORY}/"):
            with contextlib.suppress(OSError):
                os.rmdir(os.path.dirname(path))
    host.succeeds("systemctl", "daemon-reload")
