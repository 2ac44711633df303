# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each play of the days after the first, in check mode and then for real, one after the other on the same hosts.

Check mode changes nothing anywhere and tells what the real run does, and neither of them tells a secret.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.tests.system import day2, devices, evidence, harness

SERVER, ONE, TWO = day2.SERVER, day2.ONE, day2.TWO
TABLET = {"name": "tablet", "generate": True}
# What somebody has set up by hand on a host that had no tunnel.
BY_HAND = f"""
umask 077; mkdir -p /etc/wireguard
printf '[Interface]\\nPrivateKey = %s\\nAddress = {day2.HUB_ADDRESS}/24\\nListenPort = {harness.PORT}\\n' $(wg genkey) > {day2.CONFIG}
printf '[Peer]\\n# phone\\nPublicKey = %s\\nAllowedIPs = {devices.ADDRESS}/32\\n' {day2.PHONE["public_key"]} >> {day2.CONFIG}
wg-quick up wg0
"""


@dataclasses.dataclass(frozen=True)
class Play:
    """A playbook with its arguments. ``by_hand`` is what happens on the hub before."""

    name: str
    arguments: Sequence[str] = ()
    peers: Sequence[dict[str, object]] = (devices.DEVICE,)
    by_hand: str = "true"


def of(name: str, peers: Sequence[dict[str, object]] = (devices.DEVICE,), by_hand: str = "true", **words: str) -> Play:
    return Play(name, [word for key, value in words.items() for word in ("-e", f"{key}={value}")], peers, by_hand)


# In this order each finds something to do, but for the first two, which never change a host.
PLAYS = (
    of("status"),
    of("verify", verify_report="FOLDER/report.json"),
    of("backup", backup_to="FOLDER/backups"),
    of("export", device="phone", export_to="FOLDER/exported"),
    of("add", peer="tablet", peers=(devices.DEVICE, TABLET)),
    of("restore", backup_from="FOLDER/backups"),
    of("remove", peer="phone"),
    of("add", peer="phone"),
    of("remove", peer=TWO),
    of("add", peer=TWO),
    of("rotate", rotate="client", peer="phone"),
    of("rotate", rotate="client", peer=TWO),
    of("rotate", rotate="preshared", peer="all"),
    of("rotate", rotate="hub"),
    of("uninstall", confirm="yes"),
    of("adopt", peers=(), by_hand=BY_HAND),
    of("restore", backup_from="FOLDER/backups", restore_force="yes"),
)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A play in check mode and for real, what there was before and between, and all secrets before and after."""

    play: Play
    before: dict[str, list[str]]
    checked: harness.Run
    between: dict[str, list[str]]
    done: evidence.Evidence
    secrets: frozenset[str] = dataclasses.field(repr=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the controller keeps what plays bring there."""
    return tmp_path_factory.mktemp("controller")


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """All secrets that there have been."""
    return set()


@pytest.fixture(scope="module")
def network() -> Iterator[None]:
    """A hub with both of its clients and a device."""
    day2.site(wg_server_peers=[devices.DEVICE]).succeeded()
    yield
    harness.shell(SERVER, f"rm -f {day2.CONFIG}.adopted")


@pytest.fixture(
    scope="module", params=PLAYS, ids=lambda play: " ".join([play.name, *play.arguments[1::2]]).replace("FOLDER/", "")
)
def outcome(
    request: pytest.FixtureRequest,
    network: None,
    folder: Path,
    seen: set[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Outcome:
    assert network is None
    play: Play = request.param
    harness.shell(SERVER, play.by_hand)
    private = tmp_path_factory.mktemp("private")
    (private / "password").write_text(devices.PASSWORD)
    words = ["-vvv", "--diff", "--vault-password-file", str(private / "password")]
    words += [word.replace("FOLDER", str(folder)) for word in play.arguments]
    how = {
        "playbook": devices.PLAYBOOKS / f"{play.name}.yml",
        "variables": {**day2.BASE, "wg_server_peers": [dict(peer) for peer in play.peers]},
    }
    before, known = state(folder), secrets()
    checked = harness.play("--check", *words, **how)
    between = state(folder)
    done = evidence.watched_play(private, *words, env={"ANSIBLE_KEEP_REMOTE_FILES": "1"}, **how)
    known |= secrets()
    seen |= known
    return Outcome(play, before, checked, between, done, frozenset(known))


def state(folder: Path) -> dict[str, list[str]]:
    """All that a play could change on hosts and on the controller, as lines."""
    hosts = harness.snapshot()
    kept = {
        str(path.relative_to(folder)): f"{path.stat().st_mtime_ns} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in folder.rglob("*")
        if path.is_file()
    }
    tunnels = {f"tunnel of {host}": day2.whole_tunnel(host) for host in harness.HOSTS}
    return {**hosts, **tunnels, "controller": [f"{path} {what}" for path, what in sorted(kept.items())]}


def secrets() -> set[str]:
    """All private and preshared keys that are anywhere on the hosts."""
    return {
        key
        for host in harness.HOSTS
        for key in re.findall(r"[A-Za-z0-9+/]{43}=", harness.shell(host, SECRETS, check=False))
    }


SECRETS = r"""
cd /etc/wireguard
cat wg0/private.key
sed -n -E 's/^(PrivateKey|PresharedKey) = //p' wg0.conf wg0/clients/*.conf
grep -E '"(private_key|preshared_key)"' wg0/peers.json
"""


def test_check_mode_changes_nothing(outcome: Outcome) -> None:
    outcome.checked.succeeded()
    assert outcome.between == outcome.before


def test_check_mode_tells_the_truth(outcome: Outcome) -> None:
    outcome.done.run.succeeded()
    told, done = (sorted(run.changed) for run in (outcome.checked, outcome.done.run))
    if outcome.play.name == "restore":
        # What the hub makes of its key and registry shows when it has them.
        assert told == [f"{SERVER}: Bring key and registry back"]
        assert told[0] in done
    else:
        assert told == done
    assert bool(outcome.done.run.changed) == (outcome.play.name not in ("status", "verify"))


def test_no_secret_is_told(outcome: Outcome) -> None:
    assert len(outcome.secrets) > 0
    told = {"check mode": outcome.checked.output.encode() + outcome.checked.record.read_bytes()}
    assert evidence.leaks({**told, **outcome.done.places}, outcome.secrets) == {}


def test_no_secret_is_left(seen: set[str], folder: Path) -> None:
    """After all of them, with all temporary files kept that Ansible made on the hosts."""
    kept = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {Path(path).parent.name for path in kept} >= {"backups", "exported"}
    assert evidence.leaks(kept, seen) == {}
    for host in harness.HOSTS:
        files = evidence.files(host)
        assert any(path.startswith(evidence.REMOTE_TEMP) for path in files)
        places = {
            path for path in evidence.leaks(files, seen) if not path.startswith((day2.CONFIG, "/etc/wireguard/wg0/"))
        }
        assert places == set()
        assert evidence.shown_in(evidence.journal(host), seen) == set()
