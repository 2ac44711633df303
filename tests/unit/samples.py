# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What unit tests share: key pairs that were published, wg-quick files of a hub and its clients, and what is no network."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple


class Pair(NamedTuple):
    """A private key and its public key, as base64."""

    private: str
    public: str


HUB = Pair("KB7lZqhYeY5LlwdUt4RpmUMTXnv0nsIajSCTwO01qHM=", "dp9cddCMlwoF4oOBO+6aoXZfwQhqJr6W5vv6LYu5GHk=")
ONE = Pair("ePEDoCDFjP7F9tY3cloqC9QGjf5T0cgi/YAhTB36wUo=", "ELCQ4Q+dbMZFSaLuK8UrJEpOXNEu6hzdCNWIqYqh7So=")
TWO = Pair("KHwPyph1rUBjThkmfbWuSNFp3lBWqp/NdkvImJ5Ncmw=", "GZHjarCmFTqpnFkyPcts/iNPvUsYWk9ecXujh7eURGY=")
# The pairs of https://www.wireguard.com/#cryptokey-routing; of the client's only this half stands there.
EXAMPLE_HUB = Pair("yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=", "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=")
EXAMPLE_CLIENT = Pair("gI6EdUSYvn8ugXOt8QQD6Yc+JyiZxIhp3GInSWRfWGE=", "gN65BkIKy1eCE9pP1wdc8ROUtkHLF2PfAqYdyYBz6EA=")
PAIRS = {"hub": HUB, "one": ONE, "two": TWO, "example hub": EXAMPLE_HUB, "example client": EXAMPLE_CLIENT}

PSK = "FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE="

HUB_FILE = f"""\
[Interface]
# the server's address in the virtual network
Address = 10.8.0.1/24
ListenPort = 54321
PrivateKey = {HUB.private}
PostUp = sysctl -w -q net.ipv4.ip_forward=1
PostUp = iptables -P FORWARD DROP
PostDown = sysctl -w -q net.ipv4.ip_forward=0
[Peer]
# public key of the first client
PublicKey = {ONE.public}
# take packets with these sources from this client
AllowedIPs = 10.8.0.2/32
[Peer]
# public key of the second client
PublicKey = {TWO.public}
AllowedIPs = 10.8.0.3/32
"""

CLIENT_FILE = f"""\
[Interface]
Address = 10.8.0.2/24
PrivateKey = {ONE.private}
DNS = 1.1.1.1, 1.0.0.1
[Peer]
# public key of the server
PublicKey = {HUB.public}
Endpoint = 123.123.123.123:54321
AllowedIPs = 0.0.0.0/0
PersistentKeepalive = 25
"""

# What is no network and no address, although some library or an older release of it takes it for one.
NO_NETWORKS = [
    "",
    " ",
    "*",
    "any",
    "10",
    "10.1",
    "10.1/16",
    "10.0.0",
    "10.0.0.0.0",
    "010.1.1.1",
    "010.1.1.1/32",
    "0x0a.1.1.1",
    "167772160",
    "300.1.1.1/24",
    "256.0.0.0",
    "1.2.3.4/33",
    "1.2.3.4/-1",
    "1.2.3.4/",
    "10.0.0.0/255.255.255.0",
    "10.0.0.0/0.0.0.255",
    "10.0.0.0/+8",
    "10.0.0.0/08",
    "10.0.0.0/8 ",
    " 10.0.0.0/8",
    "10.0.0.0/8\n",
    "10.0.0.0 /8",
    "10.0.0.0/8/8",
    "10.0.0.0/8, 10.0.0.0/8",
    "10.0.0.0-10.0.0.9",
    "\uff11\uff10.0.0.0/8",
    "10.0.0.0/\u0668",
    "10.0.0.0/8\x00",
    "vpn.example.org",
    "::ffff:1.2.3.4",
    "::ffff:0102:0304",
    "::ffff:0102:0304/128",
    "::ffff:0:0/96",
    "::1.2.3.4",
    "fe80::1%eth0",
    "fe80::1%eth0/64",
    "fe80::/64%1",
    "::/129",
    "fd00::/064",
    "fd00::/ffff::",
    "fd00::1::1",
    "fd00:::1",
    ":",
    ":::",
    "fd00",
    "fd00:1",
    "12345::",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7",
    ":1:2:3:4:5:6:7",
    "[fd00::1]",
    "fd00::g",
]
NO_TEXTS = [None, True, False, 0, 10, 167772160, 10.8, b"10.0.0.0/8", ["10.0.0.0/8"], {"a": 1}, ipaddress.ip_address(1)]
