# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be refused is refused before any host is touched, in words that say how to mend it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from ansible_collections.vpn.wireguard.tests.system import harness

KEY = "ELCQ4Q+dbMZFSaLuK8UrJEpOXNEu6hzdCNWIqYqh7So="
OTHER_KEY = "GZHjarCmFTqpnFkyPcts/iNPvUsYWk9ecXujh7eURGY="
# The point of order 1.
LOW_ORDER_KEY = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
HUB, ONE, TWO = "server", "client-one", "client-two"


@dataclasses.dataclass(frozen=True)
class Bad:
    """A bad input, and the words that one line of the message must have: the host's name, then ``words``.

    The input is extra variables, or hosts of group wg_clients with their variables in a further inventory.
    One that is ``judged_alone`` is refused whatever else is wrong, so several can go into one run. The hub judges
    first, and it also judges what clients want of it. What is ``hidden`` must not be repeated.
    """

    name: str
    host: str
    words: tuple[str, ...]
    variables: dict[str, Any] = dataclasses.field(default_factory=dict)
    clients: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    judged_alone: bool = False
    hidden: str = ""

    @property
    def judge(self) -> str:
        """Whose variables are at fault, or on whom they count."""
        wishes = {"wg_client_address", "wg_client_networks"}
        return HUB if wishes & self.variables.keys() else self.host


def variable(host: str, name: str, value: Any, remedy: str, label: str = "") -> Bad:
    """One variable with one bad value."""
    return Bad(
        label or f"{name}={value!r}"[:60], host, (name, f" = {value!r}: ", remedy), {name: value}, judged_alone=True
    )


def device(label: str, field: str, remedy: str, **fields: Any) -> Bad:
    """A device that Ansible does not manage, with one bad field. Its key is never repeated: it may be the private one."""
    key = fields.get("public_key", "")
    value = fields.get(field)
    words = ("wg_server_peers", f"'{fields['name']}'", f"{field} = ", remedy)
    words += () if value == key else (f"{field} = {value!r}",)
    return Bad(label, HUB, words, {"wg_server_peers": [fields]}, judged_alone=True, hidden=key)


def pinned(label: str, words: tuple[str, ...], **addresses: str) -> Bad:
    """Addresses that hosts ask for, by host with - written as _."""
    hosts = {name.replace("_", "-"): {"wg_client_address": address} for name, address in addresses.items()}
    return Bad(label, HUB, words, clients=hosts)


PORT_REMEDY = "a whole number from 1 to 65535"
ENDPOINT_REMEDY = "vpn.example.org:51820 or [2001:db8::1]:51820"
INTERFACE_REMEDY = "1 to 15 of a-z 0-9 _ -, begins with a letter"
NAME_REMEDY = "1 to 63 of a-z A-Z 0-9"
SWITCH_REMEDY = "write true or false, without quotes"

