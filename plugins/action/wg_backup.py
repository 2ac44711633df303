# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail

from ansible_collections.vpn.wireguard.plugins.module_utils import _handover
from ansible_collections.vpn.wireguard.plugins.plugin_utils import _courier

KEY = "private.key"
STATE = (KEY, "peers.json")


class ActionModule(_courier.CourierAction):
    """Keeps the state of a hub in a file of the controller, or brings it to a host."""

    ARGUMENTS: t.ClassVar = {
        "path": {"type": "path", "required": True},
        "state": {"type": "str", "choices": ["saved", "restored"], "default": "saved"},
        "force": {"type": "bool", "default": False},
    }

    def deed(self, args: dict[str, t.Any], task_vars: _courier.TaskVars) -> dict[str, t.Any]:
        """Save or restore."""
        args["path"] = Path(args["path"]).absolute()
        return self._save(args, task_vars) if args["state"] == "saved" else self._restore(args, task_vars)

    def _save(self, args: dict[str, t.Any], task_vars: _courier.TaskVars) -> dict[str, t.Any]:
        vault = _courier.vault_of(self)
        files = _courier.fetch(self, task_vars, args["interface"], STATE)
        missing = [name for name in STATE if name not in files]
        if missing:
            raise AnsibleActionFail(
                f"the host has no {' and no '.join(missing)} of {args['interface']}; it is no hub that site.yml has set up"
            )
        content = _handover.dump(args["interface"], files)
        changed = not _courier.holds(args["path"], content, vault, encrypted=True)
        if changed and not self._task.check_mode:
            _courier.write_local({args["path"]: content}, vault)
        return {"changed": changed, "path": str(args["path"])}

    def _restore(self, args: dict[str, t.Any], task_vars: _courier.TaskVars) -> dict[str, t.Any]:
        files = self._read(args["path"])
        there = _courier.digests(self, task_vars, args["interface"], STATE)
        differing = sorted(path for path in files if there.get(path) != _handover.digest(files[path]))
        if KEY in there and KEY in differing and not args["force"]:
            raise AnsibleActionFail(
                f"the host has another key for {args['interface']} than the backup; nothing was changed. To replace key and"
                " registry for good, set force (-e restore_force=yes)"
            )
        if differing and not self._task.check_mode:
            _courier.deliver(self, task_vars, args["interface"], {path: files[path] for path in differing})
        return {"changed": bool(differing), "path": str(args["path"]), "restored": differing}

    def _read(self, path: Path) -> dict[str, bytes]:
        """The files of a backup. Raises ValueError or AnsibleActionFail."""
        content = _courier.read_local(path, _courier.vault_of(self))
        if content is None:
            raise ValueError(
                f"{path}: there is no such file, or the vault password is not the one that it was encrypted with"
            )
        try:
            return _handover.load(content)
        except ValueError as exc:
            raise ValueError(f"{path}: {exc}") from None
