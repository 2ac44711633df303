#!/usr/bin/env bash
# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The integration tests, as root, after installing what they need. Arguments go to pytest.

set -euo pipefail

cd "$(dirname "$0")/../.."

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

missing=()
command -v wg-quick >/dev/null || missing+=(wireguard-tools)
command -v wireguard-go >/dev/null || [ -e /sys/module/wireguard ] || missing+=(wireguard-go)
command -v qrencode >/dev/null || missing+=(qrencode)
command -v zbarimg >/dev/null || missing+=(zbar-tools)
if [ "${#missing[@]}" -gt 0 ]; then
    echo "integration: installing ${missing[*]} with apt-get"
    # Another part of the tests may be installing something at the same time.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
        install -y --no-install-recommends "${missing[@]}"
fi

as_root .venv/bin/pytest -p no:cacheprovider tests/integration "$@"
