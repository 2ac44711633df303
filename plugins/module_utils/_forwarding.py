# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Settings of the host that a tunnel needs while it is up, as hooks that put back what was there before.

The host's own value is kept once under /run, with a mark for each tunnel that needs another: the last one to go
puts it back. What is kept there does not outlive a boot, and neither do the settings.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _policy

VERSIONS = (4, 6)
_FORWARDING = {4: "net/ipv4/ip_forward", 6: "net/ipv6/conf/all/forwarding"}
# What the kernel sets as well when that is written (net.ipv4 and net.ipv6, ip-sysctl.rst); interfaces have their own.
_FOLLOWING = {
    4: "/proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv4/conf/all/accept_redirects",
    6: "/proc/sys/net/ipv6/conf/*/forwarding",
}
_KEPT = "/run/vpn-wireguard"


@dataclasses.dataclass(frozen=True)
class Hooks:
    """Commands for wg-quick, one line each."""

    pre_up: list[str]
    post_up: list[str]
    post_down: list[str]


def guard(version: int) -> str:
    """What goes before a command: a kernel without IPv6 has no ip6tables, and nothing to filter."""
    return "[ ! -e /proc/sys/net/ipv6 ] || " if version == 6 else ""


def on(policy: _policy.Policy) -> list[str]:
    """Forwarding in the families that the policy lets through, and in the others as it was."""
    return [_switch_on(version) if _policy.forwards(policy, version) else _switch_off(version) for version in VERSIONS]


def off() -> list[str]:
    """Forwarding as it was, unless another tunnel needs it."""
    return [_switch_off(version) for version in VERSIONS]


def keep(version: int, what: str, read: str, write: str) -> str:
    """A hook that keeps what ``read`` prints, and marks this tunnel, before it runs ``write``."""
    kept = f"{_KEPT}/{what}-ipv{version}"
    return (
        f"{guard(version)}{{ mkdir -p {kept} && {{ [ -e {kept}/was ] || {read} >{kept}/was; }}"
        f" && : >{kept}/for-%i && {{ {write}; }}; }}"
    )


def put_back(version: int, what: str, write: str) -> str:
    """A hook that runs ``write``, which reads ``was``, when this tunnel was the last with a mark; it cannot fail."""
    kept = f"{_KEPT}/{what}-ipv{version}"
    return (
        f"{{ rm {kept}/for-%i && ! ls {kept}/for-* && {{ {write.replace('WAS', f'{kept}/was')}; }}"
        f" && rm -r {kept}; }} >/dev/null 2>&1 || true"
    )


def marks(interface: str) -> str:
    """The pattern of the files that mark what is kept for a tunnel."""
    return f"{_KEPT}/*/for-{interface}"


def _switch_on(version: int) -> str:
    switch = f"/proc/sys/{_FORWARDING[version]}"
    # grep tells of the files that are there, and fails if one is missing.
    read = f"{{ grep -Hs . {switch} {_FOLLOWING[version]}; true; }}"
    return keep(version, "forwarding", read, f"grep -qx 1 {switch} || echo 1 >{switch}")


def _switch_off(version: int) -> str:
    # The first line is the switch itself; those that the kernel changed with it come after it. An interface may be gone.
    write = "while IFS=: read -r f v; do [ ! -e $f ] || echo $v | cmp -s - $f || echo $v >$f; done <WAS"
    return put_back(version, "forwarding", write)


def switches(post_up: t.Iterable[str]) -> list[str]:
    """The files of those switches that hooks of this module turn on."""
    return [
        f"/proc/sys/{path}" for hook in post_up for path in _FORWARDING.values() if f"echo 1 >/proc/sys/{path};" in hook
    ]
