# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that is a directory, and runs of modules on it."""

from __future__ import annotations

import contextlib
import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.vpn.wireguard.plugins.module_utils import _commands, _files, _survey
from ansible_collections.vpn.wireguard.tests.unit import samples

Run = Callable[..., dict[str, Any]]
SECRETS = [pair.private for pair in samples.PAIRS.values()] + [samples.PSK]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for /etc/wireguard, without tools, systemd and lock: nothing of this host is looked at."""

    @contextlib.contextmanager
    def lock(name: str, write: bool = True) -> Iterator[None]:
        locked.append((name, write))
        yield

    locked: list[tuple[str, bool]] = []
    monkeypatch.setattr(_files, "CONFIG_DIRECTORY", str(tmp_path / "etc"))
    monkeypatch.setattr(_files, "lock", lock)
    monkeypatch.setattr(_commands, "has_tool", lambda _name: False)
    monkeypatch.setattr(_survey, "has_systemd", lambda: False)
    return tmp_path


@pytest.fixture
def run(host: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a module with arguments; its result. No result and no line may hold a secret of the samples."""

    def run_module(name: str, /, *, check: bool = False, **arguments: Any) -> dict[str, Any]:
        module = importlib.import_module(f"ansible_collections.vpn.wireguard.plugins.modules.{name}")
        arguments |= {"_ansible_check_mode": check, "_ansible_diff": True, "_ansible_remote_tmp": str(host)}
        with patch_module_args(arguments), pytest.raises(SystemExit):
            module.main()
        output = capsys.readouterr().out
        result = json.loads(output)
        result.pop("invocation", None)
        assert [secret for secret in SECRETS if secret in json.dumps(result)] == []
        return result

    return run_module
