# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules and devices that Ansible does not manage, on a host that is a directory."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _client_config, _host, _keys

Run = Callable[..., dict[str, Any]]
ASKED = {"interface": "wg0", "networks": ["10.8.0.0/24"], "reserved": ["10.8.0.1"]}
PHONE = {"name": "phone", "generate": True, "preshared_key": True}


def stored(host: Path) -> dict[str, Any]:
    peers: dict[str, Any] = json.loads((host / "etc" / "wg0" / "peers.json").read_text())["peers"]
    return peers


def test_a_pair_that_the_hub_makes_stays_there(host: Path, run: Run) -> None:
    planned = run("wg_peers", check=True, **ASKED, peers=[PHONE])
    assert list(host.iterdir()) == []
    done = run("wg_peers", **ASKED, peers=[PHONE])
    again = run("wg_peers", **ASKED, peers=[PHONE])
    entry = stored(host)["phone"]
    public = _keys.encode(_keys.public_bytes(_keys.decode(entry["private_key"])))
    assert (done["peers"]["phone"]["public_key"], entry["public_key"]) == (public, public)
    assert (planned["changed"], done["changed"], again["changed"]) == (True, True, False)
    assert (planned["unknown"], done["unknown"]) == (["phone"], [])
    shown = json.dumps([planned, done, again])
    assert [secret for secret in (entry["private_key"], entry["preshared_key"]) if secret in shown] == []
    assert (done["peers"]["phone"]["generated"], done["peers"]["phone"]["preshared_key"]) == (True, True)


def test_a_pair_is_renewed(host: Path, run: Run) -> None:
    run("wg_peers", **ASKED, peers=[PHONE])
    before = stored(host)["phone"]
    assert run("wg_peers", **ASKED, peers=[PHONE], renew=["phone"])["updated"] == ["phone"]
    after = stored(host)["phone"]
    assert {key for key in before if before[key] != after[key]} == {"private_key", "public_key"}


def test_who_is_let_in_is_told(host: Path, run: Run) -> None:
    def active(**changes: Any) -> list[Any]:
        peer = run("wg_peers", **ASKED, peers=[{**PHONE, **changes}])["peers"]["phone"]
        return [peer["active"], peer["enabled"], peer["expires"], peer["addresses"]]

    assert active() == [True, True, None, ["10.8.0.2"]]
    assert active(enabled=False) == [False, False, None, ["10.8.0.2"]]
    assert active(expires="2020-01-01") == [False, True, "2020-01-01T00:00:00Z", ["10.8.0.2"]]
    assert active(expires="2199-01-01T12:00:00+02:00") == [True, True, "2199-01-01T10:00:00Z", ["10.8.0.2"]]
    assert stored(host)["phone"]["expires"] == "2199-01-01T10:00:00Z"


def test_a_bad_device_leaves_the_registry_alone(host: Path, run: Run) -> None:
    for changes, words in (
        ({"expires": "soon"}, "such as 2026-12-31"),
        ({"public_key": "GZHjarCmFTqpnFkyPcts/iNPvUsYWk9ecXujh7eURGY="}, "give one of the two"),
    ):
        failed = run("wg_peers", **ASKED, peers=[{**PHONE, **changes}])
        assert [word for word in ("'phone'", words, "left untouched") if word not in failed["msg"]] == []
    assert list(host.iterdir()) == []


