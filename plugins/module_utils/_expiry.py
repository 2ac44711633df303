# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""The timer that shuts out peers whose time is over (_expire.py): on the host while any peer has a date."""

from __future__ import annotations

import sys
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _expire, _files, _host, _units

SECONDS = 30
"""Between two looks at the clock: how long a peer may be let in after its time, at most."""

_SERVICE = """\
[Unit]
Description=Shut out the peers of {interface} that have expired
ConditionPathExists=/etc/wireguard/{interface}/peers.json

[Service]
Type=oneshot
ExecStart={python} -I {script} {interface}
# Who was shut out is worth a line of the journal, and that it was looked at is not.
SyslogLevel=notice
LogLevelMax=notice
"""
_TIMER = """\
[Unit]
Description=Shut out the peers of {interface} that have expired

[Timer]
OnBootSec=0
OnUnitActiveSec={seconds}
AccuracySec=1

[Install]
WantedBy=timers.target
"""


def timer(interface: str) -> str:
    """The name of the timer's unit."""
    return f"{_name(interface)}.timer"


def files(interface: str) -> dict[str, str]:
    """All files by path."""
    script = f"{_files.state_directory(interface)}/expire.py"
    words = {"interface": interface, "python": sys.executable, "script": script, "seconds": SECONDS}
    return {
        script: _source(),
        f"{_units.DIRECTORY}/{_name(interface)}.service": _units.HEAD + _SERVICE.format(**words),
        f"{_units.DIRECTORY}/{timer(interface)}": _units.HEAD + _TIMER.format(**words),
    }


def find(host: _host.Host, interface: str) -> bool | None:
    """Whether the timer is there and right: True, False where there is nothing of it, None for something else."""
    there = _units.find(files(interface))
    return None if there and not host.is_active(timer(interface)) else there


def install(host: _host.Host, interface: str) -> None:
    """Put the files there and start the timer, now and at each boot. Raises HostError."""
    _units.install(host, files(interface))
    host.run("systemctl", "enable", "--quiet", timer(interface))
    # A timer that runs already would go on with its old settings.
    host.run("systemctl", "restart", timer(interface))


def remove(host: _host.Host, interface: str) -> None:
    """Stop the timer and remove its files."""
    host.succeeds("systemctl", "disable", "--quiet", "--now", timer(interface))
    _units.remove(host, files(interface))


def _name(interface: str) -> str:
    return f"vpn-wireguard-expire-{interface}"


def _source() -> str:
    """The text of _expire.py. Ansible has put it into an archive with all that is imported, so it is imported here."""
    loader: t.Any = getattr(_expire.__spec__, "loader", None)
    return str(loader.get_source(_expire.__name__))
