# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What to do so that the file and the running device become what is wanted: pure decisions, no deeds."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks
from ansible_collections.vpn.wireguard.plugins.module_utils._config import Config, Peer


@dataclasses.dataclass(frozen=True)
class DevicePeer:
    """A peer as the device has it. ``handshake`` is Unix time, 0 for never; transfer is in bytes."""

    public_key: str
    allowed_ips: frozenset[str] = frozenset()
    endpoint: str | None = None
    persistent_keepalive: int = 0
    preshared_key: str | None = dataclasses.field(default=None, repr=False)
    handshake: int = 0
    received: int = 0
    sent: int = 0


@dataclasses.dataclass(frozen=True)
class Device:
    """A running WireGuard interface. It holds no private key; ``public_key`` is None while it has none."""

    public_key: str | None
    listen_port: int
    fw_mark: int = 0
    mtu: int = 0
    addresses: frozenset[str] = frozenset()
    peers: t.Mapping[str, DevicePeer] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Step:
    """One deed: ``verb`` is a method of the module's executor, ``words`` is what users read."""

    verb: str
    words: str
    disruptive: bool = False
    peer: Peer | None = None
    network: str | None = None
    hooks: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What the task asks for. ``text`` is the whole file; ``config`` is the same, parsed.

    ``live_hooks`` says that PostUp may run again while the interface is up, and then replaces what it did before.
    """

    name: str
    state: str
    enabled: bool
    text: str = dataclasses.field(default="", repr=False)
    config: Config | None = None
    public_key: str | None = None
    live_hooks: bool = False


@dataclasses.dataclass(frozen=True)
class Found:
    """What the host has: the file as it is (None for none), the device (None while down), the boot setting.

    ``config`` is None where the file is missing or not readable as a file of wg-quick.
    """

    text: str | None = dataclasses.field(default=None, repr=False)
    config: Config | None = None
    device: Device | None = None
    enabled: bool = False


_LIVE_HOOKS = ("PostUp", "PostDown")


def plan(wanted: Wanted, found: Found) -> list[Step]:
    """The steps from ``found`` to ``wanted`` in their order; none where all is well."""
    if wanted.state == "absent":
        return _plan_absent(wanted, found)
    if wanted.config is None:
        raise ValueError("a state other than absent needs a config")
    steps = _plan_device(wanted, wanted.config, found)
    if wanted.enabled != found.enabled:
        steps.append(_boot_step(wanted.name, wanted.enabled))
    return steps


def _plan_absent(wanted: Wanted, found: Found) -> list[Step]:
    steps = []
    if found.device is not None:
        steps.append(Step("stop", f"take {wanted.name} down", disruptive=True))
    if found.enabled:
        steps.append(_boot_step(wanted.name, False))
    if found.text is not None:
        steps.append(Step("remove_file", f"remove the file of {wanted.name}"))
    return steps


def _plan_device(wanted: Wanted, config: Config, found: Found) -> list[Step]:
    write = [] if found.text == wanted.text else [Step("write_file", f"write the file of {wanted.name}")]
    if wanted.state == "down":
        stop = [] if found.device is None else [Step("stop", f"take {wanted.name} down", disruptive=True)]
        return stop + write
    if found.device is None:
        return [*write, Step("start", f"bring {wanted.name} up")]
    reasons = restart_reasons(wanted, config, found)
    if reasons:
        # The old hooks must run with the old file, so the file changes between down and up.
        words = f"restart {wanted.name}, because of {', '.join(reasons)}"
        return [Step("restart", words, disruptive=True)]
    # Hooks before the file: a run that is cut short between the two finds them to do again.
    return _plan_hooks(wanted, config, found) + write + _plan_peers(config, found)


def restart_reasons(wanted: Wanted, config: Config, found: Found) -> list[str]:
    """What of the difference cannot be applied to a running device; in the words of wg-quick's file."""
    device = t.cast(Device, found.device)
    reasons = []
    if wanted.public_key is not None and device.public_key != wanted.public_key:
        reasons.append("PrivateKey")
    if config.interface.listen_port and device.listen_port != config.interface.listen_port:
        reasons.append("ListenPort")
    if config.interface.fw_mark and device.fw_mark != config.interface.fw_mark:
        reasons.append("FwMark")
    if device.addresses != frozenset(config.interface.addresses):
        reasons.append("Address")
    if config.interface.mtu and device.mtu != config.interface.mtu:
        reasons.append("MTU")
    if _default_routes(config) != _running_default_routes(device):
        reasons.append("AllowedIPs with a default route")
    changed = _changed_settings(config, found.config)
    reasons += [label for label in changed if label not in reasons and not (wanted.live_hooks and label in _LIVE_HOOKS)]
    return reasons


