# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry: who the peers are, what they keep from run to run, and who cannot be together."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.vpn.wireguard.plugins.module_utils import _registry
from ansible_collections.vpn.wireguard.plugins.module_utils._addresses import AddressError
from ansible_collections.vpn.wireguard.plugins.module_utils._registry import Declared, Peer, RegistryError, Rules, Store
from ansible_collections.vpn.wireguard.tests.unit import samples

NETWORKS = ("10.8.0.0/24",)
RESERVED = ("10.8.0.1",)


DAY = "2026-02-03"


def resolve(
    declared: Sequence[Declared],
    store: Store | None = None,
    networks: tuple[str, ...] = NETWORKS,
    reserved: tuple[str, ...] = RESERVED,
    rules: Rules | None = None,
) -> _registry.Resolution:
    return _registry.resolve(declared, store or Store(), networks, reserved, rules or Rules(DAY))


def addresses(resolution: _registry.Resolution) -> dict[str, tuple[str, ...]]:
    return {name: peer.addresses for name, peer in resolution.peers.items()}


def test_addresses_are_handed_out_from_the_lowest() -> None:
    resolution = resolve([Declared("one", samples.ONE.public), Declared("two", samples.TWO.public)])
    assert resolution.peers == {
        "one": Peer("one", samples.ONE.public, ("10.8.0.2",), (), "2026-02-03"),
        "two": Peer("two", samples.TWO.public, ("10.8.0.3",), (), "2026-02-03"),
    }
    assert (resolution.added, resolution.removed, resolution.updated) == (["one", "two"], [], [])


def test_each_network_gives_an_address() -> None:
    resolution = resolve(
        [Declared("one"), Declared("two", addresses=("fd00:8::77",))],
        networks=("10.8.0.0/24", "fd00:8::/64"),
        reserved=("10.8.0.1", "fd00:8::1"),
    )
    assert addresses(resolution) == {"one": ("10.8.0.2", "fd00:8::2"), "two": ("10.8.0.3", "fd00:8::77")}


def test_addresses_of_the_hub_are_reserved() -> None:
    assert addresses(resolve([Declared("one")], reserved=("10.8.0.1", "10.8.0.2"))) == {"one": ("10.8.0.3",)}
    assert addresses(resolve([Declared("one")], reserved=("10.8.0.9",))) == {"one": ("10.8.0.1",)}


def test_a_new_peer_does_not_move_the_others() -> None:
    first = resolve([Declared("m"), Declared("z")])
    second = resolve([Declared("a"), Declared("z"), Declared("m")], first.store, rules=Rules("2026-03-04"))
    assert addresses(second) == {"a": ("10.8.0.4",), "z": ("10.8.0.3",), "m": ("10.8.0.2",)}
    assert second.added == ["a"]
    assert second.updated == []
    assert {name: peer.first_seen for name, peer in second.peers.items()} == {
        "a": "2026-03-04",
        "z": "2026-02-03",
        "m": "2026-02-03",
    }


def test_who_left_is_removed_by_name_and_frees_its_address_where_none_rests() -> None:
    first = resolve([Declared("one"), Declared("two")])
    second = resolve([Declared("two"), Declared("three")], first.store)
    assert second.removed == ["one"]
    assert addresses(second) == {"two": ("10.8.0.3",), "three": ("10.8.0.2",)}


def test_a_pin_on_what_another_peer_has_is_refused_by_name() -> None:
    first = resolve([Declared("one"), Declared("two")])
    with pytest.raises(AddressError, match=r"two: address 10\.8\.0\.2 belongs to one already; pin another, or none"):
        resolve([Declared("one"), Declared("two", addresses=("10.8.0.2",))], first.store)


def test_two_peers_change_places_by_two_pins() -> None:
    first = resolve([Declared("one"), Declared("two")])
    second = resolve([Declared("one", addresses=("10.8.0.3",)), Declared("two", addresses=("10.8.0.2",))], first.store)
    assert addresses(second) == {"one": ("10.8.0.3",), "two": ("10.8.0.2",)}
    assert second.updated == ["one", "two"]


def test_a_pin_on_what_a_peer_that_leaves_had() -> None:
    first = resolve([Declared("one"), Declared("two")])
    second = resolve([Declared("two", addresses=("10.8.0.2",))], first.store)
    assert addresses(second) == {"two": ("10.8.0.2",)}


