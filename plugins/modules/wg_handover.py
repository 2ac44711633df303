#!/usr/bin/python

# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_handover
short_description: Hand secrets of a hub over, sealed
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
description:
  - Does on the hub what M(vpn.wireguard.wg_client_export) and M(vpn.wireguard.wg_backup) need there; they are what playbooks use.
  - A file leaves the hub, or comes to it, only sealed to a key that was made for this one time (X25519, HKDF, ChaCha20-Poly1305),
    so that no argument, result or log holds a secret.
extends_documentation_fragment:
  - vpn.wireguard._attributes
options:
  interface:
    description:
      - The hub's interface. Paths are relative to C(/etc/wireguard/INTERFACE/).
    type: str
    required: true
  operation:
    description:
      - V(read) gives files, sealed to O(public_key).
      - V(look) gives the digests of files.
      - V(accept) makes a key to which files for V(write) are to be sealed.
      - V(write) opens O(sealed) and writes what is in it.
    type: str
    choices: [read, look, accept, write]
    required: true
  paths:
    description:
      - The files for V(read) and V(look).
    type: list
    elements: str
    default: []
  public_key:
    description:
      - The key to seal to.
    type: str
  sealed:
    description:
      - Files that were sealed to the key of V(accept).
    type: str
notes:
  - Needs the Python package C(cryptography) on the hub, except for O(operation=look).
"""

EXAMPLES = r"""
- name: Know what a hub has
  vpn.wireguard.wg_handover:
    interface: wg0
    operation: look
    paths: [private.key, peers.json]
"""

RETURN = r"""
sealed:
  description: The files that are there, sealed.
  type: str
  returned: operation is read
digests:
  description: SHA-256 of each file that is there.
  type: dict
  returned: operation is look
public_key:
  description: The key to seal to.
  type: str
  returned: operation is accept
written:
  description: The files that were written.
  type: list
  elements: str
  returned: operation is write
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpn.wireguard.plugins.module_utils import _files, _handover, _keys, _names


def main() -> None:
    """Read the arguments, do the one operation, tell."""
    module = AnsibleModule(
        argument_spec={
            "interface": {"type": "str", "required": True},
            "operation": {"type": "str", "choices": list(_OPERATIONS), "required": True},
            "paths": {"type": "list", "elements": "str", "default": []},
            "public_key": {"type": "str", "no_log": False},
            "sealed": {"type": "str", "no_log": False},
        },
        required_if=[("operation", "read", ("public_key",)), ("operation", "write", ("sealed",))],
        supports_check_mode=True,
    )
    interface = module.params["interface"]
    try:
        _names.check_interface(interface)
        if module.params["operation"] != "look" and not _keys.has_cryptography():
            raise _files.HostError(
                "the Python package cryptography is missing on the hub; install python3-cryptography"
            )
        with _files.lock(f"{interface}-peers", write=not module.check_mode):
            result = _OPERATIONS[module.params["operation"]](module, _files.state_directory(interface))
    except (_files.HostError, ValueError) as exc:
        module.fail_json(msg=f"{interface}: {exc}. Nothing was changed")
    module.exit_json(**result)


def read(module: AnsibleModule, directory: str) -> dict[str, t.Any]:
    """The files that are there, sealed."""
    return {
        "changed": False,
        "sealed": _handover.pack(found(directory, module.params["paths"]), module.params["public_key"]),
    }


def look(module: AnsibleModule, directory: str) -> dict[str, t.Any]:
    """The digests of the files that are there."""
    files = found(directory, module.params["paths"])
    return {"changed": False, "digests": {path: _handover.digest(content) for path, content in files.items()}}


def accept(module: AnsibleModule, _directory: str) -> dict[str, t.Any]:
    """A key for this one time."""
    private = _keys.generate()
    if not module.check_mode:
        _files.write_secret(key_path(module.params["interface"]), _keys.encode(private) + "\n")
    return {"changed": not module.check_mode, "public_key": _keys.encode(_keys.public_bytes(private))}


def write(module: AnsibleModule, directory: str) -> dict[str, t.Any]:
    """Open what was sealed to that key, and write it."""
    if module.check_mode:
        return {"changed": True, "written": []}
    key = key_path(module.params["interface"])
    files = _handover.unpack(module.params["sealed"], _files.read_private_key(key))
    _files.write_secrets({f"{directory}/{path}": content for path, content in files.items()})
    _files.remove_file(key)
    return {"changed": True, "written": sorted(files)}


def found(directory: str, paths: t.Iterable[str]) -> dict[str, bytes]:
    """Those of the files that are there. Raises HostError."""
    contents = {path: _files.read_bytes(f"{directory}/{_handover.check_path(path)}") for path in paths}
    return {path: content for path, content in contents.items() if content is not None}


def key_path(interface: str) -> str:
    """Where the key for this one time is until it was used."""
    return f"{_files.RUN_DIRECTORY}/{interface}-handover.key"


_OPERATIONS: dict[str, t.Callable[[AnsibleModule, str], dict[str, t.Any]]] = {
    "read": read,
    "look": look,
    "accept": accept,
    "write": write,
}


if __name__ == "__main__":
    main()
