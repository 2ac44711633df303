# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""A quick way up at boot for a hub with many peers.

wg-quick goes through its file line by line, with patterns of bash: half a millisecond for each peer, where wg itself reads
a thousand of them in a few. So systemd gives wg-quick the file up to its first peer, and a hook that has wg read the rest. The
file stays one, and what else reads it finds all peers in it: wg-quick by hand, and a reload, which takes away what is
not in the file.
"""

from __future__ import annotations

from ansible_collections.vpn.wireguard.plugins.module_utils import _config, _host, _units

MANY = 100
"""From so many peers on it is worth two more files: 50 ms."""

# Without Table = off, wg-quick looks for the routes of peers before it runs the hook. The profile that AppArmor has for
# wg-quick lets it read below /etc/wireguard, and use what bash has itself.
_SCRIPT = """\
# Bring up an interface by the part of its file that wg-quick needs. Usage: bash start.sh INTERFACE
set -eu
umask 077
whole=/etc/wireguard/$1.conf part={directory}/start/$1.conf
grep -q '^Table = off$' "$whole" || exec wg-quick up "$1"
trap 'rm -rf "${{part%/*}}"' EXIT
mkdir -p "${{part%/*}}"
while read -r line && [ "$line" != '[Peer]' ]; do
  printf '%s\\n' "$line"
  [ "$line" != '[Interface]' ] || cat <<'HOOK'
PostUp = {{ while read -r line && [ "$line" != '[Peer]' ]; do :; done; echo '[Peer]'; cat; }} </etc/wireguard/%i.conf | wg addconf %i /dev/stdin
HOOK
done <"$whole" >"$part"
wg-quick up "$part"
"""
_DROP_IN = """\
[Service]
ExecStart=
ExecStart=/bin/bash {script} %i
"""


def wanted(config: _config.Config) -> bool:
    """Whether there are peers enough in the file, and routes are no affair of wg-quick's."""
    return len(config.peers) >= MANY and config.interface.table == "off"


def files(interface: str) -> dict[str, str]:
    """All files by path."""
    directory = _host.state_directory(interface)
    script = f"{directory}/start.sh"
    return {
        script: _units.HEAD + _SCRIPT.format(directory=directory),
        f"{_units.DIRECTORY}/{_host.unit(interface)}.d/vpn-wireguard.conf": _units.HEAD
        + _DROP_IN.format(script=script),
    }
