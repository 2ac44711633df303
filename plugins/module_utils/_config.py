# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Files of wg-quick(8) as values: one strict parser, and the few edits of text that the modules make.

The form is the one of wg(8), CONFIGURATION FILE FORMAT, and wg-quick(8). Both tools forgive much that
turns out as an outage later (ports modulo 65536, service names, globs); this parser forgives none of it.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _keys, _networks, _routing

MARKER = "vpn.wireguard"
"""Stands in the first comment of each file that this collection wrote."""

PENDING = "(not known before the first run)"
"""Stands for a public key in check mode, while the host that will make it has not made it yet."""

HIDDEN = _keys.HIDDEN

_PUBLIC_LINE = re.compile(r"^[ \t]*PublicKey[ \t]*=[ \t]*([^\s#]+)[ \t]*(?:#.*)?$", re.IGNORECASE | re.MULTILINE)
_SECTION = re.compile(r"^[^\S\n]*\[Interface\][^\S\n]*(?:#.*)?$", re.IGNORECASE | re.MULTILINE)
_WORD = re.compile(r"[A-Za-z]{1,30}")
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)(?:(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\.)*(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\.?")


class ConfigError(ValueError):
    """A text that is no valid file of wg-quick; the message names the line and what would be right."""


@dataclasses.dataclass(frozen=True)
class Peer:
    """One [Peer] section. ``name`` is the text of its first comment."""

    public_key: str
    allowed_ips: tuple[str, ...] = ()
    endpoint: str | None = None
    persistent_keepalive: int = 0
    preshared_key: str | None = dataclasses.field(default=None, repr=False)
    name: str | None = None


@dataclasses.dataclass(frozen=True)
class Interface:
    """The [Interface] section. Hooks are shell commands in their order.

    ``routes`` are the networks of the comments that _routing.py puts in and reads.
    """

    addresses: tuple[str, ...] = ()
    private_key: str | None = dataclasses.field(default=None, repr=False)
    listen_port: int | None = None
    fw_mark: int | None = None
    mtu: int | None = None
    dns: tuple[str, ...] = ()
    table: str | None = None
    pre_up: tuple[str, ...] = ()
    post_up: tuple[str, ...] = ()
    pre_down: tuple[str, ...] = ()
    post_down: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Config:
    """A whole file."""

    interface: Interface
    peers: tuple[Peer, ...] = ()


def parse(text: str, pending: bool = False) -> Config:
    """The file as a value. With ``pending``, PENDING is taken for a public key.

    Raises ConfigError; the message has the number of the line, and its text unless it holds a secret.
    """
    interface: dict[str, t.Any] | None = None
    peers: list[dict[str, t.Any]] = []
    section: dict[str, t.Any] | None = None
    fields = _INTERFACE_FIELDS
    for number, line in enumerate(text.split("\n"), start=1):
        content, _hash, comment = line.partition("#")
        content = content.strip()
        if not content:
            _take_comment(section, fields is _PEER_FIELDS, comment.strip())
        elif content.lower() == "[interface]":
            if interface is not None:
                raise ConfigError(f"line {number}: a second [Interface]; a file has one")
            section = interface = {}
            fields = _INTERFACE_FIELDS
        elif content.lower() == "[peer]":
            section = {}
            peers.append(section)
            fields = _PEER_FIELDS
        else:
            _take_field(number, content, fields, section, pending)
    if interface is None:
        raise ConfigError("there is no [Interface] section; a file of wg-quick begins with one")
    return Config(
        Interface(**_frozen(interface)), tuple(_peer(peer, index) for index, peer in enumerate(peers, start=1))
    )


def peer_section(peer: Peer) -> str:
    """A [Peer] for ``wg addconf`` that leaves nothing of a former state: what is not wanted is set to none.

    An all-zero preshared key is how wg says none; leaving the line out would keep the old one.
    """
    lines = [
        "[Peer]",
        f"PublicKey = {peer.public_key}",
        f"PresharedKey = {peer.preshared_key or _keys.encode(bytes(_keys.KEY_BYTES))}",
        f"AllowedIPs = {', '.join(peer.allowed_ips)}",
        f"PersistentKeepalive = {peer.persistent_keepalive}",
    ]
    if peer.endpoint:
        lines.append(f"Endpoint = {peer.endpoint}")
    return "\n".join(lines) + "\n"


def with_private_key(text: str, private_key: str) -> str:
    """``text`` with the line PrivateKey put in as the first of [Interface]."""
    return _SECTION.sub(lambda match: f"{match.group(0)}\nPrivateKey = {private_key}", text, count=1)


def with_preshared_keys(text: str, preshared_keys: t.Mapping[str, str]) -> str:
    """``text`` with a line PresharedKey put in behind each PublicKey for which there is one."""

    def put_in(match: re.Match[str]) -> str:
        secret = preshared_keys.get(match.group(1))
        return f"{match.group(0)}\nPresharedKey = {secret}" if secret else match.group(0)

    return _PUBLIC_LINE.sub(put_in, text)


def is_managed(text: str) -> bool:
    """Whether this collection wrote the file: its first line is a comment with MARKER."""
    first = text.split("\n", 1)[0]
    return first.startswith("#") and MARKER in first


def check_endpoint(value: str) -> str:
    """``host:port`` or ``[IPv6]:port``, as it came. Raises ConfigError."""
    host, colon, port = value.rpartition(":")
    if not colon or port.endswith("]"):
        raise ConfigError(f"{value!r} has no port; write it like vpn.example.org:51820 or [2001:db8::1]:51820")
    check_number(port, 1, 65535, "the port of an endpoint")
    if host.startswith("[") and host.endswith("]"):
        _check_ipv6_host(host[1:-1], value)
    elif ":" in host:
        raise ConfigError(f"{value!r}: an IPv6 endpoint stands in brackets, like [2001:db8::1]:51820")
    elif not is_host(host):
        raise ConfigError(f"{value!r} has no valid host; write an IP address or a DNS name before the port")
    return value


def is_host(value: str) -> bool:
    """An IPv4 address or a DNS name (RFC 1123, 2.1; the underscore, which DNS allows, is taken too)."""
    if re.fullmatch(r"[0-9.]+", value):
        try:
            return bool(ipaddress.IPv4Address(value))
        except ValueError:
            return False
    return bool(_HOST_NAME.fullmatch(value))


def check_number(value: object, low: int, high: int, what: str) -> int:
    """A whole number in decimal, as text or int, from ``low`` to ``high``. Raises ConfigError."""
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or not low <= int(text) <= high:
        raise ConfigError(f"{value!r} is not right for {what}: a whole number from {low} to {high}")
    return int(text)


def _take_comment(section: dict[str, t.Any] | None, is_peer: bool, comment: str) -> None:
    """The first comment of a peer is its name; of the others, those count that name a route."""
    if section is None or not comment:
        return
    route = None if is_peer else _routing.read(comment)
    if is_peer:
        section.setdefault("name", comment)
    elif route:
        section.setdefault("routes", []).append(route)


def _take_field(
    number: int, content: str, fields: t.Mapping[str, _Field], section: dict[str, t.Any] | None, pending: bool
) -> None:
    key, equals, value = (part.strip() for part in content.partition("="))
    field = fields.get(key.lower())
    # Without its equals sign, a line with a key is one word that ends in the sign of base64.
    shown = repr(key) if _WORD.fullmatch(key) else "this line"
    if section is None:
        raise ConfigError(f"line {number}: {shown} stands before the first section; begin with [Interface]")
    if not equals or field is None:
        raise ConfigError(
            f"line {number}: {shown} is no setting of this section; it takes {', '.join(known.label for known in fields.values())}"
        )
    if field.name in section and not field.repeats:
        raise ConfigError(f"line {number}: a second {field.label}; one is allowed")
    try:
        parsed = (
            value if pending and value == PENDING and field.name in ("public_key", "private_key") else field.read(value)
        )
    except ValueError as exc:
        raise ConfigError(f"line {number}: {field.label}: {exc}") from exc
    if field.repeats:
        section.setdefault(field.name, []).extend(parsed)
    else:
        section[field.name] = parsed


def _peer(values: dict[str, t.Any], index: int) -> Peer:
    if "public_key" not in values:
        raise ConfigError(f"[Peer] number {index} has no PublicKey; each peer has one")
    return Peer(**_frozen(values))


def _frozen(values: dict[str, t.Any]) -> dict[str, t.Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _read_addresses(value: str) -> tuple[str, ...]:
    return tuple(str(_networks.parse_interface(word)) for word in _words(value))


def _read_allowed_ips(value: str) -> tuple[str, ...]:
    return tuple(_networks.format_network(_networks.parse_network(word)) for word in _words(value))


def _read_key(value: str) -> str:
    return _keys.encode(_keys.decode(value))


def _read_public_key(value: str) -> str:
    return _keys.encode(_keys.decode_public(value))


def _read_port(value: str) -> int:
    return check_number(value, 0, 65535, "a port")


def _read_mtu(value: str) -> int:
    return check_number(value, 576, 65535, "an MTU")


def _read_keepalive(value: str) -> int:
    return 0 if value == "off" else check_number(value, 0, 65535, "a keepalive in seconds")


def _read_mark(value: str) -> int:
    if value == "off":
        return 0
    if not re.fullmatch(r"0x[0-9a-fA-F]{1,8}|[0-9]{1,10}", value, re.ASCII) or int(value, 0) > 0xFFFFFFFF:
        raise ConfigError(f"{value!r} is not right for a mark: off, or a number from 0 to 0xffffffff")
    return int(value, 0)


def _read_table(value: str) -> str:
    return (
        value
        if value in ("auto", "off")
        else str(check_number(value, 1, 0xFFFFFFFF, "a routing table (or auto, or off)"))
    )


def _read_hook(value: str) -> tuple[str, ...]:
    return (value,)


def _check_ipv6_host(host: str, value: str) -> None:
    try:
        ipaddress.IPv6Address(host)
    except ValueError as exc:
        raise ConfigError(f"{value!r} has no valid IPv6 address in its brackets: {exc}") from exc


class _Field(t.NamedTuple):
    label: str
    name: str
    read: t.Callable[[str], t.Any]
    repeats: bool = False


def _by_label(*fields: _Field) -> dict[str, _Field]:
    return {field.label.lower(): field for field in fields}


_INTERFACE_FIELDS = _by_label(
    _Field("Address", "addresses", _read_addresses, True),
    _Field("PrivateKey", "private_key", _read_key),
    _Field("ListenPort", "listen_port", _read_port),
    _Field("FwMark", "fw_mark", _read_mark),
    _Field("MTU", "mtu", _read_mtu),
    _Field("DNS", "dns", _words, True),
    _Field("Table", "table", _read_table),
    _Field("PreUp", "pre_up", _read_hook, True),
    _Field("PostUp", "post_up", _read_hook, True),
    _Field("PreDown", "pre_down", _read_hook, True),
    _Field("PostDown", "post_down", _read_hook, True),
)
_PEER_FIELDS = _by_label(
    _Field("PublicKey", "public_key", _read_public_key),
    _Field("PresharedKey", "preshared_key", _read_key),
    _Field("AllowedIPs", "allowed_ips", _read_allowed_ips, True),
    _Field("Endpoint", "endpoint", check_endpoint),
    _Field("PersistentKeepalive", "persistent_keepalive", _read_keepalive),
)
