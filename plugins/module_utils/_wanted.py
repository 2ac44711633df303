# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""From the arguments of a task to the file that is wanted: the host's secrets are put in here, and nowhere else."""

from __future__ import annotations

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import (
    _config,
    _files,
    _host,
    _keys,
    _plan,
    _registry,
    _seal,
    _starter,
)

Arguments = t.Mapping[str, t.Any]
"""The arguments of wg_interface by name."""


def read(arguments: Arguments, host: _host.Host, dry: bool) -> _plan.Wanted:
    """What the task wants. A ``dry`` run takes a key for known that its host has not made yet.

    Raises ValueError for a config that is not right, HostError for secrets that cannot be read.
    """
    name, state = arguments["name"], arguments["state"]
    if state == "absent":
        return _plan.Wanted(name=name, state=state, enabled=False, admit=arguments["admit"])
    _check(arguments["config"], dry)
    is_pending = dry and arguments["pending_key"]
    private = None if is_pending else _private_key(arguments["private_key_path"], dry)
    text = _config.with_private_key(arguments["config"], _keys.encode(private) if private else _config.PENDING)
    peers = _registered(arguments)
    shared = _preshared_keys(arguments, peers, private)
    if dry:
        # Keys that nobody sees, and that are others than those on the device.
        shared.update(
            {it.public_key: _new_key() for it in peers if it.public_key and it.name in arguments["pending_peers"]}
        )
    text = _config.with_preshared_keys(text, shared)
    config = _config.parse(text, pending=dry)
    return _plan.Wanted(
        name=name,
        state=state,
        enabled=arguments["enabled"],
        text=text,
        config=config,
        public_key=host.public_key(private) if private else None,
        live_hooks=arguments["live_hooks"],
        admit=arguments["admit"],
        expires=any(peer.expires for peer in peers),
        # At boot it is systemd that brings the interface up.
        many=arguments["enabled"] and _starter.wanted(config),
    )


def _new_key() -> str:
    return _keys.encode(_keys.generate())


def _check(text: str, dry: bool) -> None:
    config = _config.parse(text, pending=dry)
    if config.interface.private_key is not None:
        raise ValueError("config holds a PrivateKey; leave it out, it is put in from private_key_path on the host")
    if any(peer.preshared_key for peer in config.peers):
        raise ValueError("config holds a PresharedKey; leave it out, it is put in from registry or sealed_keys")
    _check_owners(config)
    if not _config.is_managed(text):
        raise ValueError(
            f"config does not begin with a comment that holds {_config.MARKER}, by which its file is known later"
        )


def _check_owners(config: _config.Config) -> None:
    """wg gives a key or a network that two peers have to the last one, without a word."""
    owners: dict[str, str] = {}
    for peer in config.peers:
        name = peer.name or peer.public_key
        for item in (peer.public_key, *peer.allowed_ips):
            if item in owners and item != _config.PENDING:
                raise ValueError(f"{owners[item]} and {name} both have {item}; it belongs to one peer")
            owners[item] = name


def _private_key(path: str, dry: bool) -> bytes | None:
    """The private key; None for one that is yet to be made."""
    if dry and _files.read_text(path) is None:
        return None
    return _files.read_private_key(path)


def _registered(arguments: Arguments) -> list[_registry.Peer]:
    """The peers of the hub's registry; none where there is no registry."""
    stored = _files.read_text(arguments["registry"]) if arguments["registry"] else None
    return [] if stored is None else [*_registry.load(stored).peers.values()]


def _preshared_keys(arguments: Arguments, peers: t.Iterable[_registry.Peer], private: bytes | None) -> dict[str, str]:
    """Preshared keys by public key: from the hub's registry, or unsealed with the host's own key."""
    found = {peer.public_key: peer.preshared_key for peer in peers if peer.public_key and peer.preshared_key}
    for public_key, sealed in (arguments["sealed_keys"] or {}).items():
        if private is None or not sealed:
            continue
        if not _keys.has_cryptography():
            raise _files.HostError("a sealed preshared key needs the Python package cryptography; install it")
        found[public_key] = _keys.encode(_seal.unseal(sealed, private))
    return found
