# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door to the host: files that are private and whole, the lock, what wg says, and no key in any error."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _config, _host
from ansible_collections.vpn.wireguard.plugins.module_utils._host import HostError
from ansible_collections.vpn.wireguard.plugins.module_utils._plan import Device, DevicePeer
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
    _host.write_secret(str(tmp_path / "new" / "deep" / "wg0.conf"), "secret\n")
    assert (False, 0o600) in seen
    assert [made for is_directory, made in seen if not is_directory and made != 0o600] == []


@pytest.mark.usefixtures("_umask_zero")
def test_a_new_secret_s_file_and_directories_shut_others_out(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "wg0.conf"
    _host.write_secret(str(path), "secret\n")
    assert path.read_text() == "secret\n"
    assert [mode(place) for place in (path, path.parent, path.parent.parent)] == [0o600, 0o700, 0o700]


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    _host.write_secret(str(tmp_path / "wg0.conf"), "x")
    assert mode(tmp_path) == 0o750


def test_a_secret_replaces_another_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "wg0.conf"
    path.write_text("old")
    path.chmod(0o644)
    _host.write_secret(str(path), "new\r\nline \u00fc\n")
    assert path.read_bytes() == "new\r\nline \u00fc\n".encode()
    assert mode(path) == 0o600
    assert names(tmp_path) == ["wg0.conf"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / "wg0.conf").symlink_to(tmp_path / "elsewhere")
    _host.write_secret(str(tmp_path / "wg0.conf"), "new")
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
        _host.write_secret(str(path), "new")
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
    _host.write_secret(str(tmp_path / "wg0.conf"), "x")
    assert done == ["flush file", "rename", "flush directory"]


def test_a_place_that_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HostError, match="cannot be"):
        _host.write_secret(str(tmp_path / "file" / "wg0.conf"), "x")


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
    _host.remove_leftovers(str(tmp_path / "wg0.conf"))
    assert ".wg0.conf.abc.tmp" not in names(tmp_path)
    assert {"wg0.conf", ".wg1.conf.abc.tmp", ".wg0.conf.abc", "wg0.conf.abc.tmp"} <= set(names(tmp_path))
    _host.remove_leftovers(str(tmp_path / "missing" / "wg0.conf"))


def test_a_killed_run_leaves_what_the_next_removes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill leaves the temporary file; its name must be one that remove_leftovers knows."""
    kept = []
    monkeypatch.setattr(os, "rename", lambda source, _target: kept.append(Path(source).name))
    _host.write_secret(str(tmp_path / "wg0.conf"), "x")
    assert names(tmp_path) == kept
    _host.remove_leftovers(str(tmp_path / "wg0.conf"))
    assert names(tmp_path) == []


def test_reading(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\r\ntwo\n")
    (tmp_path / "b").write_bytes(b"secret\xff")
    assert _host.read_text(str(tmp_path / "a")) == "one\r\ntwo\n"
    assert _host.read_text(str(tmp_path / "c")) is None
    for name in ("b", ""):
        with pytest.raises(HostError, match="cannot be read") as caught:
            _host.read_text(str(tmp_path / name))
        assert "secret" not in str(caught.value)


def test_removing_twice(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    _host.remove_file(str(tmp_path / "a"))
    _host.remove_file(str(tmp_path / "a"))
    assert names(tmp_path) == []


@pytest.mark.parametrize("text", [samples.HUB.private, f"{samples.HUB.private}\n", f" {samples.HUB.private} \n"])
def test_a_private_key_is_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    assert _config._keys.encode(_host.read_private_key(str(tmp_path / "key"))) == samples.HUB.private


@pytest.mark.parametrize(
    "text", ["", "\n", samples.HUB.private[:-1], samples.HUB.private * 2, f"PrivateKey = {samples.HUB.private}"]
)
def test_a_file_without_a_key(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    with pytest.raises(HostError, match="holds no private key") as caught:
        _host.read_private_key(str(tmp_path / "key"))
    assert samples.HUB.private[:12] not in str(caught.value)


def test_a_missing_key_names_who_makes_it(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"no private key at .*wg_keypair"):
        _host.read_private_key(str(tmp_path / "key"))


LOCK = """
import os, signal, stat, sys, time
sys.path.insert(0, sys.argv[1])
from ansible_collections.vpn.wireguard.plugins.module_utils import _host

def attempt(name, seconds):
    _host.LOCK_SECONDS = seconds
    try:
        with _host.lock(name):
            return "taken"
    except _host.HostError as exc:
        return str(exc)

with _host.lock("none", write=False):
    pass
