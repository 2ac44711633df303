# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What a client sends into its tunnel, what it keeps out, and where WireGuard's limits bite such a list."""

from __future__ import annotations

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _lists, _networks

Hub = t.Mapping[str, t.Any]

EVERYTHING = {4: "0.0.0.0/0", 6: "::/0"}
# What stands for everything of a version: all of IPv4, and that eighth of IPv6 which is handed out (RFC 4291, 2.4).
_PUBLIC = {version: _networks.parse_network(text) for version, text in ((4, "0.0.0.0/0"), (6, "2000::/3"))}
# ISO/IEC 18004: what the largest QR code holds with the least correction. The rest of a device's file takes some 350.
_QR_BYTES = 2953
_QR_OTHER_LINES = 350


def routes(route: str, hub: Hub, include: t.Sequence[object], exclude: t.Sequence[object]) -> list[str]:
    """A client's AllowedIPs: what its route mode means with this hub, and ``include``, and not ``exclude``.

    V(server) is the hub alone, V(network) its tunnel networks and what lies behind it and its clients, V(all) everything.
    Everything means both families, even where the tunnel has one, so that nothing goes past the tunnel by the other.
    The hub's endpoint stays out, unless wg-quick takes care of it as it does with a default route.
    """
    modes: dict[str, list[object]] = {
        "server": _own_addresses(hub),
        "network": [*hub["networks"], *hub["routes"]],
        "all": [*EVERYTHING.values()],
    }
    if route not in modes:
        raise ValueError(f"route is {route!r}; one of {', '.join(modes)} is meant")
    wanted = _lists.read(include, "include")
    for version, keys in _lists.read(modes[route], "hub").items():
        wanted[version] += keys
    found = _lists.difference(wanted, _lists.read(exceptions(hub, exclude), "exclude"))
    endpoint = _address_of(hub.get("endpoint", ""))
    if endpoint and EVERYTHING[6 if ":" in endpoint else 4] not in found:
        return _lists.allowed_ips(found, [endpoint])
    return found


def exceptions(hub: Hub, exclude: t.Sequence[object]) -> list[str]:
    """What stays out of the tunnel, aggregated and sorted.

    A network that is named goes, whatever it is. The set V(private) leaves the hub's own networks and those behind it:
    they are private, and what a tunnel is for.
    """
    unwanted = _lists.read(exclude, "exclude")
    sets = [item for item in exclude if _lists.is_set(item)]
    if not sets:
        return _lists.difference(unwanted, {4: [], 6: []})
    own = [*_own_addresses(hub), *hub["networks"], *hub["routes"]]
    named = [item for item in exclude if not _lists.is_set(item)]
    return _lists.allowed_ips([*named, *_lists.allowed_ips(sets, own)])


def warnings(
    networks: t.Sequence[object], endpoint: str = "", most: int = 1000, rules: int = 0, phone: bool = False
) -> list[str]:
    """What to know of a list of AllowedIPs before it is used, a line each; none where there is nothing.

    ``endpoint`` is the hub's, with or without a port. ``most`` is the number of networks that is still usual, ``rules``
    that of the networks which routing rules keep out, ``phone`` says that the list is for an app or a QR code.
    Raises NetworkError.
    """
    parsed = _networks.parse_list(networks, "networks")
    found = [*_too_many(len(parsed), most, rules), *_nearly_all(parsed, endpoint), *_endpoint_inside(parsed, endpoint)]
    length = len(", ".join(map(str, networks)))
    if phone and length > _QR_BYTES - _QR_OTHER_LINES:
        found.append(
            f"AllowedIPs are {length} characters long, and no QR code holds more than {_QR_BYTES} bytes; "
            "hand the file over instead, or take fewer networks"
        )
    return found


def _too_many(count: int, most: int, rules: int) -> list[str]:
    found = []
    if count > most:
        found.append(
            f"AllowedIPs are {count} networks, more than {most}: apps on phones may not take them (Android passes on at most "
            "1 MB, iOS ends a tunnel that takes more than 50 MB), and wg-quick by itself adds their routes one by one; "
            "exclude fewer or larger networks, or raise the number that is warned of"
        )
    if rules > most:
        found.append(
            f"{rules} networks are kept out of the tunnel by a routing rule each, more than {most}, and every packet goes "
            "through them one by one; with another route than all, networks to be left out shape AllowedIPs instead"
        )
    return found


def _nearly_all(parsed: t.Sequence[_networks.Network], endpoint: str) -> list[str]:
    outside = f"the addresses of {endpoint}" if endpoint and not _address_of(endpoint) else "the hub's endpoint"
    return [
        f"AllowedIPs cover {share:.0%} of IPv{version} without {EVERYTHING[version]}, and only that makes wg-quick set up "
        f"a default route with its mark and rules: {outside} must stay out of the list, or the tunnel's own packets go into "
        "the tunnel"
        for version, share in ((version, _share(parsed, version)) for version in _PUBLIC)
        if share >= 0.5
    ]


def _share(parsed: t.Sequence[_networks.Network], version: int) -> float:
    """How much of a version's public addresses is in a list without overlap; 0 for a list that has everything."""
    public = _PUBLIC[version]
    covered = 0
    for network in parsed:
        if network.version == version:
            if _networks.prefix_of(network) == 0:
                return 0
            covered += max(0, min(network.last, public.last) - max(network.first, public.first) + 1)
    return covered / (public.last - public.first + 1)


def _endpoint_inside(parsed: t.Sequence[_networks.Network], endpoint: str) -> list[str]:
    text = _address_of(endpoint)
    if not text:
        return []
    version, value = _networks.parse_address(text)
    holders = [item for item in parsed if item.version == version and item.first <= value <= item.last]
    if not holders or _networks.prefix_of(holders[0]) == 0:
        return []
    holder = _networks.format_network(holders[0])
    own_packets = "so that the tunnel's own packets go into the tunnel"
    return [f"the endpoint {text} is in AllowedIPs ({holder}), {own_packets}; exclude {text}"]


def _own_addresses(hub: Hub) -> list[object]:
    return [address.partition("/")[0] for address in hub["addresses"]]


def _address_of(endpoint: str) -> str:
    """The IP address of an endpoint, with or without a port; empty text for a DNS name."""
    if _networks.is_address(endpoint):
        return endpoint
    host = endpoint.rpartition(":")[0].strip("[]")
    return host if _networks.is_address(host) else ""
