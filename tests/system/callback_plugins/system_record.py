# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: system_record
type: aggregate
short_description: Write each result of a run to a file, one JSON object a line
description:
  - For the system tests. The file is named by the variable WG_SYSTEM_RECORD.
"""


class CallbackModule(CallbackBase):
    """What happened on which host, as data."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "system_record"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._path = Path(os.environ["WG_SYSTEM_RECORD"])
        self._play = ""

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        self._play = play.get_name()

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._write("ok", result)

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._write("skipped", result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._write("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._write("unreachable", result)

    def _write(self, status: str, result: t.Any) -> None:
        line = {
            "play": self._play,
            "host": result._host.get_name(),
            "task": result._task.get_name(),
            "action": result._task.action,
            "status": status,
            "result": result._result,
        }
        # Whatever else is in a result, such as a lazy template, is told as text.
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, default=str) + "\n")
