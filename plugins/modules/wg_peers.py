#!/usr/bin/python

# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_peers
short_description: Keep the registry of a WireGuard hub's peers
version_added: 0.1.0
author:
  - vpn.wireguard contributors (@vpn-wireguard)
description:
  - Joins the peers that are declared with those that the hub remembers, hands out addresses, refuses conflicts, and remembers the result.
  - A declared peer whose key this run did not learn keeps the key that the hub knows, so that hosts which are left out, down or failed stay peers.
  - A peer keeps its address as long as it is declared, whatever is added or removed beside it.
extends_documentation_fragment:
  - vpn.wireguard._attributes
options:
  interface:
    description:
      - The hub's interface. The registry is C(/etc/wireguard/INTERFACE/peers.json).
    type: str
    required: true
  networks:
    description:
      - The tunnel networks. Each peer has one address in each.
    type: list
    elements: str
    required: true
  reserved:
    description:
      - Addresses that no peer gets, such as the hub's own.
    type: list
    elements: str
    default: []
  public_key:
    description:
      - The hub's own public key, which no peer may have. WireGuard drops such a peer without a word.
    type: str
  peers:
    description:
      - All peers that there are to be.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the peer, by which the hub remembers it.
        type: str
        required: true
      public_key:
        description:
          - Its public key; V(null) where this run did not learn it.
        type: str
      address:
        description:
          - Addresses that it is to have, at most one in each of O(networks). The hub chooses the others.
        type: list
        elements: str
      networks:
        description:
          - Networks that lie behind it.
        type: list
        elements: str
      preshared_key:
        description:
          - Whether the hub and this peer share a key besides; made by the hub where it is missing. Without it, what is
            there stays.
        type: bool
      generate:
        description:
          - Whether the hub makes the pair of the peer, and keeps it in the registry.
        type: bool
        default: false
      enabled:
        description:
          - Whether the peer is let in. One that is not keeps its key and its addresses.
        type: bool
        default: true
      expires:
        description:
          - Moment from which the peer is not let in, in UTC, such as V(2026-12-31) or V(2026-12-31T18:00:00Z).
        type: str
      formerly:
        description:
          - Name by which the hub may know the peer; it is renamed, and keeps its key and its addresses.
        type: str
  purge:
    description:
      - Whether to forget the peers that the hub remembers and O(peers) does not name.
      - With V(true), a run that would forget all of them, or more than half of four and more, fails; V(force) lets it.
    type: str
    choices: ["true", "false", "force"]
    default: "true"
  adopt_from:
    description:
      - File of C(wg-quick) that somebody else wrote. Its peers are taken over as long as it is there, and stay
        until O(peers) names them once or O(forget) does.
    type: path
  forget:
    description:
      - Names of peers to remove even though they were adopted.
    type: list
    elements: str
    default: []
  quarantine_days:
    description:
      - Days for which an address that was given up goes to nobody else.
    type: int
    default: 30
  rotate:
    description:
      - Names of peers that get a new preshared key, if they are to have one.
    type: list
    elements: str
    default: []
  renew:
    description:
      - Names of peers that get a new pair, if the hub makes it.
    type: list
    elements: str
    default: []
  pending:
    description:
      - Names of peers whose own new pair check mode has not made. Only check mode takes them, to tell what the new keys change.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: The peers of the hub
  vpn.wireguard.wg_peers:
    interface: wg0
    networks: [10.8.0.0/24]
    reserved: [10.8.0.1]
    peers:
      - name: client-one
        public_key: ELCQ4Q+dbMZFSaLuK8UrJEpOXNEu6hzdCNWIqYqh7So=
      - name: phone
        public_key: GZHjarCmFTqpnFkyPcts/iNPvUsYWk9ecXujh7eURGY=
        address: 10.8.0.50
"""

RETURN = r"""
peers:
  description: All peers by name, in the order of their names.
  type: dict
  returned: success
  contains:
    public_key:
      description: The public key, V(null) where nobody knows it.
      type: str
    addresses:
      description: One address for each of O(networks).
      type: list
      elements: str
    networks:
      description: Networks behind the peer.
      type: list
      elements: str
    allowed_ips:
      description: What the hub accepts from the peer and sends to it.
      type: list
      elements: str
    preshared_key:
      description: Whether there is a preshared key.
      type: bool
    sealed:
      description: The preshared key, sealed to the peer's public key, or V(null).
      type: str
    adopted:
      description: Whether only a file that was taken over has named the peer so far.
      type: bool
    generated:
      description: Whether the hub made the peer's pair.
      type: bool
    enabled:
      description: Whether the peer is let in, its date aside.
      type: bool
    expires:
      description: Moment in UTC from which it is not let in, or V(null).
      type: str
    active:
      description: Whether it is let in now. Only such peers belong on the device.
      type: bool
    first_seen:
      description: The day, in UTC, on which the hub first knew the peer.
      type: str
