# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: from what was found to what is wanted, by the least disruptive steps in the right order."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _config, _lists, _networks, _plan
from ansible_collections.vpn.wireguard.plugins.module_utils._config import Config, Interface, Peer
from ansible_collections.vpn.wireguard.plugins.module_utils._device import Device, DevicePeer
from ansible_collections.vpn.wireguard.plugins.module_utils._plan import Found, Step, Wanted
from ansible_collections.vpn.wireguard.tests.unit import samples

ONE = Peer(samples.ONE.public, ("10.8.0.2/32",), name="one")
TWO = Peer(samples.TWO.public, ("10.8.0.3/32", "192.168.0.0/16"), preshared_key=samples.PSK, name="two")
HUB = Config(Interface(addresses=("10.8.0.1/24",), listen_port=51820), (ONE, TWO))
CLIENT = Config(
    Interface(addresses=("10.8.0.2/24",)),
    (Peer(samples.HUB.public, ("10.8.0.0/24",), endpoint="198.51.100.7:51820", persistent_keepalive=25, name="hub"),),
)


def running(config: Config, **changes: object) -> Device:
    """The device as wg-quick makes it from a file."""
    peers = {
        peer.public_key: DevicePeer(
            peer.public_key,
            frozenset(peer.allowed_ips),
            peer.endpoint,
            peer.persistent_keepalive,
            peer.preshared_key,
            handshake=1_700_000_000,
            received=1,
            sent=2,
        )
        for peer in config.peers
    }
    interface = config.interface
    device = Device(
        public_key=samples.HUB.public,
        listen_port=interface.listen_port or 39999,
        fw_mark=interface.fw_mark or 0,
        mtu=interface.mtu or 1420,
        addresses=frozenset(interface.addresses),
        routes=frozenset(routes_of(config)),
        peers=peers,
    )
    return dataclasses.replace(device, **changes)


def routes_of(config: Config) -> set[str]:
    """What wg-quick, or a hook, and the kernel route to the interface: its own networks, and what they do not cover."""
    own = [ipaddress.ip_interface(text).network for text in config.interface.addresses]
    hooked = config.interface.table == "off"
    sources = [config.interface.routes] if hooked else [peer.allowed_ips for peer in config.peers]
    allowed = {ipaddress.ip_network(text) for source in sources for text in source}
    beyond = {
        network
        for network in allowed
        if network.prefixlen and not any(network.version == net.version and network.subnet_of(net) for net in own)
    }
    return {str(network) for network in beyond | {net for net in own if net.num_addresses > 1}}


def text_of(config: Config) -> str:
    """Stands for the text of a file: another one for any other config."""
    return str(dataclasses.asdict(config))


def wanted(config: Config, state: str = "up", enabled: bool = True, **more: object) -> Wanted:
    return Wanted("wg0", state, enabled, text_of(config), config, samples.HUB.public, **more)


def found(config: Config, device: Device | None = None, enabled: bool = True) -> Found:
    """A host on which the file of ``config`` was applied; with the device that makes, or a given one."""
    return Found(text_of(config), config, device or running(config), enabled)


def with_peers(config: Config, *peers: Peer) -> Config:
    return dataclasses.replace(config, peers=peers)


def with_interface(config: Config, **changes: object) -> Config:
    return dataclasses.replace(config, interface=dataclasses.replace(config.interface, **changes))


def verbs(steps: list[Step]) -> list[str]:
    return [step.verb for step in steps]


def test_a_fresh_host() -> None:
    steps = _plan.plan(wanted(HUB), Found())
    assert verbs(steps) == ["write_file", "start", "enable"]
    assert not any(step.disruptive for step in steps)


def test_a_fresh_host_without_boot() -> None:
    assert verbs(_plan.plan(wanted(HUB, enabled=False), Found())) == ["write_file", "start"]


def test_a_file_that_is_right_is_only_started() -> None:
    assert verbs(_plan.plan(wanted(HUB), Found(text_of(HUB), HUB, None, True))) == ["start"]


