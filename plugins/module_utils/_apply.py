# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Carry out a plan: the deeds behind the verbs of its steps, and the way back when one fails."""

from __future__ import annotations

import dataclasses
import shlex
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import (
    _adopt,
    _cleanup,
    _commands,
    _config,
    _device,
    _expiry,
    _files,
    _find,
    _host,
    _keys,
    _plan,
    _saved,
    _starter,
    _survey,
    _units,
)


@dataclasses.dataclass(frozen=True)
class Task:
    """What a run of the module is about: the host, what is wanted on it, and what was found."""

    host: _host.Host
    wanted: _plan.Wanted
    found: _plan.Found

    @property
    def path(self) -> str:
        """The file of wg-quick."""
        return _files.config_path(self.wanted.name)


def check(task: Task, steps: t.Sequence[_plan.Step], implementation: str, adopt: bool, dry: bool) -> None:
    """All that can be known to go wrong, before anything is changed. Raises HostError.

    A ``dry`` run asks nothing of a host on which the packages are not there yet.
    """
    found, verbs = task.found, {step.verb for step in steps}
    if not found.managed and verbs:
        _check_foreign(task, adopt)
    if "install_timer" in verbs and not dry and not _survey.has_systemd():
        raise _files.HostError(
            "a peer has a date from which it is to be shut out (expires), which takes systemd, and this host does not run it."
            " Nothing was changed"
        )
    if dry or not verbs & {"start", "restart", "set_peers", "set_port"}:
        return
    config = t.cast(_config.Config, task.wanted.config)
    _check_implementation(task.host, implementation)
    _check_port(config, found)
    for peer in config.peers:
        if peer.endpoint and not _host.resolves(peer.endpoint):
            raise _files.HostError(
                f"endpoint {peer.endpoint} of peer {peer.name or peer.public_key} has no address that this host can find. Nothing was changed"
            )
    if task.wanted.enabled and not _survey.has_systemd():
        raise _files.HostError(
            "this host does not run systemd, which is what brings the interface up at boot; set enabled to false. Nothing was changed"
        )


def _check_foreign(task: Task, adopt: bool) -> None:
    """Whether the file of somebody else may be replaced, and can be without a loss. Raises HostError."""
    if not adopt:
        raise _files.HostError(
            f"{task.path} is there and was not written by {_config.MARKER}; move it away, or let it be adopted."
            " Nothing was changed"
        )
    try:
        found = _config.parse(task.found.text or "")
        if task.wanted.config is not None:
            _adopt.check(found, task.wanted.config)
    except ValueError as exc:
        raise _files.HostError(f"{task.path} cannot be taken over: {exc}. It was left untouched") from exc


def _check_implementation(host: _host.Host, implementation: str) -> None:
    for tool in ("wg", "wg-quick", "ip"):
        if not _commands.has_tool(tool):
            raise _files.HostError(
                f"the command {tool} is missing; install wireguard-tools and iproute2. Nothing was changed"
            )
    kernel = host.has_kernel_support()
    if implementation == "userspace" and kernel:
        raise _files.HostError(
            "implementation is userspace, but wg-quick takes the kernel's WireGuard where there is one; use auto. Nothing was changed"
        )
    if implementation == "kernel" and not kernel:
        raise _files.HostError(
            "implementation is kernel, but this kernel has no WireGuard; use auto with wireguard-go. Nothing was changed"
        )
    if not kernel and not _commands.has_tool("wireguard-go"):
        raise _files.HostError(
            "this kernel has no WireGuard and the command wireguard-go is missing; install it. Nothing was changed"
        )


def _check_port(config: _config.Config, found: _plan.Found) -> None:
    port = config.interface.listen_port
    if port and (found.device is None or found.device.listen_port != port) and not _host.is_port_free(port):
        raise _files.HostError(
            f"UDP port {port} is in use by another program or tunnel of this host; choose another. Nothing was changed"
        )


def carry_out(task: Task, steps: t.Sequence[_plan.Step]) -> None:
    """Do the steps in their order, then look whether the host has become what was wanted.

    Raises HostError; before it does, the old file is back, and so is the old interface if it was up.
    """
    # A run that was killed may have left the new text, secrets and all, beside the file.
    _files.remove_leftovers(task.path)
    try:
        for step in steps:
            _DEEDS[step.verb](task, step)
        left = _plan.plan(task.wanted, _find.find(task.host, task.wanted.name, task.wanted.admit is not None))
        if left:
            raise _files.HostError(f"after the change there is still to do: {'; '.join(step.words for step in left)}")
    except _files.HostError as exc:
        raise _files.HostError(f"{exc}. {_go_back(task)}") from exc


