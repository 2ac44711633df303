# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules from arguments to results, on a host that is a directory."""

from __future__ import annotations

import json
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.vpn.wireguard.plugins.module_utils import _files, _keys, _lists, _networks, _seal
from ansible_collections.vpn.wireguard.tests.unit import namespace, samples

Run = Callable[..., dict[str, Any]]


def snapshot(place: Path) -> dict[str, tuple[int, bytes]]:
    """All files with mode and content."""
    return {str(path): (path.stat().st_mode, path.read_bytes()) for path in place.rglob("*") if path.is_file()}


def test_a_key_pair_is_made_once(host: Path, run: Run) -> None:
    path = host / "etc" / "wg0" / "private.key"
    first = run("wg_keypair", path=str(path))
    assert first["changed"]
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert _keys.encode(_keys.public_bytes(_files.read_private_key(str(path)))) == first["public_key"]
    before = snapshot(host)
    second = run("wg_keypair", path=str(path))
    assert (second["changed"], second["public_key"], second["adopted"]) == (False, first["public_key"], False)
    assert snapshot(host) == before
    private = path.read_text().strip()
    assert private not in json.dumps([first, second])


def test_check_mode_makes_no_key_and_promises_none(host: Path, run: Run) -> None:
    path = host / "etc" / "wg0" / "private.key"
    result = run("wg_keypair", check=True, path=str(path))
    assert (result["changed"], result["public_key"]) == (True, None)
    assert list(host.iterdir()) == []


def test_a_key_is_adopted(host: Path, run: Run) -> None:
    (host / "wg0.conf").write_text(samples.HUB_FILE)
    arguments = {"path": str(host / "etc" / "key"), "adopt_from": str(host / "wg0.conf")}
    planned = run("wg_keypair", check=True, **arguments)
    done = run("wg_keypair", **arguments)
    # Ansible adds the attributes of the file where there is one.
    assert {key: done[key] for key in planned} == planned
    assert (done["changed"], done["adopted"], done["public_key"]) == (True, True, samples.HUB.public)
    assert (host / "etc" / "key").read_text() == f"{samples.HUB.private}\n"


def test_a_given_key_is_imported(host: Path, run: Run) -> None:
    path = host / "key"
    result = run("wg_keypair", path=str(path), private_key=samples.ONE.private)
    assert (result["changed"], result["public_key"]) == (True, samples.ONE.public)
    assert not run("wg_keypair", path=str(path), private_key=samples.ONE.private)["changed"]
    failed = run("wg_keypair", path=str(path), private_key=samples.TWO.private)
    assert (failed["failed"], "left untouched" in failed["msg"]) == (True, True)
    assert path.read_text() == f"{samples.ONE.private}\n"


def test_a_broken_key_is_kept_until_told_otherwise(host: Path, run: Run) -> None:
    path = host / "key"
    path.write_text(samples.HUB.private[:-1])
    path.chmod(0o600)
    failed = run("wg_keypair", path=str(path))
    assert failed["failed"]
    assert samples.HUB.private[:10] not in json.dumps(failed)
    done = run("wg_keypair", path=str(path), regenerate="invalid", backup=True)
    assert done["changed"]
    backup = Path(done["backup_file"])
    assert (backup.read_text(), stat.S_IMODE(backup.stat().st_mode)) == (samples.HUB.private[:-1], 0o600)