CODE = "".join("##" * 21 + "\n" for _row in range(21))
BROUGHT = {"name": "laptop", "public_key": "GZHjarCmFTqpnFkyPcts/iNPvUsYWk9ecXujh7eURGY="}
FILES = {
    "interface": "wg0",
    "public_key": "dp9cddCMlwoF4oOBO+6aoXZfwQhqJr6W5vv6LYu5GHk=",
    "endpoint": "vpn.example.org:51820",
    "networks": ["10.8.0.0/24"],
    "devices": [{"name": name, "allowed_ips": ["10.8.0.0/24"]} for name in ("phone", "laptop")],
}


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of which a code was made, each time the same one."""
    texts: list[str] = []

    def qr_code(_self: _host.Host, text: str) -> str:
        texts.append(text)
        return CODE

    monkeypatch.setattr(_host.Host, "qr_code", qr_code)
    return texts


@pytest.fixture
def clients(host: Path, run: Run) -> Path:
    """The directory of the files, on a hub with a device of each kind."""
    run("wg_peers", **ASKED, peers=[PHONE, BROUGHT])
    return host / "etc" / "wg0" / "clients"


def modes(place: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()}


def test_files_of_devices_are_written_once(host: Path, clients: Path, run: Run, encoded: list[str]) -> None:
    planned = run("wg_client_config", check=True, **FILES)
    assert (planned["changed"], clients.exists(), encoded) == (True, False, [])
    done = run("wg_client_config", **FILES)
    assert {**done, "diff": planned["diff"]} == planned | {"diff": planned["diff"]}
    names = ("phone.conf", "phone.png", "phone.txt", "laptop.conf")
    assert modes(clients) == dict.fromkeys(names, 0o600)
    assert stat.S_IMODE(clients.stat().st_mode) == 0o700
    assert encoded == [(clients / "phone.conf").read_text()]
    assert f"PrivateKey = {stored(host)['phone']['private_key']}\n" in encoded[0]
    assert f"PresharedKey = {stored(host)['phone']['preshared_key']}\n" in encoded[0]
    assert f"PrivateKey = {_client_config.PLACEHOLDER}\n" in (clients / "laptop.conf").read_text()
    assert done["files"] == [
        {"name": "phone", "config": str(clients / "phone.conf"), "qr": str(clients / "phone.png"), "ready": True},
        {"name": "laptop", "config": str(clients / "laptop.conf"), "qr": None, "ready": False},
    ]
    times = {path: path.stat().st_mtime_ns for path in clients.iterdir()}
    again = run("wg_client_config", **FILES)
    assert (again["changed"], again["written"], again["removed"], again["diff"]) == (False, [], [], [])
    assert {path: path.stat().st_mtime_ns for path in clients.iterdir()} == times
    assert run("wg_peers", **ASKED, peers=[PHONE, BROUGHT])["configs"]


@pytest.mark.usefixtures("encoded")
def test_check_mode_tells_what_new_keys_change(clients: Path, run: Run) -> None:
    run("wg_client_config", **FILES)
    before = {path: path.read_bytes() for path in clients.iterdir()}
    asked = {**ASKED, "peers": [PHONE, BROUGHT], "renew": ["phone"]}
    planned = run("wg_peers", check=True, **asked)
    assert (planned["updated"], planned["renewed"]) == (["phone"], ["phone"])
    files = run("wg_client_config", check=True, **FILES, pending=planned["renewed"])
    assert files["written"] == ["phone"]
    assert {path: path.read_bytes() for path in clients.iterdir()} == before
    assert run("wg_peers", **asked)["renewed"] == ["phone"]
    # For real, what is in the registry counts.
    assert run("wg_client_config", **FILES, pending=["laptop"])["written"] == ["phone"]


def test_a_client_s_new_key_is_pending_in_check_mode_only(run: Run) -> None:
    run("wg_peers", **ASKED, peers=[BROUGHT])
    unlearned = {**ASKED, "peers": [{"name": BROUGHT["name"]}], "pending": [BROUGHT["name"]]}
    planned = run("wg_peers", check=True, **unlearned)
    assert (planned["changed"], planned["renewed"], planned["unknown"]) == (True, ["laptop"], ["laptop"])
    done = run("wg_peers", **unlearned)
    assert (done["changed"], done["renewed"], done["unknown"]) == (False, [], [])


def test_no_secret_of_a_device_is_told(host: Path, clients: Path, run: Run, encoded: list[str]) -> None:
    shown = json.dumps([run("wg_client_config", **FILES), run("wg_client_config", **{**FILES, "devices": []})])
    assert len(encoded) == 1
    assert not clients.joinpath("phone.conf").exists()
    entry = stored(host)["phone"]
    assert [secret for secret in (entry["private_key"], entry["preshared_key"]) if secret in shown] == []
    assert shown.count("(hidden)") == 6


@pytest.mark.usefixtures("encoded")
def test_files_of_devices_that_left_are_removed(clients: Path, run: Run) -> None:
    run("wg_client_config", **FILES)
    (clients / "notes.txt").write_text("mine")
    (clients / "own.conf").write_text("[Interface]\n")
    arguments = {**FILES, "devices": FILES["devices"][1:]}
    planned = run("wg_client_config", check=True, **arguments)
    assert (clients / "phone.png").exists()
    done = run("wg_client_config", **arguments)
    assert planned == done
    assert (done["changed"], done["written"], done["removed"]) == (True, [], ["phone"])
    assert set(modes(clients)) == {"laptop.conf", "notes.txt", "own.conf"}


@pytest.mark.usefixtures("encoded")
@pytest.mark.parametrize("spoil", ["open", "lost picture", "other text", "link"])
def test_what_was_spoilt_is_mended(clients: Path, run: Run, spoil: str, host: Path) -> None:
    run("wg_client_config", **FILES)
    file, picture = clients / "phone.conf", clients / "phone.png"
    text = file.read_text()
    if spoil == "open":
        file.chmod(0o644)
    elif spoil == "lost picture":
        picture.unlink()
    elif spoil == "link":
        file.rename(host / "elsewhere")
        file.symlink_to(host / "elsewhere")
    else:
        file.write_text(text + "#")
    assert run("wg_client_config", **FILES)["written"] == ["phone"]
    assert (file.read_text(), file.is_symlink(), modes(clients)["phone.conf"]) == (text, False, 0o600)
    assert picture.exists()
    assert not run("wg_client_config", **FILES)["changed"]


def test_codes_can_be_left_out(clients: Path, run: Run, encoded: list[str]) -> None:
    assert run("wg_client_config", **FILES, qr=False)["files"][0]["qr"] is None
    assert (encoded, set(modes(clients))) == ([], {"phone.conf", "laptop.conf"})
    run("wg_client_config", **FILES)
    assert run("wg_client_config", **FILES, qr=False)["written"] == ["phone"]
    assert set(modes(clients)) == {"phone.conf", "laptop.conf"}


def test_without_qrencode_nothing_is_written(clients: Path, run: Run) -> None:
    failed = run("wg_client_config", **FILES)
    assert "install it, or do without" in failed["msg"]
    assert not clients.exists()


@pytest.mark.usefixtures("encoded")
@pytest.mark.parametrize("most", range(4))
def test_a_run_that_was_cut_short_is_finished(
    clients: Path, run: Run, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Whatever file was the last that got its name: the next run sees what is missing."""
    renamed, rename = [], _host.os.rename

    def cut(source: str, target: str) -> None:
        if len(renamed) == most:
            raise OSError(5, "cut", target)
        renamed.append(target)
        rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(_host.os, "rename", cut)
        assert "the next run goes on from here" in run("wg_client_config", **FILES)["msg"]
    assert sorted(str(clients / name) for name in modes(clients)) == sorted(renamed)
    (clients / ".phone.conf.x.tmp").write_text("left by a run that was killed")
    assert run("wg_client_config", **FILES)["changed"]
    assert len(modes(clients)) == 4
    assert not run("wg_client_config", **FILES)["changed"]


