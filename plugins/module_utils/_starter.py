# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""A quick way up at boot for a hub with many peers.

wg-quick goes through its file line by line, with patterns of bash: half a millisecond for each peer, where wg itself reads
a thousand of them in a few. So systemd gives wg-quick the file up to its first peer, and has wg read the rest while wg-quick
goes on with the rules. The file stays one, and what else reads it finds all peers in it: wg-quick by hand, and a reload,
which takes away what is not in the file.
"""

from __future__ import annotations

from ansible_collections.vpn.wireguard.plugins.module_utils import _config, _files, _host, _units

MANY = 100
"""From so many peers on it is worth two more files: 50 ms."""

# Without Table = off, wg-quick looks for the routes of peers, which are not there yet. The hook runs once the device has its
# key; what AppArmor knows of wg-quick lets it write below /etc/wireguard.
_SCRIPT = """\
# Bring up an interface by the part of its file that wg-quick needs. Usage: bash start.sh INTERFACE
set -eu
umask 077
whole=/etc/wireguard/$1.conf
place={directory}/start
part=$place/$1.conf
grep -q '^Table = off$' "$whole" || exec wg-quick up "$1"
trap 'rm -rf "$place"' EXIT
rm -rf "$place"
mkdir "$place"
mkfifo "$place/begin"

head() {{
  while read -r line && [ "$line" != '[Peer]' ]; do
    printf '%s\\n' "$line"
    [ "$line" != '[Interface]' ] || echo "PostUp = echo >$place/begin"
  done
}}

peers() {{
  while read -r line && [ "$line" != '[Peer]' ]; do :; done
  echo '[Peer]'
  cat
}}

head <"$whole" >"$part"
{{ read -r <"$place/begin"; peers <"$whole" | wg addconf "$1" /dev/stdin; }} &
if ! wg-quick up "$part"; then
  kill $!
  exit 1
fi
if ! wait $!; then
  wg-quick down "$1"
  exit 1
fi
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
    directory = _files.state_directory(interface)
    script = f"{directory}/start.sh"
    return {
        script: _units.HEAD + _SCRIPT.format(directory=directory),
        f"{_units.DIRECTORY}/{_host.unit(interface)}.d/vpn-wireguard.conf": _units.HEAD
        + _DROP_IN.format(script=script),
    }
