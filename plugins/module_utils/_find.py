# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What there is of an interface on the host: file, device, rules, units."""

from __future__ import annotations

import os

from ansible_collections.vpn.wireguard.plugins.module_utils import (
    _config,
    _expiry,
    _files,
    _forwarding,
    _host,
    _iptables,
    _nftables,
    _plan,
    _saved,
    _starter,
    _units,
)


def find(host: _host.Host, name: str, frontend: bool = False) -> _plan.Found:
    """The state of an interface on the host, and of the host's own ``frontend`` to its firewall. Raises HostError."""
    text = _files.read_text(_files.config_path(name))
    config = _parse_or_none(text)
    device = host.device(name, config.interface.table if config else None)
    gone = device is not None and config is not None and _rules_gone(host, name, config)
    return _plan.Found(
        text=text,
        config=config,
        device=device,
        enabled=host.is_enabled(name),
        rules_gone=gone,
        rules_left=device is None and config is not None and _rules_left(host, name, config),
        managed=text is None or _config.is_managed(text),
        directory=os.path.isdir(_files.state_directory(name)),
        frontend=host.frontend(name) if frontend else None,
        timer=_expiry.find(host, name),
        starter=_units.find(_starter.files(name)),
    )


def _rules_gone(host: _host.Host, name: str, config: _config.Config) -> bool:
    """Whether rules that the file's hooks put in place are not there, or forwarding that they switched on is off."""
    expected = _saved.expected(config.interface.post_up, name)
    if any((_files.read_text(path) or "").strip() != "1" for path in expected.switches):
        return True
    saved = {version: host.saved_rules(version) for version in expected.rules}
    if any(_saved.differ(expected.rules[version], text) for version, text in saved.items() if text is not None):
        return True
    return _table_gone(host, name, config)


def _table_gone(host: _host.Host, name: str, config: _config.Config) -> bool:
    text, table = _nftables.expected(config.interface.post_up, name), _nftables.TABLE.replace("%i", name)
    if text is None:
        return False
    listed, made = host.listed_table(table), host.made_table(text, table)
    # Where nothing can be made to compare with, the table's being there has to do.
    return listed is None or (made is not None and _nftables.differ(listed, made))


def _rules_left(host: _host.Host, name: str, config: _config.Config) -> bool:
    """Whether there is anything that the file's PostDown would remove, had it run."""
    if _forwarding.off()[0] not in config.interface.post_down:
        return False
    chain, table = _iptables.CHAINS["FORWARD"][1], _nftables.TABLE
    return host.has_leftovers(_forwarding.marks(name), chain.replace("%i", name), table.replace("%i", name))


def _parse_or_none(text: str | None) -> _config.Config | None:
    if text is None:
        return None
    try:
        return _config.parse(text)
    except _config.ConfigError:
        return None