def test_a_pin_that_is_dropped_leaves_the_address() -> None:
    first = resolve([Declared("one", addresses=("10.8.0.77",))])
    assert addresses(resolve([Declared("one")], first.store)) == {"one": ("10.8.0.77",)}


def test_pins_are_kept_free_for_later_peers() -> None:
    assert addresses(resolve([Declared("one"), Declared("two", addresses=("10.8.0.2",))])) == {
        "one": ("10.8.0.3",),
        "two": ("10.8.0.2",),
    }


def test_another_network_gives_other_addresses() -> None:
    first = resolve([Declared("one")])
    second = resolve([Declared("one")], first.store, networks=("10.9.0.0/24",), reserved=("10.9.0.1",))
    assert addresses(second) == {"one": ("10.9.0.2",)}
    assert second.updated == ["one"]


def test_a_larger_network_keeps_the_addresses() -> None:
    first = resolve([Declared("one"), Declared("two")])
    second = resolve([Declared("two")], first.store, networks=("10.8.0.0/16", "fd00:8::/64"))
    assert addresses(second) == {"two": ("10.8.0.3", "fd00:8::1")}


def test_the_order_of_networks_may_change() -> None:
    both = ("10.8.0.0/24", "fd00:8::/64")
    first = resolve([Declared("one"), Declared("two")], networks=both)
    second = resolve([Declared("two"), Declared("one")], first.store, networks=both[::-1])
    assert addresses(second) == {"one": ("fd00:8::1", "10.8.0.2"), "two": ("fd00:8::2", "10.8.0.3")}


def test_a_key_that_this_run_did_not_learn_is_kept() -> None:
    first = resolve([Declared("one", samples.ONE.public)])
    second = resolve([Declared("one")], first.store)
    assert second.peers == first.peers
    assert second.unknown == []
    assert second.updated == []


def test_a_key_that_nobody_knows_is_told() -> None:
    resolution = resolve([Declared("one"), Declared("two", samples.TWO.public)])
    assert resolution.unknown == ["one"]
    assert resolution.peers["one"].addresses == ("10.8.0.2",)


def test_a_new_key_replaces_the_old() -> None:
    first = resolve([Declared("one", samples.ONE.public)])
    second = resolve([Declared("one", samples.TWO.public)], first.store)
    assert second.peers["one"].public_key == samples.TWO.public
    assert second.updated == ["one"]


def test_networks_are_those_declared_now() -> None:
    first = resolve([Declared("one", networks=("192.168.0.0/16",))])
    assert first.peers["one"].allowed_ips == ["10.8.0.2/32", "192.168.0.0/16"]
    assert resolve([Declared("one")], first.store).peers["one"].allowed_ips == ["10.8.0.2/32"]


def test_allowed_ips_of_both_families() -> None:
    peer = Peer("one", None, ("10.8.0.2", "fd00:8::2"), ("192.168.0.0/16", "FD01::/64"))
    assert peer.allowed_ips == ["10.8.0.2/32", "fd00:8::2/128", "192.168.0.0/16", "fd01::/64"]


@pytest.mark.parametrize(
    ("peers", "words"),
    [
        ([Declared("bob"), Declared("Bob")], ["Bob", "case"]),
        ([Declared("bob"), Declared("bob")], ["bob", "two peers"]),
        (
            [Declared("one", addresses=("10.8.0.9",)), Declared("two", addresses=("10.8.0.9",))],
            ["two", "10.8.0.9", "belongs to one"],
        ),
        ([Declared("one", addresses=("10.8.0.1",))], ["one", "10.8.0.1", "the hub"]),
        ([Declared("one", addresses=("10.9.0.2",))], ["one", "10.9.0.2", "networks"]),
        ([Declared("one", addresses=("10.8.0.0",))], ["one", "10.8.0.0", "not a host"]),
        ([Declared("one", addresses=("10.8.0.255",))], ["one", "10.8.0.255", "not a host"]),
        ([Declared("one", addresses=("10.8.0.2", "10.8.0.3"))], ["one", "10.8.0.3", "second"]),
        ([Declared("one", samples.ONE.public), Declared("two", samples.ONE.public)], ["one", "two", "same public key"]),
        (
            [Declared("one", networks=("10.1.0.0/16",)), Declared("two", networks=("10.1.2.0/24",))],
            ["one", "two", "10.1.2.0/24"],
        ),
        ([Declared("one", networks=("10.8.0.0/25",))], ["one", "the hub", "10.8.0.0/25"]),
        ([Declared("one", networks=("10.0.0.0/8",))], ["one", "the hub", "10.8.0.0/24"]),
    ],
)
def test_who_cannot_be_together(peers: list[Declared], words: list[str]) -> None:
    with pytest.raises((RegistryError, AddressError)) as caught:
        resolve(peers)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize("texts", [("*",), ("10.8.0.2/24",), ("010.8.0.2",), (None,)])
