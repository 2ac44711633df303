# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes and removes the lab's hosts as small virtual machines, with the kernel's WireGuard.

Same hosts, addresses, ports and subcommands as lab.py, which calls this where WG_LAB_KIND is
"kernel". A machine is a process of User Mode Linux (see kernel_image.py) with its own kernel; its
disk is a copy-on-write file over one that all share, its networks are bridges of this machine. It
has the root file system of the containers, and boots in seconds.

Needs x86-64 and root, for bridges and rules; /dev/shm for memory, WG_LAB_MEMORY (384M) a
machine. A slot holds containers or machines, not both. Forwarding, which this turns on here,
stays on, as container engines leave it.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
import time
from pathlib import Path
from typing import Iterator, Sequence

import kernel_image
import lab as lab_
from kernel_image import as_root
from lab import HOSTS, PREFIXES, Host, Lab, LabError, run, say

MEMORY = os.environ.get("WG_LAB_MEMORY") or "384M"
START_SECONDS = 10
STOP_SECONDS = 20


class Files:
    """Where a slot's machines keep what they need."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.folder = lab_.CACHE / f"machines-{lab.slot}"
        self.recipe = self.folder / "recipe"

    def disk(self, host: Host) -> Path:
        """What the host changed on its disk."""
        return self.folder / f"{host.name}.cow"

    def own(self, host: Host) -> Path:
        """A tar of what only this host has."""
        return self.folder / f"{host.name}.tar"

    def console(self, host: Host) -> Path:
        """What the host's kernel and systemd print."""
        return self.folder / f"{host.name}.log"

    def process(self, host: Host) -> int | None:
        """The machine's process, leader of the group of all that belong to it; None where it does not run."""
        name = self.lab.container(host)
        with contextlib.suppress(OSError, ValueError):
            pid = int((self.folder / name / "pid").read_text(encoding="ascii"))
            if f"umid={name}".encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return pid
        return None

    def state(self, host: Host) -> str:
        """Whether a host is "missing", "stopped" or "running"."""
        if not self.disk(host).exists():
            return "missing"
        return "running" if self.process(host) else "stopped"


def privileged(*command: str, check: bool = True, stdin: bytes | None = None) -> int:
    """Run a command as root; its return code. Raises LabError if it fails and check is set."""
    return run([*as_root(), *command], check=check, stdin=stdin).returncode


# --- networks -----------------------------------------------------------------------


def mtu() -> str:
    """The MTU of both networks: no more than gets out of this machine."""
    return str(lab_.narrow_mtu() or 1500)


def tap(lab: Lab, host: Host, number: int) -> str:
    """The name here of a host's interface eth0, eth1 …"""
    return f"wglab{lab.slot}-h{host.number}n{number}"


def create_network(lab: Lab, name: str) -> None:
    """A bridge with this machine's addresses. Raises LabError where something else has them."""
    bridge, address = lab.network(name), f"{lab.address(name, 1)}/26"
    holders = lab_.text_of(["ip", "-oneline", "address", "show", "to", address]).splitlines()
    if any(line.split()[1] != bridge for line in holders):
        raise LabError(f"slot {lab.slot} has containers: remove them first (lab.py --slot {lab.slot} down)")
    batch = (
        f"link add {bridge} mtu {mtu()} type bridge\n"
        f"address add {address} dev {bridge}\n"
        f"address add {lab.address6(name, 1)}/64 dev {bridge} nodad\n"
        f"link set {bridge} up\n"
    )
    privileged("ip", "-batch", "-", stdin=batch.encode())
    # so that ports of 127.0.0.1 can lead to the machines
    privileged("sysctl", "-qw", f"net.ipv4.conf.{bridge}.route_localnet=1")


def has_link(name: str) -> bool:
    """Whether this machine has a network interface of that name."""
    return Path("/sys/class/net", name).exists()


def create_taps(lab: Lab, host: Host) -> None:
    """Create what the host is plugged into."""
    for number, network in enumerate(host.octets):
        name = tap(lab, host, number)
        if not has_link(name):
            privileged("ip", "tuntap", "add", name, "mode", "tap")
            privileged("ip", "link", "set", name, "mtu", mtu(), "master", lab.network(network), "up")


def filter_rules(lab: Lab, version: int) -> Iterator[str]:
    """Let out what the machines send, and answers in, for iptables-restore."""
    chain = f"WGLAB{lab.slot}"
    yield f"*filter\n:{chain} -\n-I FORWARD 1 -j {chain}"
    for name in PREFIXES:
        yield f"-A {chain} -s {subnet(lab, name, version)} -j ACCEPT"
        yield f"-A {chain} -d {subnet(lab, name, version)} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    yield "COMMIT"


