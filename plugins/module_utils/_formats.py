# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""A device's file of wg-quick in the forms of other programs: NetworkManager's keyfile, systemd-networkd's two files."""

from __future__ import annotations

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _client_config, _config, _networks

# The number that wg-quick takes for both (its linux.bash, add_default()).
TABLE = 51820
# Before the rules of the host itself (ip-rule(8)), as wg-quick's are.
PRIORITY = 31820

Sections = t.Iterable[t.Tuple[str, t.Iterable[t.Tuple[str, object]]]]


def convert(text: str, form: str, name: str, interface: str) -> dict[str, str]:
    """The texts of a device in a form (V(wg-quick), V(networkmanager), V(networkd)) by file name.

    ``interface`` is what the tunnel is called on the device, where the form says so. Raises ValueError.
    """
    if form == "wg-quick":
        return {f"{name}.conf": text}
    # A placeholder stays one in every form.
    config = _config.parse(text.replace(_client_config.PLACEHOLDER, _config.PENDING), pending=True)
    if form == "networkmanager":
        texts = {f"{name}.nmconnection": _networkmanager(config, name, interface)}
    elif form == "networkd":
        texts = {f"{name}.netdev": _netdev(config, interface), f"{name}.network": _network(config, interface)}
    else:
        raise ValueError(f"format {form!r} is not known; one of wg-quick, networkmanager and networkd is meant")
    return {file: f"# {_config.MARKER}: {name}\n{it}" for file, it in texts.items()}


def _networkmanager(config: _config.Config, name: str, interface: str) -> str:
    """The keyfile, nm-settings-keyfile(5)."""
    own = config.interface
    sections: list[tuple[str, list[tuple[str, object]]]] = [
        ("connection", [("id", name), ("type", "wireguard"), ("interface-name", interface)]),
        ("wireguard", [("private-key", _private_key(config)), ("mtu", own.mtu)]),
    ]
    for peer in config.peers:
        fields: list[tuple[str, object]] = [
            ("endpoint", peer.endpoint),
            ("preshared-key", peer.preshared_key),
            ("preshared-key-flags", 0 if peer.preshared_key else None),
            ("allowed-ips", _semicolons(peer.allowed_ips)),
            ("persistent-keepalive", peer.persistent_keepalive or None),
        ]
        sections.append((f"wireguard-peer.{peer.public_key}", fields))
    return _text([*sections, *(_of_family(config, version) for version in (4, 6))])


def _of_family(config: _config.Config, version: int) -> tuple[str, list[tuple[str, object]]]:
    own = config.interface
    addresses = [it for it in own.addresses if _networks.parse_interface(it).version == version]
    resolvers = [it for it in own.dns if _networks.is_address(it) and _networks.parse_address(it)[0] == version]
    routed = any(_networks.parse_network(item).version == version for peer in config.peers for item in peer.allowed_ips)
    # Without an address of its own, a family must be on for its packets to be kept from going past the tunnel.
    method = "manual" if addresses else "link-local" if routed else "disabled"
    fields: list[tuple[str, object]] = [("method", method)]
    fields += [(f"address{number}", address) for number, address in enumerate(addresses, start=1)]
    if resolvers:
        domains = [item for item in own.dns if not _networks.is_address(item)]
        # All names are asked there, and nobody else is: what wg-quick has resolvconf do with -x.
        fields += [("dns", _semicolons(resolvers)), ("dns-search", _semicolons(["~", *domains])), ("dns-priority", -50)]
    return f"ipv{version}", fields


def _netdev(config: _config.Config, interface: str) -> str:
    """The device, systemd.netdev(5)."""
    own = config.interface
    mark = TABLE if _default_routes(config) else None
    sections: list[tuple[str, list[tuple[str, object]]]] = [
        ("NetDev", [("Name", interface), ("Kind", "wireguard"), ("MTUBytes", own.mtu)]),
        ("WireGuard", [("PrivateKey", _private_key(config)), ("FirewallMark", mark)]),
    ]
    for peer in config.peers:
        fields: list[tuple[str, object]] = [
            ("PublicKey", peer.public_key),
            ("PresharedKey", peer.preshared_key),
            ("Endpoint", peer.endpoint),
            ("AllowedIPs", ",".join(peer.allowed_ips)),
            ("PersistentKeepalive", peer.persistent_keepalive or None),
        ]
        sections.append(("WireGuardPeer", fields))
    return _text(sections)


def _network(config: _config.Config, interface: str) -> str:
    """Its addresses, resolvers and routes, systemd.network(5)."""
    own = config.interface
    domains = ["~.", *(item for item in own.dns if not _networks.is_address(item))] if own.dns else []
    fields: list[tuple[str, object]] = [("Address", address) for address in own.addresses]
    fields += [("DNS", item) for item in own.dns if _networks.is_address(item)]
    fields.append(("Domains", " ".join(domains)))
    sections: list[tuple[str, list[tuple[str, object]]]] = [("Match", [("Name", interface)]), ("Network", fields)]
    defaults = _default_routes(config)
    for network in (item for peer in config.peers for item in peer.allowed_ips):
        table = TABLE if network in defaults else None
        sections.append(("Route", [("Destination", network), ("Table", table)]))
    return _text([*sections, *_rules(defaults)])


def _rules(defaults: t.Sequence[str]) -> Sections:
    """The rules of wg-quick for a default route in a table of its own: the host's own networks come before it, and the
    tunnel's own packets, which bear the mark, do not go into it."""
    if not defaults:
        return []
    family = "both" if len(defaults) == 2 else "ipv6" if ":" in defaults[0] else "ipv4"
    near = [("Table", "main"), ("SuppressPrefixLength", 0), ("Priority", PRIORITY), ("Family", family)]
    far = [("FirewallMark", TABLE), ("InvertRule", "true"), ("Table", TABLE), ("Priority", PRIORITY + 1)]
    return [("RoutingPolicyRule", near), ("RoutingPolicyRule", [*far, ("Family", family)])]


def _default_routes(config: _config.Config) -> list[str]:
    return [item for peer in config.peers for item in peer.allowed_ips if item.endswith("/0")]


def _private_key(config: _config.Config) -> str:
    key = config.interface.private_key
    return _client_config.PLACEHOLDER if key in (None, _config.PENDING) else str(key)


def _semicolons(items: t.Iterable[str]) -> str:
    return "".join(f"{item};" for item in items)


def _text(sections: Sections) -> str:
    """Sections of fields; what is None or empty is left out."""
    parts = []
    for title, fields in sections:
        lines = [f"{key}={value}" for key, value in fields if value not in (None, "")]
        parts.append("\n".join([f"[{title}]", *lines]) + "\n")
    return "\n".join(parts)