def left_behind(found: _plan.Found) -> list[str]:
    """The commands of a foreign file's PostDown that adopting it does not run."""
    return [] if found.managed or found.config is None else _cleanup.cleanup(found.config.interface.post_down)[1]


def _go_back(task: Task) -> str:
    """Put the old file back, and the old interface up if it was. Returns in a sentence how that went."""
    name, before = task.wanted.name, task.found
    if task.host.device(name) is None:
        # wg-quick leaves the deeds of PostUp behind when one of them fails.
        hooks = task.wanted.config.interface.post_down if task.wanted.config else ()
        task.host.clear_hooks(name, hooks)
    elif before.device is None:
        task.host.stop(name)
    if before.text is None:
        if task.wanted.state != "absent":
            _files.remove_file(task.path)
        return f"There was no {task.path} before, and there is none now"
    if _files.read_text(task.path) != before.text:
        _files.write_secret(task.path, before.text)
    if before.device is None:
        return f"{task.path} is as it was before"
    try:
        _restore_device(task)
    except _files.HostError as exc:
        return f"{task.path} is as it was before, but the old interface does not come up with it: {exc}"
    return f"{task.path} is as it was before, and {name} is up with it"


def _restore_device(task: Task) -> None:
    """Bring the device back to the old file, live where that is possible."""
    name, before = task.wanted.name, task.found
    key = before.config.interface.private_key if before.config else None
    public_key = task.host.public_key(_keys.decode(key)) if key else None
    wanted = dataclasses.replace(
        task.wanted, state="up", text=before.text or "", config=before.config, public_key=public_key
    )
    found = _find.find(task.host, name)
    if before.config is None or found.device is None or _plan.restart_reasons(wanted, before.config, found):
        task.host.stop(name)
        task.host.start(name)
        return
    if task.wanted.live_hooks:
        task.host.run_hooks(name, before.config.interface.post_up)
    back = dataclasses.replace(task, wanted=wanted)
    for step in _plan.plan(wanted, found):
        _DEEDS[step.verb](back, step)


def _write_file(task: Task, _step: _plan.Step) -> None:
    _files.write_secret(task.path, task.wanted.text)


def _keep_file(task: Task, _step: _plan.Step) -> None:
    _files.write_secret(f"{task.path}.adopted", task.found.text or "")


def _install_timer(task: Task, _step: _plan.Step) -> None:
    _expiry.install(task.host, task.wanted.name)


def _remove_timer(task: Task, _step: _plan.Step) -> None:
    _expiry.remove(task.host, task.wanted.name)


def _install_starter(task: Task, _step: _plan.Step) -> None:
    _units.install(task.host, _starter.files(task.wanted.name))


def _remove_starter(task: Task, _step: _plan.Step) -> None:
    _units.remove(task.host, _starter.files(task.wanted.name))


def _remove_directory(task: Task, _step: _plan.Step) -> None:
    _files.remove_directory(_files.state_directory(task.wanted.name))


def _remove_file(task: Task, _step: _plan.Step) -> None:
    _files.remove_file(task.path)


def _start(task: Task, _step: _plan.Step) -> None:
    task.host.start(task.wanted.name)


def _stop(task: Task, _step: _plan.Step) -> None:
    task.host.stop(task.wanted.name)


def _restart(task: Task, step: _plan.Step) -> None:
    """Down with the old file's hooks, up with the new file's.

    A device forgets on its way where its peers are, and a peer that waits for the hub would wait for minutes.
    """
    if not task.found.managed:
        _keep_file(task, step)
    task.host.stop(task.wanted.name)
    _write_file(task, step)
    task.host.start(task.wanted.name)
    config, before = t.cast(_config.Config, task.wanted.config), t.cast(_device.Device, task.found.device)
    for peer in config.peers:
        known = before.peers.get(peer.public_key)
        if known and known.endpoint and not peer.endpoint:
            task.host.wake_peer(
                task.wanted.name, dataclasses.replace(known, persistent_keepalive=peer.persistent_keepalive)
            )