BAD = [
    # Names of interfaces, which become names of files and units.
    variable(HUB, "wg_server_interface", "wg0-frankfurt-01", INTERFACE_REMEDY),
    variable(HUB, "wg_server_interface", "../wg0", INTERFACE_REMEDY),
    variable(HUB, "wg_server_interface", "-h", INTERFACE_REMEDY),
    variable(HUB, "wg_server_interface", "all", INTERFACE_REMEDY),
    variable(HUB, "wg_server_interface", "", INTERFACE_REMEDY),
    variable(ONE, "wg_client_interface", "wg 0", INTERFACE_REMEDY),
    variable(ONE, "wg_client_interface", "wg0\nPostUp=id", INTERFACE_REMEDY),
    variable(ONE, "wg_client_interface", "lo", INTERFACE_REMEDY),
    variable(HUB, "wg_server_uplink", "eth+", "a network interface of the hub is meant, such as eth0"),
    variable(HUB, "wg_server_uplink", "eth0; rm", "a network interface of the hub is meant, such as eth0"),
    # Ports and numbers.
    variable(HUB, "wg_server_port", 70000, PORT_REMEDY),
    variable(HUB, "wg_server_port", 0, PORT_REMEDY),
    variable(HUB, "wg_server_port", "domain", PORT_REMEDY),
    variable(HUB, "wg_server_port", 51820.5, PORT_REMEDY),
    variable(HUB, "wg_server_port", True, PORT_REMEDY),
    variable(HUB, "wg_server_mtu", 100, "1280"),
    variable(ONE, "wg_client_mtu", 100, "1280"),
    variable(ONE, "wg_client_mtu", 70000, "65535"),
    variable(ONE, "wg_client_keepalive", "25s", "a whole number from 0 to 65535"),
    variable(ONE, "wg_client_keepalive", 65536, "a whole number from 0 to 65535"),
    variable(ONE, "wg_client_keepalive", -1, "a whole number from 0 to 65535"),
    # Switches and words.
    variable(HUB, "wg_server_internet", "yes", SWITCH_REMEDY),
    variable(HUB, "wg_server_client_to_client", "false", SWITCH_REMEDY),
    variable(ONE, "wg_client_enabled", 1, SWITCH_REMEDY),
    variable(HUB, "wg_server_state", "abset", "up, down, absent"),
    variable(ONE, "wg_client_state", "started", "up, down, absent"),
    variable(ONE, "wg_client_route", "everything", "server, network, all"),
    variable(HUB, "wg_server_firewall", "nft", "auto, iptables, nftables, none"),
    variable(HUB, "wg_server_implementation", "go", "auto, kernel, userspace"),
    # Names of variables and hosts.
    Bad("typo", HUB, ("wg_server_prot", "did you mean wg_server_port?"), {"wg_server_prot": 51820}),
    Bad("client's typo", ONE, ("wg_client_routes", "did you mean wg_client_route?"), {"wg_client_routes": "all"}),
    variable(ONE, "wg_client_server", "sever", "did you mean server?"),
    Bad("two hubs, none named", ONE, ("wg_client_server is not set", "name the hub of this client"), {
        "wg_client_server": ""
    }),
    Bad("name with a new line", "Evil\nPostUp = id", ("'Evil\\nPostUp = id'", NAME_REMEDY), clients={
        "Evil\nPostUp = id": {}
    }),
    Bad("name with a path", "../evil", ("'../evil'", NAME_REMEDY), clients={"../evil": {}}),
    Bad("name of 64 characters", "x" * 64, (f"'{'x' * 64}'", NAME_REMEDY), clients={"x" * 64: {}}),
    Bad("names equal but for case", HUB, ("two peers are named", "give each a name of its own"), clients={
        "Client-One": {}
    }),
    # Endpoints.
    variable(HUB, "wg_server_endpoint", "", "vpn.example.org"),
    variable(HUB, "wg_server_endpoint", "vpn.example.org:99999", PORT_REMEDY),
    variable(HUB, "wg_server_endpoint", "vpn.example.org:0", PORT_REMEDY),
    variable(HUB, "wg_server_endpoint", "vpn.example.org:", PORT_REMEDY),
    variable(HUB, "wg_server_endpoint", "[fd00::1]", ENDPOINT_REMEDY),
    variable(HUB, "wg_server_endpoint", "[fd00::1]:99999", PORT_REMEDY),
    variable(HUB, "wg_server_endpoint", "vpn example.org", "vpn.example.org or 198.51.100.7"),
    variable(HUB, "wg_server_endpoint", "300.1.1.1", "vpn.example.org or 198.51.100.7"),
    # Networks and addresses.
    variable(HUB, "wg_server_networks", ["10.8.0.1/24"], "write 10.8.0.0/24 for the network"),
    variable(HUB, "wg_server_networks", ["10.8/16"], "write it like 10.8.0.0/24"),
    variable(HUB, "wg_server_networks", ["10.8.0.0/33"], "'10.8.0.0/33' is not an IP address or network"),
    variable(HUB, "wg_server_networks", [], "a hub needs at least one network, such as 10.8.0.0/24"),
    variable(HUB, "wg_server_networks", ["10.8.0.0/24", "10.8.0.128/25"], "overlap; give each address once"),
    variable(HUB, "wg_server_networks", ["10.8.0.1/32"], "take a larger one, such as 10.8.0.0/24"),
    Bad("pool too small", HUB, (TWO, "no address is free in 10.8.0.0/30", "a larger network"), {
        "wg_server_networks": ["10.8.0.0/30"]
    }),
    Bad("hub outside its networks", HUB, ("wg_server_addresses", "'10.9.0.1'", "no host of any of"), {
        "wg_server_addresses": ["10.9.0.1"]
    }),
    Bad("network before and behind the hub", HUB, ("wg_server_lan_networks", "overlap in 10.8.0.0/25", "not both"), {
        "wg_server_lan_networks": ["10.8.0.0/25"]
    }),
    pinned("one address twice", (TWO, "10.8.0.9", "belongs to client-one already; pin another"),
           client_one="10.8.0.9", client_two="10.8.0.9"),
    pinned("address of the hub", (ONE, "10.8.0.1", "belongs to the hub already; pin another"), client_one="10.8.0.1"),
    pinned("address outside", (ONE, "10.9.0.7", "not a host of any of the hub's networks"), client_one="10.9.0.7"),
    pinned("broadcast", (ONE, "10.8.0.255", "not a host of any of the hub's networks"), client_one="10.8.0.255"),
    variable(ONE, "wg_client_address", "10.8.0.2/24", "without the prefix length"),
    variable(ONE, "wg_client_address", "300.8.0.2", "'300.8.0.2' is not an IP address"),
    Bad("everything behind a client", ONE, ("wg_client_networks", "['0.0.0.0/0']", "the networks themselves"), clients={
        ONE: {"wg_client_networks": ["0.0.0.0/0"]}
    }),
    Bad("everything behind a client, by IPv6", ONE, ("wg_client_networks", "['::/0']", "the networks themselves"),
        clients={ONE: {"wg_client_networks": ["::/0"]}}),
    Bad("one network behind two clients", HUB, (ONE, TWO, "10.1.2.0/24"), clients={
        ONE: {"wg_client_networks": ["10.1.0.0/16"]}, TWO: {"wg_client_networks": ["10.1.2.0/24"]}
    }),
    variable(ONE, "wg_client_allowed_ips", ["10.1.1.7/24"], "write 10.1.1.0/24 for the network"),
    variable(ONE, "wg_client_allowed_ips", ["010.1.1.1/32"], "write it like 10.8.0.0/24"),
    variable(ONE, "wg_client_excluded_ips", ["office"], "write it like 10.8.0.0/24"),
    variable(ONE, "wg_client_dns", ["1.1.1.1,1.0.0.1"], "[1.1.1.1, corp.example.org]"),
    variable(ONE, "wg_client_dns", ["1.1.1.300"], "[1.1.1.1, corp.example.org]"),
    # Devices that Ansible does not manage.
    variable(HUB, "wg_server_peers", {"phone": {}}, "a list of devices is meant"),
    Bad(
        "device without a key",
        HUB,
        ("wg_server_peers", "'phone'", "give either public_key", "generate: true"),
        {"wg_server_peers": [{"name": "phone"}]},
        judged_alone=True,
    ),
    Bad(
        "list with host bits",
        HUB,
        ("phone: allow: item 0", "'10.20.0.1/16'", "10.20.0.0/16"),
        {"wg_server_peers": [{"name": "phone", "public_key": KEY, "allow": [{"to": "10.20.0.1/16"}]}]},
    ),
    Bad(
        "list that nobody wrote",
        HUB,
        ("phone: allow: item 0", "'admin'", "did you mean admins?"),
        {
            "wg_server_peers": [{"name": "phone", "public_key": KEY, "allow": ["admin"]}],
            "wg_server_allow_lists": {"admins": [{"to": "hub"}]},
        },
    ),
    variable(HUB, "wg_server_allow_lists", {"admins": [{"to": "hub", "ports": [0]}]}, "write 443"),
    variable(HUB, "wg_server_forward_policy", "drop", "DROP is meant"),
    device("key of 43 characters", "public_key", "a key has 44 characters", name="phone", public_key=KEY[:-1]),
    device("key in hexadecimal", "public_key", "a key has 44 characters", name="phone", public_key="ab" * 32),
    device("key with a blank", "public_key", "a key is base64", name="phone", public_key=" " + KEY[1:]),
    device("key with stray bits", "public_key", "canonical base64", name="phone", public_key=KEY[:-2] + "p="),
    device("key of small order", "public_key", "small order", name="phone", public_key=LOW_ORDER_KEY),
    device("device's name", "name", NAME_REMEDY, name="phone [Interface]", public_key=KEY),
    device("device's address", "address", "without the prefix length", name="a", public_key=KEY, address="10.8.0.7/32"),
    device("everything behind a device", "networks", "the networks themselves", name="a", public_key=KEY,
           networks=["0.0.0.0/0"]),
    Bad("device's typo", HUB, ("wg_server_peers", "'alowed_ips'", "there are name, public_key, address, networks"), {
        "wg_server_peers": [{"name": "phone", "public_key": KEY, "alowed_ips": "10.8.0.7"}]
    }),
    Bad("one device twice", HUB, ("two peers are named 'phone'", "give each a name of its own"), {
        "wg_server_peers": [{"name": "phone", "public_key": KEY}, {"name": "phone", "public_key": OTHER_KEY}]
    }),
    Bad("one key twice", HUB, ("phone", "tablet", "key"), {
        "wg_server_peers": [{"name": "phone", "public_key": KEY}, {"name": "tablet", "public_key": KEY}]
    }),
    Bad("device with a client's name", HUB, ("two peers are named 'client-one'", "give each a name of its own"), {
        "wg_server_peers": [{"name": ONE, "public_key": KEY}]
    }),
]  # fmt: skip