def test_an_open_key_is_shut(host: Path, run: Run) -> None:
    path = host / "key"
    path.write_text(samples.HUB.private)
    path.chmod(0o644)
    planned = run("wg_keypair", check=True, path=str(path))
    assert (planned["changed"], stat.S_IMODE(path.stat().st_mode)) == (True, 0o644)
    assert planned["diff"]["before"]["mode"] == "0644"
    assert run("wg_keypair", path=str(path))["changed"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not run("wg_keypair", path=str(path))["changed"]


@pytest.mark.parametrize("mode", ["0644", "0601", "rw", "", "7777", "-600"])
def test_a_mode_that_lets_others_in_is_refused(host: Path, run: Run, mode: str) -> None:
    failed = run("wg_keypair", path=str(host / "key"), mode=mode)
    assert repr(mode) in failed["msg"]
    assert "0600" in failed["msg"]
    assert list(host.iterdir()) == []


PEERS = [
    {"name": "one", "public_key": samples.ONE.public},
    {"name": "two", "public_key": samples.TWO.public, "address": ["10.8.0.9"], "networks": ["192.168.0.0/16"]},
]
ASKED = {"interface": "wg0", "networks": ["10.8.0.0/24"], "reserved": ["10.8.0.1"]}


def test_peers_are_remembered(host: Path, run: Run) -> None:
    planned = run("wg_peers", check=True, **ASKED, peers=PEERS)
    assert list(host.iterdir()) == []
    done = run("wg_peers", **ASKED, peers=PEERS)
    assert planned == done
    assert done["changed"]
    assert done["added"] == ["one", "two"]
    assert done["peers"]["one"]["allowed_ips"] == ["10.8.0.2/32"]
    assert done["peers"]["two"]["allowed_ips"] == ["10.8.0.9/32", "192.168.0.0/16"]
    store = host / "etc" / "wg0" / "peers.json"
    assert done["diff"]["after"] == store.read_text()
    before = snapshot(host)
    again = run("wg_peers", **ASKED, peers=[{"name": "one"}, PEERS[1]])
    assert (again["changed"], again["added"], again["updated"], again["unknown"]) == (False, [], [], [])
    assert again["peers"] == done["peers"]
    assert snapshot(host) == before


def test_peers_leave_by_name(run: Run) -> None:
    run("wg_peers", **ASKED, peers=PEERS)
    kept = run("wg_peers", **ASKED, peers=PEERS[1:], purge=False)
    assert (kept["changed"], list(kept["peers"])) == (False, ["one", "two"])
    gone = run("wg_peers", **ASKED, peers=PEERS[1:])
    assert (gone["changed"], gone["removed"], list(gone["peers"])) == (True, ["one"], ["two"])
    assert gone["released"] == ["one"]


def test_a_peer_without_a_key_is_warned_of(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where the controller's code is loaded too, warnings would go to its display.
    warnings: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, warning: warnings.append(warning))
    result = run("wg_peers", **ASKED, peers=[{"name": "late"}])
    assert result["unknown"] == ["late"]
    assert [warning for warning in warnings if "run the play with late once" in warning] == warnings != []


def with_preshared_keys(*peers: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**peer, "preshared_key": True} for peer in peers]


def test_preshared_keys_are_made_kept_and_handed_out_sealed(host: Path, run: Run) -> None:
    peers = with_preshared_keys(*PEERS)
    planned = run("wg_peers", check=True, **ASKED, peers=peers)
    assert list(host.iterdir()) == []
    done = run("wg_peers", **ASKED, peers=peers)
    store = host / "etc" / "wg0" / "peers.json"
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    stored = {name: peer["preshared_key"] for name, peer in json.loads(store.read_text())["peers"].items()}
    for name, pair in (("one", samples.ONE), ("two", samples.TWO)):
        opened = _seal.unseal(done["peers"][name]["sealed"], _keys.decode(pair.private))
        assert (len(opened), _keys.encode(opened)) == (32, stored[name])
        assert done["peers"][name]["preshared_key"] is planned["peers"][name]["preshared_key"] is True
    assert stored["one"] != stored["two"]
    again = run("wg_peers", **ASKED, peers=peers)
    assert (again["changed"], again["updated"]) == (False, [])
    assert (
        _keys.encode(_seal.unseal(again["peers"]["one"]["sealed"], _keys.decode(samples.ONE.private))) == stored["one"]
    )
    told = json.dumps([planned, done, again])
    assert [key for key in stored.values() if key in told] == []
    assert '"preshared_key": "(hidden)"' in done["diff"]["after"]


def test_preshared_keys_are_made_anew_where_that_is_asked(host: Path, run: Run) -> None:
    def stored() -> dict[str, str]:
        peers = json.loads((host / "etc" / "wg0" / "peers.json").read_text())["peers"]
        return {name: peer["preshared_key"] for name, peer in peers.items()}

    peers = with_preshared_keys(*PEERS)
    run("wg_peers", **ASKED, peers=peers)
    before = stored()
    assert run("wg_peers", check=True, **ASKED, peers=peers, rotate=["two"])["updated"] == ["two"]
    assert stored() == before
    assert run("wg_peers", **ASKED, peers=peers, rotate=["two"])["updated"] == ["two"]
    assert (stored()["one"], stored()["two"] != before["two"]) == (before["one"], True)