@pytest.mark.parametrize("config", [HUB, CLIENT, with_interface(HUB, fw_mark=51820, mtu=1400)])
def test_nothing_to_do(config: Config) -> None:
    assert _plan.plan(wanted(config), found(config)) == []


def test_what_a_device_knows_by_itself_is_no_difference() -> None:
    peer = dataclasses.replace(
        running(HUB).peers[ONE.public_key], endpoint="203.0.113.9:4242", handshake=0, received=9, sent=9
    )
    device = running(HUB, peers={**running(HUB).peers, ONE.public_key: peer})
    assert _plan.plan(wanted(HUB), found(HUB, device)) == []


def test_the_order_of_peers_and_networks_is_no_difference() -> None:
    device = running(with_peers(HUB, TWO, ONE))
    assert _plan.plan(wanted(HUB), found(HUB, device)) == []


def test_a_comment_in_the_file_changes_the_file_alone() -> None:
    named = with_peers(HUB, dataclasses.replace(ONE, name="uno"), TWO)
    assert verbs(_plan.plan(wanted(named), found(HUB))) == ["write_file"]


def test_a_peer_is_added_live() -> None:
    steps = _plan.plan(wanted(HUB), found(with_peers(HUB, ONE)))
    assert verbs(steps) == ["write_file", "set_peers", "add_routes"]
    assert steps[1].peers == (TWO,)
    assert steps[2].values == ("192.168.0.0/16",)
    assert not any(step.disruptive for step in steps)


def test_a_peer_is_removed_live() -> None:
    steps = _plan.plan(wanted(with_peers(HUB, ONE)), found(HUB))
    # The old file alone tells that the route is ours: a run that is cut short after the write would forget it.
    assert verbs(steps) == ["remove_routes", "write_file", "remove_peers"]
    assert steps[0].values == ("192.168.0.0/16",)
    assert [peer.public_key for peer in steps[2].peers] == [TWO.public_key]
    assert not any(step.disruptive for step in steps)


@pytest.mark.parametrize(
    "changes",
    [
        {"allowed_ips": ("10.8.0.9/32",)},
        {"persistent_keepalive": 25},
        {"preshared_key": samples.PSK},
    ],
)
def test_a_peer_is_changed_live(changes: dict[str, object]) -> None:
    peer = dataclasses.replace(ONE, **changes)
    steps = _plan.plan(wanted(with_peers(HUB, peer, TWO)), found(HUB))
    assert verbs(steps) == ["write_file", "set_peers"]
    assert steps[1].peers == (peer,)
    assert not any(step.disruptive for step in steps)


def test_a_preshared_key_is_taken_away_live() -> None:
    peer = dataclasses.replace(TWO, preshared_key=None)
    steps = _plan.plan(wanted(with_peers(HUB, ONE, peer)), found(HUB))
    assert [step.peers for step in steps if step.verb == "set_peers"] == [(peer,)]


def test_a_peer_with_a_new_key_is_another_peer() -> None:
    peer = dataclasses.replace(ONE, public_key=samples.EXAMPLE_HUB.public)
    steps = _plan.plan(wanted(with_peers(HUB, peer, TWO)), found(HUB))
    # The old one goes first: it holds the addresses.
    assert verbs(steps) == ["write_file", "remove_peers", "set_peers"]
    assert [peer.public_key for step in steps[1:] for peer in step.peers] == [ONE.public_key, peer.public_key]


def test_all_at_once_in_order() -> None:
    changed = dataclasses.replace(TWO, allowed_ips=("10.8.0.3/32", "172.16.0.0/12"))
    new = Peer(samples.EXAMPLE_HUB.public, ("10.8.0.4/32", "fd00::/64"), name="new")
    steps = _plan.plan(wanted(with_peers(HUB, changed, new), enabled=False), found(HUB))
    assert verbs(steps) == [
        "remove_routes",
        "write_file",
        "remove_peers",
        "set_peers",
        "set_peers",
        "add_routes",
        "disable",
    ]
    assert [step.values for step in steps if "routes" in step.verb] == [
        ("192.168.0.0/16",),
        ("172.16.0.0/12", "fd00::/64"),
    ]