def _run_hooks(task: Task, step: _plan.Step) -> None:
    name = task.wanted.name
    task.host.run_hooks(name, step.values)
    for version, rules in _saved.expected(step.values, name).rules.items():
        for command in _saved.surplus(rules, task.host.saved_rules(version) or "", version):
            task.host.run(*command)


def _clear_hooks(task: Task, step: _plan.Step) -> None:
    task.host.clear_hooks(task.wanted.name, step.values)


def _tell_firewall(task: Task, step: _plan.Step) -> None:
    for command in step.values:
        task.host.run(*shlex.split(command))


def _enable(task: Task, _step: _plan.Step) -> None:
    task.host.set_enabled(task.wanted.name, True)


def _disable(task: Task, _step: _plan.Step) -> None:
    task.host.set_enabled(task.wanted.name, False)


def _set_dns(task: Task, step: _plan.Step) -> None:
    task.host.set_dns(task.wanted.name, step.values)


def _set_key(task: Task, _step: _plan.Step) -> None:
    config = t.cast(_config.Config, task.wanted.config)
    task.host.set_private_key(task.wanted.name, t.cast(str, config.interface.private_key))


def _set_port(task: Task, step: _plan.Step) -> None:
    task.host.set_device(task.wanted.name, "listen-port", step.values[0])


def _set_mark(task: Task, step: _plan.Step) -> None:
    task.host.set_device(task.wanted.name, "fwmark", step.values[0])


def _set_mtu(task: Task, step: _plan.Step) -> None:
    task.host.set_mtu(task.wanted.name, step.values[0])


def _add_addresses(task: Task, step: _plan.Step) -> None:
    task.host.change_addresses(task.wanted.name, "add", step.values)


def _remove_addresses(task: Task, step: _plan.Step) -> None:
    task.host.change_addresses(task.wanted.name, "del", step.values)


def _set_peers(task: Task, step: _plan.Step) -> None:
    """Set the peers; where the preshared key of one that this host dials changed, shake hands with it to prove it."""
    known = task.found.device.peers if task.found.device else {}
    dialled = (
        {peer.public_key: peer for peer in task.wanted.config.peers if peer.endpoint} if task.wanted.config else {}
    )
    proven = [
        dataclasses.replace(peer, endpoint=dialled[peer.public_key].endpoint)
        for peer in step.peers
        if peer.public_key in known
        and peer.public_key in dialled
        and known[peer.public_key].preshared_key != peer.preshared_key
    ]
    names = {peer.public_key for peer in proven}
    # The session that there is would go on for minutes with the old key, and prove nothing.
    task.host.remove_peers(task.wanted.name, sorted(names))
    task.host.set_peers(task.wanted.name, [*(peer for peer in step.peers if peer.public_key not in names), *proven])
    for peer in proven:
        task.host.await_handshake(task.wanted.name, peer)


def _remove_peers(task: Task, step: _plan.Step) -> None:
    task.host.remove_peers(task.wanted.name, [peer.public_key for peer in step.peers])


def _add_routes(task: Task, step: _plan.Step) -> None:
    task.host.change_routes(task.wanted.name, "replace", step.values, _table(task))


def _remove_routes(task: Task, step: _plan.Step) -> None:
    task.host.change_routes(task.wanted.name, "del", step.values, _table(task))


def _table(task: Task) -> str | None:
    return task.wanted.config.interface.table if task.wanted.config else None


_DEEDS: dict[str, t.Callable[[Task, _plan.Step], None]] = {
    "write_file": _write_file,
    "keep_file": _keep_file,
    "remove_file": _remove_file,
    "remove_directory": _remove_directory,
    "install_timer": _install_timer,
    "remove_timer": _remove_timer,
    "install_starter": _install_starter,
    "remove_starter": _remove_starter,
    "start": _start,
    "stop": _stop,
    "restart": _restart,
    "tell_firewall": _tell_firewall,
    "enable": _enable,
    "disable": _disable,
    "run_hooks": _run_hooks,
    "clear_hooks": _clear_hooks,
    "set_dns": _set_dns,
    "set_key": _set_key,
    "set_port": _set_port,
    "set_mark": _set_mark,
    "set_mtu": _set_mtu,
    "add_addresses": _add_addresses,
    "remove_addresses": _remove_addresses,
    "set_peers": _set_peers,
    "remove_peers": _remove_peers,
    "add_routes": _add_routes,
    "remove_routes": _remove_routes,
}
