# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Hooks of this collection against what iptables-save prints: which rules are gone, changed or doubled."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _feeding, _forwarding, _iptables

_RESTORE = {f"{tool}-restore": version for version, tool in _iptables.TOOLS.items()}


@dataclasses.dataclass(frozen=True)
class Expected:
    """What hooks of this module leave on a host: rules in iptables-save's form by IP version, files that hold 1."""

    rules: dict[int, list[str]]
    switches: list[str]


def expected(post_up: t.Sequence[str], interface: str) -> Expected:
    """Read back from hooks what they put in place. Hooks of another make are passed over."""
    found: dict[int, list[str]] = {}
    hooks = [hook.replace("%i", interface) for hook in post_up]
    for command, lines in _feeding.fed(hooks):
        if command.partition(" ")[0] in _RESTORE:
            rules = found.setdefault(_RESTORE[command.partition(" ")[0]], [])
            rules.extend(line for line in lines if line.startswith("-A "))
    for hook in hooks:
        jump = re.search(r" -I (\w+) 1 -j (\S+)$", hook)
        policy = re.search(r" -P FORWARD (DROP|ACCEPT);", hook)
        version = 6 if "ip6tables" in hook else 4
        if jump:
            found.setdefault(version, []).append(f"-A {jump[1]} -j {jump[2]}")
        elif policy:
            found.setdefault(version, []).append(f":FORWARD {policy[1]}")
    return Expected(found, _forwarding.switches(post_up))


def differ(rules_wanted: t.Sequence[str], saved: str) -> bool:
    """Whether, by the output of iptables-save, a jump is missing or doubled, or a chain of the tunnel has other rules.

    iptables-save orders the words of a rule in its own way, so words are compared without their order.
    """
    if any(not _has_policy(line, saved) for line in rules_wanted if line.startswith(":")):
        return True
    wanted, there = _by_chain(rules_wanted), _by_chain(saved.splitlines())
    jumps = [(chain, words) for chain, rules in wanted.items() if not chain.startswith("WG-") for words in rules]
    if any(there.get(chain, []).count(words) != 1 for chain, words in jumps):
        return True
    own = {word for _chain, words in jumps for word in words if word.startswith("WG-")} | wanted.keys()
    return any(wanted.get(chain, []) != there.get(chain, []) for chain in own if chain.startswith("WG-"))


def surplus(rules_wanted: t.Sequence[str], saved: str, version: int) -> list[list[str]]:
    """The commands that take away jumps which are there more than once, by the output of iptables-save.

    Hooks make no second jump, but others do, such as a restored copy of all rules. The last one stays.
    """
    there = _by_chain(saved.splitlines())
    commands = []
    for chain, rules in _by_chain(rules_wanted).items():
        for words in rules if chain in _iptables.CHAINS else ():
            target = next(word for word in words if word.startswith("WG-"))
            command = [_iptables.TOOLS[version], "-w", "5", "-t", _iptables.CHAINS[chain][0], "-D", chain, "-j", target]
            commands += [command] * (there.get(chain, []).count(words) - 1)
    return commands


def _has_policy(line: str, saved: str) -> bool:
    """Whether the table that filters has that policy; others have chains of the same name."""
    table = saved.partition("*filter\n")[2].partition("\nCOMMIT")[0]
    return any(other.startswith(f"{line} ") for other in table.splitlines())


def _by_chain(lines: t.Iterable[str]) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for line in lines:
        words = line.split()
        if words[:1] == ["-A"]:
            found.setdefault(words[1], []).append(sorted(words))
    return found