@pytest.mark.parametrize("most", range(3))
def test_no_code_is_older_than_its_file(
    clients: Path, run: Run, encoded: list[str], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """A run that was cut short while it changed a file and its codes leaves nothing that looks finished."""
    run("wg_client_config", **FILES)
    changed, rename, left = (
        {**FILES, "endpoint": "vpn.example.org:443", "devices": FILES["devices"][:1]},
        _host.os.rename,
        [most],
    )

    def cut(source: str, target: str) -> None:
        if not left[0]:
            raise OSError(5, "cut", target)
        left[0] -= 1
        rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(_host.os, "rename", cut)
        run("wg_client_config", **changed)
    encoded.clear()
    assert run("wg_client_config", **changed)["written"] == ["phone"]
    assert encoded == [(clients / "phone.conf").read_text()]


@pytest.mark.usefixtures("encoded")
def test_a_device_that_the_registry_forgot_gets_no_file(clients: Path, run: Run) -> None:
    run("wg_peers", **ASKED, peers=[BROUGHT])
    assert [file["name"] for file in run("wg_client_config", **FILES)["files"]] == ["laptop"]
    assert set(modes(clients)) == {"laptop.conf"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"endpoint": "vpn.example.org"}, "has no port"),
        ({"networks": ["10.8.0.1/24"]}, "networks[0]"),
        ({"devices": [{"name": "../phone", "allowed_ips": []}]}, "begins with a letter"),
        ({"devices": [{"name": "phone", "allowed_ips": ["x"]}]}, "allowed_ips of phone[0]"),
        ({"interface": "../wg0"}, "begins with a letter"),
    ],
)
def test_bad_files_are_not_written(host: Path, run: Run, changes: dict[str, Any], words: str) -> None:
    assert words in run("wg_client_config", **{**FILES, **changes})["msg"]
    assert list(host.iterdir()) == []


def test_files_are_compared_without_cryptography(host: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a new host, on which check mode has installed nothing."""
    asked = {"interface": "wg0", "paths": ["private.key", "peers.json"], "public_key": BROUGHT["public_key"]}
    monkeypatch.setattr(_keys, "has_cryptography", lambda: False)
    assert run("wg_handover", check=True, operation="look", **asked) == {"changed": False, "digests": {}}
    assert "install python3-cryptography" in run("wg_handover", operation="read", **asked)["msg"]
    assert list(host.iterdir()) == []
