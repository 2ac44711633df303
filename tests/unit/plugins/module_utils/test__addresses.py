# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses: who gets which, and what is said where one cannot be had."""

from __future__ import annotations

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _addresses, _networks
from ansible_collections.vpn.wireguard.plugins.module_utils._addresses import AddressError, Request

BOTH = ("10.8.0.0/24", "fd00:8::/64")
HUB = ("10.8.0.1", "fd00:8::1")


def assign(
    *requests: Request,
    networks: tuple[str, ...] = BOTH,
    reserved: tuple[str, ...] = HUB,
    resting: dict[str, str] | None = None,
) -> dict[str, tuple[str, ...]]:
    return _addresses.assign(requests, networks, reserved, resting or {})


def test_each_peer_gets_the_lowest_free_address_of_each_network() -> None:
    assert assign(Request("one"), Request("two")) == {
        "one": ("10.8.0.2", "fd00:8::2"),
        "two": ("10.8.0.3", "fd00:8::3"),
    }


def test_the_order_is_that_of_the_networks_and_the_texts_are_canonical() -> None:
    held = ("10.8.0.9", "FD00:8:0::9")
    assert assign(Request("one", held=held), networks=BOTH[::-1]) == {"one": ("fd00:8::9", "10.8.0.9")}


def test_nobody_and_no_networks() -> None:
    assert assign() == {}
    assert assign(Request("one"), networks=()) == {"one": ()}


def test_what_was_held_goes_before_what_is_free_whatever_the_order() -> None:
    assert assign(Request("new"), Request("old", held=("10.8.0.2", "fd00:8::2"))) == {
        "new": ("10.8.0.3", "fd00:8::3"),
        "old": ("10.8.0.2", "fd00:8::2"),
    }


def test_pins_go_before_all_else_whatever_the_order() -> None:
    assert assign(Request("new"), Request("pinned", pins=("10.8.0.2",))) == {
        "new": ("10.8.0.3", "fd00:8::2"),
        "pinned": ("10.8.0.2", "fd00:8::3"),
    }


def test_a_pin_in_one_network_leaves_the_address_of_the_other() -> None:
    held = ("10.8.0.5", "fd00:8::5")
    assert assign(Request("new"), Request("one", pins=("10.8.0.9",), held=held)) == {
        "new": ("10.8.0.2", "fd00:8::2"),
        "one": ("10.8.0.9", "fd00:8::5"),
    }


def test_a_pin_in_one_network_keeps_the_address_of_the_other_from_others() -> None:
    held = ("10.8.0.5", "fd00:8::5")
    with pytest.raises(AddressError, match="two: address fd00:8::5 belongs to one already"):
        assign(Request("one", pins=("10.8.0.5",), held=held), Request("two", pins=("fd00:8::5",)))
    given = assign(Request("one", pins=("10.8.0.9",), held=held), Request("two", pins=("10.8.0.5",)))
    assert given == {"one": ("10.8.0.9", "fd00:8::5"), "two": ("10.8.0.5", "fd00:8::2")}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("pin", ["10.8.0.5", "fd00:8::5", "fd00:8:0:0::5"])
def test_a_pin_on_what_another_holds_is_refused_by_name(pin: str, order: int) -> None:
    requests = [Request("one", held=("10.8.0.5", "fd00:8::5")), Request("two", pins=(pin,))]
    with pytest.raises(AddressError) as caught:
        assign(*requests[::order])
    assert str(caught.value) == f"two: address {pin} belongs to one already; pin another, or none"


def test_a_pin_on_what_another_leaves_for_a_pin_of_its_own() -> None:
    assert assign(
        Request("one", pins=("10.8.0.7",), held=("10.8.0.5",)),
        Request("two", pins=("10.8.0.5",), held=("10.8.0.7",)),
        networks=BOTH[:1],
        reserved=HUB[:1],
    ) == {"one": ("10.8.0.7",), "two": ("10.8.0.5",)}