def test_a_preshared_key_is_not_sealed_for_who_has_no_key(
    host: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, _warning: None)
    result = run("wg_peers", **ASKED, peers=with_preshared_keys({"name": "late"}))
    assert (result["peers"]["late"]["preshared_key"], result["peers"]["late"]["sealed"]) == (True, None)
    assert (host / "etc" / "wg0" / "peers.json").exists()


def test_preshared_keys_need_cryptography(host: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_keys, "has_cryptography", lambda: False)
    failed = run("wg_peers", **ASKED, peers=with_preshared_keys(*PEERS))
    assert "install python3-cryptography" in failed["msg"]
    assert "wg_server_preshared_keys: false" in failed["msg"]
    assert list(host.iterdir()) == []
    assert run("wg_peers", check=True, **ASKED, peers=with_preshared_keys(*PEERS))["peers"]["one"]["sealed"] is None
    assert run("wg_peers", **ASKED, peers=PEERS)["changed"]


MANY = [{"name": f"peer-{n}", "public_key": _keys.encode(_keys.public_bytes(bytes([n + 1] * 32)))} for n in range(5)]


def test_most_peers_do_not_leave_by_mistake(host: Path, run: Run) -> None:
    run("wg_peers", **ASKED, peers=MANY)
    before = snapshot(host)
    for check in (True, False):
        failed = run("wg_peers", check=check, **ASKED, peers=MANY[:2])
        assert "would remove 3 of the hub's 5 peers (peer-2, peer-3, peer-4)" in failed["msg"]
        assert "The registry was left untouched" in failed["msg"]
    assert snapshot(host) == before
    assert run("wg_peers", **ASKED, peers=MANY[:2], purge="false")["removed"] == []
    assert run("wg_peers", **ASKED, peers=MANY[:2], purge="force")["removed"] == ["peer-2", "peer-3", "peer-4"]


def test_addresses_rest_for_the_days_that_are_given(run: Run) -> None:
    run("wg_peers", **ASKED, peers=MANY)
    run("wg_peers", **ASKED, peers=MANY[1:])
    late = [*MANY[1:], {"name": "late", "public_key": samples.ONE.public}]
    assert run("wg_peers", check=True, **ASKED, peers=late)["peers"]["late"]["addresses"] == ["10.8.0.7"]
    now = run("wg_peers", check=True, **ASKED, peers=late, quarantine_days=0)
    assert now["peers"]["late"]["addresses"] == ["10.8.0.2"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"peers": [{"name": "a b"}]}, ["'a b'", "begins with a letter or digit"]),
        ({"peers": [{"name": "x", "public_key": samples.ONE.public[:-1]}]}, ["'x'", "44 characters"]),
        ({"peers": PEERS, "public_key": samples.TWO.public}, ["'two'", samples.TWO.public, "the hub's own public key"]),
        ({"peers": [{"name": "x", "address": ["10.9.0.1"]}]}, ["x", "10.9.0.1"]),
        ({"peers": [], "networks": ["10.8.0.1/24"]}, ["10.8.0.0/24"]),
        ({"peers": [], "interface": "../wg0"}, ["../wg0", "begins with a letter"]),
    ],
)
def test_bad_peers_leave_the_registry_alone(host: Path, run: Run, changes: dict[str, Any], words: list[str]) -> None:
    failed = run("wg_peers", **{**ASKED, **changes})
    assert failed["failed"]
    assert [word for word in [*words, "The registry was left untouched"] if word not in failed["msg"]] == []
    assert list(host.iterdir()) == []


def test_a_registry_that_cannot_be_read_is_left_alone(host: Path, run: Run) -> None:
    store = host / "etc" / "wg0" / "peers.json"
    store.parent.mkdir(parents=True)
    store.write_text("{")
    assert "restore it from a backup" in run("wg_peers", **ASKED, peers=PEERS)["msg"]
    assert store.read_text() == "{"


def test_allowed_ips(run: Run) -> None:
    result = run(
        "wg_allowed_ips",
        include=["10.8.0.0/24"],
        exclude=["10.8.0.0/25"],
        peers={"a": ["10.1.0.0/16"], "b": ["10.1.2.0/24"]},
    )
    assert result["allowed_ips"] == ["10.8.0.128/25"]
    assert result["conflicts"] == [{"first": "a", "second": "b", "network": "10.1.2.0/24"}]
    assert not result["changed"]