def rounds(inputs: list[Bad]) -> list[list[Bad]]:
    """The inputs in as few runs as can show each: in one run, a variable has one value, and hubs are judged first."""
    made: list[list[Bad]] = []
    for bad in inputs:
        for others in made:
            shared = [other for other in others if not other.judged_alone or other.variables.keys() & bad.variables]
            if bad.judged_alone and others[0].judge == bad.judge and not shared:
                others.append(bad)
                break
        else:
            made.append([bad])
    return made


def refused(inputs: list[Bad]) -> harness.Run:
    """The run with bad inputs."""
    variables = {name: value for bad in inputs for name, value in bad.variables.items()}
    clients = {name: known for bad in inputs for name, known in bad.clients.items()}
    hosts = {"all": {"children": {"wg_clients": {"hosts": clients}}}} if clients else None
    return harness.play(variables=variables, hosts=hosts)


@pytest.fixture(scope="module")
def fresh() -> dict[str, list[str]]:
    """The hosts as they are before any run."""
    return harness.snapshot()


@pytest.fixture(scope="module")
def runs(fresh: dict[str, list[str]]) -> Iterator[dict[str, Future[harness.Run]]]:
    """The runs with all bad inputs, by the input's name, two at a time."""
    assert fresh
    with ThreadPoolExecutor(max_workers=2) as pool:
        futures = [(inputs, pool.submit(refused, inputs)) for inputs in rounds(BAD)]
        yield {bad.name: future for inputs, future in futures for bad in inputs}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name.encode("unicode_escape").decode())
def test_is_refused(bad: Bad, runs: dict[str, Future[harness.Run]]) -> None:
    run = runs[bad.name].result()
    lines = [line for message in run.failures.values() for line in message.splitlines()]
    words = (bad.host.splitlines()[0], *bad.words)
    assert run.status != 0
    assert any(all(word in line for word in words) for line in lines), (words, lines or run.output)
    assert "Nothing was changed." in lines
    assert "Traceback" not in run.output
    assert not bad.hidden or bad.hidden not in run.output
    assert [result.task for result in run.results if result.ran_module] == []


def test_each_input_has_a_name_of_its_own() -> None:
    assert len({bad.name for bad in BAD}) == len(BAD)


def test_hosts_are_untouched(fresh: dict[str, list[str]], runs: dict[str, Future[harness.Run]]) -> None:
    assert all(run.result() for run in runs.values())
    assert harness.snapshot() == fresh
    for host in harness.HOSTS:
        assert not harness.succeeds(host, "test -e /etc/wireguard")
        assert not harness.succeeds(host, "dpkg-query --show wireguard-tools")
