# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs in a mount and a network namespace of their own, with an empty /run: nothing of this host is touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping


def run(*command: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command there. It may be root there also where the caller is not, as far as the kernel lets users be."""
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    made = ["unshare", *as_root, "--mount", "--net", "bash", "-c", 'mount -t tmpfs none /run && exec "$@"', "bash"]
    return subprocess.run(
        [*made, *command], env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False, timeout=60
    )