def test_routes_that_move_between_peers_stay() -> None:
    one = dataclasses.replace(ONE, allowed_ips=("10.8.0.2/32", "192.168.0.0/16"))
    two = dataclasses.replace(TWO, allowed_ips=("10.8.0.3/32",))
    steps = _plan.plan(wanted(with_peers(HUB, one, two)), found(HUB))
    assert verbs(steps) == ["write_file", "set_peers"]
    assert steps[1].peers == (one, two)


def test_networks_that_the_address_covers_need_no_route() -> None:
    wide = with_interface(HUB, addresses=("10.8.0.1/24", "192.168.1.1/16"))
    assert verbs(_plan.plan(wanted(wide), found(with_peers(wide, ONE)))) == ["write_file", "set_peers"]
    narrow = with_interface(HUB, addresses=("10.8.0.1/32",))
    steps = _plan.plan(wanted(narrow), found(with_peers(narrow, ONE)))
    assert [step.values for step in steps if "routes" in step.verb] == [("10.8.0.3/32", "192.168.0.0/16")]


def test_a_wider_network_than_the_address_s_needs_a_route() -> None:
    peer = dataclasses.replace(ONE, allowed_ips=("10.8.0.0/16",))
    steps = _plan.plan(wanted(with_peers(HUB, peer, TWO)), found(HUB))
    assert [step.values for step in steps if step.verb == "add_routes"] == [("10.8.0.0/16",)]


def test_with_table_off_the_file_says_which_routes_there_are() -> None:
    hub = with_interface(HUB, table="off")
    assert verbs(_plan.plan(wanted(hub), found(with_peers(hub, ONE)))) == ["write_file", "set_peers"]
    routed = with_interface(hub, routes=("192.168.0.0/16", "172.16.0.0/12"))
    [_file, step] = _plan.plan(wanted(routed), found(hub))
    assert (step.verb, step.values) == ("add_routes", ("172.16.0.0/12", "192.168.0.0/16"))
    [step, _file] = _plan.plan(wanted(hub), found(routed))
    assert (step.verb, step.values) == ("remove_routes", ("172.16.0.0/12", "192.168.0.0/16"))


def test_with_table_off_routes_of_other_hooks_stay() -> None:
    hub = with_interface(HUB, table="off", post_up=("ip route replace 192.168.0.0/16 dev %i",))
    assert _plan.plan(wanted(hub), found(hub, running(hub, routes=frozenset(routes_of(HUB))))) == []


@pytest.mark.parametrize("table", [None, "auto"])
def test_routes_change_hands_without_a_restart(table: str | None) -> None:
    """Between wg-quick and a hook of ours: the routes are the same."""
    theirs = with_interface(HUB, table=table)
    ours = with_interface(HUB, table="off", routes=("192.168.0.0/16",))
    assert verbs(_plan.plan(wanted(ours), found(theirs))) == ["write_file"]
    assert verbs(_plan.plan(wanted(theirs), found(ours))) == ["write_file"]


def test_a_default_route_changes_hands_by_a_restart() -> None:
    everything = with_peers(CLIENT, dataclasses.replace(CLIENT.peers[0], allowed_ips=("0.0.0.0/0",)))
    steps = _plan.plan(wanted(with_interface(everything, table="off")), found(everything))
    assert (verbs(steps), steps[0].words) == (["restart"], "restart wg0, because of Table")


def test_of_many_routes_some_are_named() -> None:
    hub = with_interface(HUB, table="off")
    many = tuple(f"10.{number}.0.0/16" for number in range(100, 130))
    [_file, step] = _plan.plan(wanted(with_interface(hub, routes=many)), found(hub))
    assert len(step.values) == 30
    assert step.words.endswith(", 10.119.0.0/16 and 10 more")


