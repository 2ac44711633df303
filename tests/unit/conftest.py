# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all unit tests share: the profile of hypothesis."""

from __future__ import annotations

import hypothesis
from hypothesis import configuration

# Examples come from the code alone, so that a run says the same everywhere and leaves nothing in the checkout.
hypothesis.settings.register_profile("unit", database=None, deadline=None, derandomize=True, max_examples=150)
hypothesis.settings.load_profile("unit")
configuration.set_hypothesis_home_dir("/nonexistent/hypothesis")