def test_pins_are_addresses(texts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"is not|quote it"):
        resolve([Declared("one", addresses=texts)])


def test_a_key_that_another_peer_had_before_is_refused_while_both_are_there() -> None:
    first = resolve([Declared("one", samples.ONE.public)])
    with pytest.raises(RegistryError, match="same public key"):
        resolve([Declared("one"), Declared("two", samples.ONE.public)], first.store)


def test_a_network_that_is_full() -> None:
    three = [Declared("one"), Declared("two"), Declared("three")]
    with pytest.raises(AddressError, match=r"two: no address is free in 10\.8\.0\.0/30; give the hub a larger network"):
        resolve(three, networks=("10.8.0.0/30",))
    assert len(resolve(three[:1], networks=("10.8.0.0/30",)).peers) == 1


def test_every_address_of_a_network_can_be_used() -> None:
    resolution = resolve([Declared(f"peer-{n}") for n in range(253)])
    assert resolution.peers["peer-252"].addresses == ("10.8.0.254",)
    with pytest.raises(AddressError, match="no address is free"):
        resolve([Declared(f"peer-{n}") for n in range(254)])


def test_a_large_network_takes_no_time() -> None:
    resolution = resolve([Declared("one")], networks=("fd00::/8",), reserved=("fd00::1",))
    assert addresses(resolution) == {"one": ("fd00::2",)}


names = st.lists(st.sampled_from([f"peer-{n}" for n in range(12)]), unique=True, max_size=12)


@given(st.lists(names, min_size=1, max_size=8))
def test_addresses_stay_whoever_comes_and_goes(runs: list[list[str]]) -> None:
    store = Store()
    for present in runs:
        remembered = store.peers
        resolution = resolve([Declared(name) for name in present], store, networks=("10.8.0.0/28",))
        given_out = [address for peer in resolution.peers.values() for address in peer.addresses]
        assert len(set(given_out)) == len(present)
        assert RESERVED[0] not in given_out
        stayed = set(present) & set(remembered)
        assert all(resolution.peers[name] == remembered[name] for name in stayed)
        assert (set(resolution.added), set(resolution.removed)) == (set(present) - stayed, set(remembered) - stayed)
        store = _registry.load(_registry.dump(resolution.store))


@given(names, st.data())
def test_pins_are_given_to_those_who_hold_them(present: list[str], data: st.DataObject) -> None:
    pins = data.draw(st.dictionaries(st.sampled_from(present or ["none"]), st.integers(2, 254), max_size=len(present)))
    unique = {name: f"10.8.0.{value}" for value, name in {value: name for name, value in pins.items()}.items()}
    declared = [Declared(name, addresses=(unique[name],) if name in unique else ()) for name in present]
    resolution = resolve(declared)
    assert {name: resolution.peers[name].addresses for name in unique if name in present} == {
        name: (address,) for name, address in unique.items() if name in present
    }
    assert len({peer.addresses for peer in resolution.peers.values()}) == len(present)


def test_nothing_changes_in_a_second_run() -> None:
    declared = [Declared("one", samples.ONE.public, ("10.8.0.7",), ("192.168.0.0/16",)), Declared("two")]
    first = resolve(declared)
    second = resolve(declared, first.store, rules=Rules("2030-01-01"))
    assert second.store == first.store
    assert (second.added, second.removed, second.updated) == ([], [], [])
    assert _registry.dump(second.store) == _registry.dump(first.store)


def test_the_store_gives_back_what_it_was_given() -> None:
    store = Store(
        {
            "two": Peer("two", samples.TWO.public, ("10.8.0.3",), ("192.168.0.0/16",), DAY, samples.PSK),
            "one": Peer("one", None, ("10.8.0.2", "fd00:8::2"), (), DAY),
        },
        {"10.8.0.7": _registry.Released("old", DAY), "10.8.0.5": _registry.Released("older", "2026-01-01")},
    )
    text = _registry.dump(store)
    assert _registry.load(text) == store
    assert text.endswith("\n")
    turned = Store(dict(reversed(store.peers.items())), dict(reversed(store.released.items())))
    assert _registry.dump(turned) == text


