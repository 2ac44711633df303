#!/usr/bin/python

# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_client_config
short_description: Keep the files and QR codes of devices that Ansible does not manage
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
description:
  - Writes, on the hub, the file of C(wg-quick) for each device, and a QR code of it as a picture and as text for a terminal.
  - Keys and addresses come from the registry that M(vpn.wireguard.wg_peers) keeps on the hub, so that no secret is in the
    arguments. Files have mode 0600, their directory has 0700.
  - The file of a device that made its own pair has a placeholder instead of the private key. No program takes it as it is, and
    there is no QR code of it.
  - The files of devices that O(devices) does not name any more are removed. Other files in the directory are left alone.
extends_documentation_fragment:
  - vpn.wireguard._attributes
options:
  interface:
    description:
      - The hub's interface.
    type: str
    required: true
  public_key:
    description:
      - The hub's public key; V(null) in check mode while there is none.
    type: str
  endpoint:
    description:
      - Host and port that the devices dial.
    type: str
    required: true
  networks:
    description:
      - The tunnel networks, in the order in which M(vpn.wireguard.wg_peers) got them.
    type: list
    elements: str
    required: true
  devices:
    description:
      - The devices that are to have a file. One that the registry does not know gets none.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the device.
        type: str
        required: true
      allowed_ips:
        description:
          - What it sends into the tunnel.
        type: list
        elements: str
        required: true
      dns:
        description:
          - Its resolvers and search domains while the tunnel is up.
        type: list
        elements: str
        default: []
      persistent_keepalive:
        description:
          - Seconds after which it sends something; V(0) is never.
        type: int
        default: 0
  directory:
    description:
      - Where the files are. By default C(/etc/wireguard/INTERFACE/clients).
    type: path
  qr:
    description:
      - Whether there are QR codes beside the files. Takes the command C(qrencode), which gets the file on its standard input.
    type: bool
    default: true
  pending:
    description:
      - Names of devices that get other keys, which check mode has not put into the registry. Only check mode takes them.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: The file of a phone
  vpn.wireguard.wg_client_config:
    interface: wg0
    public_key: dp9cddCMlwoF4oOBO+6aoXZfwQhqJr6W5vv6LYu5GHk=
    endpoint: vpn.example.org:51820
    networks: [10.8.0.0/24]
    devices:
      - name: phone
        allowed_ips: [0.0.0.0/0, '::/0']
        dns: [1.1.1.1]
"""

RETURN = r"""
files:
  description: The files of all devices, in the order of O(devices).
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the device.
      type: str
    config:
      description: Path of its file.
      type: str
    qr:
      description: Path of the picture of its QR code, or V(null).
      type: str
    ready:
      description: Whether the device can take the file as it is. V(false) where the device has the private key.
      type: bool
written:
  description: Names of devices whose files were written.
  type: list
  elements: str
  returned: success
removed:
  description: Names of devices whose files were removed.
  type: list
  elements: str
  returned: success
"""

import dataclasses
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpn.wireguard.plugins.module_utils import (
    _client_config,
    _client_files,
    _config,
    _files,
    _host,
    _keys,
    _names,
    _qr,
    _registry,
)


def main() -> None:
    """Read the arguments, compare, write, tell."""
    module = AnsibleModule(
        argument_spec={
            "interface": {"type": "str", "required": True},
            "public_key": {"type": "str", "no_log": False},
            "endpoint": {"type": "str", "required": True},
            "networks": {"type": "list", "elements": "str", "required": True},
            "devices": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "name": {"type": "str", "required": True},
                    "allowed_ips": {"type": "list", "elements": "str", "required": True},
                    "dns": {"type": "list", "elements": "str", "default": []},
                    "persistent_keepalive": {"type": "int", "default": 0},
                },
            },
            "directory": {"type": "path"},
            "qr": {"type": "bool", "default": True},
            "pending": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    try:
        _names.check_interface(module.params["interface"])
        with _files.lock(f"{module.params['interface']}-clients", write=not module.check_mode):
            result = run(module)
    except (_files.HostError, ValueError) as exc:
        module.fail_json(msg=f"{module.params['interface']}: {exc}")
    module.exit_json(**result)


def run(module: AnsibleModule) -> dict[str, t.Any]:
    """The work under the lock; the result of the module."""
    params = module.params
    directory = params["directory"] or _files.clients_directory(params["interface"])
    wanted = read_devices(module)
    kept = _client_files.find(directory)
    outdated, left = _client_config.outdated(wanted, kept, params["qr"]), _client_config.left(wanted, kept)
    if not module.check_mode:
        _client_files.write(_host.Host(module.run_command), directory, outdated, params["qr"])
        _client_files.remove(directory, left)
    for file in outdated:
        if params["qr"] and file.ready and file.is_too_long:
            module.warn(f"the file of {file.name} is too long for a QR code, which holds {_qr.MOST_BYTES} bytes")
    return {
        "changed": bool(outdated or left),
        "files": [tell(file, directory, params["qr"]) for file in wanted],
        "written": [file.name for file in outdated],
        "removed": left,
        "diff": [
            *(difference(directory, file.name, kept.get(file.name), file.text) for file in outdated),
            *(difference(directory, name, kept[name], "") for name in left),
        ],
    }


def read_devices(module: AnsibleModule) -> list[_client_config.File]:
    """The files that the devices are to have; in check mode also of those that the registry does not know yet."""
    params = module.params
    text = _files.read_text(f"{_files.state_directory(params['interface'])}/peers.json")
    peers = _registry.load(text).peers if text is not None else {}
    hub = _client_config.Hub(params["public_key"], params["endpoint"], tuple(params["networks"]))
    files = []
    for item in params["devices"]:
        lists = {key: tuple(item[key]) for key in ("allowed_ips", "dns")}
        device = _client_config.Device(item["name"], persistent_keepalive=item["persistent_keepalive"], **lists)
        _client_config.check(device, hub)
        if item["name"] in peers or module.check_mode:
            peer = peers.get(item["name"])
            if peer and module.check_mode and peer.name in params["pending"]:
                peer = dataclasses.replace(peer, preshared_key=_config.PENDING)
            files.append(_client_config.render(device, hub, peer))
    return files


def tell(file: _client_config.File, directory: str, qr: bool) -> dict[str, t.Any]:
    """A file as the result has it."""
    code = _client_files.path(directory, file.name, _client_config.CODES[0]) if qr and file.has_codes else None
    return {
        "name": file.name,
        "config": _client_files.path(directory, file.name),
        "qr": code,
        "ready": file.ready,
    }


def difference(directory: str, name: str, kept: _client_config.Kept | None, text: str) -> dict[str, str]:
    """What a file was and what it becomes, without secrets."""
    path = _client_files.path(directory, name)
    return {
        "before_header": path,
        "after_header": path,
        "before": _keys.without_secrets(kept.text) if kept else "",
        "after": _keys.without_secrets(text),
    }


if __name__ == "__main__":
    main()
