# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""A policy for forwarded packets as iptables rules, and those as hooks of wg-quick.

The rules live in chains of their own, named after the interface, each reached by one jump. A hook fills
a chain in one transaction (``iptables-restore --noflush`` empties and fills it at once), so that running
it again changes nothing; hooks that remove go by the chain's name, so that they fit whatever was put there.
No policy of the host is touched. Everything of the tunnel that no rule admits is dropped, in both families.
"""

from __future__ import annotations

import dataclasses
import re
import shlex
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks

# Where clouds answer any guest with its credentials; a client must not get the hub's.
_METADATA = {4: "169.254.0.0/16", 6: "fd00:ec2::254/128"}
_TOOLS = {4: "iptables", 6: "ip6tables"}
# As iptables-save writes them: what it prints is compared with these lines. 5 and 137 are redirects (RFC 792, RFC 4861).
_REDIRECT = {4: "-p icmp -m icmp --icmp-type 5", 6: "-p ipv6-icmp -m icmp6 --icmpv6-type 137"}
_FORWARDING = {4: "net/ipv4/ip_forward", 6: "net/ipv6/conf/all/forwarding"}

# No wildcard ("eth+" is one to iptables), and nothing that ends a hook.
_LINK = re.compile(r"[a-zA-Z0-9_.@-]{1,15}")

# table -> (built-in chain, chain of the tunnel). %i is wg-quick's word for the interface's name.
_CHAINS = {
    "FORWARD": ("filter", "WG-F-%i"),
    "OUTPUT": ("filter", "WG-O-%i"),
    "POSTROUTING": ("nat", "WG-N-%i"),
}


@dataclasses.dataclass(frozen=True)
class Policy:
    """Who may reach whom. Networks are CIDR texts of both families.

    ``tunnel`` are the networks whose addresses clients have, with those that lie behind clients.
    """

    tunnel: t.Sequence[str]
    client_to_client: bool = False
    internet: bool = False
    lan_networks: t.Sequence[str] = ()
    uplinks: t.Mapping[int, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Hooks:
    """Commands for wg-quick, one line each."""

    post_up: list[str]
    post_down: list[str]


def hooks(policy: Policy) -> Hooks:
    """The hooks that put the policy in force with the interface, and take it away with it.

    Raises ValueError for an uplink that is no name of an interface, NetworkError for a text that is no network.
    """
    for link in policy.uplinks.values():
        if not _LINK.fullmatch(link):
            raise ValueError(f"uplink is {link!r}; a network interface of the hub is meant, such as eth0")
    versions = sorted(_TOOLS)
    up = [line for version in versions for line in _fill(version, rules(policy, version))]
    up += [line for version in versions for line in _jumps(version)]
    forwarded = [version for version in versions if _forwards(policy, version)]
    up += [_forward_on(version) if version in forwarded else _forward_off(version) for version in versions]
    # The jumps go last on the way up and the chains last on the way down: no packet meets half a policy.
    down = [_forward_off(version) for version in versions] + [line for version in versions for line in _remove(version)]
    return Hooks(up, down)


def rules(policy: Policy, version: int) -> dict[str, list[str]]:
    """The rules of one family, by built-in chain, each without its ``-A CHAIN``."""
    tunnel = _of_version(policy.tunnel, version)
    lans = _of_version(policy.lan_networks, version)
    uplink = policy.uplinks.get(version)
    forward = [f"-i %i -d {_METADATA[version]} -j DROP"]
    masquerade = []
    if policy.client_to_client:
        forward += [f"-i %i -o %i -s {source} -d {target} -j ACCEPT" for source in tunnel for target in tunnel]
    for source in tunnel:
        forward += [f"-i %i ! -o %i -s {source} -d {lan} -j ACCEPT" for lan in lans]
        masquerade += [f"! -o %i -s {source} -d {lan} -j MASQUERADE" for lan in lans]
        if policy.internet and uplink:
            forward.append(f"-i %i -o {uplink} -s {source} -j ACCEPT")
            masquerade.append(f"-o {uplink} -s {source} -j MASQUERADE")
    # Only replies come in from elsewhere; between clients the switch alone decides.
    forward.append("! -i %i -o %i -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
    forward += ["-i %i -j DROP", "-o %i -j DROP"]
    # A router that sends packets back out of the interface they came from tells the sender so; here that is by design.
    return {"FORWARD": forward, "OUTPUT": [f"-o %i {_REDIRECT[version]} -j DROP"], "POSTROUTING": masquerade}


@dataclasses.dataclass(frozen=True)
class Expected:
    """What hooks of this module leave on a host: rules in iptables-save's form by IP version, files that hold 1."""

    rules: dict[int, list[str]]
    switches: list[str]


def expected(post_up: t.Iterable[str], interface: str) -> Expected:
    """Read back from hooks what they put in place. Hooks of another make are passed over."""
    found: dict[int, list[str]] = {}
    switches = []
    for hook in post_up:
        line = hook.replace("%i", interface)
        version = 6 if "ip6tables" in line else 4
        filled = re.search(r"printf '%s\\n' (.*) \| ip6?tables-restore ", line)
        jump = re.search(r" -I (\w+) 1 -j (\S+)$", line)
        switch = re.search(r"echo 1 >(/proc/sys/\S+);", line)
        if filled:
            found.setdefault(version, []).extend(word for word in shlex.split(filled[1]) if word.startswith("-A "))
        elif jump:
            found.setdefault(version, []).append(f"-A {jump[1]} -j {jump[2]}")
        elif switch:
            switches.append(switch[1])
    return Expected(found, switches)


