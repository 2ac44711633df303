# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Routes into a tunnel as lines of its file, which one hook sets all at once.

wg-quick looks each network up and adds its route by two calls of ip (add_route of its linux.bash), also where the address
of the interface covers it: 5 ms for each peer of a hub. With Table off it leaves that to others. The networks stand in
comments, which wg-quick passes over at once, while it takes a time for other lines that grows with their length.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks

# Without a number sign, behind which wg-quick takes all for a comment, and without programs that a profile of AppArmor for
# wg-quick does not know. A peer may be called "route".
HOOK = (
    'PostUp = while read -r _ word network; do if [ "$word" = route ] && [ "$network" ]; '
    'then echo "route replace $network dev %i"; fi; done </etc/wireguard/%i.conf | ip -batch -'
)

_COMMENT = re.compile(r"route (\S+)")


def lines(networks: t.Iterable[str], addresses: t.Sequence[str]) -> list[str]:
    """Lines of [Interface] that send these networks to an interface with these addresses; each network once.

    None where a default route is among them: wg-quick ties it to a mark and rules of its own. Raises NetworkError.
    """
    wanted = list(dict.fromkeys(networks))
    if any(network.endswith("/0") for network in wanted):
        return []
    routes = uncovered(wanted, addresses)
    return ["Table = off", *(f"# route {network}" for network in routes), *([HOOK] if routes else [])]


def read(comment: str) -> str | None:
    """The network that a comment of ``lines`` names, None for any other comment."""
    found = _COMMENT.fullmatch(comment)
    try:
        return _networks.format_network(_networks.parse_network(found[1])) if found else None
    except _networks.NetworkError:
        return None


def uncovered(networks: t.Iterable[str], addresses: t.Iterable[str]) -> list[str]:
    """Those that the kernel does not route to the interface already, having an address in a network around them."""
    around = [_networks.parse_interface(address).network for address in addresses]
    parsed = {network: _networks.parse_network(network) for network in networks}
    return [text for text, network in parsed.items() if not any(_networks.is_within(network, it) for it in around)]
