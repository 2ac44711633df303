# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""The controller's end of M(vpn.wireguard.wg_handover), and files there that only ansible-vault opens.

What comes from a hub is opened here, in memory, by a key that was made here; it goes on only encrypted by the user's
vault, unless the user asked for it plain.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.parsing.vault import VaultLib
from ansible.plugins.action import ActionBase

from ansible_collections.vpn.wireguard.plugins.module_utils import _files, _handover, _keys, _names

MODULE = "vpn.wireguard.wg_handover"

TaskVars = t.Mapping[str, t.Any]


class CourierAction(ActionBase):
    """An action that handles a hub's secrets: ARGUMENTS is its specification, and ``deed`` does the work."""

    ARGUMENTS: t.ClassVar[t.Mapping[str, t.Any]]

    _supports_check_mode = True
    _requires_connection = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Check the arguments, and do it."""
        super().run(tmp, task_vars)
        spec = {"interface": {"type": "str", "default": "wg0"}, **self.ARGUMENTS}
        arguments = _checked(self, spec)
        try:
            _names.check_interface(arguments["interface"])
            return self.deed(arguments, task_vars or {})
        except (ValueError, _files.HostError) as exc:
            raise AnsibleActionFail(f"{exc}. Nothing was changed") from None

    def deed(self, args: dict[str, t.Any], task_vars: TaskVars) -> dict[str, t.Any]:
        """The result of the task. Raises AnsibleActionFail, ValueError or HostError."""
        raise NotImplementedError


def _checked(action: t.Any, spec: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    _validated, arguments = action.validate_argument_spec(spec)
    return dict(arguments)


def fetch(action: ActionBase, task_vars: TaskVars, interface: str, paths: t.Sequence[str]) -> dict[str, bytes]:
    """Those of a hub's files that are there. Raises AnsibleActionFail."""
    private = _keys.generate()
    public = _keys.encode(_keys.public_bytes(private))
    result = _run(action, task_vars, operation="read", interface=interface, paths=[*paths], public_key=public)
    return _handover.unpack(result["sealed"], private)


def digests(action: ActionBase, task_vars: TaskVars, interface: str, paths: t.Sequence[str]) -> dict[str, str]:
    """The digests of those of a hub's files that are there. Raises AnsibleActionFail."""
    result = _run(action, task_vars, operation="look", interface=interface, paths=[*paths])
    found: dict[str, str] = result["digests"]
    return found


def deliver(action: ActionBase, task_vars: TaskVars, interface: str, files: _handover.Files) -> None:
    """Put files on a hub. Raises AnsibleActionFail."""
    accepted = _run(action, task_vars, operation="accept", interface=interface)
    sealed = _handover.pack(files, accepted["public_key"])
    _run(action, task_vars, operation="write", interface=interface, sealed=sealed)


def vault_of(action: ActionBase) -> VaultLib:
    """The vault of this run. Raises AnsibleActionFail where the user gave no password."""
    vault: VaultLib = action._loader._vault
    if not vault.secrets:
        raise AnsibleActionFail(
            "there is no vault password to encrypt with; give --vault-password-file, --vault-id or --ask-vault-pass."
            " Nothing was written"
        )
    return vault


def read_local(path: Path, vault: VaultLib) -> bytes | None:
    """A file of the controller, opened if the vault has to; None where there is none or it cannot be opened."""
    content = _files.read_bytes(str(path))
    if content is None or not vault.is_encrypted(content):
        return content
    try:
        opened: bytes = vault.decrypt(content)
    except AnsibleError:
        return None
    return opened


def holds(path: Path, content: bytes, vault: VaultLib, encrypted: bool) -> bool:
    """Whether a file of the controller is as it should be. To encrypt it anew would make another one each time."""
    if not path.is_file() or path.stat().st_mode & 0o077:
        return False
    return vault.is_encrypted(path.read_bytes()) == encrypted and read_local(path, vault) == content


def write_local(contents: t.Mapping[Path, bytes], vault: VaultLib | None) -> None:
    """Write files of the controller, mode 0600, encrypted where there is a ``vault``. Raises AnsibleActionFail."""
    texts = {str(path): vault.encrypt(content) if vault else content for path, content in contents.items()}
    try:
        _files.write_secrets(texts)
    except _files.HostError as exc:
        raise AnsibleActionFail(str(exc)) from exc


def _run(action: ActionBase, task_vars: TaskVars, **arguments: t.Any) -> dict[str, t.Any]:
    result: dict[str, t.Any] = action._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars)
    if result.get("failed"):
        raise AnsibleActionFail(result.get("msg", "the hub gave no answer"), result=result)
    return result