def test_allowed_ips_knows_sets_and_warns(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where the controller's code is loaded too, warnings would go to its display.
    warnings: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, warning: warnings.append(warning))
    arguments = {"include": ["0.0.0.0/0"], "exclude": ["private"], "endpoint": "203.0.113.7:51820"}
    allowed = run("wg_allowed_ips", **arguments)["allowed_ips"]
    assert allowed == _lists.allowed_ips(["0.0.0.0/0"], ["private"])
    assert ["IPv4" in warnings[0], "203.0.113.7" in warnings[1], len(warnings)] == [True, True, 2]
    warnings.clear()
    outside = {**arguments, "exclude": ["private", "203.0.113.7"]}
    run("wg_allowed_ips", **outside, warn_above=10)
    assert ["more than 10:" in warnings[0], "IPv4" in warnings[1], len(warnings)] == [True, True, 2]
    warnings.clear()
    run("wg_allowed_ips", include=[f"10.20.{n}.0/25" for n in range(256)], phone=True)
    assert ["QR" in warning for warning in warnings] == [True]


def test_allowed_ips_names_the_item(run: Run) -> None:
    assert run("wg_allowed_ips", include=["10.8.0.0/24", 10.8])["msg"].startswith("include[1]: 10.8 is of type float")
    assert run("wg_allowed_ips", peers={"lab": ["x"]})["msg"].startswith("peers.lab[0]: 'x'")


def test_allowed_ips_asks_for_netaddr(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_networks, "HAS_NETADDR", False)
    assert "netaddr" in run("wg_allowed_ips", include=[])["msg"]


CONFIG = f"""# Managed by Ansible with vpn.wireguard
[Interface]
Address = 10.8.0.1/24
ListenPort = 51820

[Peer]
# one
PublicKey = {samples.ONE.public}
AllowedIPs = 10.8.0.2/32
"""


def test_check_mode_of_an_interface_on_a_fresh_host(host: Path, run: Run) -> None:
    result = run(
        "wg_interface", check=True, name="wg0", config=CONFIG, private_key_path=str(host / "key"), enabled=True
    )
    assert result["applied"] == ["write the file of wg0", "bring wg0 up", "bring wg0 up at boot"]
    assert (result["changed"], result["disruptive"], result["public_key"]) == (True, False, None)
    assert result["diff"]["before"] == ""
    assert "PrivateKey = (hidden)" in result["diff"]["after"]
    assert list(host.iterdir()) == []


def test_an_interface_that_is_down_has_its_file(host: Path, run: Run) -> None:
    (host / "key").write_text(samples.HUB.private)
    arguments = {
        "name": "wg7",
        "config": CONFIG,
        "private_key_path": str(host / "key"),
        "state": "down",
        "enabled": False,
    }
    planned, done = run("wg_interface", check=True, **arguments), run("wg_interface", **arguments)
    assert planned == done
    assert (done["changed"], done["applied"], done["public_key"]) == (
        True,
        ["write the file of wg7"],
        samples.HUB.public,
    )
    path = host / "etc" / "wg7.conf"
    assert f"[Interface]\nPrivateKey = {samples.HUB.private}\nAddress" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = run("wg_interface", **arguments)
    assert (again["changed"], again["applied"]) == (False, [])
    gone = run("wg_interface", name="wg7", state="absent")
    assert (gone["changed"], gone["applied"]) == (True, ["remove the file of wg7"])
    assert not path.exists()
    assert not run("wg_interface", name="wg7", state="absent")["changed"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "wg 0"}, "begins with a letter"),
        ({"config": CONFIG.replace("51820", "70000")}, "line 4: ListenPort: '70000'"),
        ({"config": CONFIG.split("\n", 1)[1]}, "vpn.wireguard"),
        (
            {
                "config": f"{CONFIG.replace('ListenPort', f'PrivateKey = {samples.TWO.private}' + chr(10) + 'ListenPort')}"
            },
            "leave it out",
        ),
        ({"private_key_path": "/nonexistent/key"}, "wg_keypair makes it"),
    ],
)
def test_a_bad_interface_changes_nothing(host: Path, run: Run, changes: dict[str, Any], words: str) -> None:
    (host / "key").write_text(samples.HUB.private)
    before = snapshot(host)
    arguments = {
        "name": "wg7",
        "config": CONFIG,
        "private_key_path": str(host / "key"),
        "state": "down",
        "enabled": False,
    }
    failed = run("wg_interface", **{**arguments, **changes})
    assert failed["failed"]
    assert words in failed["msg"]
    assert snapshot(host) == before


