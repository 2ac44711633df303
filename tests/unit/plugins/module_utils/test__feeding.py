# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many lines for one command, by hooks that wg-quick reads in a moment."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _feeding
from ansible_collections.vpn.wireguard.tests.unit import namespace

LINES = {
    "few": ["*filter", 'it\'s a "line" of $HOME', "COMMIT"],
    "many": [
        "*filter",
        *(f"-A CHAIN -s 10.0.{n // 256}.{n % 256}/32 -m comment 'x' -j DROP" for n in range(3000)),
        "COMMIT",
    ],
}


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("guard", ["", "[ ! -e /proc/version ] || "])
def test_a_command_gets_all_lines_at_once(name: str, guard: str, tmp_path: Path) -> None:
    got = tmp_path / "got"
    command = tmp_path / "feast"
    command.write_text(f"#!/bin/sh\ncat >>{shlex.quote(str(got))}\necho end >>{shlex.quote(str(got))}\n")
    command.chmod(0o755)
    hooks = _feeding.feed(LINES[name], "feast -w 5", "filter4", guard)
    assert max(map(len, hooks)) < 600
    assert len(hooks) > 1 if name == "many" else len(hooks) == 1
    # Twice: what the first time left behind would show.
    script = tmp_path / "script"
    script.write_text("".join(f"{hook.replace('%i', 'wg0')}\n" for hook in [*hooks, *hooks]))
    done = namespace.run("bash", "-ec", f"PATH=$PATH:{tmp_path}; . {script}; find /run -type f")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert got.read_text().splitlines() == [*LINES[name], "end"] * 2
    assert list(_feeding.fed(["echo hello", *hooks, "echo | cat"])) == [("feast -w 5", LINES[name])]


def test_what_a_killed_hook_gathered_is_removed() -> None:
    hooks = _feeding.feed(LINES["many"], "cat", "filter4")
    script = "\n".join([*hooks[:4], "ls /run/vpn-wireguard/rules-%i", _feeding.forget(), _feeding.forget()])
    done = namespace.run("bash", "-ec", f"{script}\nls /run/vpn-wireguard".replace("%i", "wg0"))
    assert (done.returncode, done.stdout) == (0, "filter4\n")
