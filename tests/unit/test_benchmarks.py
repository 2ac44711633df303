# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks compare what they say they do. No time is measured here: a busy machine would decide it."""

from __future__ import annotations

import ipaddress

import netaddr
import pytest

from ansible_collections.vpn.wireguard.benchmarks import __main__ as bench
from ansible_collections.vpn.wireguard.benchmarks import engine, firewall, fleet, hubs, lists, measure, peers, plays
from ansible_collections.vpn.wireguard.plugins.module_utils import _iptables, _nftables
from ansible_collections.vpn.wireguard.tests.unit import namespace


def test_lists_are_the_same_every_time_and_mixed_as_said() -> None:
    texts = lists.countries(2_000)
    assert texts == lists.countries(2_000)
    assert texts[:100] == lists.countries(100)
    networks = [ipaddress.ip_network(text) for text in texts]
    assert 0.65 < sum(network.version == 4 for network in networks) / len(networks) < 0.75
    # Those next to one network may be the same, so that more than the 3 % that are repeated on purpose are.
    assert 0.03 < 1 - len(set(texts)) / len(texts) < 0.1
    # Five to twenty-five times as many networks come out.
    assert 5 < len(engine.ours(texts)) / len(texts) < 25


@pytest.mark.parametrize("rival", [name for name in engine.RIVALS if "(C)" not in name])
def test_rivals_find_the_same(rival: str) -> None:
    exclude = lists.countries(60)
    found = {ipaddress.ip_network(text) for text in engine.RIVALS[rival](exclude)}
    assert found == set(map(ipaddress.ip_network, engine.ours(exclude)))


def test_the_floor_writes_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[list[str]] = []
    exclude = lists.countries(60)
    floor = engine.Floor(exclude, engine.ours(exclude))
    monkeypatch.setattr(engine, "write", written.append)
    floor()
    assert written == [engine.ours(exclude)]


def test_peers_have_a_few_conflicts() -> None:
    owners = lists.peers(1_000)
    found = peers.conflicts(owners)
    assert 3 < len(found) < 30
    for conflict in found[:3]:
        one, two = (netaddr.IPSet(owners[conflict[name]]) for name in ("first", "second"))
        assert not one.isdisjoint(two)


def test_rows_say_whether_the_goal_is_reached() -> None:
    rows = [
        measure.Row("a", "b", [1.0, 3.0, 2.0], "<= 2"),
        measure.Row("a", "b", [1.0], ">= 2"),
        measure.Row("long name", "b", [1234.5]),
    ]
    assert [row.reached for row in rows] == ["yes", "NO", ""]
    assert measure.table(rows).splitlines()[3].split() == ["a", "b", "2", "1", "to", "3", "<=", "2", "yes"]


def test_every_part_has_its_place_on_the_page() -> None:
    page = bench.PAGE.read_text(encoding="utf-8")
    for part in [*bench.PARTS, *bench.NAMED]:
        assert page.count(f".. begin {part}\n") == page.count(f".. end {part}\n") == 1


def test_rules_one_by_one_are_the_same_rules() -> None:
    made = firewall.policy(20)
    for script, ours, show in (
        (firewall.one_by_one(made), _iptables.hooks(made).post_up, "iptables-save | grep ^-A.WG-"),
        (
            firewall.one_by_one_nft(made),
            _nftables.hooks(made).post_up,
            "nft --stateless list table inet vpn-wireguard-%i",
        ),
    ):
        naive, whole = (
            namespace.run("bash", "-ec", "\n".join([*lines, show]).replace("%i", "wg0")) for lines in (script, ours)
        )
        assert naive.returncode == whole.returncode == 0, naive.stderr + whole.stderr
        assert sorted(naive.stdout.splitlines()) == sorted(whole.stdout.splitlines())


def test_a_packet_is_compared_as_often_as_is_said() -> None:
    assert firewall.longest(10) == 10
    assert firewall.longest(2000) < 40


def test_the_floor_has_a_ping_for_each_module() -> None:
    made = fleet.pings({plays.HUB: 4, "client-0": 5, "client-1": 5})
    assert {play["hosts"]: len(play["tasks"]) for play in made} == {"wg_servers": 4, "wg_clients": 5}


def test_a_peer_costs_what_sizes_differ_by() -> None:
    costs = {("second run", size): [plays.Cost(5 + size / 100, {})] for size in (100, 1_000)}
    assert hubs.marginal(costs, "second run", 100, 1_000) == pytest.approx([0.01])


def test_peers_of_a_hub_have_keys_of_their_own() -> None:
    keys = [peer["public_key"] for peer in hubs.peers(200)]
    assert len(set(keys)) == 200
    assert keys[:100] == [peer["public_key"] for peer in hubs.peers(100)]
