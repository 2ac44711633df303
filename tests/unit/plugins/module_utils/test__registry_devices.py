# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers whose pair the hub makes, that are shut out for a time, and that get another name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _registry
from ansible_collections.vpn.wireguard.plugins.module_utils._registry import Declared, RegistryError, Rules, Store
from ansible_collections.vpn.wireguard.tests.unit import samples

PAIRS = (samples.ONE, samples.TWO, samples.EXAMPLE_HUB)
LATER = "2026-12-31T00:00:00Z"


@pytest.fixture
def rules() -> Rules:
    """Rules by which pairs come from the samples, in their order."""
    pairs: Iterator[samples.Pair] = iter(PAIRS)

    def make_pair() -> tuple[str, str]:
        pair = next(pairs)
        return pair.private, pair.public

    return Rules("2026-02-03", 30, lambda: samples.PSK, make_pair=make_pair)


def resolve(*declared: Declared, rules: Rules, store: Store | None = None) -> _registry.Resolution:
    return _registry.resolve(declared, store or Store(), ("10.8.0.0/24",), ("10.8.0.1",), rules)


def phone(**changes: object) -> Declared:
    return Declared("phone", generate=True, **changes)  # type: ignore[arg-type]


def test_a_pair_is_made_once_and_kept(rules: Rules) -> None:
    first = resolve(phone(), rules=rules)
    assert (first.peers["phone"].private_key, first.peers["phone"].public_key) == PAIRS[0]
    again = resolve(Declared("first"), phone(), rules=rules, store=_registry.load(_registry.dump(first.store)))
    assert again.peers["phone"] == first.peers["phone"]
    assert (again.updated, again.unknown) == ([], ["first"])


def test_a_pair_is_renewed_on_request_only(rules: Rules) -> None:
    first = resolve(phone(), Declared("own", samples.HUB.public), rules=rules)
    renewing = Rules(**{**vars(rules), "renew": frozenset(("phone", "own"))})
    second = resolve(phone(), Declared("own", samples.HUB.public), rules=renewing, store=first.store)
    assert (second.peers["phone"].private_key, second.peers["phone"].public_key) == PAIRS[1]
    assert second.peers["phone"].addresses == first.peers["phone"].addresses
    assert second.updated == ["phone"]


def test_a_device_that_brings_its_key_takes_the_hub_s_copy_away(rules: Rules) -> None:
    first = resolve(phone(), rules=rules)
    second = resolve(Declared("phone", samples.TWO.public), rules=rules, store=first.store)
    assert (second.peers["phone"].private_key, second.peers["phone"].public_key) == (None, samples.TWO.public)
    assert PAIRS[0].private not in _registry.dump(second.store)


def test_the_store_shows_no_secret(rules: Rules) -> None:
    store = resolve(phone(preshared_key=True), rules=rules).store
    shown = _registry.dump(store, secrets=False)
    assert [secret for secret in (PAIRS[0].private, samples.PSK) if secret in shown + repr(store)] == []
    assert [secret for secret in (PAIRS[0].private, samples.PSK) if secret not in _registry.dump(store)] == []
    assert _registry.load(_registry.dump(store)) == store


def test_what_few_peers_have_does_not_stand_with_the_others() -> None:
    store = resolve(Declared("one", samples.ONE.public), rules=Rules("2026-02-03")).store
    assert not {"private_key", "enabled", "expires"} & set(_registry.dump(store).replace('"', " ").split())


@pytest.mark.parametrize(
    ("changes", "before", "after"),
    [
        ({}, True, True),
        ({"enabled": False}, False, False),
        ({"expires": LATER}, True, False),
        ({"expires": LATER, "enabled": False}, False, False),
    ],
)
def test_who_is_let_in(rules: Rules, changes: dict[str, object], before: bool, after: bool) -> None:
    peer = resolve(phone(**changes), rules=rules).peers["phone"]
    assert (peer.is_active("2026-12-30T23:59:59Z"), peer.is_active(LATER)) == (before, after)


