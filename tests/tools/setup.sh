#!/usr/bin/env bash
# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Makes .venv with the pinned Python packages and the collection tree. `make setup` calls it
# when a requirements file is newer than the last setup; running it again does no harm.

set -euo pipefail

python=${1:-python3}
oldest='3.11'
root=$(cd "$(dirname "$0")/../.." && pwd)
venv="$root/.venv"

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

check_python() {
    command -v "$python" >/dev/null || die "no '$python' in PATH; install Python $oldest or newer, or run: make setup PYTHON=/path/to/python3"
    "$python" -c "import sys; sys.exit(sys.version_info < (${oldest/./, }))" ||
        die "$("$python" --version) is too old: the controller needs Python $oldest or newer; run: make setup PYTHON=/path/to/python$oldest"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        command -v sudo >/dev/null || die "root is needed for '$*' and sudo is not installed; run it as root, then 'make setup' again"
        sudo "$@"
    fi
}

# Debian and Ubuntu split ensurepip off into a package of its own.
install_venv_module() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return
    command -v apt-get >/dev/null || die "$python cannot make virtual environments: install the package that brings its 'venv' and 'ensurepip' modules"
    say "installing the system package python3-venv with apt-get"
    as_root apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3-venv
    "$python" -c 'import ensurepip, venv' || die "'$python' still has no ensurepip: python3-venv serves /usr/bin/python3, so install the venv package of '$python'"
}

# Python packages find the checkout under the name that Ansible gives it.
link_collection() {
    local namespace="$venv/collections/ansible_collections/vpn"
    mkdir -p "$namespace"
    ln -sfn ../../../.. "$namespace/wireguard"
}

check_python
install_venv_module
say "making .venv with $("$python" --version)"
"$python" -m venv "$venv"
say "installing the pinned Python packages (about half a minute)"
(cd "$root" && "$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check -r requirements-dev.txt)
link_collection
say "done: $("$venv/bin/python" -c 'from ansible.release import __version__; print("ansible-core", __version__)')"
