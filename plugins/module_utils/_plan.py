# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What to do so that the file and the running device become what is wanted: pure decisions, no deeds."""

from __future__ import annotations

import dataclasses
import shlex
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _cleanup, _frontend, _networks, _routing
from ansible_collections.vpn.wireguard.plugins.module_utils._config import Config, Peer
from ansible_collections.vpn.wireguard.plugins.module_utils._device import Device, DevicePeer


@dataclasses.dataclass(frozen=True)
class Step:
    """One deed: ``verb`` names it, ``words`` are what users read, ``peers`` and ``values`` what it is done with."""

    verb: str
    words: str
    disruptive: bool = False
    peers: tuple[Peer, ...] = ()
    values: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What the task asks for. ``text`` is the whole file; ``config`` is the same, parsed.

    ``live_hooks`` says that PostUp may run again while the interface is up, and then replaces what it did before;
    ``admit`` whether firewalld or ufw is to admit the tunnel (None: they are not looked at);
    ``expires`` that a peer has a date from which it is to be shut out; ``many`` that it is to come up the quick way.
    """

    name: str
    state: str
    enabled: bool
    text: str = dataclasses.field(default="", repr=False)
    config: Config | None = None
    public_key: str | None = None
    live_hooks: bool = False
    admit: bool | None = None
    expires: bool = False
    many: bool = False


@dataclasses.dataclass(frozen=True)
class Found:
    """What the host has: the file as it is (None for none), the device (None while down), the boot setting.

    ``config`` is None where the file is missing or not readable as a file of wg-quick. ``rules_gone`` says that
    rules which the hooks of the file made are not there any more, ``rules_left`` that they are while the interface is
    not; ``managed`` that the file is of this collection (or missing), ``directory`` that there is a directory with key
    and registry. ``frontend`` is the host's own firewall, if it was looked at and runs; ``timer`` says whether what shuts
    out peers is there: True for as it should be, False for nothing of it, None for something else; so does ``starter`` of
    the quick way up.
    """

    text: str | None = dataclasses.field(default=None, repr=False)
    config: Config | None = None
    device: Device | None = None
    enabled: bool = False
    rules_gone: bool = False
    rules_left: bool = False
    managed: bool = True
    directory: bool = False
    frontend: _frontend.Frontend | None = None
    timer: bool | None = False
    starter: bool | None = False


# Of a long list, so many are named.
_NAMED = 20
_LIVE_HOOKS = ("PreUp", "PostUp", "PostDown")
# What takes effect only on the way up or down.
_SETTLED = {"table": "Table", "pre_up": "PreUp", "post_up": "PostUp", "pre_down": "PreDown", "post_down": "PostDown"}


def plan(wanted: Wanted, found: Found) -> list[Step]:
    """The steps from ``found`` to ``wanted`` in their order; none where all is well."""
    if wanted.state == "absent":
        return _plan_absent(wanted, found)
    if wanted.config is None:
        raise ValueError("a state other than absent needs a config")
    steps = _plan_starter(wanted, found) + _plan_device(wanted, wanted.config, found) + _plan_frontend(wanted, found)
    if wanted.enabled != found.enabled:
        steps.append(_boot_step(wanted.name, wanted.enabled))
    return [*steps, *_plan_timer(wanted, found)]


def _plan_timer(wanted: Wanted, found: Found) -> list[Step]:
    install = Step("install_timer", f"have a timer shut out peers of {wanted.name} that expire")
    remove = Step("remove_timer", f"remove the timer that shut out peers of {wanted.name}")
    return _plan_units(found.timer, wanted.expires, install, remove)


def _plan_starter(wanted: Wanted, found: Found) -> list[Step]:
    install = Step("install_starter", f"have systemd bring {wanted.name} with its many peers up the quick way")
    remove = Step("remove_starter", f"have wg-quick alone bring {wanted.name} up")
    return _plan_units(found.starter, wanted.many, install, remove)


def _plan_units(there: bool | None, wanted: bool, install: Step, remove: Step) -> list[Step]:
    """The step to files that are ``there`` as _units.find() tells, where they are not as they should be."""
    if there is wanted:
        return []
    return [install if wanted else remove]


def _plan_absent(wanted: Wanted, found: Found) -> list[Step]:
    steps = _plan_frontend(wanted, found) + _plan_timer(wanted, found) + _plan_starter(wanted, found)
    if found.device is not None:
        steps.append(Step("stop", f"take {wanted.name} down", disruptive=True))
    steps += _plan_leftovers(wanted.name, found)
    if found.enabled:
        steps.append(_boot_step(wanted.name, False))
    if found.text is not None:
        steps.append(Step("remove_file", f"remove the file of {wanted.name}"))
    if found.directory:
        steps.append(Step("remove_directory", f"remove the key and the registry of {wanted.name}"))
    return steps


def _plan_leftovers(name: str, found: Found) -> list[Step]:
    """An interface that died, or failed on its way up, ran no PostDown."""
    if not found.rules_left or found.config is None:
        return []
    return [Step("clear_hooks", f"clear away the rules that {name} left", values=found.config.interface.post_down)]


def _plan_frontend(wanted: Wanted, found: Found) -> list[Step]:
    """What the host's own firewall is to admit, while the interface is to be up and its rules are ours."""
    if found.frontend is None:
        return []
    port = wanted.config.interface.listen_port if wanted.config and wanted.admit and wanted.state == "up" else None
    commands = tuple(shlex.join(command) for command in found.frontend.commands(wanted.name, port))
    told = f"admit UDP port {port} and what {wanted.name} forwards" if port else f"no longer admit {wanted.name}"
    return [Step("tell_firewall", f"have {found.frontend.name} {told}", values=commands)] if commands else []