def _changed_settings(wanted: Config, applied: Config | None) -> list[str]:
    if applied is None:
        return ["a file that was missing or unreadable"]
    labels = {
        "fw_mark": "FwMark",
        "dns": "DNS",
        "table": "Table",
        "mtu": "MTU",
        "pre_up": "PreUp",
        "post_up": "PostUp",
        "pre_down": "PreDown",
        "post_down": "PostDown",
    }
    return [
        label for name, label in labels.items() if getattr(wanted.interface, name) != getattr(applied.interface, name)
    ]


def _plan_hooks(wanted: Wanted, config: Config, found: Found) -> list[Step]:
    """Hooks that can: the new PostUp takes the place of the old; where there is none, the old PostDown clears up."""
    applied = t.cast(Config, found.config).interface
    if not wanted.live_hooks or config.interface.post_up == applied.post_up:
        return []
    hooks = config.interface.post_up or applied.post_down
    return [Step("run_hooks", f"put the changed hooks of {wanted.name} in force", hooks=hooks)]


def _default_routes(config: Config) -> set[str]:
    return {network for peer in config.peers for network in peer.allowed_ips if network.endswith("/0")}


def _running_default_routes(device: Device) -> set[str]:
    return {network for peer in device.peers.values() for network in peer.allowed_ips if network.endswith("/0")}


def _plan_peers(config: Config, found: Found) -> list[Step]:
    device = t.cast(Device, found.device)
    wanted = {peer.public_key: peer for peer in config.peers}
    steps = [
        Step("remove_peer", f"remove peer {key}", peer=Peer(public_key=key))
        for key in device.peers
        if key not in wanted
    ]
    for key, peer in wanted.items():
        if key not in device.peers:
            steps.append(Step("set_peer", f"add peer {peer.name or key}", peer=peer))
            continue
        moved = _endpoint_changed(peer, found.config)
        if moved or _differs(peer, device.peers[key]):
            # Unless the file's endpoint changed, the device's stays: it follows the peer wherever it roams.
            steps.append(
                Step(
                    "set_peer",
                    f"change peer {peer.name or key}",
                    peer=peer if moved else dataclasses.replace(peer, endpoint=None),
                )
            )
    return steps + _plan_routes(config, device)


def _endpoint_changed(peer: Peer, applied: Config | None) -> bool:
    before = {known.public_key: known.endpoint for known in applied.peers} if applied else {}
    return peer.endpoint is not None and before.get(peer.public_key) != peer.endpoint


def _differs(peer: Peer, running: DevicePeer) -> bool:
    return (
        frozenset(peer.allowed_ips) != running.allowed_ips
        or peer.persistent_keepalive != running.persistent_keepalive
        or peer.preshared_key != running.preshared_key
    )


def _plan_routes(config: Config, device: Device) -> list[Step]:
    """wg-quick routes each AllowedIPs that no address of the interface covers; so do these steps."""
    if config.interface.table == "off":
        return []
    before = {network for peer in device.peers.values() for network in peer.allowed_ips}
    after = {network for peer in config.peers for network in peer.allowed_ips}
    covered = [_networks.parse_interface(address).network for address in config.interface.addresses]
    steps = [
        Step("remove_route", f"remove the route to {network}", network=network)
        for network in sorted(before - after)
        if not _is_covered(network, covered)
    ]
    return steps + [
        Step("add_route", f"add the route to {network}", network=network)
        for network in sorted(after - before)
        if not _is_covered(network, covered)
    ]


def _is_covered(text: str, covered: list[_networks.Network]) -> bool:
    network = _networks.parse_network(text)
    return any(
        network.version == other.version and other.first <= network.first and network.last <= other.last
        for other in covered
    )


def _boot_step(name: str, enabled: bool) -> Step:
    if enabled:
        return Step("enable", f"bring {name} up at boot")
    return Step("disable", f"leave {name} down at boot")
