# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of wg-quick: what is read, what is refused with its line, and that secrets stay out of sight."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _config, _keys
from ansible_collections.vpn.wireguard.plugins.module_utils._config import ConfigError, Peer
from ansible_collections.vpn.wireguard.tests.unit import samples

PEER = f"[Interface]\n[Peer]\nPublicKey = {samples.ONE.public}\n"


def test_the_file_of_a_hub() -> None:
    config = _config.parse(samples.HUB_FILE)
    assert config.interface == _config.Interface(
        addresses=("10.8.0.1/24",),
        private_key=samples.HUB.private,
        listen_port=54321,
        post_up=("sysctl -w -q net.ipv4.ip_forward=1", "iptables -P FORWARD DROP"),
        post_down=("sysctl -w -q net.ipv4.ip_forward=0",),
    )
    assert config.peers == (
        Peer(samples.ONE.public, ("10.8.0.2/32",), name="public key of the first client"),
        Peer(samples.TWO.public, ("10.8.0.3/32",), name="public key of the second client"),
    )


def test_the_file_of_a_client() -> None:
    config = _config.parse(samples.CLIENT_FILE)
    assert config.interface.dns == ("1.1.1.1", "1.0.0.1")
    assert config.interface.listen_port is None
    assert config.peers == (
        Peer(
            samples.HUB.public,
            ("0.0.0.0/0",),
            endpoint="123.123.123.123:54321",
            persistent_keepalive=25,
            name="public key of the server",
        ),
    )


def test_every_setting() -> None:
    text = f"""
    [INTERFACE]
    address=10.8.0.1/24,fd00:8:0::1/64
    Address = 10.9.0.1
    PRIVATEKEY = {samples.HUB.private}
    ListenPort = 51820
    FwMark = 0xca6c
    MTU = 1420
    DNS = 1.1.1.1, corp.example.org
    DNS = fd00::53
    Table = 1234
    PreUp = one = 1
    PostUp = two, with a comma
    PostUp = three
    PreDown = four
    PostDown = five
    [peer]
    publickey={samples.ONE.public}
    PresharedKey = {samples.PSK}
    AllowedIPs = 10.8.0.2/32, fd00:8::2/128
    AllowedIPs = 192.168.0.0/16
    Endpoint = [2001:db8::1]:51820
    PersistentKeepalive = off
    """
    assert _config.parse(text) == _config.Config(
        _config.Interface(
            addresses=("10.8.0.1/24", "fd00:8::1/64", "10.9.0.1/32"),
            private_key=samples.HUB.private,
            listen_port=51820,
            fw_mark=0xCA6C,
            mtu=1420,
            dns=("1.1.1.1", "corp.example.org", "fd00::53"),
            table="1234",
            pre_up=("one = 1",),
            post_up=("two, with a comma", "three"),
            pre_down=("four",),
            post_down=("five",),
        ),
        (
            Peer(
                samples.ONE.public,
                ("10.8.0.2/32", "fd00:8::2/128", "192.168.0.0/16"),
                "[2001:db8::1]:51820",
                0,
                samples.PSK,
            ),
        ),
    )


def test_windows_line_ends() -> None:
    assert _config.parse(samples.HUB_FILE.replace("\n", "\r\n")) == _config.parse(samples.HUB_FILE)


@pytest.mark.parametrize(
    ("comments", "name"),
    [
        ("# client-one", "client-one"),
        ("#client-one", "client-one"),
        ("\n#\n  #  phone of J\u00f6rg  \n# second", "phone of J\u00f6rg"),
        ("", None),
    ],
)
def test_a_name_is_the_first_comment_of_a_peer(comments: str, name: str | None) -> None:
    text = f"# above\n[Interface]\n# of the interface\n[Peer] # beside\n{comments}\nPublicKey = {samples.ONE.public} # after\n# last"
    text = text if name else text.removesuffix("# last")
    assert _config.parse(text).peers[0].name == name


def test_a_comment_of_the_interface_names_no_peer() -> None:
    assert _config.parse(f"[Peer]\nPublicKey = {samples.ONE.public}\n[Interface]\n# hub").peers[0].name is None


