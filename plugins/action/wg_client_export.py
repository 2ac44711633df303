# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.vpn.wireguard.plugins.module_utils import _client_config, _formats, _names
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _courier


class ActionModule(_courier.CourierAction):
    """Brings the file of a device from the hub to the controller."""

    ARGUMENTS: t.ClassVar = {
        "device": {"type": "str", "required": True},
        "dest": {"type": "path", "default": "exported"},
        "format": {"type": "str", "choices": ["wg-quick", "networkmanager", "networkd"], "default": "wg-quick"},
        "plain": {"type": "bool", "default": False},
        "show": {"type": "str", "choices": ["", "qr"], "default": ""},
    }

    def deed(self, args: dict[str, t.Any], task_vars: _courier.TaskVars) -> dict[str, t.Any]:
        """Fetch, convert, and write or show."""
        _names.check_name(args["device"])
        return self._show(args, task_vars) if args["show"] else self._export(args, task_vars)

    def _export(self, args: dict[str, t.Any], task_vars: _courier.TaskVars) -> dict[str, t.Any]:
        vault = self._loader._vault if args["plain"] else _courier.vault_of(self)
        files = self._fetch(args, task_vars)
        folder = Path(args["dest"]).absolute()
        texts = _formats.convert(files[".conf"].decode(), args["format"], args["device"], args["interface"])
        wanted = {folder / file: text.encode() for file, text in texts.items()}
        if args["format"] == "wg-quick" and ".png" in files:
            wanted[folder / f"{args['device']}.png"] = files[".png"]
        encrypted = not args["plain"]
        outdated = {it: content for it, content in wanted.items() if not _courier.holds(it, content, vault, encrypted)}
        if not self._task.check_mode:
            _courier.write_local(outdated, vault if encrypted else None)
        return {
            "changed": bool(outdated),
            "files": sorted(map(str, wanted)),
            "encrypted": encrypted,
            "ready": _client_config.PLACEHOLDER.encode() not in files[".conf"],
        }

    def _show(self, args: dict[str, t.Any], task_vars: _courier.TaskVars) -> dict[str, t.Any]:
        code = self._fetch(args, task_vars).get(".txt")
        if code is None:
            raise AnsibleActionFail(
                f"the hub has no QR code for {args['device']}: the device made its own pair, or its file is too long, or"
                " wg_server_device_qr is false"
            )
        # On the screen, as was asked for, and nowhere else: not in a log, and not in the result.
        Display().display(code.decode(), screen_only=True)
        return {"changed": False, "files": [], "encrypted": False, "ready": True}

    def _fetch(self, args: dict[str, t.Any], task_vars: _courier.TaskVars) -> dict[str, bytes]:
        """The files of the device by their endings. Raises AnsibleActionFail."""
        paths = {f"clients/{args['device']}{ending}": ending for ending in (".conf", *_client_config.CODES)}
        files = _courier.fetch(self, task_vars, args["interface"], [*paths])
        found = {paths[path]: content for path, content in files.items()}
        if ".conf" not in found:
            raise AnsibleActionFail(
                f"the hub has no file for a device {args['device']!r}; name one of wg_server_peers, and run site.yml first"
            )
        return found
