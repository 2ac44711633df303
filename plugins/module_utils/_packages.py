# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Which packages bring the commands that a host lacks."""

from __future__ import annotations

import typing as t

# command -> package, by package manager; "*" is for all that are not named.
_PACKAGES: dict[str, dict[str, str]] = {
    "wg": {"*": "wireguard-tools"},
    "wg-quick": {"*": "wireguard-tools", "apk": "wireguard-tools-wg-quick"},
    "wireguard-go": {"*": "wireguard-go"},
    "ip": {"*": "iproute2", "dnf": "iproute", "yum": "iproute"},
    "iptables-restore": {"*": "iptables", "dnf": "iptables-nft", "pacman": "iptables-nft"},
    "ip6tables-restore": {"*": "iptables", "dnf": "iptables-nft", "pacman": "iptables-nft", "apk": "ip6tables"},
    "nft": {"*": "nftables"},
    # Not a command: the Python package, for the Python that runs the modules.
    "cryptography": {"*": "python3-cryptography", "apk": "py3-cryptography", "pacman": "python-cryptography"},
    "resolvconf": {"*": "openresolv"},
    "sysctl": {"*": "procps", "dnf": "procps-ng", "yum": "procps-ng", "pacman": "procps-ng"},
    "qrencode": {"*": "qrencode", "apk": "libqrencode-tools"},
    "ping": {"*": "iputils", "apt": "iputils-ping"},
}


def missing(needed: t.Iterable[str], host: t.Mapping[str, t.Any]) -> list[str]:
    """Packages for the commands in ``needed`` that ``host`` (``host`` of M(vpn.wireguard.wg_info)) lacks.

    Raises ValueError where something is missing and there is no package manager that is known.
    """
    lacking = [command for command in needed if not host["tools"][command]]
    manager = host["package_manager"]
    if lacking and manager is None:
        raise ValueError(
            f"{', '.join(lacking)} missing, and this host has no package manager that is known; install them by hand"
        )
    return sorted({_PACKAGES[command].get(manager, _PACKAGES[command]["*"]) for command in lacking})
