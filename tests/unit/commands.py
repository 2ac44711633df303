# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the commands of a host."""

from __future__ import annotations

from ansible_collections.vpn.wireguard.plugins.module_utils import _commands


class Commands:
    """Stands for AnsibleModule.run_command: answers as told and remembers what was asked."""

    def __init__(self, *answers: tuple[int, str, str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[list[str], str | None]] = []

    def __call__(self, command: list[str], data: str | None = None, **more: object) -> tuple[int, str, str]:
        assert more == {"binary_data": True, "environ_update": _commands.ENVIRONMENT, "handle_exceptions": False}
        self.asked.append((command, data))
        return self.answers.pop(0) if self.answers else (0, "", "")