@pytest.mark.parametrize("state", ["down", "absent"])
def test_a_file_of_another_make_is_left_alone(host: Path, run: Run, state: str) -> None:
    (host / "key").write_text(samples.HUB.private)
    path = host / "etc" / "wg7.conf"
    path.parent.mkdir()
    path.write_text(samples.HUB_FILE)
    failed = run(
        "wg_interface", name="wg7", config=CONFIG, private_key_path=str(host / "key"), state=state, enabled=False
    )
    assert re.search(r"wg7\.conf is there and was not written by vpn\.wireguard; .*Nothing was changed", failed["msg"])
    assert path.read_text() == samples.HUB_FILE


def test_info_and_ping_check_the_name(run: Run) -> None:
    assert "begins with a letter" in run("wg_info", interface="../wg0")["msg"]
    assert "begins with a letter" in run("wg_ping", interface="wg 0", targets={})["msg"]


def test_ping_wants_addresses(run: Run) -> None:
    assert "'-f' is not an IP address" in run("wg_ping", interface="wg0", targets={"hub": "-f"})["msg"]
    assert "without the prefix" in run("wg_ping", interface="wg0", targets={"hub": "10.8.0.1/24"})["msg"]
    assert "install iputils" in run("wg_ping", interface="wg0", targets={"hub": "10.8.0.1"})["msg"]


AT_ONCE = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from ansible.module_utils.testing import patch_module_args
from ansible_collections.vpn.wireguard.plugins.module_utils import _files
from ansible_collections.vpn.wireguard.plugins.modules import wg_peers

_files.CONFIG_DIRECTORY = "/run/etc"

def play(number):
    peer = {"name": f"peer-{number}", "public_key": sys.argv[2 + number], "preshared_key": True}
    arguments = {"interface": "wg0", "networks": ["10.8.0.0/24", "fd00:8::/64"], "peers": [peer], "purge": "false"}
    with patch_module_args({**arguments, "_ansible_remote_tmp": "/run"}):
        wg_peers.main()

children = []
for number in range(len(sys.argv) - 2):
    child = os.fork()
    if child == 0:
        os.dup2(os.open(f"/run/{number}", os.O_WRONLY | os.O_CREAT), 1)
        play(number)
    children.append(child)
ends = [os.waitpid(child, 0)[1] for child in children]
sys.stdout.write(json.dumps([ends, json.load(open("/run/etc/wg0/peers.json")), os.listdir("/run/etc/wg0")]))
"""


def test_plays_at_once_lose_no_peer() -> None:
    publics = [_keys.encode(_keys.public_bytes(bytes([number]) * 32)) for number in range(8)]
    collections = Path(__file__).resolve().parents[4] / ".venv" / "collections"
    outcome = namespace.run(sys.executable, "-c", AT_ONCE, str(collections), *publics)
    assert outcome.stderr == ""
    ends, store, files = json.loads(outcome.stdout)
    assert (ends, files) == ([0] * 8, ["peers.json"])
    assert {name: peer["public_key"] for name, peer in store["peers"].items()} == {
        f"peer-{number}": public for number, public in enumerate(publics)
    }
    for index in range(2):
        assert len({peer["addresses"][index] for peer in store["peers"].values()}) == 8
    assert len({peer["preshared_key"] for peer in store["peers"].values()}) == 8


HELD = """
import sys
sys.path.insert(0, sys.argv[1])
from ansible.module_utils.testing import patch_module_args
from ansible_collections.vpn.wireguard.plugins.module_utils import _files
from ansible_collections.vpn.wireguard.plugins.modules import wg_peers

_files.CONFIG_DIRECTORY = "/run/etc"
_files.LOCK_SECONDS = 0.3
arguments = {"interface": "wg0", "networks": ["10.8.0.0/24"], "peers": [], "_ansible_remote_tmp": "/run"}
with _files.lock("wg0-peers"), patch_module_args({**arguments, "_ansible_check_mode": sys.argv[2] == "check"}):
    wg_peers.main()
"""


def test_a_registry_that_another_run_holds() -> None:
    collections = str(Path(__file__).resolve().parents[4] / ".venv" / "collections")
    failed = json.loads(namespace.run(sys.executable, "-c", HELD, collections, "run").stdout)
    assert re.search(r"^wg0: another run \(process \d+\) holds .*The registry was left untouched$", failed["msg"])
    assert json.loads(namespace.run(sys.executable, "-c", HELD, collections, "check").stdout)["changed"]
