# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What a host can do, as data."""

from __future__ import annotations

import importlib.util
import os
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _commands, _frontend, _survey

TOOLS = (
    "wg",
    "wg-quick",
    "wireguard-go",
    "ip",
    "iptables",
    "iptables-restore",
    "ip6tables-restore",
    "nft",
    "resolvconf",
    "resolvectl",
    "sysctl",
    "ping",
    "qrencode",
)
# Package managers in the order in which a host that has several prefers them.
PACKAGE_MANAGERS = {"apt-get": "apt", "dnf": "dnf", "zypper": "zypper", "pacman": "pacman", "apk": "apk", "yum": "yum"}


def capabilities(host: _survey.Survey) -> dict[str, t.Any]:
    """What the roles need to know before they change anything."""
    tools = {tool: _commands.has_tool(tool) for tool in TOOLS}
    managers = [manager for command, manager in PACKAGE_MANAGERS.items() if _commands.has_tool(command)]
    return {
        "tools": {**tools, "cryptography": importlib.util.find_spec("cryptography") is not None},
        "kernel": host.has_kernel_support(),
        "systemd": _survey.has_systemd(),
        "resolved": os.path.isdir("/run/systemd/resolve"),
        "ipv6": os.path.exists("/proc/net/if_inet6"),
        "links": sorted(os.listdir("/sys/class/net")),
        "firewall": firewall(host, tools),
        "package_manager": managers[0] if managers else None,
        "uplinks": {str(version): host.default_route(version) for version in (4, 6)} if tools["ip"] else {},
    }


def firewall(host: _survey.Survey, tools: t.Mapping[str, bool]) -> dict[str, t.Any]:
    """The host's own firewall, if it runs one, and which of iptables and nftables is the better one here."""
    name = host.frontend_name()
    return {"frontend": name, "backend": _frontend.backend(tools, name, host.has_iptables_rules())}