def test_a_roaming_peer_keeps_its_endpoint() -> None:
    """The file says where the hub was first; the device knows where it is now."""
    roamed = dataclasses.replace(running(CLIENT).peers[samples.HUB.public], endpoint="203.0.113.9:4242")
    device = running(CLIENT, peers={samples.HUB.public: roamed})
    assert _plan.plan(wanted(CLIENT), found(CLIENT, device)) == []
    patient = with_peers(CLIENT, dataclasses.replace(CLIENT.peers[0], persistent_keepalive=5))
    steps = _plan.plan(wanted(patient), found(CLIENT, device))
    assert verbs(steps) == ["write_file", "set_peers"]
    assert steps[1].peers == (dataclasses.replace(patient.peers[0], endpoint=None),)


def test_a_new_endpoint_in_the_file_is_set() -> None:
    moved = with_peers(CLIENT, dataclasses.replace(CLIENT.peers[0], endpoint="198.51.100.8:51820"))
    steps = _plan.plan(wanted(moved), found(CLIENT))
    assert verbs(steps) == ["write_file", "set_peers"]
    assert steps[1].peers == moved.peers


class Counted(tuple[Peer, ...]):
    """Peers that count how often somebody goes through all of them."""

    __slots__ = ()
    times = 0

    def __iter__(self) -> Iterator[Peer]:
        Counted.times += 1
        return super().__iter__()


def test_many_peers_are_not_compared_with_each_other() -> None:
    config = with_peers(CLIENT, *(dataclasses.replace(CLIENT.peers[0], public_key=str(key)) for key in range(100)))
    applied = dataclasses.replace(config, peers=Counted(config.peers))
    before = found(config)
    Counted.times = 0
    assert _plan.plan(wanted(config), dataclasses.replace(before, config=applied)) == []
    assert 0 < Counted.times < 10


def test_an_endpoint_that_left_the_file_stays_on_the_device() -> None:
    silent = with_peers(CLIENT, dataclasses.replace(CLIENT.peers[0], endpoint=None))
    assert verbs(_plan.plan(wanted(silent), found(CLIENT))) == ["write_file"]


def test_a_peer_that_was_removed_by_hand_comes_back() -> None:
    steps = _plan.plan(wanted(HUB), found(HUB, running(with_peers(HUB, ONE))))
    assert verbs(steps) == ["set_peers", "add_routes"]


def test_a_peer_that_was_added_by_hand_goes() -> None:
    steps = _plan.plan(wanted(with_peers(HUB, ONE)), found(with_peers(HUB, ONE), running(HUB)))
    assert verbs(steps) == ["remove_routes", "remove_peers"]


@pytest.mark.parametrize(
    "drift",
    [
        {"allowed_ips": frozenset()},
        {"allowed_ips": frozenset(("10.8.0.2/32", "10.8.0.7/32"))},
        {"persistent_keepalive": 25},
        {"preshared_key": samples.PSK},
    ],
)
def test_a_peer_that_was_changed_by_hand_is_put_right(drift: dict[str, object]) -> None:
    peer = dataclasses.replace(running(HUB).peers[ONE.public_key], **drift)
    steps = _plan.plan(wanted(HUB), found(HUB, running(HUB, peers={**running(HUB).peers, ONE.public_key: peer})))
    assert [step.peers for step in steps if step.verb == "set_peers"] == [(ONE,)]


FULL = with_interface(HUB, fw_mark=51820, mtu=1400)


@pytest.mark.parametrize(
    ("drift", "verb", "disruptive"),
    [
        ({"public_key": samples.TWO.public}, "set_key", True),
        ({"public_key": None}, "set_key", True),
        ({"listen_port": 4464}, "set_port", True),
        ({"fw_mark": 0}, "set_mark", False),
        ({"mtu": 1280}, "set_mtu", False),
        ({"addresses": frozenset(("10.8.0.1/24", "10.9.0.1/24"))}, "remove_addresses", False),
        ({"routes": frozenset(("10.8.0.0/24",))}, "add_routes", False),
        ({"routes": frozenset(("192.168.0.0/16",))}, "add_routes", False),
    ],
)
def test_a_device_that_was_changed_by_hand_is_mended_live(
    drift: dict[str, object], verb: str, disruptive: bool
) -> None:
    steps = _plan.plan(wanted(FULL), found(FULL, running(FULL, **drift)))
    assert [(step.verb, step.disruptive) for step in steps] == [(verb, disruptive)]