def _plan_device(wanted: Wanted, config: Config, found: Found) -> list[Step]:
    write = [] if found.text == wanted.text else [Step("write_file", f"write the file of {wanted.name}")]
    if not found.managed:
        write.insert(0, Step("keep_file", f"keep a copy of the file of {wanted.name}"))
    if wanted.state == "down":
        stop = [] if found.device is None else [Step("stop", f"take {wanted.name} down", disruptive=True)]
        return stop + _plan_leftovers(wanted.name, found) + write
    if found.device is None:
        return [*write, Step("start", f"bring {wanted.name} up")]
    reasons = restart_reasons(wanted, config, found)
    if reasons:
        # The old hooks must run with the old file, so the file changes between down and up.
        words = f"restart {wanted.name}, because of {', '.join(reasons)}"
        return [Step("restart", words, disruptive=True)]
    # What cannot be seen on the device comes before the file: a run that is cut short finds it to do again.
    # The file that was is all that tells which routes of gone networks are ours.
    going, coming = _plan_routes(config, found)
    unseen = _plan_hooks(wanted, config, found) + _plan_dns(config, found) + going
    return unseen + write + _plan_link(wanted, config, found.device) + _plan_peers(config, found) + coming


def restart_reasons(wanted: Wanted, config: Config, found: Found) -> list[str]:
    """What of the difference cannot be applied to a running device; in the words of wg-quick's file."""
    device, applied = t.cast(Device, found.device), found.config
    if applied is None:
        return ["a file that was missing or unreadable"]
    reasons = [
        label
        for name, label in _SETTLED.items()
        if getattr(config.interface, name) != getattr(applied.interface, name)
        and not (wanted.live_hooks and label in _LIVE_HOOKS)
        and not (label == "Table" and _is_main(config) and _is_main(applied))
    ]
    if found.managed and config.interface.mtu is None and applied.interface.mtu is not None:
        reasons.append("MTU")
    # wg-quick ties a default route to a mark, to routing rules and to a rule of the firewall.
    default_routes = _default_routes(config)
    if default_routes != _running_default_routes(device):
        reasons.append("AllowedIPs with a default route")
    elif default_routes and _mark_differs(config, device):
        reasons.append("FwMark")
    return reasons


def _is_main(config: Config) -> bool:
    """Whether all routes are in the main table, whoever puts them there; default routes are not (wg-quick's add_default)."""
    return config.interface.table in (None, "auto", "off") and not _default_routes(config)


def _mark_differs(config: Config, device: Device) -> bool:
    return config.interface.fw_mark is not None and device.fw_mark != config.interface.fw_mark


def _plan_hooks(wanted: Wanted, config: Config, found: Found) -> list[Step]:
    """Hooks that can: the new PostUp takes the place of the old; where there is none, the old PostDown clears up."""
    applied = t.cast(Config, found.config).interface
    if not wanted.live_hooks:
        return []
    if not found.managed:
        theirs, _left = _cleanup.cleanup(applied.post_down)
        hooks = (*config.interface.post_up, *(f"{command} 2>/dev/null || true" for command in theirs))
        return [Step("run_hooks", f"put rules of our own in place of those of {wanted.name}", values=hooks)]
    if config.interface.post_up != applied.post_up:
        hooks = config.interface.post_up or applied.post_down
        return [Step("run_hooks", f"put the changed hooks of {wanted.name} in force", values=hooks)]
    if found.rules_gone:
        return [Step("run_hooks", f"put back what {wanted.name} lost of its rules", values=config.interface.post_up)]
    return []


def _plan_dns(config: Config, found: Found) -> list[Step]:
    dns, applied = config.interface.dns, t.cast(Config, found.config).interface.dns
    if dns == applied:
        return []
    words = f"use the resolvers {', '.join(dns)}" if dns else "leave the tunnel's resolvers"
    return [Step("set_dns", words, values=dns)]