def nat_rules(lab: Lab, version: int) -> Iterator[str]:
    """Ports of 127.0.0.1 for ssh, and this machine's addresses for what leaves a network."""
    chain = f"WGLAB{lab.slot}"
    yield f"*nat\n:{chain} -\n:{chain}-PORTS -"
    yield f"-A POSTROUTING -j {chain}\n-A OUTPUT -j {chain}-PORTS"
    for name in PREFIXES:
        net = subnet(lab, name, version)
        yield f"-A {chain} -s {net} -d {net} -j RETURN"
        yield f"-A {chain} -s {net} -o {lab.network(name)} -j RETURN\n-A {chain} -s {net} -j MASQUERADE"
        if version == 4:
            yield f"-A {chain} -s 127.0.0.0/8 -o {lab.network(name)} -j MASQUERADE"
    for host in HOSTS if version == 4 else ():
        network, *_others = host.octets
        target = f"{lab.address(network, host.octets[network])}:22"
        yield f"-A {chain}-PORTS -d 127.0.0.1 -p tcp --dport {lab.port(host)} -j DNAT --to-destination {target}"
    yield "COMMIT"


def subnet(lab: Lab, name: str, version: int) -> str:
    """A network of the slot, of one IP version."""
    return f"{lab.address(name, 0)}/26" if version == 4 else f"{lab.address6(name, 0)}/64"


