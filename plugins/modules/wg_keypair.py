#!/usr/bin/python

# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_keypair
short_description: Keep a WireGuard private key on a host
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
description:
  - Makes a private key where there is none, and returns its public key. The private key never leaves the host.
  - The file has mode 0600 from its first byte, and takes its place only when it is whole and on disk.
  - A key that is there is never replaced unless O(regenerate) says so, damaged ones included.
  - Computes public keys with the Python package C(cryptography) where the host has it, else with the command C(wg).
extends_documentation_fragment:
  - vpn.wireguard._attributes
options:
  path:
    description:
      - File for the private key. Its directory is made with mode 0700 where it is missing.
    type: path
    required: true
  adopt_from:
    description:
      - File of C(wg-quick) whose private key is taken where there is no file at O(path) yet.
    type: path
  regenerate:
    description:
      - V(never) fails where the file is there and holds no valid key.
      - V(invalid) replaces such a file by a new key.
      - V(always) makes a new key in each run.
    type: str
    choices: [never, invalid, always]
    default: never
  private_key:
    description:
      - A private key to import, instead of making one. It then passes through the controller; prefer to let the host make it.
    type: str
  backup:
    description:
      - Keep a file that is replaced, beside it and with mode 0600, with the time as its ending.
    type: bool
    default: false
  owner:
    description:
      - User that owns the file.
    type: str
  group:
    description:
      - Group that owns the file.
    type: str
  mode:
    description:
      - Mode of the file, in octal. Others than the owner and the group can never be given access.
    type: str
    default: "0600"
"""

EXAMPLES = r"""
- name: A key pair for the interface wg0
  vpn.wireguard.wg_keypair:
    path: /etc/wireguard/wg0/private.key
    adopt_from: /etc/wireguard/wg0.conf
  register: keypair

- name: Show the public key
  ansible.builtin.debug:
    var: keypair.public_key
"""

RETURN = r"""
public_key:
  description:
    - The public key. V(null) in check mode where the key is not made yet.
  type: str
  returned: success
  sample: dp9cddCMlwoF4oOBO+6aoXZfwQhqJr6W5vv6LYu5GHk=
path:
  description: File of the private key.
  type: str
  returned: success
adopted:
  description: Whether the key was taken from O(adopt_from) in this run.
  type: bool
  returned: success
backup_file:
  description: The file that was kept.
  type: str
  returned: when a file was replaced and O(backup=true)
"""

import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpn.wireguard.plugins.module_utils import _commands, _files, _keyfile, _keys


def main() -> None:
    """Read the arguments, choose the key, write it where needed, tell the public one."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "adopt_from": {"type": "path"},
            "regenerate": {"type": "str", "choices": ["never", "invalid", "always"], "default": "never"},
            "private_key": {"type": "str", "no_log": True},
            "backup": {"type": "bool", "default": False},
            "owner": {"type": "str"},
            "group": {"type": "str"},
            "mode": {"type": "str", "default": "0600"},
        },
        supports_check_mode=True,
    )
    try:
        # Two first runs at once would each tell a key, of which the file can hold one.
        with _files.lock("keys", write=not module.check_mode):
            result = run(module)
    except (_files.HostError, ValueError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**result)


def run(module: AnsibleModule) -> dict[str, t.Any]:
    """The work; the result of the module."""
    path, host = module.params["path"], _commands.Commands(module.run_command)
    mode = read_mode(module.params["mode"])
    found = _keyfile.inspect(path)
    given = module.params["private_key"]
    choice = _keyfile.choose(
        found,
        module.params["regenerate"],
        _keys.decode(given) if given else None,
        _keyfile.adoptable(module.params["adopt_from"]),
    )
    # A key that check mode would make is another than the one that the next run makes, so there is none to tell.
    pending = module.check_mode and choice.origin == "generated"
    public_key = None if pending else host.public_key(choice.private)
    result = {
        "path": path,
        "public_key": public_key,
        "adopted": choice.origin == "adopted",
        "diff": describe(found, choice.origin, public_key, mode),
    }
    if choice.write and not module.check_mode:
        if module.params["backup"] and found.exists:
            result["backup_file"] = keep(path)
        _files.write_secret(path, _keys.encode(choice.private) + "\n")
    return {**result, "changed": set_attributes(module, path, mode, choice.write)}


def read_mode(text: str) -> int:
    """An octal mode that shuts others out. Raises ValueError."""
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o770 or mode & 0o007:
        raise ValueError(f"mode is {text!r}; a private key's is octal and gives others nothing, such as 0600")
    return mode


def describe(found: _keyfile.KeyFile, origin: str, public_key: str | None, mode: int) -> dict[str, t.Any]:
    """The diff: public facts of the file before and after."""
    before = {"state": "file", "mode": f"{found.mode:04o}"} if found.mode is not None else {"state": "absent"}
    return {
        "before": before,
        "after": {"state": "file", "mode": f"{mode:04o}", "key": origin, "public_key": public_key},
    }


def keep(path: str) -> str:
    """Copy the file aside, as private as the file."""
    copy = f"{path}.{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}"
    _files.write_secret(copy, _files.read_text(path) or "")
    return copy


def set_attributes(module: AnsibleModule, path: str, mode: int, changed: bool) -> bool:
    """Owner, group and mode as wanted; True where anything changed or would change."""
    if _keyfile.inspect(path).mode is None:
        return True
    wanted = {
        "path": path,
        "owner": module.params["owner"],
        "group": module.params["group"],
        "mode": mode,
        "attributes": None,
        "secontext": [],
    }
    return bool(module.set_fs_attributes_if_different(wanted, changed))


if __name__ == "__main__":
    main()
