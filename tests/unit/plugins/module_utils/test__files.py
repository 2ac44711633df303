# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are private and whole, and the lock."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _files, _keys
from ansible_collections.vpn.wireguard.plugins.module_utils._files import HostError
from ansible_collections.vpn.wireguard.tests.unit import namespace, samples

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def _umask_zero() -> Iterator[None]:
    """The most careless umask there is."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


@pytest.mark.usefixtures("_umask_zero")
def test_a_secret_is_private_from_its_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def look(descriptor: int) -> None:
        status = os.fstat(descriptor)
        seen.append((stat.S_ISDIR(status.st_mode), stat.S_IMODE(status.st_mode)))

    real = os.open

    def open_and_look(path: str, flags: int, *rest: int, **more: int) -> int:
        descriptor = real(path, flags, *rest, **more)
        look(descriptor)
        return descriptor

    monkeypatch.setattr(os, "open", open_and_look)
    _files.write_secret(str(tmp_path / "new" / "deep" / "wg0.conf"), "secret\n")
    assert (False, 0o600) in seen
    assert [made for is_directory, made in seen if not is_directory and made != 0o600] == []


@pytest.mark.usefixtures("_umask_zero")
def test_a_new_secret_s_file_and_directories_shut_others_out(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "wg0.conf"
    _files.write_secret(str(path), "secret\n")
    assert path.read_text() == "secret\n"
    assert [mode(place) for place in (path, path.parent, path.parent.parent)] == [0o600, 0o700, 0o700]


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    _files.write_secret(str(tmp_path / "wg0.conf"), "x")
    assert mode(tmp_path) == 0o750


def test_a_secret_replaces_another_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "wg0.conf"
    path.write_text("old")
    path.chmod(0o644)
    _files.write_secret(str(path), "new\r\nline \u00fc\n")
    assert path.read_bytes() == "new\r\nline \u00fc\n".encode()
    assert mode(path) == 0o600
    assert names(tmp_path) == ["wg0.conf"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / "wg0.conf").symlink_to(tmp_path / "elsewhere")
    _files.write_secret(str(tmp_path / "wg0.conf"), "new")
    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert not (tmp_path / "wg0.conf").is_symlink()


@pytest.mark.parametrize("call", ["fsync", "rename", "fdopen"])
def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "wg0.conf"
    path.write_text("old")

    def fail(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(HostError, match=r"wg0.conf cannot be written: .*No space left.*as it was before"):
        _files.write_secret(str(path), "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["wg0.conf"]


def test_the_file_is_on_disk_before_it_takes_the_name_and_the_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, rename = os.fsync, os.rename

    def note_fsync(descriptor: int) -> None:
        done.append("flush directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "flush file")
        fsync(descriptor)

    def note_rename(source: str, target: str) -> None:
        done.append("rename")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "rename", note_rename)
    _files.write_secret(str(tmp_path / "wg0.conf"), "x")
    assert done == ["flush file", "rename", "flush directory"]


def test_a_place_that_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HostError, match="cannot be"):
        _files.write_secret(str(tmp_path / "file" / "wg0.conf"), "x")


def test_leftovers_of_this_file_alone_are_removed(tmp_path: Path) -> None:
    for name in (
        ".wg0.conf.abc.tmp",
        ".wg0.conf.tmp",
        "wg0.conf",
        ".wg1.conf.abc.tmp",
        ".wg0.conf.abc",
        "wg0.conf.abc.tmp",
    ):
        (tmp_path / name).write_text("")
    _files.remove_leftovers(str(tmp_path / "wg0.conf"))
    assert ".wg0.conf.abc.tmp" not in names(tmp_path)
    assert {"wg0.conf", ".wg1.conf.abc.tmp", ".wg0.conf.abc", "wg0.conf.abc.tmp"} <= set(names(tmp_path))
    _files.remove_leftovers(str(tmp_path / "missing" / "wg0.conf"))


def test_a_killed_run_leaves_what_the_next_removes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill leaves the temporary file; its name must be one that remove_leftovers knows."""
    kept = []
    monkeypatch.setattr(os, "rename", lambda source, _target: kept.append(Path(source).name))
    _files.write_secret(str(tmp_path / "wg0.conf"), "x")
    assert names(tmp_path) == kept
    _files.remove_leftovers(str(tmp_path / "wg0.conf"))
    assert names(tmp_path) == []