def create_rules(lab: Lab) -> None:
    """Forward for the machines. What is there of an earlier try goes first."""
    remove_rules(lab)
    privileged("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    for version, command in ((4, "iptables-restore"), (6, "ip6tables-restore")):
        lines = [*filter_rules(lab, version), *nat_rules(lab, version), ""]
        privileged(command, "--noflush", "--wait", stdin="\n".join(lines).encode())


def remove_rules(lab: Lab) -> None:
    """Remove the slot's chains, and what leads into them."""
    chain = f"WGLAB{lab.slot}"
    uses = (
        ("filter", "FORWARD", chain),
        ("nat", "POSTROUTING", chain),
        ("nat", "OUTPUT", f"{chain}-PORTS"),
    )
    for command in ("iptables", "ip6tables"):
        for table, start, name in uses:
            tool = (command, "--wait", "--table", table)
            if privileged(*tool, "--list-rules", name, check=False) == 0:
                privileged(*tool, "--delete", start, "--jump", name, check=False)
                privileged(*tool, "--flush", name)
                privileged(*tool, "--delete-chain", name)


# --- machines -----------------------------------------------------------------------


def network_batch(lab: Lab, host: Host) -> str:
    """The ip commands that give a machine its names and addresses, before it starts systemd."""
    lines = ["link set lo up"]
    for number, (network, octet) in enumerate(host.octets.items()):
        device = f"eth{number}"
        lines += [
            f"link set vec{number} name {device}",
            f"link set {device} mtu {mtu()}",
            f"address add {lab.address(network, octet)}/26 brd + dev {device}",
            f"address add {lab.address6(network, octet)}/64 dev {device} nodad",
            f"link set {device} up",
        ]
    return "\n".join(lines) + "\n"


def own_files(lab: Lab, host: Host) -> bytes:
    """A tar of what only this host has. Raises LabError where this machine's name servers are out of reach."""
    servers = lab_.own_nameservers()
    if not servers:
        raise LabError("this machine's name servers are on loopback, where virtual machines can't reach them")
    hosts = f"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {host.name}\n"
    return lab_.tar_of(
        {
            **lab_.host_files(lab, host, servers),
            "etc/hostname": (0o644, f"{host.name}\n".encode()),
            "etc/hosts": (0o644, hosts.encode()),
            "etc/lab/network": (0o644, network_batch(lab, host).encode()),
            # "exec" shares one connection among all its commands
            "etc/ssh/sshd_config.d/kernel-lab.conf": (0o644, b"MaxSessions 100\n"),
        }
    )


def start(lab: Lab, host: Host, kernel: Path, disk: Path) -> None:
    """Start the machine's process, in a session of its own. Its memory is a file in /dev/shm without a name."""
    files = Files(lab)
    arguments = [
        *(f"umid={lab.container(host)}", f"uml_dir={files.folder}", f"mem={MEMORY}"),
        *(f"ubd0={files.disk(host)},{disk}", f"ubd1r={files.own(host)}", "root=/dev/ubda", "rw"),
        *("init=/usr/local/sbin/lab-init", "con0=null,fd:1", "con=null", "ssl=null"),
    ]
    for number in range(len(host.octets)):
        mac = f"02:57:47:{lab.slot:02x}:{host.number:02x}:{number:02x}"
        arguments.append(f"vec{number}:transport=tap,ifname={tap(lab, host, number)},depth=128,gro=1,mac={mac}")
    line = shlex.join(["setsid", "--fork", str(kernel), *arguments])
    console = shlex.quote(str(files.console(host)))
    privileged("env", "-i", f"PATH={os.defpath}", "sh", "-c", f"exec {line} >>{console} 2>&1 </dev/null")
    deadline = time.monotonic() + START_SECONDS
    while not files.process(host):
        if time.monotonic() > deadline:
            last = files.console(host).read_text(errors="replace")[-1500:]
            raise LabError(f"{lab.container(host)}: the machine does not start; its console says:\n{last}")
        time.sleep(0.05)


def stop(lab: Lab, host: Host) -> None:
    """Shut a host down; what has not ended in time is ended like at a power cut."""
    pid = Files(lab).process(host)
    if pid:
        run([*root_ssh(lab, host), "systemctl", "poweroff"], check=False, timeout=STOP_SECONDS)
        if not has_ended(pid):
            end(pid)
    forget_connections(lab, host)


def cut_power(lab: Lab, host: Host) -> None:
    """End a machine at once."""
    pid = Files(lab).process(host)
    if pid:
        end(pid)
    forget_connections(lab, host)


def end(group: int) -> None:
    """Kill a group of processes. Raises LabError where it does not end."""
    privileged("kill", "-KILL", "--", f"-{group}", check=False)
    if not has_ended(group):
        raise LabError(f"process group {group} does not end, not even by SIGKILL")


def forget_connections(lab: Lab, host: Host) -> None:
    """End the connection of root_ssh, and forget that of Ansible."""
    run([*root_ssh(lab, host, "-O", "exit")], check=False)
    with contextlib.suppress(FileNotFoundError):
        control_path(lab, host).unlink()
    lab_.forget_connections(lab, host)


def has_ended(group: int) -> bool:
    """Whether all processes of a group end in time. They hold the lock of the disk until then."""
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass  # it is there, and root's
        time.sleep(0.05)
    return False


def root_ssh(lab: Lab, host: Host, *more: str) -> list[str]:
    """The start of an ssh command line as root, over the connection that the machine got when it came up."""
    return lab_.ssh_command(lab, host, "-F", "none", "-o", f"ControlPath={control_path(lab, host)}", *more, user="root")


def control_path(lab: Lab, host: Host) -> Path:
    """The socket of that connection."""
    return lab_.CACHE / f"ssh-{lab.port(host)}-root"


def wait_until_booted(lab: Lab, host: Host, deadline: float) -> None:
    """Wait until systemd has started everything; a failed unit is reported, not hidden."""
    state, name = "", lab.container(host)
    while time.monotonic() < deadline:
        if not Files(lab).process(host):
            last = Files(lab).console(host).read_text(errors="replace")[-1500:]
            raise LabError(f"{name}: the machine has ended; its console says:\n{last}")
        ssh = root_ssh(lab, host, "-o", "ConnectTimeout=1")
        done = run([*ssh, "systemctl is-system-running; systemctl --failed --plain --no-legend"], check=False)
        state, _end, units = done.stdout.decode(errors="replace").partition("\n")
        if state == "running":
            return
        if state == "degraded":
            say(f"{name}: up, but units have failed:\n{units.strip()}")
            return
        time.sleep(0.2)
    raise LabError(f"{name}: not booted after {lab_.BOOT_SECONDS} s; systemd says: {state}")


def bring_up(lab: Lab, host: Host, kernel: Path, disk: Path) -> None:
    """Start a created or stopped host and wait for it."""
    began = time.monotonic()
    lab_.forget_connections(lab, host)
    start(lab, host, kernel, disk)
    wait_until_booted(lab, host, began + lab_.BOOT_SECONDS)
    run([*root_ssh(lab, host, "-f", "-N", "-o", "ControlMaster=yes")])
    lab_.wait_for_ssh(lab, host, began + lab_.BOOT_SECONDS)
    say(f"{lab.container(host)}: up after {time.monotonic() - began:.1f} s")


# --- subcommands --------------------------------------------------------------------


def make_images() -> tuple[Path, Path]:
    """Kernel and disk, made unless they are there."""
    with lab_.locked("kernel", "kernel: another process is building it; waiting"):
        kernel = kernel_image.make_kernel()
    return kernel, kernel_image.make_disk()


def up(lab: Lab) -> None:
    """Create and start whatever is missing."""
    kernel, disk = make_images()
    lab_.make_key()
    files, recipe = Files(lab), f"{kernel.name} {disk.name}\n"
    with lab_.locked(f"slot-{lab.slot}", f"lab {lab.slot}: another process is at it; waiting"):
        missing = [host for host in HOSTS if files.state(host) == "missing"]
        down_hosts = [host for host in HOSTS if files.state(host) != "running"]
        if len(missing) < len(HOSTS) and files.recipe.read_text() != recipe:
            again = f"WG_LAB_KIND=kernel lab.py --slot {lab.slot} down"
            raise LabError(f"lab {lab.slot} was made from other images than the recipe says: remove it first ({again})")
        if missing:
            say(f"lab {lab.slot}: creating virtual machines {', '.join(host.name for host in missing)}")
            prepare(lab, missing)
            files.recipe.write_text(recipe)
        lab_.for_each(down_hosts, lambda host: bring_up(lab, host, kernel, disk))
    say(f"lab {lab.slot}: ready" if down_hosts else f"lab {lab.slot}: unchanged, all hosts are up")


def prepare(lab: Lab, missing: Sequence[Host]) -> None:
    """Networks, rules, and for the missing hosts what they start from."""
    files = Files(lab)
    files.folder.mkdir(parents=True, exist_ok=True)
    for name in PREFIXES:
        if not has_link(lab.network(name)):
            create_network(lab, name)
    create_rules(lab)
    for host in missing:
        create_taps(lab, host)
        files.own(host).write_bytes(own_files(lab, host))


def down(lab: Lab, everything: bool) -> None:
    """Remove the slot's machines and networks; with everything, also kernels and disks."""
    files = Files(lab)
    with lab_.locked(f"slot-{lab.slot}", f"lab {lab.slot}: another process is at it; waiting"):
        there = files.folder.exists()
        if there:
            say(f"lab {lab.slot}: removing virtual machines")
            lab_.for_each(HOSTS, lambda host: cut_power(lab, host))
            remove_rules(lab)
            taps = [tap(lab, host, number) for host in HOSTS for number in range(len(host.octets))]
            for name in filter(has_link, (*taps, *map(lab.network, PREFIXES))):
                privileged("ip", "link", "delete", name)
            privileged("rm", "-rf", str(files.folder))
    if everything:
        remove_kept()
    say(f"lab {lab.slot}: removed" if there else f"lab {lab.slot}: unchanged, there were no hosts")


def remove_kept() -> None:
    """Remove kernels and disks, which all slots share. Raises LabError if another slot still has machines."""
    left = sorted(path.name for path in lab_.CACHE.glob("machines-*"))
    if left:
        raise LabError(f"the disk is still used by {', '.join(left)}: remove those labs first")
    for path in (*lab_.CACHE.glob("kernel-*"), *lab_.CACHE.glob("disk-*.img")):
        path.unlink()


def restart(lab: Lab, host: Host) -> None:
    """Reboot a host: systemd stops everything, and a new kernel starts from the same disk."""
    kernel, disk = make_images()
    say(f"{lab.container(host)}: stopping")
    stop(lab, host)
    bring_up(lab, host, kernel, disk)


def replace(lab: Lab, host: Host) -> None:
    """Remove a host and make a new one under its name and addresses."""
    with lab_.locked(f"slot-{lab.slot}", f"lab {lab.slot}: another process is at it; waiting"):
        cut_power(lab, host)
        privileged("rm", "-f", str(Files(lab).disk(host)))
    up(lab)


def execute(lab: Lab, host: Host, command: Sequence[str]) -> None:
    """Become a command of root's inside a host; the exit code is the command's own."""
    terminal = ["-t"] if sys.stdin.isatty() and sys.stdout.isatty() else []
    line = [*root_ssh(lab, host, *terminal), f"cd / && exec {shlex.join(command)}"]
    sys.stdout.flush()
    os.execvp(line[0], line)


def missing_packages() -> list[str]:
    """Debian packages that this machine lacks for virtual machines."""
    tools = {"ssh": "openssh-client", "ip": "iproute2", "iptables": "iptables", "sysctl": "procps"}
    missing = [package for tool, package in tools.items() if not shutil.which(tool)]
    if not lab_.rootfs_archive().exists() and not shutil.which("mmdebstrap"):
        missing += ["mmdebstrap", "debian-archive-keyring"]
    return missing + kernel_image.missing_packages()


if __name__ == "__main__":
    kind = lab_.Kind(
        lambda: " ".join(str(path) for path in make_images()), up, down, restart, replace, execute, missing_packages
    )
    sys.exit(lab_.main(sys.argv[1:], kind))