added:
  description: Names of peers that the hub did not remember.
  type: list
  elements: str
  returned: success
removed:
  description: Names of peers that it forgot.
  type: list
  elements: str
  returned: success
renewed:
  description: Names of peers whose pair or preshared key is another one than before.
  type: list
  elements: str
  returned: success
released:
  description: Names of those whose former addresses rest. Whoever was removed in the last O(quarantine_days) is among them.
  type: list
  elements: str
  returned: success
updated:
  description: Names of peers of which something changed.
  type: list
  elements: str
  returned: success
unknown:
  description: Names of declared peers whose key nobody knows yet; they cannot be peers of the device.
  type: list
  elements: str
  returned: success
configs:
  description: Whether M(vpn.wireguard.wg_client_config) has left files for devices on the hub.
  type: bool
  returned: success
"""

import dataclasses
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpn.wireguard.plugins.module_utils import (
    _adopt,
    _commands,
    _config,
    _devices,
    _files,
    _keys,
    _names,
    _registry,
    _seal,
)

_PEER = {
    "name": {"type": "str", "required": True},
    "public_key": {"type": "str", "no_log": False},
    "address": {"type": "list", "elements": "str"},
    "networks": {"type": "list", "elements": "str"},
    "preshared_key": {"type": "bool", "no_log": False},
    "generate": {"type": "bool", "default": False},
    "enabled": {"type": "bool", "default": True},
    "expires": {"type": "str"},
    "formerly": {"type": "str"},
}


def main() -> None:
    """Read the arguments, resolve, remember, tell."""
    module = AnsibleModule(
        argument_spec={
            "interface": {"type": "str", "required": True},
            "networks": {"type": "list", "elements": "str", "required": True},
            "reserved": {"type": "list", "elements": "str", "default": []},
            "public_key": {"type": "str", "no_log": False},
            "peers": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": _PEER,
            },
            "purge": {"type": "str", "choices": ["true", "false", "force"], "default": "true"},
            "adopt_from": {"type": "path"},
            "forget": {"type": "list", "elements": "str", "default": []},
            "quarantine_days": {"type": "int", "default": 30},
            "rotate": {"type": "list", "elements": "str", "default": []},
            "renew": {"type": "list", "elements": "str", "default": []},
            "pending": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    try:
        _names.check_interface(module.params["interface"])
        with _files.lock(f"{module.params['interface']}-peers", write=not module.check_mode):
            result = run(module)
    except (_files.HostError, ValueError) as exc:
        module.fail_json(msg=f"{module.params['interface']}: {exc}. The registry was left untouched")
    for name in result["unknown"] if not module.check_mode else ():
        module.warn(
            f"peer {name} is declared, but its public key is not known yet, so it is left out; run the play with {name} once"
        )
    module.exit_json(**result)


def run(module: AnsibleModule) -> dict[str, t.Any]:
    """The work under the lock; the result of the module."""
    path = f"{_files.CONFIG_DIRECTORY}/{module.params['interface']}/peers.json"
    text = _files.read_text(path)
    store = with_adopted(_registry.load(text) if text is not None else _registry.Store(), adopt(module))
    resolution = resolve(module, store)
    after = _registry.dump(resolution.store)
    sealed = {name: seal(peer, dry=module.check_mode) for name, peer in resolution.peers.items()}
    if after != text and not module.check_mode:
        _files.remove_leftovers(path)
        _files.write_secret(path, after)
    return {
        "changed": after != text,
        "peers": {name: {**tell(peer), "sealed": sealed[name]} for name, peer in sorted(resolution.peers.items())},
        "added": resolution.added,
        "removed": resolution.removed,
        "renewed": renewed(store.peers, resolution.peers),
        "released": sorted({entry.name for entry in resolution.store.released.values()}),
        "updated": resolution.updated,
        "unknown": resolution.unknown,
        "configs": _files.has_clients_directory(module.params["interface"]),
        "diff": {
            "before_header": path,
            "after_header": path,
            "before": _registry.dump(store, secrets=False) if text is not None else "",
            "after": _registry.dump(resolution.store, secrets=False),
        },
    }


def adopt(module: AnsibleModule) -> dict[str, _registry.Peer]:
    """The peers of the file that somebody else wrote by name; none where there is no such file, or not any more."""
    path = module.params["adopt_from"]
    text = _files.read_text(path) if path else None
    if text is None or _config.is_managed(text):
        return {}
    return _adopt.read_peers(text, module.params["networks"], _registry.today())


def with_adopted(store: _registry.Store, adopted: t.Mapping[str, _registry.Peer]) -> _registry.Store:
    """The store with those peers that it lacks.

    A run that failed before it took the file over may have left a registry, and the file may have got peers since.
    """
    keys = {peer.public_key for peer in store.peers.values()}
    addresses = {address for peer in store.peers.values() for address in peer.addresses}
    missing = {
        name: peer
        for name, peer in adopted.items()
        if name not in store.peers and peer.public_key not in keys and not addresses & {*peer.addresses}
    }
    return dataclasses.replace(store, peers={**store.peers, **missing})


def resolve(module: AnsibleModule, store: _registry.Store) -> _registry.Resolution:
    """The peers to come. Raises ValueError, also for a removal that is likelier a mistake."""
    params = module.params
    declared = [read_peer(peer, params["public_key"]) for peer in params["peers"]]
    declared += _registry.kept(store, declared, everybody=params["purge"] == "false")
    declared = [peer for peer in declared if peer.name not in params["forget"]]
    rules = _registry.Rules(
        today=_registry.today(),
        quarantine_days=params["quarantine_days"],
        make_preshared_key=lambda: _keys.encode(os.urandom(_keys.KEY_BYTES)),
        rotate=frozenset(params["rotate"]),
        make_pair=lambda: make_pair(module),
        renew=frozenset(params["renew"]),
    )
    if module.check_mode:
        store = without_keys(store, params["pending"])
    resolution = _registry.resolve(declared, store, params["networks"], params["reserved"], rules)
    if params["purge"] == "true":
        _registry.check_removal(store, [name for name in resolution.removed if name not in params["forget"]])
    return resolution


def without_keys(store: _registry.Store, names: t.Container[str]) -> _registry.Store:
    """The store as if it knew no key of these peers."""
    peers = {
        name: dataclasses.replace(peer, public_key=None) if name in names else peer
        for name, peer in store.peers.items()
    }
    return dataclasses.replace(store, peers=peers)


def renewed(before: t.Mapping[str, _registry.Peer], after: t.Mapping[str, _registry.Peer]) -> list[str]:
    """Names of those who have other keys than before."""
    return sorted(
        name
        for name, peer in after.items()
        if name in before
        and (peer.public_key, peer.preshared_key) != (before[name].public_key, before[name].preshared_key)
    )


def make_pair(module: AnsibleModule) -> tuple[str | None, str | None]:
    """A new private key and its public key; in check mode nobody can tell which they will be."""
    if module.check_mode:
        return None, None
    private = _keys.generate()
    # There may be thousands: a program for each takes longer than importing cryptography once.
    if _keys.has_cryptography():
        return _keys.encode(private), _keys.encode(_keys.public_bytes(private))
    return _keys.encode(private), _commands.Commands(module.run_command).public_key(private)


def seal(peer: _registry.Peer, dry: bool) -> str | None:
    """The preshared key of a peer, sealed to its public key; None where there is none. Raises HostError."""
    if peer.preshared_key is None or peer.public_key is None:
        return None
    if not _keys.has_cryptography():
        if dry:
            return None
        raise _files.HostError(
            "preshared keys need the Python package cryptography on the hub; install python3-cryptography, or do without them"
            " (wg_server_preshared_keys: false)"
        )
    return _seal.seal(_keys.decode(peer.preshared_key), _keys.decode_public(peer.public_key))


def read_peer(peer: t.Mapping[str, t.Any], hub_key: str | None) -> _registry.Declared:
    """One item of the argument as a value. Raises ValueError naming the peer."""
    try:
        _names.check_name(peer["name"])
        key = peer["public_key"]
        checked = _keys.encode(_keys.decode_public(key)) if key else None
        if checked and checked == hub_key:
            raise ValueError(f"{checked} is the hub's own public key; give that of the peer")
        if checked and peer["generate"]:
            raise ValueError("it has a public_key, and generate asks for another pair; give one of the two")
        expires = _devices.read_expiry(peer["expires"])
    except ValueError as exc:
        raise ValueError(f"peer {peer['name']!r}: {exc}") from exc
    return _registry.Declared(
        name=peer["name"],
        public_key=checked,
        addresses=tuple(peer["address"] or ()),
        networks=tuple(peer["networks"] or ()),
        preshared_key=peer["preshared_key"],
        generate=peer["generate"],
        enabled=peer["enabled"],
        expires=expires,
        formerly=peer["formerly"],
    )


def tell(peer: _registry.Peer) -> dict[str, t.Any]:
    """A peer as the result has it: of its secrets only that there are any."""
    public = {key: value for key, value in dataclasses.asdict(peer).items() if key != "private_key"}
    return {
        **public,
        "preshared_key": peer.preshared_key is not None,
        "generated": peer.private_key is not None,
        "active": peer.is_active(_devices.now()),
        "allowed_ips": peer.allowed_ips,
    }


if __name__ == "__main__":
    main()
