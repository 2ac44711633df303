# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all tests. The first of them need hosts on which nothing has run yet, so the order of files counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.vpn.wireguard.tests.system import evidence, harness

ORDER = (
    "test_bad_inputs",
    "test_check_mode",
    "test_secrets",
    "test_steady_state",
    "test_rendered",
    "test_lifecycle",
    "test_devices",
    "test_devices_moved",
    "test_plays",
    "test_day2_meter",
    "test_day2_partial",
    "test_day2_purge",
    "test_day2_drift",
    "test_day2_full_tunnel",
    "test_day2_split_tunnel",
    "test_day2_many_peers",
    "test_day2_crash",
    "test_day2_rotate",
    "test_day2_devices",
    "test_day2_adopt",
    "test_day2_frontends",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fresh hosts first. A file that is missing in ORDER is an error."""
    items.sort(key=lambda item: ORDER.index(item.path.stem))


@pytest.fixture(scope="session", autouse=True)
def lab() -> Iterator[None]:
    """Fresh hosts, taken away at the end."""
    harness.lab("down")
    try:
        harness.lab("up")
        yield
    finally:
        harness.lab("down")


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> evidence.Evidence:
    """The run that installs the packages and makes the keys, with all that it left anywhere."""
    return evidence.watched_play(tmp_path_factory.mktemp("first"), "-vvv", "--diff", variables=harness.CLIENT_TO_CLIENT)


@pytest.fixture(scope="session")
def site(first_run: evidence.Evidence) -> None:
    """Hosts that the site's playbook has brought up once."""
    first_run.run.succeeded()
