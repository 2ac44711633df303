# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""The variables of the roles, judged before anything is written.

Each problem is one line: host, variable, value, and what would be right. All of them are found in one
go, so that nobody mends a list of mistakes one run at a time.
"""

from __future__ import annotations

import difflib
import re
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import (
    _access,
    _config,
    _devices,
    _keys,
    _lists,
    _names,
    _networks,
    _registry,
)

ROUTES = ("server", "network", "all")
STATES = ("up", "down", "absent")
IMPLEMENTATIONS = ("auto", "kernel", "userspace")
FIREWALLS = ("auto", "iptables", "nftables", "none")

Settings = t.Mapping[str, object]
Test = t.Callable[[t.Any], object]


def server_problems(host: str, settings: Settings, known: t.Iterable[str], clients: t.Sequence[Settings]) -> list[str]:
    """What is wrong with a hub's variables, a line each; none where all is right.

    ``settings`` are the role's variables by name, ``known`` the names that are set in the inventory,
    ``clients`` what the hub's hosts want: mappings with name, address and networks.
    """
    problems = _misspelt(host, known, settings, "wg_server_") + _judge(host, settings, _SERVER_TESTS)
    problems += [f"{client['name']}: {problem}" for client in clients for problem in _client_shape(client)]
    return problems or _together(host, settings, clients)


def client_problems(
    host: str, settings: Settings, known: t.Iterable[str], servers: t.Sequence[str], hosts: t.Sequence[str]
) -> list[str]:
    """The same for a client. ``servers`` are the hosts of group wg_servers, ``hosts`` all of the inventory."""
    problems = _misspelt(host, known, settings, "wg_client_") + _judge(host, settings, _CLIENT_TESTS)
    server = settings["wg_client_server"]
    if server in (None, ""):
        return [
            *problems,
            f"{host}: wg_client_server is not set, and group wg_servers has {len(servers)} hosts, not one; name the hub of this client",
        ]
    if server not in hosts:
        near = _nearest(str(server), hosts)
        return [
            *problems,
            f"{host}: wg_client_server = {server!r}: no such host in the inventory{near}; name the hub as the inventory does",
        ]
    return problems


def clients_of(
    hostvars: t.Mapping[str, t.Any], hosts: t.Sequence[str], hub: str, servers: t.Sequence[str], preshared_keys: bool
) -> list[dict[str, t.Any]]:
    """What each client of ``hub`` wants of it: name, public_key, address, networks and preshared_key.

    A host's role tells in ``__wg_client_offer``; of a host that is not in the run the inventory tells all but the key.
    A preshared key is made only for a client that takes part, because both sides must get it in the same run.
    """
    default = servers[0] if len(servers) == 1 else None
    wishes = []
    for name in hosts:
        known = hostvars[name]
        if known.get("wg_client_server", default) != hub or known.get("wg_client_state", "up") == "absent":
            continue
        offer = known.get("__wg_client_offer", {})
        wish = {key: offer.get(key, known.get(f"wg_client_{key}")) for key in ("address", "networks")}
        wish["allow"] = known.get("wg_client_allow")
        preshared = (True if offer else None) if preshared_keys else False
        wishes.append({"name": name, "public_key": offer.get("public_key"), **wish, "preshared_key": preshared})
    return wishes


def endpoint(host: str, port: int) -> str:
    """What a client dials: ``host`` with ``port`` unless it has one of its own, IPv6 in brackets."""
    if re.search(r"^[^:]*:[^:]*$|\]:", host):
        return host
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def as_list(value: object) -> list[object]:
    """One item or a list of them as a list; nothing (None, empty text) as an empty one."""
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _judge(host: str, settings: Settings, tests: t.Mapping[str, Test]) -> list[str]:
    problems = []
    for variable, test in tests.items():
        value = settings.get(variable)
        try:
            test(value)
        except ValueError as exc:
            problems.append(f"{host}: {variable} = {_shown(value)}: {exc}")
    return problems


def _shown(value: object) -> str:
    # Whatever is given may hold a key, also where none belongs.
    text = _keys.hide(repr(value))
    return text if len(text) <= 200 else f"{text[:200]}…"


def _misspelt(host: str, known: t.Iterable[str], settings: Settings, prefix: str) -> list[str]:
    return [
        f"{host}: {name} is no variable of this role{_nearest(name, settings)}"
        for name in sorted(known)
        if name.startswith(prefix) and name not in settings
    ]


def _nearest(name: str, names: t.Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _together(host: str, settings: Settings, clients: t.Sequence[Settings]) -> list[str]:
    """Whether all peers can be together on this hub, as far as the inventory tells."""
    networks = [str(item) for item in as_list(settings["wg_server_networks"])]
    try:
        reserved = server_addresses(networks, as_list(settings["wg_server_addresses"]))
        declared = [_declared(peer) for peer in [*clients, *_peers(settings)]]
        own = [address.partition("/")[0] for address in reserved]
        _registry.resolve(declared, _registry.Store(), networks, own, _registry.Rules(today="1970-01-01"))
        _check_lans(networks, settings)
        _check_access(settings, [*clients, *_peers(settings)], own)
    except ValueError as exc:
        return [f"{host}: {exc}"]
    return []


def server_addresses(networks: t.Sequence[object], addresses: t.Sequence[object]) -> list[str]:
    """The hub's own address in each of its networks, with the prefix length: given, or else the first host's.

    Raises ValueError for an address outside the networks, for a second one in a network, and for another prefix length.
    """
    given = [str(item) for item in addresses]
    result = [_server_address(str(text), given) for text in networks]
    strays = [item for item in given if not any(_is_inside(item, _networks.parse_network(text)) for text in networks)]
    if strays:
        raise ValueError(
            f"wg_server_addresses: {strays[0]!r} is no host of any of wg_server_networks ({', '.join(map(str, networks))})"
        )
    return result


def _server_address(text: str, given: t.Sequence[str]) -> str:
    network, prefix = _networks.parse_network(text), text.partition("/")[2]
    inside = [item for item in given if _is_inside(item, network)]
    if len(inside) > 1:
        raise ValueError(f"wg_server_addresses: {inside[1]!r} is a second address in {text}; give one for each network")
    if not inside:
        return f"{_networks.nth_address(text, 1)}/{prefix}"
    address, _slash, length = inside[0].partition("/")
    if length not in ("", prefix):
        raise ValueError(
            f"wg_server_addresses: {inside[0]!r} is in {text}, which has another prefix length; write {address}/{prefix}"
        )
    return f"{address}/{prefix}"


def _is_inside(text: str, network: _networks.Network) -> bool:
    version, value = _networks.parse_address(text.partition("/")[0])
    return version == network.version and value in _networks.hosts_of(network)


def _declared(peer: Settings) -> _registry.Declared:
    return _registry.Declared(
        name=str(peer["name"]),
        public_key=t.cast("str | None", peer.get("public_key")),
        addresses=tuple(str(item) for item in as_list(peer.get("address"))),
        networks=tuple(str(item) for item in as_list(peer.get("networks"))),
        generate=bool(peer.get("generate")),
    )


def _check_lans(networks: t.Sequence[str], settings: Settings) -> None:
    lans = [str(item) for item in as_list(settings["wg_server_lan_networks"])]
    owners = {
        "wg_server_networks": _networks.parse_list(networks, "wg_server_networks"),
        "wg_server_lan_networks": _networks.parse_list(lans, "wg_server_lan_networks"),
    }
    for conflict in _networks.find_conflicts(owners):
        raise ValueError(
            f"{conflict.first} and {conflict.second} overlap in {conflict.network}; a network is in the tunnel or behind the hub, not both"
        )


def _check_access(settings: Settings, peers: t.Sequence[Settings], own: t.Sequence[str]) -> None:
    lists = t.cast("t.Mapping[str, t.Sequence[object]]", settings["wg_server_allow_lists"])
    for peer in peers:
        if peer.get("allow") is None:
            continue
        if settings["wg_server_firewall"] == "none":
            raise ValueError(
                f"{peer['name']} has allow, but wg_server_firewall is none, so that nothing would keep it from the rest"
            )
        try:
            _access.read(peer["allow"], lists, own)
        except ValueError as exc:
            raise ValueError(f"{peer['name']}: allow: {exc}") from exc


def _peers(settings: Settings) -> list[Settings]:
    return t.cast("list[Settings]", as_list(settings["wg_server_peers"]))


def _client_shape(client: Settings) -> list[str]:
    problems = []
    for variable, value, test in (
        ("the inventory's name of the host", client["name"], _names.check_name),
        ("wg_client_address", client.get("address"), _test_pins),
        ("wg_client_networks", client.get("networks"), _test_networks),
    ):
        try:
            test(value)
        except ValueError as exc:
            problems.append(f"{variable} = {_shown(value)}: {exc}")
    return problems


def _test_tunnel_networks(value: object) -> None:
    networks = _networks.parse_list(as_list(value), "item")
    if not networks:
        raise ValueError("a hub needs at least one network, such as 10.8.0.0/24")
    for network in networks:
        hosts = _networks.hosts_of(network)
        if hosts.stop - hosts.start < 2:
            raise ValueError(
                f"{_networks.format_network(network)} has no room for a hub and a client; take a larger one, such as 10.8.0.0/24"
            )
    ordered = sorted(networks)
    if any(
        one.version == next_one.version and next_one.first <= one.last for one, next_one in zip(ordered, ordered[1:])
    ):
        raise ValueError("two of these networks overlap; give each address once")


def _test_networks(value: object) -> None:
    for text, network in zip(as_list(value), _networks.parse_list(as_list(value), "item")):
        if network.first == 0 and network.last == (1 << _networks.BITS[network.version]) - 1:
            raise ValueError(
                f"{text!r} is everything, and would take the hub's own default route; name the networks themselves"
            )


def _test_list(value: object) -> None:
    _lists.read(as_list(value), "item")


def _test_count(value: object) -> None:
    _config.check_number(value, 0, 1_000_000, "a number of networks")


def _test_pins(value: object) -> None:
    for item in as_list(value):
        _networks.parse_address(item)


def _test_hub_addresses(value: object) -> None:
    for item in as_list(value):
        _networks.parse_interface(item)


def _test_port(value: object) -> None:
    _config.check_number(value, 1, 65535, "a UDP port")


def _test_mtu(value: object) -> None:
    if value not in (None, ""):
        _config.check_number(value, 1280, 65535, "an MTU (IPv6 needs 1280, RFC 8200; most tunnels take 1420)")


def _test_keepalive(value: object) -> None:
    _config.check_number(value, 0, 65535, "a keepalive in seconds (0 for none)")


def _test_endpoint(value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError("clients need an address or DNS name to dial, such as vpn.example.org")
    if value.startswith("[") or re.fullmatch(r"[^:]*:[^:]*", value):
        _config.check_endpoint(value)
    elif ":" in value:
        _networks.parse_address(value)
    elif not _config.is_host(value):
        raise ValueError("it is no IP address or DNS name; write it like vpn.example.org or 198.51.100.7")


def _test_link(value: object) -> None:
    if value not in (None, "") and not re.fullmatch(r"[a-zA-Z0-9_.@-]{1,15}", str(value), re.ASCII):
        raise ValueError("a network interface of the hub is meant, such as eth0")


def _test_switch(value: object) -> None:
    if not isinstance(value, bool):
        raise ValueError("write true or false, without quotes")


def _test_purge(value: object) -> None:
    if not isinstance(value, bool) and value != "force":
        raise ValueError("one of true, false and force is meant")


def _test_names(value: object) -> None:
    if not isinstance(value, (list, tuple)):
        raise ValueError("a list of names is meant, such as [client-one]")
    for item in value:
        _names.check_name(item)


def _test_days(value: object) -> None:
    _config.check_number(value, 0, 36500, "a number of days")


def _test_dns(value: object) -> None:
    for item in as_list(value):
        if not isinstance(item, str) or not (_config.is_host(item) or _networks.is_address(item)):
            raise ValueError(
                f"{item!r} is no address of a resolver and no search domain; write them like [1.1.1.1, corp.example.org]"
            )


def _test_group(value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError("the name of an inventory group is meant, such as wg_clients")


def _test_peers(value: object) -> None:
    if not isinstance(value, (list, tuple)):
        raise ValueError("a list of devices is meant, such as [{name: phone, generate: true}]")
    for index, peer in enumerate(value):
        try:
            _test_peer(peer)
        except ValueError as exc:
            raise ValueError(f"item {index}: {exc}") from exc


def _test_peer(peer: object) -> None:
    if not isinstance(peer, t.Mapping):
        raise ValueError(f"{_shown(peer)} is no mapping with name and public_key or generate")
    for key in peer:
        if key not in _PEER_TESTS:
            raise ValueError(
                f"{key!r} is no field of a device{_nearest(str(key), _PEER_TESTS)}; there are {', '.join(_PEER_TESTS)}"
            )
    for key, test in _PEER_TESTS.items():
        try:
            test(peer.get(key))
        except ValueError as exc:
            raise ValueError(f"{key} = {_shown(peer.get(key))}: {exc}") from exc
    _devices.check_device(peer)


def _test_allow(value: object) -> None:
    if value is not None and not isinstance(value, (list, tuple)):
        raise ValueError(
            "a list is meant, such as [{to: 10.20.0.0/16, protocol: tcp, ports: [443]}], or nothing for no limit"
        )


def _test_url(value: object) -> None:
    if not isinstance(value, str) or (value and not re.match(r"https?://[^/\s]", value)):
        raise ValueError("an address that begins with http:// or https:// is meant, or empty text for none")


def _test_seen(value: object) -> None:
    if not isinstance(value, str) or (value and not _networks.is_address(value)):
        raise ValueError("an IP address is meant, such as 198.51.100.7, or empty text for none")


def _if_given(test: Test) -> Test:
    """For fields that may be left out."""

    def test_given(value: object) -> None:
        if value is not None:
            test(value)

    return test_given


def _list_of(test: Test) -> Test:
    """For variables that templates add to other lists: one item alone is no list there."""

    def test_list(value: object) -> None:
        if not isinstance(value, (list, tuple)):
            raise ValueError("a list of networks or addresses is meant, such as [10.8.0.0/24], or [] for none")
        test(value)

    return test_list


def _one_of(*choices: str) -> Test:
    def test(value: object) -> None:
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)} is meant")

    return test


_PEER_TESTS: dict[str, Test] = {
    "name": _names.check_name,
    "public_key": _if_given(_keys.decode_public),
    "address": _test_pins,
    "networks": _test_networks,
    # Judged with the lists that it may name.
    "allow": lambda _value: None,
    "generate": _if_given(_test_switch),
    "preshared_key": _if_given(_test_switch),
    "route": _if_given(_one_of(*ROUTES)),
    "dns": _test_dns,
    "persistent_keepalive": _if_given(_test_keepalive),
    "enabled": _if_given(_test_switch),
    "expires": _devices.read_expiry,
    "formerly": _if_given(_names.check_name),
}
_SERVER_TESTS: dict[str, Test] = {
    "wg_server_interface": _names.check_interface,
    "wg_server_state": _one_of(*STATES),
    "wg_server_networks": _list_of(_test_tunnel_networks),
    "wg_server_addresses": _list_of(_test_hub_addresses),
    "wg_server_port": _test_port,
    "wg_server_endpoint": _test_endpoint,
    "wg_server_clients_group": _test_group,
    "wg_server_peers": _test_peers,
    "wg_server_client_to_client": _test_switch,
    "wg_server_internet": _test_switch,
    "wg_server_uplink": _test_link,
    "wg_server_lan_networks": _list_of(_test_networks),
    "wg_server_allow_lists": _access.check_lists,
    "wg_server_nat6": _test_switch,
    "wg_server_forward_policy": _one_of("", "DROP"),
    "wg_server_preshared_keys": _test_switch,
    "wg_server_purge": _test_purge,
    "wg_server_address_quarantine": _test_days,
    "wg_server_forget_peers": _test_names,
    "wg_server_rotate_key": _test_switch,
    "wg_server_rotate_preshared_keys": _test_names,
    "wg_server_mtu": _test_mtu,
    "wg_server_firewall": _one_of(*FIREWALLS),
    "wg_server_enabled": _test_switch,
    "wg_server_implementation": _one_of(*IMPLEMENTATIONS),
}
_CLIENT_TESTS: dict[str, Test] = {
    "wg_client_interface": _names.check_interface,
    "wg_client_state": _one_of(*STATES),
    "wg_client_address": _test_pins,
    "wg_client_route": _one_of(*ROUTES),
    "wg_client_allowed_ips": _list_of(_test_list),
    "wg_client_excluded_ips": _list_of(_test_list),
    "wg_client_networks": _list_of(_test_networks),
    "wg_client_allow": _test_allow,
    "wg_client_warn_above": _test_count,
    "wg_client_dns": _test_dns,
    "wg_client_keepalive": _test_keepalive,
    "wg_client_rotate_key": _test_switch,
    "wg_client_mtu": _test_mtu,
    "wg_client_enabled": _test_switch,
    "wg_client_implementation": _one_of(*IMPLEMENTATIONS),
    "wg_client_verify_url": _test_url,
    "wg_client_verify_sees": _test_seen,
}