def differ(rules_wanted: t.Sequence[str], saved: str) -> bool:
    """Whether, by the output of iptables-save, a jump is missing or doubled, or a chain of the tunnel has other rules.

    iptables-save orders the words of a rule in its own way, so words are compared without their order.
    """
    wanted, there = _by_chain(rules_wanted), _by_chain(saved.splitlines())
    jumps = [(chain, words) for chain, rules in wanted.items() if not chain.startswith("WG-") for words in rules]
    if any(there.get(chain, []).count(words) != 1 for chain, words in jumps):
        return True
    own = {word for _chain, words in jumps for word in words if word.startswith("WG-")}
    return any(wanted.get(chain, []) != there.get(chain, []) for chain in own)


def surplus(rules_wanted: t.Sequence[str], saved: str, version: int) -> list[list[str]]:
    """The commands that take away jumps which are there more than once, by the output of iptables-save.

    Hooks make no second jump, but others do, such as a restored copy of all rules. The last one stays.
    """
    there = _by_chain(saved.splitlines())
    commands = []
    for chain, rules in _by_chain(rules_wanted).items():
        for words in rules if chain in _CHAINS else ():
            target = next(word for word in words if word.startswith("WG-"))
            command = [_TOOLS[version], "-w", "5", "-t", _CHAINS[chain][0], "-D", chain, "-j", target]
            commands += [command] * (there.get(chain, []).count(words) - 1)
    return commands


def _by_chain(lines: t.Iterable[str]) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for line in lines:
        words = line.split()
        if words[:1] == ["-A"]:
            found.setdefault(words[1], []).append(sorted(words))
    return found


def _of_version(networks: t.Iterable[str], version: int) -> list[str]:
    return [network for network in networks if _networks.parse_network(network).version == version]


def _forwards(policy: Policy, version: int) -> bool:
    has_clients = bool(_of_version(policy.tunnel, version))
    reaches = (
        policy.client_to_client
        or (policy.internet and version in policy.uplinks)
        or bool(_of_version(policy.lan_networks, version))
    )
    return has_clients and reaches


def _fill(version: int, by_chain: t.Mapping[str, list[str]]) -> list[str]:
    """One hook a table: all its chains are emptied and filled in one transaction."""
    tables: dict[str, list[str]] = {}
    for built_in, lines in by_chain.items():
        table, chain = _CHAINS[built_in]
        tables.setdefault(table, []).append(f":{chain} - [0:0]")
        tables[table] += [f"-A {chain} {line}" for line in lines]
    return [_restore(version, table, lines) for table, lines in sorted(tables.items(), reverse=True)]


def _restore(version: int, table: str, lines: list[str]) -> str:
    words = " ".join(shlex.quote(line) for line in [f"*{table}", *lines, "COMMIT"])
    return f"{_guard(version)}printf '%s\\n' {words} | {_TOOLS[version]}-restore -w 5 --noflush"


def _jumps(version: int) -> list[str]:
    """Position 1: behind a final REJECT of the host's own rules no packet would arrive."""
    tool = _TOOLS[version]
    return [
        f"{_guard(version)}{tool} -w 5 -t {table} -C {built_in} -j {chain} 2>/dev/null || {tool} -w 5 -t {table} -I {built_in} 1 -j {chain}"
        for built_in, (table, chain) in _CHAINS.items()
    ]


def _remove(version: int) -> list[str]:
    """Each part may fail: what is gone already must not keep the rest (wg-quick runs hooks with ``set -e``)."""
    tool = _TOOLS[version]
    return [
        f"{{ while {tool} -w 5 -t {table} -D {built_in} -j {chain}; do :; done;"
        f" {tool} -w 5 -t {table} -F {chain}; {tool} -w 5 -t {table} -X {chain}; }} 2>/dev/null || true"
        for built_in, (table, chain) in _CHAINS.items()
    ]


def _guard(version: int) -> str:
    """A kernel without IPv6 has no ip6tables, and nothing to filter."""
    return "[ ! -e /proc/sys/net/ipv6 ] || " if version == 6 else ""


def _forward_on(version: int) -> str:
    """Forwarding on, with the value it had kept once for all tunnels of the host, and this one as a user of it."""
    name = _FORWARDING[version]
    kept = _kept(version)
    return (
        f"{_guard(version)}{{ mkdir -p {kept} && {{ [ -e {kept}/was ] || cat /proc/sys/{name} >{kept}/was; }}"
        f" && : >{kept}/for-%i && {{ grep -qx 1 /proc/sys/{name} || echo 1 >/proc/sys/{name}; }}; }}"
    )


def _forward_off(version: int) -> str:
    """The last tunnel that needed forwarding puts the host's own value back."""
    name = _FORWARDING[version]
    kept = _kept(version)
    return (
        f"{{ rm {kept}/for-%i && ! ls {kept}/for-* && {{ cmp -s {kept}/was /proc/sys/{name} || cat {kept}/was >/proc/sys/{name}; }}"
        f" && rm -r {kept}; }} >/dev/null 2>&1 || true"
    )


def _kept(version: int) -> str:
    return f"/run/vpn-wireguard/forwarding-ipv{version}"