def test_an_empty_store() -> None:
    assert _registry.load(_registry.dump(Store())) == Store()


def stored(**changes: object) -> str:
    whole = json.loads(_registry.dump(Store({"one": Peer("one", None, ("10.8.0.2",), (), DAY)})))
    whole["peers"]["one"] |= changes
    return json.dumps(whole)


def test_the_entry_of_the_broken_stores_is_readable_as_it_stands() -> None:
    assert _registry.load(stored()) == Store({"one": Peer("one", None, ("10.8.0.2",), (), DAY)})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"format": 1}',
        '{"format": 1, "peers": []}',
        '{"format": 1, "peers": {"one": {}}}',
        '{"format": 1, "peers": {"one": null}}',
        '{"format": 1, "peers": {}}',
        '{"format": 1, "peers": {}, "released": []}',
        '{"format": 1, "peers": {}, "released": {"10.8.0.2": "one"}}',
        '{"format": 1, "peers": {}, "released": {"10.8.0.2": {"name": "one"}}}',
        '{"format": 2, "peers": {}, "released": {}}',
        '{"format": "1", "peers": {}, "released": {}}',
        stored()[:-20],
        stored(addresses="10.8.0.2"),
        stored(addresses=None),
        stored(addresses=[8]),
        stored(networks="192.168.0.0/16"),
        stored(public_key=7),
        stored(preshared_key=7),
        stored(preshared_key=True),
    ],
)
def test_a_store_that_cannot_be_read(text: str) -> None:
    with pytest.raises(RegistryError, match="restore it from a backup, or move it away"):
        _registry.load(text)


def test_a_store_of_another_release_is_told_by_its_format() -> None:
    with pytest.raises(RegistryError, match="format is 2, this release reads 1"):
        _registry.load('{"format": 2, "peers": {}}')


def test_today_is_a_date_in_utc() -> None:
    before = datetime.datetime.now(datetime.UTC).date()
    day = datetime.date.fromisoformat(_registry.today())
    assert before <= day <= datetime.datetime.now(datetime.UTC).date()


KEYS = {"one": samples.ONE.public, "two": samples.TWO.public, "hub": samples.HUB.public}


def known(*names: str, preshared_key: bool | None = None) -> list[Declared]:
    """Peers that tell their keys."""
    return [Declared(name, KEYS.get(name, f"the key of {name}"), preshared_key=preshared_key) for name in names]