def test_who_is_shut_out_keeps_key_and_address(rules: Rules) -> None:
    first = resolve(phone(), rules=rules)
    shut = resolve(Declared("a"), phone(enabled=False), rules=rules, store=first.store)
    back = resolve(Declared("a"), phone(), rules=rules, store=shut.store)
    assert (shut.updated, shut.removed, back.updated) == (["phone"], [], ["phone"])
    assert back.peers["phone"] == first.peers["phone"]
    assert back.peers["a"].addresses == ("10.8.0.3",)


@pytest.mark.parametrize("changes", [{"enabled": False}, {"expires": "2026-01-01T00:00:00Z"}])
def test_who_is_shut_out_keeps_its_networks(rules: Rules, changes: dict[str, object]) -> None:
    with pytest.raises(RegistryError, match=r"other and phone both claim 192\.168\.77\.0/24"):
        resolve(
            phone(networks=("192.168.77.0/24",), **changes),
            Declared("other", networks=("192.168.77.0/24",)),
            rules=rules,
        )


@pytest.mark.parametrize("changes", [{"generate": True}, {"public_key": samples.TWO.public}, {}])
def test_a_new_name_keeps_key_and_address(rules: Rules, changes: dict[str, object]) -> None:
    """Whoever made the pair, and also where this run does not know the key."""
    before = Declared("phone", **changes)  # type: ignore[arg-type]
    first = resolve(Declared("a"), before, rules=rules)
    second = resolve(Declared("a"), Declared("tablet", formerly="phone", **changes), rules=rules, store=first.store)  # type: ignore[arg-type]
    third = resolve(Declared("a"), Declared("tablet", formerly="phone", **changes), rules=rules, store=second.store)  # type: ignore[arg-type]
    assert (second.added, second.removed, second.updated) == ([], [], ["tablet"])
    assert vars(second.peers["tablet"]) == {**vars(first.peers["phone"]), "name": "tablet"}
    assert third.peers == second.peers
    assert third.store.released == {}


def test_only_one_takes_the_place_of_another(rules: Rules) -> None:
    first = resolve(phone(), rules=rules)
    both = [Declared(name, generate=True, formerly="phone") for name in ("b", "c")]
    second = resolve(*both, rules=rules, store=first.store)
    assert (second.peers["b"].public_key, second.added) == (PAIRS[0].public, ["c"])


def test_a_former_name_that_is_still_declared_stays_where_it_is(rules: Rules) -> None:
    first = resolve(phone(), rules=rules)
    second = resolve(phone(), Declared("tablet", generate=True, formerly="phone"), rules=rules, store=first.store)
    assert second.peers["phone"] == first.peers["phone"]
    assert second.added == ["tablet"]


def test_a_run_that_keeps_everybody_keeps_what_they_are(rules: Rules) -> None:
    first = resolve(phone(enabled=False), Declared("own", samples.TWO.public, expires=LATER), rules=rules)
    kept = _registry.kept(first.store, [], everybody=True)
    assert resolve(*kept, rules=rules, store=first.store).peers == first.peers
    renamed = [Declared("tablet", generate=True, formerly="phone")]
    assert [peer.name for peer in _registry.kept(first.store, renamed, everybody=True)] == ["own"]


@pytest.mark.parametrize("field", [{"private_key": 7}, {"expires": "soon"}])
def test_a_store_that_cannot_be_right_is_refused(rules: Rules, field: dict[str, object]) -> None:
    text = _registry.dump(resolve(phone(expires=LATER), rules=rules).store)
    good = f'"private_key": "{PAIRS[0].private}"' if "private_key" in field else f'"expires": "{LATER}"'
    ((name, value),) = field.items()
    assert good in text
    with pytest.raises(RegistryError, match="restore it from a backup"):
        _registry.load(text.replace(good, f'"{name}": {value!r}'.replace("'", '"')))
