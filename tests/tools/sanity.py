# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``ansible-test sanity`` on a copy of the checkout.

Usage: ``.venv/bin/python tests/tools/sanity.py [ARGUMENTS FOR ansible-test sanity]``

ansible-test wants a checkout that lies at ``ansible_collections/vpn/wireguard``. The copy holds what
git tracks or would track, so that files that are not yet committed are checked as well.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
WORK = VENV / "sanity"
HOME = WORK / "home"
COPY = WORK / "ansible_collections" / "vpn" / "wireguard"

# The release that get_venv_packages() of ansible-test's python_requirements.py names; it asks for the script of that one.
PIP_RELEASE = "24.2"

# ansible-test fills its virtual environments with a get-pip.py from a host of its own, which is often out of reach
# where packages come from a mirror. It takes a script saved in its cache instead. This one does what get-pip.py does,
# with the same pip release taken from the package index: get-pip.py carries that wheel inside itself.
GET_PIP = """\
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.environ["GET_PIP"]), "{wheel}"))

from pip._internal.cli.main import main

# Options of get-pip.py, not of pip: pip by itself installs neither.
options = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
sys.exit(main(["install", "--upgrade", "--force-reinstall", *options]))
"""


def save_get_pip() -> None:
    """Save the pip wheel and the script that runs it where ansible-test looks for get-pip.py."""
    cache = HOME / ".ansible" / "test" / "cache"
    script = cache / f"get_pip_{PIP_RELEASE.replace('.', '_')}.py"
    if script.exists():
        return
    cache.mkdir(parents=True, exist_ok=True)
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*download, "--dest", str(cache), f"pip=={PIP_RELEASE}"], check=True)
    wheel = next(cache.glob(f"pip-{PIP_RELEASE}-*.whl"))
    script.write_text(GET_PIP.format(wheel=wheel.name))


def keep_pip_settings() -> None:
    """Let pip see the user's own settings and cache under the other home: mirrors and certificates are named there."""
    for name in (".config/pip", ".pip", ".cache/pip"):
        theirs, ours = Path.home() / name, HOME / name
        if theirs.is_dir() and not ours.exists():
            ours.parent.mkdir(parents=True, exist_ok=True)
            ours.symlink_to(theirs)


def copy_checkout() -> None:
    """Replace the copy with the files of the checkout that git tracks or does not ignore."""
    shutil.rmtree(COPY, ignore_errors=True)
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listing.stdout.split("\0")):
        source, target = ROOT / name, COPY / name
        if source.is_symlink() or source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    # ansible-test asks git for the files: a repository of its own keeps it from the .gitignore around the copy.
    subprocess.run(["git", "init", "--quiet"], cwd=COPY, check=True)


def search_path() -> str:
    """Return a PATH in which every Python that pyenv holds is a real program.

    ansible-test compiles and imports the plugins with each Python it finds. pyenv's shims are found too,
    but end with "command not found" for versions that are not switched on.
    """
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep) if Path(folder).name != "shims"]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return os.pathsep.join(folders + [str(folder) for folder in sorted(pyenv.glob("versions/*/bin"))])


def main() -> int:
    """Make the copy, run ansible-test in it and return its exit status."""
    save_get_pip()
    keep_pip_settings()
    copy_checkout()
    command = [str(VENV / "bin" / "ansible-test"), "sanity", "--local", "--color", "no", *sys.argv[1:]]
    environment = {**os.environ, "HOME": str(HOME), "PATH": search_path()}
    return subprocess.run(command, cwd=COPY, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
