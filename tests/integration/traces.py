# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a firewall could leave behind on a host, as a value to compare."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.vpn.wireguard.tests.integration import hosts

SWITCHES = (
    "find /proc/sys/net/ipv4 /proc/sys/net/ipv6 ! -path '*/wg*'"
    r" '(' -name ip_forward -o -name '*forwarding' -o -name '*redirects' -o -name 'rp_filter' ')' -exec grep -H . '{}' +"
)
KEPT = 'for f in /run/vpn-wireguard/*/*; do [ ! -e "$f" ] || echo "$f: $(cat "$f")"; done'


def traces(host: hosts.Host) -> dict[str, Any]:
    """Rules and policies as each tool tells them, switches of the kernel, routing, and files kept between runs.

    A built-in chain that is empty and accepts is as good as none: looking at one makes it.
    """
    return {
        "iptables": _saved(host.run("iptables-save")),
        "ip6tables": _saved(host.run("ip6tables-save")),
        "nftables": _ruleset(host.run("nft", "--json", "list", "ruleset")),
        "switches": sorted(host.run("sh", "-c", SWITCHES).splitlines()),
        "routing": host.run("ip", "rule"),
        "kept": host.run("sh", "-c", KEPT),
    }


def _saved(text: str) -> dict[str, list[str]]:
    """The lines of iptables-save by table, without comments and counters."""
    tables: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in re.sub(r"\[\d+:\d+\]", "", text).splitlines():
        if line.startswith("*"):
            lines = tables.setdefault(line[1:], [])
        elif line != "COMMIT" and not line.startswith("#") and not line.endswith(" ACCEPT "):
            lines.append(line)
    return {name: lines for name, lines in tables.items() if lines}


def _ruleset(text: str) -> list[str]:
    """The objects of nftables without handles and counters; of the tables of iptables, none that is empty.

    Chains come in the order in which they were made, which says nothing; the order of rules is kept.
    """
    objects = [(kind, value) for item in json.loads(text)["nftables"] for kind, value in item.items()]
    kept = [_plain(value) for kind, value in objects if kind not in ("metainfo", "table") and not _is_empty(value)]
    tables = {(value["family"], value["table"]) for value in kept}
    bare = [value for kind, value in objects if kind == "table" and value["family"] == "inet"]
    kept += [_plain(value) for value in bare if (value["family"], value["name"]) not in tables]
    kept.sort(key=lambda value: (value["family"], value.get("table", ""), value.get("chain", value.get("name", ""))))
    return [json.dumps(value, sort_keys=True) for value in kept]


def _is_empty(value: Mapping[str, Any]) -> bool:
    return value.get("policy") == "accept" and value["family"] != "inet"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _plain(item) for key, item in value.items() if key not in ("handle", "counter", "packets", "bytes")
        }
    return [_plain(item) for item in value] if isinstance(value, list) else value