def _plan_link(wanted: Wanted, config: Config, device: Device) -> list[Step]:
    """The interface itself: key, port, mark, MTU and addresses, new ones before old ones go."""
    interface, steps = config.interface, []
    if wanted.public_key is not None and device.public_key != wanted.public_key:
        steps.append(Step("set_key", "take the private key of the file", disruptive=True))
    if interface.listen_port and device.listen_port != interface.listen_port:
        port = str(interface.listen_port)
        steps.append(Step("set_port", f"listen on UDP port {port}", disruptive=True, values=(port,)))
    if _mark_differs(config, device):
        steps.append(Step("set_mark", f"mark packets with {interface.fw_mark}", values=(str(interface.fw_mark),)))
    if interface.mtu and device.mtu != interface.mtu:
        steps.append(Step("set_mtu", f"set the MTU to {interface.mtu}", values=(str(interface.mtu),)))
    new = tuple(address for address in interface.addresses if address not in device.addresses)
    old = tuple(sorted(device.addresses - frozenset(interface.addresses)))
    if new:
        steps.append(Step("add_addresses", f"add the address {', '.join(new)}", values=new))
    if old:
        steps.append(Step("remove_addresses", f"remove the address {', '.join(old)}", values=old))
    return steps


def _default_routes(config: Config) -> set[str]:
    return {network for peer in config.peers for network in peer.allowed_ips if network.endswith("/0")}


def _running_default_routes(device: Device) -> set[str]:
    return {network for peer in device.peers.values() for network in peer.allowed_ips if network.endswith("/0")}


def _plan_peers(config: Config, found: Found) -> list[Step]:
    """Peers in three batches; peers that stay as they are are not touched."""
    device = t.cast(Device, found.device)
    names = {peer.public_key: peer.name for peer in (found.config.peers if found.config else ())}
    wanted = {peer.public_key: peer for peer in config.peers}
    gone = tuple(Peer(key, name=names.get(key)) for key in device.peers if key not in wanted)
    new = tuple(peer for key, peer in wanted.items() if key not in device.peers)
    endpoints = {peer.public_key: peer.endpoint for peer in (found.config.peers if found.config else ())}
    changed = [_changed(peer, device.peers[key], endpoints) for key, peer in wanted.items() if key in device.peers]
    steps = [
        _peer_step("remove_peers", "remove", gone),
        _peer_step("set_peers", "add", new),
        _peer_step("set_peers", "change", tuple(peer for peer in changed if peer)),
    ]
    return [step for step in steps if step.peers]


def _peer_step(verb: str, word: str, peers: tuple[Peer, ...]) -> Step:
    noun = "peer" if len(peers) == 1 else f"{len(peers)} peers"
    return Step(verb, f"{word} {noun} {', '.join(peer.name or peer.public_key for peer in peers)}", peers=peers)


def _changed(peer: Peer, running: DevicePeer, applied: t.Mapping[str, str | None]) -> Peer | None:
    """The peer as it is to be set on the device, None where the device has it so. ``applied`` are endpoints by key.

    Unless the file's endpoint changed, the device's stays: it follows the peer wherever it roams.
    """
    if peer.endpoint is not None and applied.get(peer.public_key) != peer.endpoint:
        return peer
    return dataclasses.replace(peer, endpoint=None) if _differs(peer, running) else None


def _differs(peer: Peer, running: DevicePeer) -> bool:
    return (
        frozenset(peer.allowed_ips) != running.allowed_ips
        or peer.persistent_keepalive != running.persistent_keepalive
        or peer.preshared_key != running.preshared_key
    )


def _plan_routes(config: Config, found: Found) -> tuple[list[Step], list[Step]]:
    """Away with the routes to networks that no peer has any more, and those that are missing."""
    device = t.cast(Device, found.device)
    wanted = _routes(config)
    ours = _routes(found.config) if found.config else set()
    if config.interface.table != "off":
        ours |= {network for peer in device.peers.values() for network in peer.allowed_ips}
    # A route to a network that the interface has an address in comes and goes with the address.
    going = _connected(device.addresses - frozenset(config.interface.addresses))
    gone = tuple(sorted((ours & device.routes) - wanted - going))
    coming = _connected(address for address in config.interface.addresses if address not in device.addresses)
    missing = tuple(sorted(wanted - device.routes - coming))
    away = [Step("remove_routes", f"remove the route to {_some(gone)}", values=gone)]
    new = [Step("add_routes", f"add the route to {_some(missing)}", values=missing)]
    return away if gone else [], new if missing else []


def _some(items: t.Sequence[str]) -> str:
    """Enough of a list to know it by."""
    more = len(items) - _NAMED
    return ", ".join(items[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _routes(config: Config) -> set[str]:
    """Networks routed to a device that is up: the kernel does it for its addresses, wg-quick or a hook for the rest."""
    addresses = config.interface.addresses
    if config.interface.table == "off":
        return _connected(addresses) | set(config.interface.routes)
    allowed = {network for peer in config.peers for network in peer.allowed_ips}
    return _connected(addresses) | set(_routing.uncovered(allowed - _default_routes(config), addresses))


def _connected(addresses: t.Iterable[str]) -> set[str]:
    own = [_networks.parse_interface(address) for address in addresses]
    return {_networks.format_network(item.network) for item in own if item.prefix < _networks.BITS[item.version]}


def _boot_step(name: str, enabled: bool) -> Step:
    if enabled:
        return Step("enable", f"bring {name} up at boot")
    return Step("disable", f"leave {name} down at boot")
