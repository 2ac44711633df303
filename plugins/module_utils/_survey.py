# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What a host can do, whatever its tunnels are."""

from __future__ import annotations

import json
import os
import re
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _commands, _frontend


class Survey(_commands.Commands):
    """Questions to a host; none changes anything."""

    def frontend_name(self) -> str | None:
        """Which of ufw and firewalld runs, if any."""
        if _commands.has_tool("ufw") and self.attempt("ufw", "status")[1].startswith("Status: active"):
            return _frontend.Ufw.name
        return (
            _frontend.Firewalld.name
            if _commands.has_tool("firewall-cmd") and self.succeeds("firewall-cmd", "--state")
            else None
        )

    def has_iptables_rules(self) -> bool:
        """Whether iptables has any rule, or a policy other than ACCEPT, in either family."""
        return bool(re.search(r"^(-A |:[A-Z]+ (?!ACCEPT|-))", self.all_saved_rules(), re.MULTILINE))

    def all_saved_rules(self) -> str:
        """All rules of iptables in both families, as far as there are the programs to tell them."""
        tools = [tool for tool in ("iptables-save", "ip6tables-save") if _commands.has_tool(tool)]
        return "\n".join(self.attempt(tool)[1] for tool in tools)

    def has_kernel_support(self) -> bool:
        """Whether this kernel knows WireGuard, as a loaded module or as one that can be loaded; loads nothing."""
        return os.path.exists("/sys/module/wireguard") or (
            _commands.has_tool("modprobe") and self.succeeds("modprobe", "--dry-run", "--quiet", "wireguard")
        )

    def default_route(self, version: int) -> dict[str, str] | None:
        """Interface of the default route with the lowest metric; None without one."""
        routes = self._json("ip", f"-{version}", "-json", "route", "show", "default")
        routes = sorted((route for route in routes if route.get("dev")), key=lambda route: int(route.get("metric", 0)))
        return {"interface": str(routes[0]["dev"])} if routes else None

    def _json(self, *command: str) -> list[dict[str, t.Any]]:
        output = self.run(*command).strip()
        return json.loads(output) if output else []


def has_systemd() -> bool:
    """Whether systemd runs this host (sd_booted(3))."""
    return os.path.isdir("/run/systemd/system")
