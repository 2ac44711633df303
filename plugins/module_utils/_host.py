# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What a tunnel is on a host, and all that is done to it: wg, ip, wg-quick and systemd.

Every change goes out through here or through _files.py; what is only asked of a host may come by _survey.py and _dump.py.
"""

from __future__ import annotations

import errno
import glob
import os
import re
import socket
import time
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import (
    _commands,
    _config,
    _dump,
    _files,
    _frontend,
    _networks,
    _survey,
)
from ansible_collections.vpn.wireguard.plugins.module_utils._device import Device, DevicePeer

# WireGuard tries again after 5 s (REKEY_TIMEOUT, whitepaper 6.1): long enough for a second try.
HANDSHAKE_SECONDS = 8
# A daemon ends at once when its device is gone; the socket of one that was killed stays and hinders nobody.
DAEMON_SECONDS = 5
# Peers in one call of wg: about 60 kB of arguments, where execve(2) takes 2 MB.
ARGUMENTS = 1000


class Host(_survey.Survey):
    """What a host is asked about a tunnel, and told to do."""

    def qr_code(self, text: str) -> str:
        """The QR code of a text in qrencode's type ASCII, without a quiet zone; the text goes by standard input."""
        if not _commands.has_tool("qrencode"):
            raise _files.HostError(
                "a QR code needs the command qrencode; install it, or do without (wg_server_device_qr: false). No file was changed"
            )
        return self.run("qrencode", "--8bit", "--level=L", "--margin=0", "--type=ASCII", "--output=-", stdin=text)

    def device(self, name: str, table: str | None = None) -> Device | None:
        """The WireGuard device of that name, None where there is none. Raises HostError for a link of another kind.

        ``table`` is the routing table to look at, as wg-quick's file names it.
        """
        device = _dump.read(self, name)
        if device is None:
            return None
        link = self._json("ip", "-json", "address", "show", "dev", name)
        routes = [
            route
            for family in ("-4", "-6")
            for route in self._json("ip", family, "-json", "route", "show", "dev", name, *_in_table(table))
        ]
        return _dump.with_link(device, link[0], routes)

    def set_peers(self, interface: str, peers: t.Iterable[_config.Peer]) -> None:
        """Add peers, or change them in place, all at once; the sessions of the others go on."""
        sections = "".join(_config.peer_section(peer) for peer in peers)
        if sections:
            self.run("wg", "addconf", interface, "/dev/stdin", stdin=sections)

    def remove_peers(self, interface: str, public_keys: t.Sequence[str]) -> None:
        """Remove peers and nothing else."""
        for start in range(0, len(public_keys), ARGUMENTS):
            words = [word for key in public_keys[start : start + ARGUMENTS] for word in ("peer", key, "remove")]
            self.run("wg", "set", interface, *words)

    def set_device(self, interface: str, setting: str, value: str) -> None:
        """One setting of the device: ``listen-port`` or ``fwmark``, as in wg(8)."""
        self.run("wg", "set", interface, setting, value)

    def set_private_key(self, interface: str, key: str) -> None:
        """The device's own key; it goes by standard input."""
        self.run("wg", "set", interface, "private-key", "/dev/stdin", stdin=key + "\n")

    def set_mtu(self, interface: str, mtu: str) -> None:
        """The MTU of the link."""
        self.run("ip", "link", "set", "dev", interface, "mtu", mtu)

    def change_addresses(self, interface: str, verb: str, addresses: t.Iterable[str]) -> None:
        """``add`` or ``del`` each of the addresses."""
        if verb == "del":
            # Without it the kernel takes away with an address all others of its network, and their routes.
            with open(f"/proc/sys/net/ipv4/conf/{interface}/promote_secondaries", "w", encoding="ascii") as switch:
                switch.write("1")
        self.run("ip", "-batch", "-", stdin="".join(f"address {verb} {item} dev {interface}\n" for item in addresses))

    def change_routes(self, interface: str, verb: str, networks: t.Iterable[str], table: str | None) -> None:
        """``replace`` or ``del`` the routes that wg-quick makes, all in one call."""
        where = " ".join(["dev", interface, *_in_table(table)])
        self.run("ip", "-batch", "-", stdin="".join(f"route {verb} {network} {where}\n" for network in networks))

    def set_dns(self, interface: str, dns: t.Sequence[str]) -> None:
        """Hand the resolvers to resolvconf as wg-quick does (set_dns and unset_dns of its linux.bash)."""
        name = f"{_resolvconf_prefix()}{interface}"
        if not dns:
            self.run("resolvconf", "-d", name, "-f")
            return
        servers = [f"nameserver {item}\n" for item in dns if _networks.is_address(item)]
        domains = [item for item in dns if not _networks.is_address(item)]
        search = f"search {' '.join(domains)}\n" if domains else ""
        self.run("resolvconf", "-a", name, "-m", "0", "-x", stdin="".join(servers) + search)

    def saved_rules(self, version: int) -> str | None:
        """All rules of iptables for IP ``version``; None where the kernel has no such family."""
        if not os.path.exists(f"/proc/sys/net/ipv{version}"):
            return None
        return self.run("iptables-save" if version == 4 else "ip6tables-save")

    def has_leftovers(self, marks: str, chain: str, table: str) -> bool:
        """Whether there are files that match ``marks``, a chain of iptables or a table of nftables. Looks make none."""
        return (
            bool(glob.glob(marks))
            or f"\n:{chain} " in self.all_saved_rules()
            or (_commands.has_tool("nft") and self.succeeds("nft", "list", "table", "inet", table))
        )

    def listed_table(self, name: str) -> str | None:
        """The table of nftables of that name, in nft's own words; None without one."""
        code, listed, _error = self.attempt("nft", "--stateless", "list", "table", "inet", name)
        return listed if code == 0 else None

    def made_table(self, text: str, name: str) -> str | None:
        """The table that ``text`` makes, in nft's own words; None on a host that may not make a network to try it in.

        nft writes a table in a form of its own release, so the text is loaded into an empty network and read back there.
        """
        alone = 'nft -f - && nft --stateless list table inet "$0"'
        code, made, _error = self.attempt("unshare", "--net", "sh", "-c", alone, name, stdin=text)
        return made if code == 0 else None

    def frontend(self, interface: str) -> _frontend.Frontend | None:
        """The host's own firewall with what it says of the interface, None where neither firewalld nor ufw runs."""
        name = self.frontend_name()
        if name == _frontend.Ufw.name:
            return _frontend.Ufw(self.run("ufw", "show", "added"))
        return self._firewalld(interface) if name else None

    def _firewalld(self, interface: str) -> _frontend.Firewalld:
        name, link = (
            _frontend.service(interface),
            (self.default_route(4) or self.default_route(6) or {}).get("interface", ""),
        )
        code, zone, _error = self.attempt("firewall-cmd", f"--get-zone-of-interface={link}")
        zone = zone.strip() if code == 0 and link else self.run("firewall-cmd", "--get-default-zone").strip()
        code, ports, _error = self.attempt("firewall-cmd", "--permanent", f"--service={name}", "--get-ports")
        return _frontend.Firewalld(
            zone=zone,
            service=tuple(ports.split()) if code == 0 else None,
            ports=tuple(self.run("firewall-cmd", f"--zone={zone}", "--list-ports").split()),
            serves=self.succeeds("firewall-cmd", "--permanent", f"--zone={zone}", f"--query-service={name}"),
            serves_now=self.succeeds("firewall-cmd", f"--zone={zone}", f"--query-service={name}"),
            trusts=self.succeeds(
                "firewall-cmd", "--permanent", f"--zone={_frontend.ZONE}", f"--query-interface={interface}"
            ),
            trusts_now=self.succeeds("firewall-cmd", f"--zone={_frontend.ZONE}", f"--query-interface={interface}"),
        )

    def is_active(self, unit_name: str) -> bool:
        """Whether a unit is running; False where there is no systemd."""
        return _survey.has_systemd() and self.succeeds("systemctl", "is-active", "--quiet", unit_name)

    def is_enabled(self, interface: str) -> bool:
        """Whether the interface comes up at boot; False where there is no systemd."""
        return _survey.has_systemd() and self.succeeds("systemctl", "is-enabled", "--quiet", unit(interface))

    def set_enabled(self, interface: str, enabled: bool) -> None:
        """Let the interface come up at boot, or not."""
        self.run("systemctl", "enable" if enabled else "disable", "--quiet", unit(interface))

    def start(self, interface: str) -> None:
        """Bring the interface up as its file says. Raises HostError with wg-quick's own words."""
        if not _survey.has_systemd():
            self.run("wg-quick", "up", interface)
            return
        # A unit that is "active" although its device is gone (somebody deleted it, a daemon died) would not start.
        self.attempt("systemctl", "stop", unit(interface))
        self.attempt("systemctl", "reset-failed", unit(interface))
        if not self.succeeds("systemctl", "start", unit(interface)):
            raise _files.HostError(f"{interface} does not come up: {self._journal(interface)}")

    def stop(self, interface: str) -> None:
        """Take the interface down with the hooks of its file; without a file, delete the device."""
        if _survey.has_systemd() and self.succeeds("systemctl", "is-active", "--quiet", unit(interface)):
            self.attempt("systemctl", "stop", unit(interface))
        elif os.path.exists(_files.config_path(interface)):
            self.attempt("wg-quick", "down", interface)
        if os.path.exists(f"/sys/class/net/{interface}"):
            self.run("ip", "link", "delete", "dev", interface)
        _await_daemon(interface)

    def run_hooks(self, interface: str, hooks: t.Iterable[str]) -> None:
        """Run hooks as wg-quick does, up to the first that fails. Raises HostError for that one."""
        lines = [f"( {hook.replace('%i', interface)}\n) </dev/null" for hook in hooks]
        # One shell for all: there may be hundreds.
        self.run("bash", "-e", stdin="".join(f"{line}\n" for line in lines))

    def clear_hooks(self, interface: str, hooks: t.Iterable[str]) -> None:
        """Run hooks that clear up, each whether or not the one before went well."""
        for hook in hooks:
            self.attempt("bash", "-ec", hook.replace("%i", interface))

    def wake_peer(self, interface: str, peer: DevicePeer) -> None:
        """Tell a device where a peer was last, and have it send a packet there at once, by which the peer finds back."""
        peer_at = [
            "wg",
            "set",
            interface,
            "peer",
            peer.public_key,
            "endpoint",
            str(peer.endpoint),
            "persistent-keepalive",
        ]
        self.run(*peer_at, "1")
        self.run(*peer_at, str(peer.persistent_keepalive))

    def await_handshake(self, interface: str, peer: _config.Peer) -> None:
        """Have a peer that was just added shake hands. Raises HostError after HANDSHAKE_SECONDS without it."""
        keepalive = ["wg", "set", interface, "peer", peer.public_key, "persistent-keepalive"]
        if not peer.persistent_keepalive:
            # Without anything to send there is no handshake either.
            self.run(*keepalive, "1")
        if not self._shakes_hands(interface, peer.public_key):
            raise _files.HostError(
                f"peer {peer.name or peer.public_key} does not answer to the new preshared key within"
                f" {HANDSHAKE_SECONDS} s; it may have another"
            )
        self.run(*keepalive, str(peer.persistent_keepalive))

    def _shakes_hands(self, interface: str, public_key: str) -> bool:
        deadline = time.monotonic() + HANDSHAKE_SECONDS
        while time.monotonic() < deadline:
            peer = _dump.parse_dump(self.run("wg", "show", interface, "dump")).peers.get(public_key)
            if peer and peer.handshake:
                return True
            time.sleep(0.1)
        return False

    def _journal(self, interface: str) -> str:
        """What wg-quick said last. The journal of the unit holds its commands and their errors."""
        code, output, _error = self.attempt(
            "journalctl", "--unit", unit(interface), "--lines", "20", "--output", "cat", "--no-pager"
        )
        lines = [
            line
            for line in output.splitlines()
            if line.strip() and not line.startswith(("[#]", "Started", "Starting", "Stopped"))
        ]
        return _commands.hide("; ".join(lines[-6:])) if code == 0 and lines else "its journal says nothing"