def test_an_address_that_was_lost_comes_back_with_its_route() -> None:
    device = running(FULL, addresses=frozenset(), routes=frozenset(("192.168.0.0/16",)))
    steps = _plan.plan(wanted(FULL), found(FULL, device))
    assert [(step.verb, step.values) for step in steps] == [("add_addresses", ("10.8.0.1/24",))]


def test_routes_of_others_stay() -> None:
    device = running(HUB, routes=frozenset((*routes_of(HUB), "172.16.0.0/12")))
    assert _plan.plan(wanted(HUB), found(HUB, device)) == []


@pytest.mark.parametrize(
    ("changes", "verbs_due"),
    [
        ({"listen_port": 51821}, ["write_file", "set_port"]),
        ({"addresses": ("10.8.0.9/24",)}, ["write_file", "add_addresses", "remove_addresses"]),
        (
            {"addresses": ("10.8.0.1/24", "fd00:8::1/64")},
            ["write_file", "add_addresses"],
        ),
        ({"mtu": 1300}, ["write_file", "set_mtu"]),
        ({"fw_mark": 1}, ["write_file", "set_mark"]),
        # What cannot be read from the device goes before the file, so that a run cut short does it again.
        ({"dns": ("1.1.1.1",)}, ["set_dns", "write_file"]),
    ],
)
def test_a_change_of_the_interface_is_made_live(changes: dict[str, object], verbs_due: list[str]) -> None:
    assert verbs(_plan.plan(wanted(with_interface(FULL, **changes)), found(FULL))) == verbs_due


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mtu": None}, "MTU"),
        ({"table": "100"}, "Table"),
        ({"pre_up": ("true",)}, "PreUp"),
        ({"post_up": ("true",)}, "PostUp"),
        ({"pre_down": ("true",)}, "PreDown"),
        ({"post_down": ("true",)}, "PostDown"),
    ],
)
def test_what_takes_effect_on_the_way_up_or_down_restarts(changes: dict[str, object], reason: str) -> None:
    steps = _plan.plan(wanted(with_interface(FULL, **changes)), found(FULL))
    # The restart writes the file by itself, so that the old hooks run with the old one.
    assert verbs(steps) == ["restart"]
    assert steps[0].disruptive
    assert reason in steps[0].words


def test_a_restart_names_each_reason_once() -> None:
    steps = _plan.plan(wanted(with_interface(FULL, pre_up=("true",), table="100")), found(FULL))
    assert steps[0].words == "restart wg0, because of Table, PreUp"


def test_the_mark_of_a_default_route_restarts() -> None:
    everything = with_peers(
        with_interface(CLIENT, fw_mark=51820), dataclasses.replace(CLIENT.peers[0], allowed_ips=("0.0.0.0/0",))
    )
    steps = _plan.plan(wanted(everything), found(everything, running(everything, fw_mark=0)))
    assert steps[0].words == "restart wg0, because of FwMark"


def test_a_missing_file_restarts() -> None:
    steps = _plan.plan(wanted(HUB), Found(None, None, running(HUB), True))
    assert verbs(steps) == ["restart"]
    assert "missing or unreadable" in steps[0].words


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_a_default_route_comes_and_goes_with_a_restart(network: str) -> None:
    everything = with_peers(CLIENT, dataclasses.replace(CLIENT.peers[0], allowed_ips=(network,)))
    for after, before in ((everything, CLIENT), (CLIENT, everything)):
        steps = _plan.plan(wanted(after), found(before))
        assert verbs(steps) == ["restart"]
        assert "default route" in steps[0].words