assert os.listdir("/run") == [], os.listdir("/run")
ready, go = os.pipe()
holder = os.fork()
if holder == 0:
    with _host.lock("wg0"):
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
    with _host.lock("wg0"):
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
from ansible_collections.vpn.wireguard.plugins.module_utils import _host
children = []
_host.write_secret("/run/count", "0")
for _turn in range(8):
    child = os.fork()
    if child == 0:
        for _turn in range(25):
            with _host.lock("count"):
                _host.write_secret("/run/count", str(int(_host.read_text("/run/count")) + 1))
        os._exit(0)
    children.append(child)
print([os.waitpid(child, 0)[1] for child in children], _host.read_text("/run/count"), sorted(os.listdir("/run")))
"""


def test_nothing_is_lost_among_many_writers() -> None:
    outcome = namespace.run(
        sys.executable, "-c", COUNT.replace("time.sleep(0.1)", ""), str(ROOT / ".venv" / "collections")
    )
    assert outcome.stdout == f"{[0] * 8} 200 ['count', 'vpn-wireguard']\n"


class Commands:
    """Stands for AnsibleModule.run_command: answers as told and remembers what was asked."""

    def __init__(self, *answers: tuple[int, str, str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[list[str], str | None]] = []

    def __call__(self, command: list[str], data: str | None = None, **more: object) -> tuple[int, str, str]:
        assert more == {"binary_data": True, "environ_update": _host.ENVIRONMENT, "handle_exceptions": False}
        self.asked.append((command, data))
        return self.answers.pop(0) if self.answers else (0, "", "")


def test_a_command_gives_its_output() -> None:
    commands = Commands((0, "out\n", "err"))
    assert _host.Host(commands).run("wg", "show") == "out\n"
    assert commands.asked == [(["wg", "show"], None)]


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ("", f"Key is not the correct length or format: `{samples.HUB.private}'"),
        ("", f"Key is not the correct length or format: `{samples.HUB.private[:-1]}'"),
        ("", f"Key is not the correct length or format: `{samples.HUB.private[:30]}'"),
        ("", f"Key is not the correct length or format: `{samples.HUB.private}x'\nConfiguration parsing error"),
        (f"PrivateKey = {samples.HUB.private}", ""),
        ("", f"Line unrecognized: `PrivateKey={samples.HUB.private}'"),
        ("", f"+ echo {samples.HUB.private} >x"),
    ],
)
def test_what_a_failed_command_said_holds_no_key(output: str, error: str) -> None:
    with pytest.raises(HostError, match=r"^wg setconf wg0 /dev/stdin failed \(1\): ") as caught:
        _host.Host(Commands((1, output, error))).run("wg", "setconf", "wg0", "/dev/stdin")
    assert samples.HUB.private[:10] not in str(caught.value)
    assert _config.HIDDEN in str(caught.value)


def test_what_a_failed_command_said_is_told() -> None:
    said = 'sysctl: setting key "/proc/sys/net/ipv4/conf/all/src_valid_mark": Read-only file system'
    with pytest.raises(HostError) as caught:
        _host.Host(Commands((255, "", f"{said}\n"))).run("wg-quick", "up", "wg0")
    assert str(caught.value) == f"wg-quick up wg0 failed (255): {said}"


def test_a_command_that_is_not_there() -> None:
    def missing(*_args: object, **_more: object) -> tuple[int, str, str]:
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(HostError, match="wg cannot be run: No such file or directory"):
        _host.Host(missing).run("wg")


def test_secrets_go_by_standard_input_alone() -> None:
    commands = Commands()
    peer = _config.Peer(samples.ONE.public, ("10.8.0.2/32", "fd00::2/128"), "198.51.100.7:1", 25, samples.PSK, "one")
    _host.Host(commands).set_peers("wg0", [peer])
    section = (
        f"[Peer]\nPublicKey = {samples.ONE.public}\nPresharedKey = {samples.PSK}\n"
        "AllowedIPs = 10.8.0.2/32, fd00::2/128\nPersistentKeepalive = 25\nEndpoint = 198.51.100.7:1\n"
    )
    assert commands.asked == [(["wg", "addconf", "wg0", "/dev/stdin"], section)]


def test_a_peer_is_set_with_nothing_of_its_past() -> None:
    """wg of 2021 keeps a preshared key or a keepalive that a section leaves out."""
    assert _host.peer_section(_config.Peer(samples.ONE.public)).splitlines() == [
        "[Peer]",
        f"PublicKey = {samples.ONE.public}",
        "PresharedKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AllowedIPs = ",
        "PersistentKeepalive = 0",
    ]


@pytest.mark.parametrize("has_cryptography", [True, False])
def test_a_public_key_by_either_way(monkeypatch: pytest.MonkeyPatch, has_cryptography: bool) -> None:
    monkeypatch.setattr(_host._keys, "HAS_CRYPTOGRAPHY", has_cryptography)
    monkeypatch.setattr(_host, "has_tool", lambda _name: True)
    commands = Commands((0, f"{samples.HUB.public}\n", ""))
    assert _host.Host(commands).public_key(_host._keys.decode(samples.HUB.private)) == samples.HUB.public
    assert commands.asked == ([] if has_cryptography else [(["wg", "pubkey"], f"{samples.HUB.private}\n")])


def test_a_public_key_by_no_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_host._keys, "HAS_CRYPTOGRAPHY", False)
    monkeypatch.setattr(_host, "has_tool", lambda _name: False)
    with pytest.raises(HostError, match="install wireguard-tools"):
        _host.Host(Commands()).public_key(bytes(32))


@pytest.mark.parametrize(
    ("table", "where"), [(None, "dev wg0"), ("auto", "dev wg0"), ("off", "dev wg0"), ("42", "dev wg0 table 42")]
)
def test_routes_are_changed_in_one_call(table: str | None, where: str) -> None:
    commands = Commands()
    _host.Host(commands).change_routes("wg0", "replace", ["10.1.0.0/16", "fd00::/64"], table)
    lines = f"route replace 10.1.0.0/16 {where}\nroute replace fd00::/64 {where}\n"
    assert commands.asked == [(["ip", "-batch", "-"], lines)]


def test_peers_are_removed_by_the_thousand() -> None:
    commands = Commands()
    _host.Host(commands).remove_peers("wg0", [f"key{number}" for number in range(1001)])
    first, second = (command for command, _data in commands.asked)
    assert first[:6] == ["wg", "set", "wg0", "peer", "key0", "remove"]
    assert len(first) == 3 + 3 * 1000
    assert second == ["wg", "set", "wg0", "peer", "key1000", "remove"]


@pytest.mark.parametrize(
    ("dns", "asked"),
    [
        (
            ("1.1.1.1", "fd00::1", "corp.example"),
            (
                ["resolvconf", "-a", "wg0", "-m", "0", "-x"],
                "nameserver 1.1.1.1\nnameserver fd00::1\nsearch corp.example\n",
            ),
        ),
        ((), (["resolvconf", "-d", "wg0", "-f"], None)),
    ],
)
def test_resolvers_go_to_resolvconf(dns: tuple[str, ...], asked: tuple[list[str], str | None]) -> None:
    commands = Commands()
    _host.Host(commands).set_dns("wg0", dns)
    assert commands.asked == [asked]


def test_the_default_route_is_the_one_with_the_lowest_metric() -> None:
    routes = '[{"dst": "default", "dev": "wlan0", "metric": 600}, {"dst": "default", "dev": "eth0", "metric": 100}, {"dst": "default"}]'
    assert _host.Host(Commands((0, routes, ""))).default_route(4)["interface"] == "eth0"
    assert _host.Host(Commands((0, "", ""))).default_route(6) is None


DUMP = (
    f"{samples.HUB.private}\t{samples.HUB.public}\t51820\t0xca6c\n"
    f"{samples.ONE.public}\t(none)\t203.0.113.9:4242\t10.8.0.2/32,fd00::2/128\t1700000000\t148\t92\t25\n"
    f"{samples.TWO.public}\t{samples.PSK}\t(none)\t(none)\t0\t0\t0\toff\n"
)


def test_what_wg_show_dump_says() -> None:
    assert _host.parse_dump(DUMP) == Device(
        public_key=samples.HUB.public,
        listen_port=51820,
        fw_mark=0xCA6C,
        peers={
            samples.ONE.public: DevicePeer(
                samples.ONE.public,
                frozenset(("10.8.0.2/32", "fd00::2/128")),
                "203.0.113.9:4242",
                25,
                None,
                1700000000,
                148,
                92,
            ),
            samples.TWO.public: DevicePeer(samples.TWO.public, frozenset(), None, 0, samples.PSK),
        },
    )
    assert samples.HUB.private not in repr(_host.parse_dump(DUMP))
    assert samples.PSK not in repr(_host.parse_dump(DUMP))


def test_a_device_without_key_and_peers() -> None:
    assert _host.parse_dump("(none)\t(none)\t0\toff\n") == Device(None, 0)


def test_addresses_and_mtu_come_from_ip() -> None:
    link = {
        "mtu": 1420,
        "addr_info": [
            {"local": "10.8.0.1", "prefixlen": 24, "scope": "global"},
            {"local": "fd00::1", "prefixlen": 64, "scope": "global"},
            {"local": "fe80::1", "prefixlen": 64, "scope": "link"},
        ],
    }
    device = _host.with_link(_host.parse_dump(DUMP), link)
    assert device.addresses == frozenset(("10.8.0.1/24", "fd00::1/64"))
    assert device.mtu == 1420
    assert (device.public_key, device.listen_port, device.fw_mark) == (samples.HUB.public, 51820, 0xCA6C)
    assert device.peers == _host.parse_dump(DUMP).peers


def test_no_device_where_there_is_no_link() -> None:
    assert _host.Host(Commands()).device("no-such-link") is None


def test_a_link_of_another_kind_is_no_device() -> None:
    with pytest.raises(
        HostError, match=r"^lo is an interface of this host and not one of WireGuard; choose another name"
    ):
        _host.Host(Commands((1, "", "not WireGuard"))).device("lo")


@pytest.mark.parametrize(
    ("endpoint", "found"),
    [
        ("127.0.0.1:51820", True),
        ("[::1]:51820", True),
        ("localhost:51820", True),
        ("no.such.host.invalid:51820", False),
    ],
)
def test_resolves(monkeypatch: pytest.MonkeyPatch, endpoint: str, found: bool) -> None:
    def look_up(name: str, *_args: object, **_more: object) -> list[object]:
        if name.endswith(".invalid"):
            raise socket.gaierror(-2, "Name or service not known")
        return {"127.0.0.1": [1], "::1": [1], "localhost": [1]}[name]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert _host.resolves(endpoint) is found


def test_is_port_free() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert _host.is_port_free(port) is False
    assert _host.is_port_free(port) is True


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_port_is_taken_by_either_family(family: socket.AddressFamily) -> None:
    """WireGuard binds both; one that is taken lets it come up deaf."""
    with socket.socket(family, socket.SOCK_DGRAM) as taken:
        if family == socket.AF_INET6:
            taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(("", 0))
        assert _host.is_port_free(taken.getsockname()[1]) is False


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    return lambda there: monkeypatch.setattr(_host, "has_systemd", lambda: there)


def test_start_tells_why_it_failed(systemd: Callable[[bool], None]) -> None:
    systemd(True)
    journal = (
        f"Starting wg-quick@wg0.service\n[#] ip link add wg0\nKey is not the correct length or format: `{samples.HUB.private[:40]}'\n"
        "resolvconf: command not found\n"
    )
    commands = Commands((0, "", ""), (0, "", ""), (1, "", ""), (0, journal, ""))
    with pytest.raises(HostError, match=r"^wg0 does not come up: .*resolvconf: command not found") as caught:
        _host.Host(commands).start("wg0")
    assert samples.HUB.private[:10] not in str(caught.value)
    assert "[#]" not in str(caught.value)


def test_start_without_systemd(systemd: Callable[[bool], None]) -> None:
    systemd(False)
    commands = Commands()
    _host.Host(commands).start("wg0")
    assert [command for command, _stdin in commands.asked] == [["wg-quick", "up", "wg0"]]
    assert _host.Host(commands).is_enabled("wg0") is False


def test_hooks_run_as_wg_quick_runs_them() -> None:
    commands = Commands((1, "", "oops"))
    with pytest.raises(HostError, match="oops"):
        _host.Host(commands).run_hooks("wg0", ["echo one %i; cat", "false; echo two", "echo three"])
    [(command, script)] = commands.asked
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "one wg0\n")
    commands = Commands((1, "", "oops"))
    _host.Host(commands).clear_hooks("wg0", ["one %i", "two"])
    assert [command for command, _stdin in commands.asked] == [["bash", "-ec", "one wg0"], ["bash", "-ec", "two"]]


@pytest.mark.usefixtures("_umask_zero")
def test_many_files_are_private_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / "new" / "deep" / name for name in ("b", "a")]
    seen: list[tuple[str, int]] = []
    rename = os.rename

    def look(source: str, target: str) -> None:
        seen.append((Path(target).name, mode(Path(source))))
        rename(source, target)

    monkeypatch.setattr(os, "rename", look)
    _host.write_secrets({str(path): path.name.encode() for path in paths})
    assert seen == [("b", 0o600), ("a", 0o600)]
    assert [path.read_bytes() for path in paths] == [b"b", b"a"]
    assert (mode(tmp_path / "new"), mode(tmp_path / "new" / "deep"), names(tmp_path / "new" / "deep")) == (
        0o700,
        0o700,
        ["a", "b"],
    )
    (tmp_path / "file").write_text("")
    with pytest.raises(HostError):
        _host.write_secrets({str(tmp_path / "new" / "c"): b"", str(tmp_path / "file" / "d"): b""})
    assert names(tmp_path / "new") == ["deep"]


def test_a_file_that_others_may_read_is_private_while_it_is_written(tmp_path: Path) -> None:
    _host.write_public(str(tmp_path / "unit"), "x")
    _host.write_secret(str(tmp_path / "key"), "x")
    assert (mode(tmp_path / "unit"), mode(tmp_path / "key")) == (0o644, 0o600)


def test_bytes_are_read_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff\r\n")
    assert _host.read_bytes(str(tmp_path / "x")) == b"\xff\r\n"
    assert _host.read_bytes(str(tmp_path / "y")) is None
    with pytest.raises(HostError, match="cannot be read"):
        _host.read_bytes(str(tmp_path))
