# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""The host's own firewall, where it is firewalld or ufw: the commands by which it admits a tunnel, and takes it back.

Both keep their rules themselves, across reloads and boots. What is ours bears a mark: a comment in ufw, the name of
a service in firewalld. What was admitted already is left alone, and stays when the tunnel goes.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

Command = t.Tuple[str, ...]

# firewalld's zone for what may go anywhere; the tunnel's own rules say where that is.
ZONE = "trusted"


@dataclasses.dataclass(frozen=True)
class Ufw:
    """ufw as it is: ``added`` is the output of ``ufw show added``."""

    added: str = ""
    name: t.ClassVar[str] = "ufw"

    def commands(self, interface: str, port: int | None) -> list[Command]:
        """What admits UDP ``port`` and what the tunnel's packets are forwarded for; without a port, takes it back."""
        mark = f"vpn.wireguard {interface}"
        rules = [_UFW_RULE.fullmatch(line) for line in self.added.splitlines()]
        there = {match[1]: match[2] for match in rules if match}
        wanted = [f"allow {port}/udp", f"route allow in on {interface}"] if port else []
        old = [rule for rule, comment in there.items() if comment == mark and rule not in wanted]
        new = [rule for rule in wanted if rule not in there]
        return [_ufw_delete(rule) for rule in old] + [("ufw", *rule.split(), "comment", mark) for rule in new]


@dataclasses.dataclass(frozen=True)
class Firewalld:
    """firewalld as it is, for one tunnel: ``zone`` is where packets for the hub come in.

    ``service`` are the ports of our service (None without it), ``ports`` the open ones now, each as ``51820/udp``;
    ``serves`` and ``serves_now`` whether the zone has the service, ``trusts`` and ``trusts_now`` whether the interface is in ZONE.
    """

    zone: str
    service: tuple[str, ...] | None = None
    ports: tuple[str, ...] = ()
    serves: bool = False
    serves_now: bool = False
    trusts: bool = False
    trusts_now: bool = False
    name: t.ClassVar[str] = "firewalld"

    def commands(self, interface: str, port: int | None) -> list[Command]:
        """As those of ufw: for good with ``--permanent``, and at once, without a reload that would drop what others set."""
        words = self._admit(interface, f"{port}/udp") if port else self._withdraw(interface)
        return [("firewall-cmd", *word.split()) for word in words]

    def _admit(self, interface: str, port: str) -> list[str]:
        name = service(interface)
        stale = [item for item in self.service or () if item != port]
        words = [] if self.service is not None else [f"--permanent --new-service={name}"]
        words += [f"--permanent --service={name} --remove-port={item}" for item in stale]
        words += [f"--zone={self.zone} --remove-port={item}" for item in stale if item in self.ports]
        words += [] if port in (self.service or ()) else [f"--permanent --service={name} --add-port={port}"]
        words += [] if self.serves else [f"--permanent --zone={self.zone} --add-service={name}"]
        # The new service is not known before a reload, so that for now its port stands for it.
        open_now = port in self.ports or (self.serves_now and not stale)
        words += [] if open_now else [f"--zone={self.zone} --add-port={port}"]
        words += [] if self.trusts else [f"--permanent --zone={ZONE} --add-interface={interface}"]
        return words + ([] if self.trusts_now else [f"--zone={ZONE} --change-interface={interface}"])

    def _withdraw(self, interface: str) -> list[str]:
        if self.service is None:
            return []
        name = service(interface)
        words = [f"--zone={self.zone} --remove-port={item}" for item in self.service if item in self.ports]
        words += [f"--zone={self.zone} --remove-service={name}"] if self.serves_now else []
        words += [f"--permanent --zone={self.zone} --remove-service={name}"] if self.serves else []
        words += [f"--zone={ZONE} --remove-interface={interface}"] if self.trusts_now else []
        words += [f"--permanent --zone={ZONE} --remove-interface={interface}"] if self.trusts else []
        return [*words, f"--permanent --delete-service={name}"]


Frontend = t.Union[Ufw, Firewalld]

# As ufw prints a rule that it keeps, with its comment if it has one.
_UFW_RULE = re.compile(r"ufw (.*?)(?: comment '(.*)')?")


def service(interface: str) -> str:
    """The name of firewalld's service for a tunnel."""
    return f"vpn-wireguard-{interface}"


def _ufw_delete(rule: str) -> Command:
    words = rule.split()
    # ufw(8): the word goes behind "route".
    return ("ufw", "route", "delete", *words[1:]) if words[0] == "route" else ("ufw", "delete", *words)


def backend(tools: t.Mapping[str, bool], frontend: str | None, iptables_rules: bool) -> str:
    """The better of iptables and nftables for a host: what a table of nftables accepts, rules of iptables still drop.

    ``iptables_rules`` says whether iptables has any rule, or a policy that drops.
    """
    if frontend == Firewalld.name:
        return "nftables"
    if iptables_rules or (tools["iptables-restore"] and not tools["nft"]):
        return "iptables"
    return "nftables"