@pytest.mark.parametrize(("enabled", "verb"), [(True, "enable"), (False, "disable")])
def test_the_boot_setting_alone(enabled: bool, verb: str) -> None:
    steps = _plan.plan(wanted(HUB, enabled=enabled), found(HUB, enabled=not enabled))
    assert verbs(steps) == [verb]
    assert not steps[0].disruptive


def test_down_stops_with_the_old_hooks_and_then_writes() -> None:
    steps = _plan.plan(wanted(with_peers(HUB, ONE), state="down", enabled=False), found(HUB))
    assert verbs(steps) == ["stop", "write_file", "disable"]
    assert steps[0].disruptive


def test_down_stays_down() -> None:
    assert _plan.plan(wanted(HUB, state="down", enabled=False), Found(text_of(HUB), HUB, None, False)) == []
    assert verbs(_plan.plan(wanted(HUB, state="down"), Found())) == ["write_file", "enable"]


def test_absent_takes_all_away_in_order() -> None:
    steps = _plan.plan(Wanted("wg0", "absent", False), found(HUB))
    assert verbs(steps) == ["stop", "disable", "remove_file"]
    assert [step.disruptive for step in steps] == [True, False, False]


def test_absent_stays_absent() -> None:
    assert _plan.plan(Wanted("wg0", "absent", False), Found()) == []


def test_absent_removes_also_a_file_that_cannot_be_read() -> None:
    assert verbs(_plan.plan(Wanted("wg0", "absent", False), Found("gibberish", None))) == ["remove_file"]


def test_a_state_needs_a_config() -> None:
    with pytest.raises(ValueError, match="needs a config"):
        _plan.plan(Wanted("wg0", "up", True), Found())


def test_words_name_the_interface_and_the_peer() -> None:
    steps = _plan.plan(wanted(HUB, enabled=False), found(with_peers(HUB, ONE)))
    assert [step.words for step in steps] == [
        "write the file of wg0",
        "add peer two",
        "add the route to 192.168.0.0/16",
        "leave wg0 down at boot",
    ]


def test_nothing_shown_holds_a_secret() -> None:
    steps = _plan.plan(wanted(HUB), found(with_peers(HUB, ONE)))
    hidden = (steps, wanted(HUB), found(HUB), running(HUB))
    assert any(peer.preshared_key == samples.PSK for step in steps for peer in step.peers)
    assert samples.PSK not in repr(hidden)


def apply(steps: list[Step], before: Found, goal: Config) -> Found:
    """The host after the steps of a live change, by the simplest model of a device."""
    peers, routes = dict(before.device.peers), set(before.device.routes)
    for step in steps:
        if step.verb == "remove_peers":
            for gone in step.peers:
                del peers[gone.public_key]
        elif step.verb == "set_peers":
            for peer in step.peers:
                peers = set_peer(peers, peer)
        elif step.verb == "remove_routes":
            routes -= set(step.values)
        elif step.verb == "add_routes":
            routes |= set(step.values)
        else:
            assert step.verb == "write_file"
    device = dataclasses.replace(before.device, peers=peers, routes=frozenset(routes))
    return Found(text_of(goal), goal, device, True)


def set_peer(peers: dict[str, DevicePeer], peer: Peer) -> dict[str, DevicePeer]:
    """A network has one owner: the kernel takes it from the other peer."""
    claimed = frozenset(peer.allowed_ips)
    left = {key: dataclasses.replace(other, allowed_ips=other.allowed_ips - claimed) for key, other in peers.items()}
    known = left.get(peer.public_key)
    endpoint = peer.endpoint or (known.endpoint if known else None)
    now = DevicePeer(peer.public_key, claimed, endpoint, peer.persistent_keepalive, peer.preshared_key)
    return {**left, peer.public_key: now}