def test_reading(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\r\ntwo\n")
    (tmp_path / "b").write_bytes(b"secret\xff")
    assert _files.read_text(str(tmp_path / "a")) == "one\r\ntwo\n"
    assert _files.read_text(str(tmp_path / "c")) is None
    for name in ("b", ""):
        with pytest.raises(HostError, match="cannot be read") as caught:
            _files.read_text(str(tmp_path / name))
        assert "secret" not in str(caught.value)


def test_removing_twice(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    _files.remove_file(str(tmp_path / "a"))
    _files.remove_file(str(tmp_path / "a"))
    assert names(tmp_path) == []


@pytest.mark.parametrize("text", [samples.HUB.private, f"{samples.HUB.private}\n", f" {samples.HUB.private} \n"])
def test_a_private_key_is_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    assert _keys.encode(_files.read_private_key(str(tmp_path / "key"))) == samples.HUB.private


@pytest.mark.parametrize(
    "text", ["", "\n", samples.HUB.private[:-1], samples.HUB.private * 2, f"PrivateKey = {samples.HUB.private}"]
)
def test_a_file_without_a_key(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    with pytest.raises(HostError, match="holds no private key") as caught:
        _files.read_private_key(str(tmp_path / "key"))
    assert samples.HUB.private[:12] not in str(caught.value)


def test_a_missing_key_names_who_makes_it(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"no private key at .*wg_keypair"):
        _files.read_private_key(str(tmp_path / "key"))


LOCK = """
import os, signal, stat, sys, time
sys.path.insert(0, sys.argv[1])
from ansible_collections.vpn.wireguard.plugins.module_utils import _files, _keys

def attempt(name, seconds):
    _files.LOCK_SECONDS = seconds
    try:
        with _files.lock(name):
            return "taken"
    except _files.HostError as exc:
        return str(exc)

with _files.lock("none", write=False):
    pass
assert os.listdir("/run") == [], os.listdir("/run")
ready, go = os.pipe()
holder = os.fork()
if holder == 0:
    with _files.lock("wg0"):
        os.write(go, b"1")
        time.sleep(60)
os.read(ready, 1)
path = "/run/vpn-wireguard/wg0.lock"
print(oct(stat.S_IMODE(os.stat(path).st_mode)))
print(attempt("wg0", 0.3) == f"another run (process {holder}) holds {path} for more than 0.3 s; nothing was changed")
print(attempt("wg1", 0.3))
os.kill(holder, signal.SIGKILL)
os.waitpid(holder, 0)
print(attempt("wg0", 0.3))
print(attempt("wg0", 0.3))
try:
    with _files.lock("wg0"):
        raise KeyError
except KeyError:
    print(attempt("wg0", 0.3))
"""


def test_the_lock_between_processes() -> None:
    outcome = namespace.run(sys.executable, "-c", LOCK, str(ROOT / ".venv" / "collections"))
    assert (outcome.stderr, outcome.stdout.split("\n")) == ("", ["0o600", "True", *["taken"] * 4, ""])


COUNT = """
import os, sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.vpn.wireguard.plugins.module_utils import _files, _keys
children = []
_files.write_secret("/run/count", "0")
for _turn in range(8):
    child = os.fork()
    if child == 0:
        for _turn in range(25):
            with _files.lock("count"):
                _files.write_secret("/run/count", str(int(_files.read_text("/run/count")) + 1))
        os._exit(0)
    children.append(child)
print([os.waitpid(child, 0)[1] for child in children], _files.read_text("/run/count"), sorted(os.listdir("/run")))
"""


def test_nothing_is_lost_among_many_writers() -> None:
    outcome = namespace.run(
        sys.executable, "-c", COUNT.replace("time.sleep(0.1)", ""), str(ROOT / ".venv" / "collections")
    )
    assert outcome.stdout == f"{[0] * 8} 200 ['count', 'vpn-wireguard']\n"


@pytest.mark.usefixtures("_umask_zero")
def test_many_files_are_private_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / "new" / "deep" / name for name in ("b", "a")]
    seen: list[tuple[str, int]] = []
    rename = os.rename

    def look(source: str, target: str) -> None:
        seen.append((Path(target).name, mode(Path(source))))
        rename(source, target)

    monkeypatch.setattr(os, "rename", look)
    _files.write_secrets({str(path): path.name.encode() for path in paths})
    assert seen == [("b", 0o600), ("a", 0o600)]
    assert [path.read_bytes() for path in paths] == [b"b", b"a"]
    assert (mode(tmp_path / "new"), mode(tmp_path / "new" / "deep"), names(tmp_path / "new" / "deep")) == (
        0o700,
        0o700,
        ["a", "b"],
    )
    (tmp_path / "file").write_text("")
    with pytest.raises(HostError):
        _files.write_secrets({str(tmp_path / "new" / "c"): b"", str(tmp_path / "file" / "d"): b""})
    assert names(tmp_path / "new") == ["deep"]


def test_a_file_that_others_may_read_is_private_while_it_is_written(tmp_path: Path) -> None:
    _files.write_public(str(tmp_path / "unit"), "x")
    _files.write_secret(str(tmp_path / "key"), "x")
    assert (mode(tmp_path / "unit"), mode(tmp_path / "key")) == (0o644, 0o600)


def test_bytes_are_read_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff\r\n")
    assert _files.read_bytes(str(tmp_path / "x")) == b"\xff\r\n"
    assert _files.read_bytes(str(tmp_path / "y")) is None
    with pytest.raises(HostError, match="cannot be read"):
        _files.read_bytes(str(tmp_path))
