#!/usr/bin/env bash
# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Writes .config/constraints.txt anew: the newest releases that go together, every one pinned.
# Run it with the oldest Python that the controller supports, so that all newer ones can use the same pins.

set -euo pipefail

python=${1:-python3}
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# ansible-core 2.19 is the newest series for Python 3.11, and molecule 26 is the one the scenarios are written for.
series=('ansible-core~=2.19.0' 'molecule~=26.0')
grep -hv -e '^-' requirements.txt requirements-dev.txt >"$scratch/wanted.txt"
"$python" -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$scratch/wanted.txt" "${series[@]}"
{
    echo "# Written by 'make pins' with $("$python" --version): the release of every package, direct or not."
    "$scratch/venv/bin/python" -m pip freeze
} >"$scratch/constraints.txt"
mv "$scratch/constraints.txt" .config/constraints.txt