@pytest.mark.parametrize(
    "after",
    [
        with_peers(HUB),
        with_peers(HUB, TWO),
        with_peers(
            HUB,
            dataclasses.replace(ONE, allowed_ips=TWO.allowed_ips),
            dataclasses.replace(TWO, allowed_ips=ONE.allowed_ips),
        ),
        with_peers(HUB, dataclasses.replace(ONE, allowed_ips=TWO.allowed_ips)),
        with_peers(HUB, dataclasses.replace(ONE, public_key=samples.EXAMPLE_HUB.public), TWO),
    ],
)
def test_after_the_steps_nothing_is_left_to_do(after: Config) -> None:
    steps = _plan.plan(wanted(after), found(HUB))
    assert _plan.plan(wanted(after), apply(steps, found(HUB), after)) == []


def test_routes_cover_each_network_of_each_peer() -> None:
    """As wg-quick does: what no address of the interface covers, and nothing else."""
    steps = _plan.plan(wanted(HUB), found(with_peers(HUB)))
    own = [_networks.format_network(_networks.parse_interface(text).network) for text in HUB.interface.addresses]
    networks = [text for peer in HUB.peers for text in peer.allowed_ips]
    uncovered = [text for text in networks if _lists.allowed_ips([text], own)]
    assert [step.values for step in steps if step.verb == "add_routes"] == [tuple(uncovered)]


def test_the_plan_of_a_parsed_file() -> None:
    config = _config.parse(samples.HUB_FILE)
    assert _plan.plan(Wanted("wg0", "up", True, samples.HUB_FILE, config), found(config)) == [
        Step("write_file", "write the file of wg0")
    ]


LIVE = with_interface(HUB, post_up=("new up",), post_down=("down",))
BEFORE = with_interface(HUB, post_up=("old up",), post_down=("old down",))


def test_hooks_that_can_are_changed_live_before_the_file() -> None:
    steps = _plan.plan(wanted(LIVE, live_hooks=True), found(BEFORE))
    assert verbs(steps) == ["run_hooks", "write_file"]
    assert steps[0].values == ("new up",)
    assert not any(step.disruptive for step in steps)


def test_hooks_that_went_are_cleared_by_their_own_post_down() -> None:
    steps = _plan.plan(wanted(HUB, live_hooks=True), found(BEFORE))
    assert verbs(steps) == ["run_hooks", "write_file"]
    assert steps[0].values == ("old down",)


def test_other_hooks_restart_even_then() -> None:
    steps = _plan.plan(wanted(with_interface(LIVE, pre_down=("first",)), live_hooks=True), found(BEFORE))
    assert verbs(steps) == ["restart"]


def test_what_runs_before_the_interface_is_up_waits_for_the_next_time() -> None:
    steps = _plan.plan(wanted(with_interface(BEFORE, pre_up=("first",)), live_hooks=True), found(BEFORE))
    assert verbs(steps) == ["write_file"]


def test_a_new_post_down_is_only_written() -> None:
    after = with_interface(BEFORE, post_down=("new down",))
    assert verbs(_plan.plan(wanted(after, live_hooks=True), found(BEFORE))) == ["write_file"]


@pytest.mark.parametrize("state", ["down", "absent"])
def test_rules_of_an_interface_that_died_are_cleared_away(state: str) -> None:
    died = dataclasses.replace(found(LIVE), device=None, rules_left=True)
    first = _plan.plan(wanted(LIVE, state=state), died)[0]
    assert (first.verb, first.values) == ("clear_hooks", ("down",))
    assert "clear_hooks" not in verbs(_plan.plan(wanted(LIVE), died))
    whole = dataclasses.replace(died, rules_left=False)
    assert "clear_hooks" not in verbs(_plan.plan(wanted(LIVE, state=state), whole))


def test_rules_that_somebody_flushed_are_put_back() -> None:
    lost = dataclasses.replace(found(LIVE), rules_gone=True)
    steps = _plan.plan(wanted(LIVE, live_hooks=True), lost)
    assert [(step.verb, step.values) for step in steps] == [("run_hooks", ("new up",))]


def test_several_peers_are_one_step() -> None:
    steps = _plan.plan(wanted(HUB), found(with_peers(HUB)))
    assert [step.words for step in steps][1] == "add 2 peers one, two"
