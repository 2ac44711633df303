# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Files that somebody else wrote, by hand or by an installer: who is in them, and what of them is taken over.

Names of peers come from the comments that the common installers write: ``### Client NAME`` (angristan),
``# BEGIN_PEER NAME`` (Nyr, hwdsl2), ``### begin NAME ###`` (pivpn), or a comment that is nothing but a name, before the
section or at its head. A peer without one is named after its key.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _config, _keys, _names, _networks, _registry

_NAMED = (
    re.compile(r"#+\s*Client\s+(\S+)\s*$"),
    re.compile(r"#+\s*BEGIN_PEER\s+(\S+)\s*$"),
    re.compile(r"#+\s*begin\s+(\S+)\s+#+\s*$"),
    re.compile(r"#+\s*(?:friendly_name|Name)\s*=\s*(\S+)\s*$", re.IGNORECASE),
    re.compile(r"#+\s*(\S+)\s*$"),
)


class AdoptError(ValueError):
    """A file that cannot be taken over as it is; the message says what to set so that it can."""


def read_peers(text: str, networks: t.Sequence[str], today: str) -> dict[str, _registry.Peer]:
    """The peers of a file by name, with what they have in the tunnel's networks as their addresses.

    Raises ConfigError, which names the line, and AdoptError.
    """
    config = _config.parse(text)
    pools = [_networks.parse_network(network) for network in networks]
    _check_addresses(config, pools)
    found: dict[str, _registry.Peer] = {}
    for peer, name in zip(config.peers, names(text)):
        unique = name if name and name.lower() not in {known.lower() for known in found} else _name_after_key(peer)
        found[unique] = _adopted(unique, peer, pools, today)
    return found


def names(text: str) -> list[str | None]:
    """The name of each [Peer] in its order, None where no comment gives one."""
    result: list[str | None] = []
    before: str | None = None
    in_peer = False
    for line in text.splitlines():
        word = line.partition("#")[0].strip().lower()
        if word == "[peer]":
            result.append(before)
            before, in_peer = None, True
        elif word:
            before, in_peer = None, False
        elif line.strip():
            name = _name_in(line.strip())
            if in_peer and result[-1] is None:
                result[-1] = name
            before = name or before
    return result


def check(found: _config.Config, wanted: _config.Config) -> None:
    """Raise AdoptError where taking the file over would move the interface away from where its peers look for it."""
    port, ours = found.interface.listen_port, wanted.interface.listen_port
    if port and ours and port != ours:
        raise AdoptError(f"the file that is there listens on port {port}, not {ours}; set wg_server_port: {port}")
    missing = [address for address in found.interface.addresses if address not in wanted.interface.addresses]
    if missing:
        raise AdoptError(
            f"the file that is there has the address {missing[0]}, which is not among {', '.join(wanted.interface.addresses)};"
            " set the networks and addresses of the role to what the file has"
        )


def _name_in(comment: str) -> str | None:
    for pattern in _NAMED:
        match = pattern.match(comment)
        if match:
            name = match[1]
            return name if _names.PEER_NAME.fullmatch(name) and not name.startswith("END_PEER") else None
    return None


def _name_after_key(peer: _config.Peer) -> str:
    return f"peer-{_keys.decode(peer.public_key)[:4].hex()}"


def _adopted(name: str, peer: _config.Peer, pools: list[_networks.Network], today: str) -> _registry.Peer:
    own, behind = [], []
    for text in peer.allowed_ips:
        network = _networks.parse_network(text)
        if network.first == network.last and any(_networks.is_within(network, pool) for pool in pools):
            own.append(_networks.format_address(network.version, network.first))
        elif text.endswith("/0"):
            raise AdoptError(f"peer {name} has {text}, which would take the hub's own default route; name its networks")
        else:
            behind.append(text)
    return _registry.Peer(name, peer.public_key, tuple(own), tuple(behind), today, peer.preshared_key, adopted=True)


def _check_addresses(config: _config.Config, pools: list[_networks.Network]) -> None:
    for text in config.interface.addresses:
        interface = _networks.parse_interface(text)
        address = _networks.Network(interface.version, interface.address, interface.address)
        if not any(_networks.is_within(address, pool) for pool in pools):
            network = _networks.format_network(interface.network)
            raise AdoptError(
                f"the file that is there has the address {text}, in none of the tunnel's networks; add {network} to"
                " wg_server_networks"
            )