def _await_daemon(interface: str) -> None:
    """Wait for the end of wireguard-go: it takes the socket of its name with it, also one that a new daemon made."""
    deadline = time.monotonic() + DAEMON_SECONDS
    while os.path.exists(f"/var/run/wireguard/{interface}.sock") and time.monotonic() < deadline:
        time.sleep(0.05)


def unit(interface: str) -> str:
    """The unit that wireguard-tools ships for an interface."""
    return f"wg-quick@{interface}.service"


def resolves(endpoint: str) -> bool:
    """Whether the host part of an endpoint is an address, or a name that has one."""
    host = endpoint.rpartition(":")[0].strip("[]")
    try:
        return bool(socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM))
    except OSError:
        return False


def is_port_free(port: int) -> bool:
    """Whether a UDP port can be bound. A WireGuard device that cannot comes up deaf, and says nothing."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(("", port))
        except OSError as exc:
            # A host without IPv6 fails in another way.
            if exc.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
    return True


def _in_table(table: str | None) -> list[str]:
    return ["table", table] if table and table.isdigit() else []


def _resolvconf_prefix() -> str:
    """What goes before an interface's name where Debian's resolvconf orders by names (as in wg-quick)."""
    order = _files.read_text("/etc/resolvconf/interface-order") or ""
    match = re.search(r"^([A-Za-z0-9-]+)\*$", order, re.MULTILINE)
    return f"{match[1]}." if match else ""