@pytest.mark.parametrize(
    ("pins", "words"),
    [
        (("10.8.0.1",), "one: address 10.8.0.1 belongs to the hub already; pin another, or none"),
        (("fd00:8::1",), "one: address fd00:8::1 belongs to the hub already; pin another, or none"),
        (("10.8.0.0",), "one: address 10.8.0.0 is not a host of any of the hub's networks"),
        (("10.8.0.255",), "one: address 10.8.0.255 is not a host of any of the hub's networks"),
        (("fd00:8::",), "one: address fd00:8:: is not a host of any of the hub's networks"),
        (("10.9.0.1",), "one: address 10.9.0.1 is not a host of any of the hub's networks"),
        (
            ("10.8.0.8", "10.8.0.9"),
            "one: address 10.8.0.9 is a second one in the same network; pin one for each network",
        ),
    ],
)
def test_pins_that_cannot_be(pins: tuple[str, ...], words: str) -> None:
    with pytest.raises(AddressError) as caught:
        assign(Request("one", pins=pins))
    assert str(caught.value) == words


@pytest.mark.parametrize("text", ["*", "10.8.0.2/24", "300.8.0.1", ""])
def test_texts_that_are_no_address(text: str) -> None:
    with pytest.raises(_networks.NetworkError):
        assign(Request("one", pins=(text,)))
    with pytest.raises(_networks.NetworkError):
        assign(Request("one"), reserved=(text,))
    with pytest.raises(_networks.NetworkError):
        assign(Request("one"), networks=(f"x{text}",))


@pytest.mark.parametrize("held", ["10.8.0.1", "10.8.0.0", "10.8.0.255", "10.9.0.7"])
def test_what_was_held_and_cannot_be_any_more_is_replaced(held: str) -> None:
    """The hub took the address, or has another network now."""
    assert assign(Request("one", held=(held,)), networks=BOTH[:1]) == {"one": ("10.8.0.2",)}


def test_two_that_held_the_same_address_get_one_each() -> None:
    given = assign(Request("one", held=("10.8.0.5",)), Request("two", held=("10.8.0.5",)), networks=BOTH[:1])
    assert given == {"one": ("10.8.0.5",), "two": ("10.8.0.2",)}


def test_what_rests_goes_to_its_owner_or_by_a_pin_and_to_nobody_else() -> None:
    resting = {"10.8.0.2": "gone", "10.8.0.3": "back", "10.8.0.4": "gone", "fd00:8::2": "gone"}
    assert assign(Request("new"), Request("back"), Request("pinned", pins=("10.8.0.4",)), resting=resting) == {
        "new": ("10.8.0.5", "fd00:8::3"),
        "back": ("10.8.0.3", "fd00:8::4"),
        "pinned": ("10.8.0.4", "fd00:8::5"),
    }


def test_who_has_an_address_does_not_go_back_to_one_that_rests() -> None:
    resting = {"10.8.0.2": "one"}
    assert assign(Request("one", held=("10.8.0.9",)), networks=BOTH[:1], resting=resting) == {"one": ("10.8.0.9",)}


SMALL = ("10.8.0.0/29", "fd00:8::/125")


def test_a_network_that_is_full() -> None:
    five = [Request(f"peer-{n}") for n in range(5)]
    assert len(assign(*five, networks=SMALL)) == 5
    with pytest.raises(AddressError) as caught:
        assign(*five, Request("late"), networks=SMALL)
    assert str(caught.value) == "late: no address is free in 10.8.0.0/29; give the hub a larger network"


def test_a_network_that_is_full_of_addresses_that_rest() -> None:
    resting = {"10.8.0.5": "gone", "10.8.0.6": "gone", "10.9.0.6": "elsewhere", "fd00:8::6": "other family"}
    four = [Request(f"peer-{n}") for n in range(4)]
    assert len(assign(*four[:3], networks=SMALL, resting=resting)) == 3
    with pytest.raises(AddressError) as caught:
        assign(*four, networks=SMALL, resting=resting)
    assert str(caught.value) == (
        "peer-3: no address is free in 10.8.0.0/29 (2 given up lately are not handed out yet;"
        " a shorter quarantine frees them); give the hub a larger network"
    )


def test_a_full_network_of_the_other_family() -> None:
    requests = [Request(f"peer-{n}") for n in range(4)]
    with pytest.raises(AddressError, match=r"^peer-3: no address is free in fd00:8::/126; give the hub a larger"):
        assign(*requests, networks=("10.8.0.0/24", "fd00:8::/126"), reserved=("10.8.0.1",))