class Maker:
    """Makes preshared keys that tell in which order they were made."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> str:
        self.made += 1
        return f"preshared-{self.made}"


def rules(today: str = DAY, days: int = 30, make: Maker | None = None, rotate: Sequence[str] = ()) -> Rules:
    return Rules(today, days, make or Maker(), frozenset(rotate))


def test_a_known_key_under_a_new_name_is_a_peer_that_was_renamed() -> None:
    both = ("10.8.0.0/24", "fd00:8::/64")
    first = resolve(known("other", "one", preshared_key=True), None, both, rules=rules())
    second = resolve(
        [Declared("uno", KEYS["one"]), *known("zero", "other")], first.store, both, rules=rules("2026-05-06")
    )
    old = first.peers["one"]
    assert second.peers["uno"] == Peer("uno", KEYS["one"], old.addresses, (), DAY, old.preshared_key)
    assert second.peers["uno"].addresses == ("10.8.0.3", "fd00:8::2")
    assert old.preshared_key == "preshared-2"
    assert (second.added, second.removed, second.updated) == (["zero"], [], ["uno"])
    assert second.store.released == {}


def test_who_has_its_own_name_is_not_renamed() -> None:
    """Two hosts that changed their keys with one another stay who they are."""
    first = resolve(known("one", "two"))
    second = resolve([Declared("one", KEYS["two"]), Declared("two", KEYS["one"])], first.store)
    assert addresses(second) == addresses(first)
    assert (second.added, second.removed, second.updated) == ([], [], ["one", "two"])


def test_a_name_that_is_known_goes_before_a_key_that_is_known() -> None:
    first = resolve(known("one", "two"))
    second = resolve([Declared("two", KEYS["one"]), Declared("three", KEYS["two"])], first.store)
    assert addresses(second) == {"two": ("10.8.0.3",), "three": ("10.8.0.2",)}
    assert (second.added, second.removed) == (["three"], ["one"])


def test_a_name_changes_its_case_with_the_key() -> None:
    first = resolve([Declared("Bob", KEYS["one"]), Declared("eve")])
    second = resolve([Declared("bob", KEYS["one"]), Declared("eve")], first.store)
    assert addresses(second) == {"bob": ("10.8.0.2",), "eve": ("10.8.0.3",)}
    assert second.removed == []


def test_an_address_that_was_given_up_rests_for_its_days() -> None:
    first = resolve(known("one", "two"), rules=rules())
    left = resolve(known("two"), first.store, rules=rules("2026-03-01", 30))
    assert left.store.released == {"10.8.0.2": _registry.Released("one", "2026-03-01")}
    for day, days, expected in (
        ("2026-03-01", 30, "10.8.0.4"),
        ("2026-03-30", 30, "10.8.0.4"),
        ("2026-03-31", 30, "10.8.0.2"),
        ("2026-03-30", 29, "10.8.0.2"),
        ("2027-03-01", 366, "10.8.0.4"),
    ):
        later = resolve(known("two", "three"), left.store, rules=rules(day, days))
        assert later.peers["three"].addresses == (expected,), (day, days)
        assert bool(later.store.released) == (expected == "10.8.0.4"), (day, days)


def test_nothing_rests_without_a_quarantine() -> None:
    first = resolve(known("one", "two"), rules=rules())
    assert resolve(known("two"), first.store, rules=rules(days=0)).store.released == {}


def test_an_address_rests_from_the_day_it_was_given_up_and_not_from_the_last_run() -> None:
    store = resolve(known("one", "two"), rules=rules()).store
    for day in ("2026-03-01", "2026-03-15", "2026-03-30"):
        store = resolve(known("two"), store, rules=rules(day)).store
        assert store.released == {"10.8.0.2": _registry.Released("one", "2026-03-01")}
    assert resolve(known("two"), store, rules=rules("2026-03-31")).store.released == {}


def test_a_former_owner_gets_its_address_back() -> None:
    both = ("10.8.0.0/24", "fd00:8::/64")
    first = resolve(known("one", "two", "hub"), None, both, rules=rules())
    left = resolve(known("hub"), first.store, both, rules=rules())
    assert len(left.store.released) == 4
    back = resolve(known("new", "two", "hub"), left.store, both, rules=rules("2026-02-20"))
    assert addresses(back) == {
        "new": ("10.8.0.5", "fd00:8::4"),
        "two": ("10.8.0.3", "fd00:8::2"),
        "hub": ("10.8.0.4", "fd00:8::3"),
    }
    assert set(back.store.released) == {"10.8.0.2", "fd00:8::1"}
    assert back.peers["two"].first_seen == "2026-02-20"


def test_a_pin_wins_over_the_rest_of_an_address() -> None:
    first = resolve(known("one", "two"), rules=rules())
    left = resolve(known("two"), first.store, rules=rules())
    pinned = resolve([*known("two"), Declared("three", addresses=("10.8.0.2",))], left.store, rules=rules())
    assert addresses(pinned) == {"two": ("10.8.0.3",), "three": ("10.8.0.2",)}
    assert pinned.store.released == {}


def test_what_a_peer_leaves_for_a_pin_rests_for_it() -> None:
    first = resolve(known("one"), rules=rules())
    moved = resolve([Declared("one", addresses=("10.8.0.9",))], first.store, rules=rules("2026-03-01"))
    assert moved.store.released == {"10.8.0.2": _registry.Released("one", "2026-03-01")}
    assert addresses(resolve(known("one", "two"), moved.store, rules=rules("2026-03-02"))) == {
        "one": ("10.8.0.9",),
        "two": ("10.8.0.3",),
    }


@pytest.mark.parametrize("key", [None, samples.ONE.public])
def test_who_is_kept_without_being_declared(key: str | None) -> None:
    """That a declared peer told no key this time says nothing of others that have none."""
    store = resolve([Declared("one", key), Declared("late"), Declared("two", samples.TWO.public)]).store
    stay = _registry.kept(store, [Declared("two")], everybody=True)
    assert [peer.name for peer in stay] == ["one", "late"]
    assert _registry.kept(store, [Declared("two")], everybody=False) == []
    renamed = _registry.kept(store, [Declared("zwei", samples.TWO.public)], everybody=True)
    assert [peer.name for peer in renamed] == ["one", "late"]


def store_of(count: int) -> Store:
    return resolve([Declared(f"peer-{n}") for n in range(count)]).store


@pytest.mark.parametrize(
    ("count", "going"), [(0, 0), (1, 0), (2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (5, 2), (6, 3), (101, 50)]
)
def test_some_peers_may_leave(count: int, going: int) -> None:
    _registry.check_removal(store_of(count), [f"peer-{n}" for n in range(going)])


@pytest.mark.parametrize(("count", "going"), [(1, 1), (2, 2), (3, 3), (4, 3), (4, 4), (5, 3), (6, 4), (101, 51)])
def test_most_peers_may_not_leave_without_a_word(count: int, going: int) -> None:
    leaving = [f"peer-{n}" for n in reversed(range(going))]
    with pytest.raises(RegistryError) as caught:
        _registry.check_removal(store_of(count), leaving)
    names = ", ".join(sorted(leaving))
    assert f"this run would remove {going} of the hub's {count} peers ({names})" in str(caught.value)
    assert "wg_server_purge" in str(caught.value)
    assert "force" in str(caught.value)


def preshared(resolution: _registry.Resolution) -> dict[str, str | None]:
    return {name: peer.preshared_key for name, peer in resolution.peers.items()}


def test_a_preshared_key_is_made_for_who_is_to_have_one_and_kept() -> None:
    make = Maker()
    first = resolve([*known("one", preshared_key=True), *known("two")], rules=rules(make=make))
    assert preshared(first) == {"one": "preshared-1", "two": None}
    for wish in (True, None):
        again = resolve(
            [*known("one", preshared_key=wish), *known("two", preshared_key=None)], first.store, rules=rules(make=make)
        )
        assert again.store == first.store
        assert again.updated == []
    assert make.made == 1


def test_a_peer_that_gets_a_preshared_key_later() -> None:
    first = resolve(known("one"))
    second = resolve(known("one", preshared_key=True), first.store, rules=rules())
    assert preshared(second) == {"one": "preshared-1"}
    assert second.updated == ["one"]


def test_a_preshared_key_goes_when_it_is_not_wanted() -> None:
    first = resolve(known("one", preshared_key=True), rules=rules())
    second = resolve(known("one", preshared_key=False), first.store, rules=rules())
    assert preshared(second) == {"one": None}
    assert second.updated == ["one"]
    assert preshared(resolve(known("one", preshared_key=False), rules=rules())) == {"one": None}


def test_preshared_keys_are_made_anew_for_those_named() -> None:
    make = Maker()
    first = resolve(known("one", "two", preshared_key=True), rules=rules(make=make))
    second = resolve(known("one", "two", preshared_key=True), first.store, rules=rules(make=make, rotate=["two"]))
    assert preshared(second) == {"one": "preshared-1", "two": "preshared-3"}
    assert second.updated == ["two"]


@pytest.mark.parametrize(("wish", "expected"), [(None, "preshared-1"), (False, None)])
def test_only_who_is_to_have_a_preshared_key_gets_a_new_one(wish: bool | None, expected: str | None) -> None:
    """Both sides must get a new key in one run: a peer that takes no part (None) keeps its own."""
    first = resolve(known("one", preshared_key=True), rules=rules())
    second = resolve(known("one", preshared_key=wish), first.store, rules=rules(rotate=["one", "nobody"]))
    assert preshared(second) == {"one": expected}


def test_no_preshared_key_shows() -> None:
    store = Store(
        {"one": Peer("one", samples.ONE.public, ("10.8.0.2",), (), DAY, samples.PSK), "two": Peer("two", None, ())}
    )
    shown = _registry.dump(store, secrets=False)
    assert samples.PSK in _registry.dump(store)
    assert samples.PSK not in shown
    assert {name: entry["preshared_key"] for name, entry in json.loads(shown)["peers"].items()} == {
        "one": "(hidden)",
        "two": None,
    }
    resolution = resolve(known("one"), store)
    assert resolution.peers["one"].preshared_key == samples.PSK
    assert samples.PSK not in repr([store, resolution, store.peers["one"]])


@pytest.mark.parametrize("since", [20260203, None, "yesterday", ["2026-02-03"]])
def test_an_address_that_rests_since_no_day(since: object) -> None:
    text = json.dumps({"format": 1, "peers": {}, "released": {"10.8.0.9": {"name": "one", "since": since}}})
    with pytest.raises(RegistryError, match="cannot be read"):
        _registry.load(text)