@pytest.mark.parametrize(
    ("text", "number", "words"),
    [
        ("[Interface]\nAddress = *", 2, "Address"),
        ("[Interface]\n\nAddress = 10.8.0.1/33", 3, "10.8.0.1/33"),
        ("[Interface]\nAddress = 010.8.0.1/24", 2, "010.8.0.1/24"),
        ("[Interface]\nAddress = 10.8.0.1 10.8.0.2", 2, "10.8.0.1 10.8.0.2"),
        ("[Interface]\nListenPort = 70000", 2, "70000"),
        ("[Interface]\nListenPort = 65536", 2, "65536"),
        ("[Interface]\nListenPort = -1", 2, "-1"),
        ("[Interface]\nListenPort = domain", 2, "domain"),
        ("[Interface]\nListenPort = 0x35", 2, "0x35"),
        ("[Interface]\nListenPort = 51820x", 2, "51820x"),
        ("[Interface]\nListenPort = 51820.5", 2, "51820.5"),
        ("[Interface]\nListenPort = \u0665\u0663", 2, "ListenPort"),
        ("[Interface]\nListenPort =", 2, "ListenPort"),
        ("[Interface]\nListenPort", 2, "ListenPort"),
        ("[Interface]\nListenPort = 1\nListenPort = 2", 3, "second ListenPort"),
        ("[Interface]\nMTU = abc", 2, "abc"),
        ("[Interface]\nMTU = 0", 2, "MTU"),
        ("[Interface]\nMTU = 70000", 2, "70000"),
        ("[Interface]\nFwMark = 0x1ffffffff", 2, "0x1ffffffff"),
        ("[Interface]\nFwMark = mark", 2, "mark"),
        ("[Interface]\nFwMark = -1", 2, "-1"),
        ("[Interface]\nTable = foo", 2, "foo"),
        ("[Interface]\nTable = 0", 2, "Table"),
        ("[Interface]\nSaveConfig = true", 2, "SaveConfig"),
        ("[Interface]\nAdress = 10.8.0.1/24", 2, "Adress"),
        ("[Interface]\nPublicKey = x", 2, "PublicKey"),
        ("[Interface]\n[Interface]", 2, "second [Interface]"),
        ("Address = 10.8.0.1/24\n[Interface]", 1, "before the first section"),
        ("[Interfaces]\n", 1, "first section"),
        (f"{PEER}AllowedIPs = 10.192.122.3/32, 10.192.124.1/24", 4, "10.192.124.0/24"),
        (f"{PEER}AllowedIPs = 10.1/16", 4, "10.1/16"),
        (f"{PEER}AllowedIPs = +10.0.0.0/8", 4, "+10.0.0.0/8"),
        (f"{PEER}AllowedIPs = vpn.example.org", 4, "vpn.example.org"),
        (f"{PEER}Endpoint = fd00::1:51820", 4, "brackets"),
        (f"{PEER}Endpoint = [fd00::1]", 4, "Endpoint"),
        (f"{PEER}Endpoint = [10.0.0.1]:51820", 4, "brackets"),
        (f"{PEER}Endpoint = vpn.example.org", 4, "no port"),
        (f"{PEER}Endpoint = vpn.example.org:0", 4, "65535"),
        (f"{PEER}Endpoint = vpn.example.org:99999", 4, "99999"),
        (f"{PEER}Endpoint = vpn.example.org:domain", 4, "domain"),
        (f"{PEER}Endpoint = :51820", 4, "host"),
        (f"{PEER}Endpoint = 10.1:51820", 4, "10.1:51820"),
        (f"{PEER}Endpoint = 300.1.1.1:51820", 4, "300.1.1.1"),
        (f"{PEER}Endpoint = vpn example.org:51820", 4, "host"),
        (f"{PEER}PersistentKeepalive = 65536", 4, "65536"),
        (f"{PEER}PersistentKeepalive = 25s", 4, "25s"),
        (f"{PEER}PersistentKeepalive = -1", 4, "-1"),
        (f"{PEER}ListenPort = 51820", 4, "ListenPort"),
        (f"{PEER}PublicKey = {samples.TWO.public}", 4, "second PublicKey"),
        ("[Interface]\n[Peer]\nPublicKey = x", 3, "44 characters"),
        ("[Interface]\n[Peer]\nPublicKey = " + base64.b64encode(bytes(32)).decode(), 3, "small order"),
        (f"[Interface]\n[Peer]\nPublicKey = {_config.PENDING}", 3, "PublicKey"),
    ],
)
def test_errors_name_the_line(text: str, number: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _config.parse(text)
    assert str(caught.value).startswith(f"line {number}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["", "\n# nothing\n", f"[Peer]\nPublicKey = {samples.ONE.public}"])
def test_a_file_has_an_interface(text: str) -> None:
    with pytest.raises(ConfigError, match=r"no \[Interface\] section"):
        _config.parse(text)


def test_a_peer_has_a_key() -> None:
    with pytest.raises(ConfigError, match=r"\[Peer\] number 2 has no PublicKey"):
        _config.parse(f"{PEER}[Peer]\nAllowedIPs = 10.8.0.2/32")


SECRET_LINES = [
    "PrivateKey = {}",
    "PrivateKey = {}=",
    "PrivateKey = {0}, {0}",
    "PrivateKey {}",
    "PrivateKey: {}",
    "{}",
    "PrivatKey = {}",
    "PublicKey = {}",
    "ListenPort = 1\nPrivateKey {}",
    "[Peer]\nPresharedKey {}",
    "[Peer]\nPresharedKey = {}x",
    "[Peer]\n{}",
]


@pytest.mark.parametrize("cut", [0, 1])
@pytest.mark.parametrize("line", SECRET_LINES)
def test_no_error_holds_a_secret(line: str, cut: int) -> None:
    secret = samples.HUB.private[: len(samples.HUB.private) - cut]
    lines = line.format(secret)
    if lines == f"PrivateKey = {samples.HUB.private}":
        lines += "\n" + lines
    with pytest.raises(ConfigError) as caught:
        _config.parse(f"[Interface]\n{lines}\n")
    assert secret[:10] not in str(caught.value)
    assert secret[10:30] not in str(caught.value)


def test_no_repr_holds_a_secret() -> None:
    config = _config.parse(f"{samples.HUB_FILE}PresharedKey = {samples.PSK}\n")
    assert config.peers[1].preshared_key == samples.PSK
    assert samples.HUB.private not in repr(config)
    assert samples.PSK not in repr(config)


def test_a_pending_key_counts_only_when_asked_for() -> None:
    text = f"[Interface]\n[Peer]\nPublicKey = {_config.PENDING}\n"
    assert _config.parse(text, pending=True).peers[0].public_key == _config.PENDING
    text = f"[Interface]\nPrivateKey = {_config.PENDING}"
    assert _config.parse(text, pending=True).interface.private_key == _config.PENDING
    with pytest.raises(ConfigError, match="line 2: PrivateKey"):
        _config.parse(text)


@pytest.mark.parametrize("label", ["PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive"])
def test_nothing_but_a_key_can_be_pending(label: str) -> None:
    with pytest.raises(ConfigError, match=f"line 4: {label}"):
        _config.parse(f"{PEER}{label} = {_config.PENDING}", pending=True)


@pytest.mark.parametrize(
    "text",
    [
        "[Interface]\nAddress = 10.8.0.1/24\n",
        "[Interface]",
        "\n\n[Interface]\n\nAddress = 10.8.0.1/24\n",
        "  [interface]  \r\nAddress = 10.8.0.1/24\r\n",
        "[Interface] # the hub\nAddress = 10.8.0.1/24\n",
        "[Interface]# the hub\nAddress = 10.8.0.1/24\n",
        f"# [Interface]\n[Peer]\nPublicKey = {samples.ONE.public}\n[Interface]\nAddress = 10.8.0.1/24",
    ],
)
def test_with_private_key_changes_nothing_else(text: str) -> None:
    before, after = _config.parse(text), _config.parse(_config.with_private_key(text, samples.HUB.private))
    assert after.interface.private_key == samples.HUB.private
    assert after.peers == before.peers
    assert after.interface.addresses == before.interface.addresses


def test_with_private_key_makes_it_the_first_line_of_its_section() -> None:
    text = _config.with_private_key("# top\n[Interface]\nAddress = 10.8.0.1/24\n", samples.HUB.private)
    assert text == f"# top\n[Interface]\nPrivateKey = {samples.HUB.private}\nAddress = 10.8.0.1/24\n"


@pytest.mark.parametrize(
    "line",
    [
        "PrivateKey = {}",
        "privatekey={}",
        "  PRIVATEKEY  =  {}  # mine",
        "PresharedKey = {}",
        "# PrivateKey = {}",
        "#PresharedKey={}",
        "PrivateKey {}",
        "PrivateKey = {}\r",
    ],
)
def test_without_secrets_shows_none(line: str) -> None:
    text = f"[Interface]\nAddress = 10.8.0.1/24\n{line.format(samples.HUB.private)}\nListenPort = 51820\n"
    shown = _keys.without_secrets(text)
    assert samples.HUB.private[:43] not in shown
    assert _config.HIDDEN in shown
    assert shown.startswith("[Interface]\nAddress = 10.8.0.1/24\n")
    assert shown.endswith("\nListenPort = 51820\n")


def test_without_secrets_undoes_with_private_key() -> None:
    text = "[Interface]\nAddress = 10.8.0.1/24\n"
    with_key = _config.with_private_key(text, samples.HUB.private)
    assert _keys.without_secrets(with_key) == _config.with_private_key(text, _config.HIDDEN)
    assert _keys.without_secrets(text) == text


@pytest.mark.parametrize(
    ("text", "managed"),
    [
        ("# Managed by Ansible with vpn.wireguard: do not edit\n[Interface]\n", True),
        ("#vpn.wireguard", True),
        ("[Interface]\n# vpn.wireguard\n", False),
        ("\n# vpn.wireguard\n", False),
        ("PostUp = vpn.wireguard\n", False),
        ("# made by hand\n[Interface]\n", False),
        ("", False),
    ],
)
def test_is_managed(text: str, managed: bool) -> None:
    assert _config.is_managed(text) is managed


@pytest.mark.parametrize(
    "value",
    [
        "198.51.100.7:51820",
        "vpn.example.org:1",
        "vpn.example.org.:65535",
        "my_hub:51820",
        "[2001:db8::1]:51820",
        "[::]:1",
    ],
)
def test_endpoints(value: str) -> None:
    assert _config.check_endpoint(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        ":",
        "51820",
        "vpn.example.org:",
        "vpn.example.org:51820\n",
        "vpn.example.org\n:51820",
        "vpn.example.org: 51820",
        "vpn..org:51820",
        "-vpn.org:51820",
        "vpn-.org:51820",
        f"{'a' * 64}.org:51820",
        f"{'a.' * 127}a:51820",
        "vpn.example.org;id:51820",
        "2001:db8::1:51820",
        "[2001:db8::1:51820",
        "2001:db8::1]:51820",
        "[]:51820",
        "[vpn.example.org]:51820",
    ],
)
def test_no_endpoints(value: str) -> None:
    with pytest.raises(ConfigError):
        _config.check_endpoint(value)


@pytest.mark.parametrize(("value", "number"), [(1, 1), ("1", 1), (9, 9), ("9", 9), ("5", 5)])
def test_numbers(value: object, number: int) -> None:
    assert _config.check_number(value, 1, 9, "x") == number


@pytest.mark.parametrize(
    "value", [0, 10, "0", "10", -1, 5.0, "5.0", True, None, "", " 5", "5 ", "+5", "0x5", "5e0", "\u0665", [5], "1_0"]
)
def test_no_numbers(value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        _config.check_number(value, 1, 9, "the size")
    assert repr(value) in str(caught.value)
    assert "the size: a whole number from 1 to 9" in str(caught.value)


def test_a_peer_is_set_with_nothing_of_its_past() -> None:
    """wg of 2021 keeps a preshared key or a keepalive that a section leaves out."""
    assert _config.peer_section(_config.Peer(samples.ONE.public)).splitlines() == [
        "[Peer]",
        f"PublicKey = {samples.ONE.public}",
        "PresharedKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AllowedIPs = ",
        "PersistentKeepalive = 0",
    ]
