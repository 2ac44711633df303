# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys are in few files of their hosts, and nowhere else: not on the screen, not in a log, not in a process."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.vpn.wireguard.tests.system import evidence, harness

NAIVE = harness.HERE / "naive.yml"
NAIVE_KEY = "2KZqMNnYuEdZbxk/dm0VuH9cPRzlYv8NQtsWrYHRS3M="
NAIVE_HOST = "client-two"

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture(scope="module")
def second_run(tmp_path_factory: pytest.TempPathFactory) -> evidence.Evidence:
    """A run that changes nothing, and keeps and tells all it can."""
    env = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_DEBUG": "1"}
    folder = tmp_path_factory.mktemp("second")
    found = evidence.watched_play(folder, "-vvvvv", "--diff", env=env, variables=harness.CLIENT_TO_CLIENT)
    found.run.succeeded()
    return found


@pytest.fixture(scope="module")
def failing_run(tmp_path_factory: pytest.TempPathFactory) -> evidence.Evidence:
    """A run that fails when the hub's interface comes up with its new file."""
    variables = {**harness.CLIENT_TO_CLIENT, "wg_server_internet": True}
    with harness.refusing_nat(harness.SERVER):
        found = evidence.watched_play(tmp_path_factory.mktemp("failing"), "-vvv", "--diff", variables=variables)
    assert found.run.status != 0
    assert "unable to initialize table nat" in found.run.failures[harness.SERVER]
    return found


@pytest.fixture(scope="module")
def kept_files(second_run: evidence.Evidence) -> dict[str, dict[str, bytes]]:
    """The files of all hosts after a run that kept its temporary files there."""
    assert second_run
    return {host: evidence.files(host) for host in harness.HOSTS}


@pytest.fixture(scope="module", params=["first_run", "second_run", "failing_run"])
def found(request: pytest.FixtureRequest) -> evidence.Evidence:
    evidence_of_run: evidence.Evidence = request.getfixturevalue(request.param)
    return evidence_of_run


def test_no_key_is_told(found: evidence.Evidence) -> None:
    assert evidence.leaks(found.places, evidence.secrets()) == {}


def test_all_secrets_are_known() -> None:
    """Each host has a private key, and each client shares one more with the hub."""
    holders = sorted(sorted(places) for places in evidence.secrets().values())
    own, shared = [[host] for host in harness.HOSTS], [sorted((harness.SERVER, host)) for host in harness.CLIENTS]
    assert holders == sorted(own + shared)


def test_there_is_something_to_search(found: evidence.Evidence) -> None:
    empty = {place for place, content in found.places.items() if not content}
    # Nothing keeps facts, and a local temporary file is there only while a task copies one.
    assert empty <= {"cache of facts", "homes of Ansible", "local temp"}


@pytest.mark.parametrize("host", harness.HOSTS)
def test_keys_are_in_their_files_only(kept_files: dict[str, dict[str, bytes]], host: str) -> None:
    assert any(path.startswith(evidence.REMOTE_TEMP) for path in kept_files[host])
    for secret, allowed in evidence.secrets().items():
        assert set(evidence.leaks(kept_files[host], [secret])) == allowed.get(host, set())


@pytest.mark.parametrize("host", harness.HOSTS)
def test_no_key_is_in_the_journal(second_run: evidence.Evidence, failing_run: evidence.Evidence, host: str) -> None:
    assert second_run
    assert failing_run
    journal = evidence.journal(host)
    assert b"Invoked with" in journal
    assert evidence.shown_in(journal, evidence.secrets()) == set()


@pytest.mark.parametrize("host", harness.HOSTS)
def test_only_root_can_read(host: str) -> None:
    lines = harness.shell(host, "cd /etc/wireguard && find . -printf '%p %M %U:%G\\n' | LC_ALL=C sort").splitlines()
    peers = ["./wg0/peers.json -rw------- 0:0"] if host == harness.SERVER else []
    assert lines == [
        ". drwx------ 0:0",
        "./wg0 drwx------ 0:0",
        "./wg0.conf -rw------- 0:0",
        *peers,
        "./wg0/private.key -rw------- 0:0",
    ]


@pytest.mark.parametrize("host", harness.HOSTS)
def test_nothing_is_left_over(failing_run: evidence.Evidence, host: str) -> None:
    assert failing_run
    assert harness.shell(host, "find /etc /root -name '*.tmp' -o -name '*~' -o -name '*.bak' -o -name '*.retry'") == ""


@pytest.fixture(scope="module")
def naive(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """All places after a play that does with a key what should never be done."""
    env = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_SSH_PIPELINING": "0"}
    variables = {"key": NAIVE_KEY, "ansible_ssh_pipelining": False}
    found = evidence.watched_play(
        tmp_path_factory.mktemp("naive"), "-vvv", "--diff", playbook=NAIVE, env=env, variables=variables
    )
    found.run.succeeded()
    on_host = evidence.files(NAIVE_HOST)
    return {**found.places, **on_host, "journal": evidence.journal(NAIVE_HOST)}


@pytest.mark.parametrize(
    "place",
    [
        "output",
        "callback",
        "log",
        "cache of facts",
        "local temp",
        "command lines",
        "environments",
        "journal",
        "/etc/naive",
        "/etc/naive.key",
        evidence.REMOTE_TEMP,
    ],
)
def test_the_search_finds_a_leak(naive: dict[str, bytes], place: str) -> None:
    """What finds nothing elsewhere must find a key that was handled without care."""
    found = evidence.leaks(naive, [NAIVE_KEY])
    assert [name for name in found if name.startswith(place)], sorted(found)


@pytest.mark.parametrize("form", evidence.forms(NAIVE_KEY))
def test_the_search_knows_the_form(form: str) -> None:
    for pattern in evidence.forms(NAIVE_KEY)[form]:
        assert form in evidence.shown_in(b"before " + pattern + b" after", [NAIVE_KEY])


@pytest.mark.parametrize("length", range(3))
def test_the_search_sees_through_base64(length: int) -> None:
    content = base64.b64encode(b"x" * length + NAIVE_KEY.encode() + b"\n[Peer]\n")
    assert evidence.shown_in(content, [NAIVE_KEY]) == {"base64 of base64"}
