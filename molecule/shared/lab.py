# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes and removes the test hosts ("the lab"): four containers that boot systemd.

One lab occupies a slot N (0 to 3; option --slot or variable WG_LAB_SLOT), so that
several can run side by side:

    host        access network       internet network     ssh on 127.0.0.1
    server      198.51.100.(64N+10)  198.18.0.(64N+10)    port 22200+10N
    client-one  198.51.100.(64N+11)                       port 22201+10N
    client-two  198.51.100.(64N+12)                       port 22202+10N
    internet                         198.18.0.(64N+20)    port 22203+10N

The networks are /26; their IPv6 counterparts are fd00:5:N:1::/64 and fd00:5:N:2::/64
with the same last number (fd00:5:N:1::11 is client-one). The container host is address
64N+1 (and ::1) of both. It is the server's default gateway on the internet network and
the clients' on the access network; the host "internet" has no default route at all, so
it can answer nothing that still carries an address of a tunnel.

The host "internet" answers GET http://198.18.0.(64N+20)/ with the caller's address. A
client without a tunnel reaches it under podman through the container host, and is seen
there as 198.18.0.(64N+1); Docker keeps its networks apart, and the client gets no
answer. Either way it is not the address of the server (64N+10), which proves that a
packet went through the tunnel and was masqueraded there.

A host starts out like a newly installed Debian: no WireGuard, no iptables, no resolvconf,
no package lists, forwarding off, and an /etc/resolv.conf that is a plain file.

WG_LAB_KIND=kernel makes small virtual machines instead, with the kernel's WireGuard; see
kernel_lab.py, which does it.

Needs Python 3.8 and podman or Docker. WG_LAB_ENGINE overrides the choice, e.g.
"sudo podman"; WG_LAB_SUITE the Debian release (bookworm); WG_LAB_BASE the image to start from
(docker.io/library/debian:SUITE where a registry answers, otherwise the image is made from
Debian packages alone).
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import functools
import hashlib
import io
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Iterator, NamedTuple, Sequence

HERE = Path(__file__).resolve().parent
CACHE = Path.home() / ".cache" / "vpn-wireguard" / "lab"
KEY = CACHE / "id_ed25519"
LABEL = "vpn-wireguard-lab"
SUITE = os.environ.get("WG_LAB_SUITE") or "bookworm"
BASE = os.environ.get("WG_LAB_BASE") or f"docker.io/library/debian:{SUITE}"
SLOTS = range(4)
CGROUPS_V2 = Path("/sys/fs/cgroup/cgroup.controllers")
BOOT_SECONDS = 300
REGISTRY = "https://registry-1.docker.io/v2/"
# What a Debian server has before anybody logs in, and what Ansible needs there.
IMAGE_PACKAGES = (
    "ca-certificates dbus iproute2 iputils-ping kmod openssh-server "
    "procps python3 python3-apt sudo systemd systemd-sysv"
).split()
MIRROR = "http://deb.debian.org/debian"
SECURITY_MIRROR = "http://deb.debian.org/debian-security"


class LabError(Exception):
    """Something the person at the keyboard has to know; the text says what would be right."""


class Host(NamedTuple):
    """A host: its place in the port numbers, and the last octets of its addresses in slot 0."""

    name: str
    number: int
    octets: dict[str, int]
    gateway: str | None


HOSTS = (
    Host("server", 0, {"access": 10, "internet": 10}, "internet"),
    Host("client-one", 1, {"access": 11}, "access"),
    Host("client-two", 2, {"access": 12}, "access"),
    Host("internet", 3, {"internet": 20}, None),
)
# Blocks that the Internet never uses: RFC 5737 and RFC 2544. Not 203.0.113.0/24, into which
# resolvers of isolated machines map the names of package mirrors.
PREFIXES = {"access": "198.51.100", "internet": "198.18.0"}


class Lab(NamedTuple):
    """The names, addresses and ports of one slot."""

    slot: int

    def container(self, host: Host) -> str:
        return f"wglab{self.slot}-{host.name}"

    def network(self, name: str) -> str:
        return f"wglab{self.slot}-{name}"

    def port(self, host: Host) -> int:
        return 22200 + 10 * self.slot + host.number

    def address(self, network: str, octet: int) -> str:
        return f"{PREFIXES[network]}.{64 * self.slot + octet}"

    def address6(self, network: str, octet: int) -> str:
        return f"fd00:5:{self.slot}:{list(PREFIXES).index(network) + 1}::{octet or ''}"


def say(text: str) -> None:
    """Print one line at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(
    command: Sequence[str],
    *,
    stdin: bytes | None = None,
    timeout: float | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command without a terminal and keep its output.

    Raises LabError with the end of the command's own words if it fails and check is set.
    A command that outlives timeout (seconds) counts as failed with return code 124.
    """
    done: subprocess.CompletedProcess[bytes]
    try:
        done = subprocess.run(command, capture_output=True, check=False, input=stdin or b"", timeout=timeout)
    except subprocess.TimeoutExpired:
        done = subprocess.CompletedProcess(command, 124, b"", f"no end after {timeout} s".encode())
    except FileNotFoundError:
        done = subprocess.CompletedProcess(command, 127, b"", b"command not found")
    if check and done.returncode != 0:
        words = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise LabError(f"{shlex.join(command)}\nended with {done.returncode}:\n{words[-2000:]}")
    return done


def text_of(command: Sequence[str]) -> str:
    """The standard output of a command, or "" if it fails or isn't installed."""
    done = run(command, check=False, timeout=30)
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


@contextlib.contextmanager
def locked(name: str, wait_note: str) -> Iterator[None]:
    """Hold a lock between processes; say wait_note if another one has it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(wait_note)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


# --- the container engine -----------------------------------------------------------


LOWER_LIMITS = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096")


class Engine:
    """Podman or Docker, with the options that it needs on this machine."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = list(command)
        self.is_podman = Path(self.command[-1]).name == "podman"
        self.name = shlex.join(command)
        if self.is_podman:
            # its warnings about optional cgroups would mix with what a host's commands say
            self.command += ["--log-level", "error"]

    def __call__(
        self, *args: str, check: bool = True, stdin: bytes | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        return run([*self.command, *args], check=check, stdin=stdin)

    def answers(self) -> bool:
        """Whether commands reach the engine, and it can run systemd.

        Rootless podman has to delegate cgroups to systemd, which takes cgroups v2.
        """
        if not shutil.which(self.command[0]):
            return False
        if not self.is_podman:
            return run([*self.command, "info"], check=False, timeout=20).returncode == 0
        form = "{{.Host.Security.Rootless}} {{.Host.CgroupsVersion}}"
        info = text_of([*self.command, "info", "--format", form])
        return bool(info) and info != "true v1"

    def has(self, kind: str, name: str) -> bool:
        """Whether an object of a kind ("network", "image", "container", "volume") exists."""
        return self(kind, "inspect", name, check=False).returncode == 0

    def start_options(self, image: str) -> tuple[list[str], list[str]]:
        """The options before and after the subcommand with which a container starts here.

        Some machines refuse the default runtime (crun and hybrid cgroups), some refuse the
        engine's default limits ("setrlimit: Operation not permitted"): try what works.
        Raises LabError with the last refusal.
        """
        runtimes: list[list[str]] = [[]]
        if self.is_podman:
            runtimes += [["--runtime", name] for name in ("runc", "crun") if shutil.which(name)]
        kind = ["--privileged", "--network", "none", *self.systemd_options()]
        for runtime in runtimes:
            for limits in ((), LOWER_LIMITS):
                trial = self(*runtime, "run", "--rm", *kind, *limits, image, "true", check=False)
                if trial.returncode == 0:
                    return runtime, [*kind[:1], *self.systemd_options(), *limits]
        raise LabError(
            f"{self.name} starts no container, neither with its default runtime nor with "
            f"runc, with and without lower limits; it says:\n{trial.stderr.decode(errors='replace')}"
        )

    def systemd_options(self) -> list[str]:
        """What a container with systemd as its first process needs."""
        if self.is_podman:
            return ["--systemd=always"]
        options = ["--tmpfs=/run", "--tmpfs=/run/lock", "--stop-signal=SIGRTMIN+3"]
        if not CGROUPS_V2.exists():
            # systemd wants a hierarchy of its own, which version 1 has in the common tree only
            options += ["--cgroupns=host", "--volume=/sys/fs/cgroup:/sys/fs/cgroup"]
        return options


@functools.lru_cache(maxsize=None)
def find_engine() -> Engine:
    """The first engine that answers. Raises LabError if none does."""
    chosen = os.environ.get("WG_LAB_ENGINE")
    commands = [shlex.split(chosen)] if chosen else [["podman"], ["docker"]]
    if not chosen and os.geteuid() != 0:
        commands.append(["sudo", "-n", "podman"])
    for command in commands:
        engine = Engine(command)
        if engine.answers():
            return engine
    tried = ", ".join(shlex.join(command) for command in commands)
    raise LabError(
        f"no container engine answers (tried: {tried}). Start Docker, or install podman: "
        f"python3 {os.path.relpath(__file__)} install-packages"
    )


# --- the image ----------------------------------------------------------------------


def apt_mirrors() -> tuple[str, str]:
    """The Debian mirror and the security mirror that this machine's apt uses, or the usual ones."""
    found = {"Debian": MIRROR, "Debian-Security": SECURITY_MIRROR}
    form = "$(LABEL) $(REPO_URI)"
    for line in text_of(["apt-get", "indextargets", "--format", form]).splitlines():
        label, _space, uri = line.partition(" ")
        if label in found and uri.startswith(("http://", "https://")):
            found[label] = uri.rstrip("/")
    return found["Debian"], found["Debian-Security"]


def apt_sources() -> str:
    """The text of /etc/apt/sources.list for the lab's hosts."""
    mirror, security = apt_mirrors()
    lines = [f"deb {mirror} {SUITE} main"]
    if SUITE not in ("sid", "unstable"):
        lines.append(f"deb {mirror} {SUITE}-updates main")
        lines.append(f"deb {security} {SUITE}-security main")
    return "\n".join(lines) + "\n"


def apt_proxy() -> str:
    """This machine's apt proxy as apt configuration; without one on loopback, out of reach there."""
    lines = text_of(["apt-config", "dump", "Acquire"]).splitlines()
    wanted = ("Acquire::http::Proxy ", "Acquire::https::Proxy ")
    unreachable = ("//127.", "//localhost", "//[::1]")
    kept = [line for line in lines if line.startswith(wanted)]
    return "".join(f"{line}\n" for line in kept if not any(part in line for part in unreachable))


def tar_of(files: dict[str, tuple[int, bytes]]) -> bytes:
    """An uncompressed tar of {path: (mode, content)}, all of it root's, the same every time."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, (mode, content) in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.mode, entry.size = mode, len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def image_files() -> dict[str, tuple[int, bytes]]:
    """Everything that goes into the image besides packages, as {path: (mode, content)}."""
    files: dict[str, tuple[int, bytes]] = {}
    root = HERE / "rootfs"
    for path in filter(Path.is_file, root.rglob("*")):
        name = str(path.relative_to(root))
        # git keeps no more of a mode than the x bit, and sudo wants 0440
        mode = 0o755 if os.access(path, os.X_OK) else 0o440 if "sudoers.d" in name else 0o644
        files[name] = (mode, path.read_bytes())
    # a proxy that inspects https has its authority here, and apt must trust it there too
    for path in Path("/usr/local/share/ca-certificates").glob("*.crt"):
        files[str(path).lstrip("/")] = (0o644, path.read_bytes())
    files["etc/apt/sources.list"] = (0o644, apt_sources().encode())
    files["lab-image-setup"] = (0o755, (HERE / "image-setup.sh").read_bytes())
    return files


def image_tag() -> str:
    """A hash of all that goes into the image, with the release before it."""
    recipe = hashlib.sha256(repr([SUITE, BASE, IMAGE_PACKAGES, sorted(image_files().items())]).encode())
    return f"{SUITE}-{recipe.hexdigest()[:12]}"


def registry_answers() -> bool:
    """Whether the public registry answers within three seconds."""
    try:
        with urllib.request.urlopen(REGISTRY, timeout=3):
            return True
    except urllib.error.HTTPError as answer:
        return answer.code == 401  # "log in", its usual greeting
    except OSError:
        return False


def rootfs_from_base(engine: Engine, target: Path) -> None:
    """Write a tar of the root file system, made from the base image, to target."""
    before, options = engine.start_options(BASE)
    packages = " ".join(IMAGE_PACKAGES)
    script = (
        "set -e; export DEBIAN_FRONTEND=noninteractive; apt-get update; "
        f"apt-get install -y --no-install-recommends {packages}; "
        "sh /lab-image-setup; rm /lab-image-setup"
    )
    name = f"wglab-image-{os.getpid()}"
    engine(*before, "create", "--name", name, *options, BASE, "sh", "-c", script)
    try:
        engine("cp", "-", f"{name}:/", stdin=tar_of(image_files()))
        engine("start", "--attach", name)
        engine("export", "-o", str(target), name)
    finally:
        engine("rm", "-f", name)


def rootfs_from_packages(target: Path) -> None:
    """Write a tar of the root file system, made from Debian packages alone, to target."""
    if not shutil.which("mmdebstrap"):
        raise LabError(
            "no registry answers, and mmdebstrap, which builds the image without one, is not "
            f"installed: python3 {os.path.relpath(__file__)} install-packages"
        )
    files = target.with_suffix(".files")
    files.write_bytes(tar_of(image_files()))
    command = [
        "mmdebstrap",
        "--variant=minbase",
        "--format=tar",
        f"--include={','.join(IMAGE_PACKAGES)}",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        f"--customize-hook=tar-in {files} /",
        '--customize-hook=chroot "$1" sh /lab-image-setup',
        '--customize-hook=rm "$1/lab-image-setup"',
        SUITE,
        str(target),
        *apt_sources().splitlines(),
    ]
    try:
        run(command)
    finally:
        files.unlink()


def pulled(engine: Engine) -> bool:
    """Whether the base image came down within three minutes."""
    say(f"image: pulling {BASE}")
    return run([*engine.command, "pull", BASE], check=False, timeout=180).returncode == 0


def build_rootfs(engine: Engine | None, target: Path) -> None:
    """Write the tar from whatever base is within reach; without an engine, from packages."""
    part = target.with_suffix(".part")
    if engine and (engine.has("image", BASE) or (registry_answers() and pulled(engine))):
        say(f"image: building on {BASE}")
        rootfs_from_base(engine, part)
    else:
        say(f"image: building from Debian {SUITE} packages (about 30 s)")
        rootfs_from_packages(part)
    part.rename(target)


def rootfs_archive() -> Path:
    """Where the root file system lies as a tar, once it is made."""
    return CACHE / f"rootfs-{image_tag()}.tar"


def make_rootfs(engine: Engine | None) -> Path:
    """Make that tar unless it is there. The caller holds the lock "image"."""
    archive = rootfs_archive()
    if not archive.exists():
        build_rootfs(engine, archive)
    return archive


def make_image() -> str:
    """Make the image unless it is there, and return its name."""
    engine, name = find_engine(), f"localhost/{LABEL}:{image_tag()}"
    with locked("image", "image: another process is making it; waiting"):
        if engine.has("image", name):
            return name
        archive = make_rootfs(engine)
        say(f"image: importing {archive.name} ({archive.stat().st_size // 2**20} MiB)")
        engine("import", "--change", 'CMD ["/sbin/init"]', str(archive), name)
    return name


# --- hosts --------------------------------------------------------------------------


def make_key() -> Path:
    """Make the key pair for ssh unless it is there, and return the private key's path."""
    with locked("key", "key: another process is making it; waiting"):
        if not KEY.exists():
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", LABEL, "-f", str(KEY)])
    return KEY


def own_nameservers() -> list[str]:
    """Addresses of this machine's name servers; empty if they are all on loopback, out of reach for others."""
    for path in ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"):
        with contextlib.suppress(OSError):
            words = [line.split() for line in Path(path).read_text(encoding="utf-8").splitlines()]
            found = [word[1] for word in words if word[:1] == ["nameserver"] and len(word) > 1]
            usable = [item for item in found if not item.startswith("127.") and item != "::1"]
            if usable:
                return usable
    return []


def nameservers(engine: Engine, lab: Lab, host: Host) -> list[str]:
    """Addresses of name servers that a host can reach: this machine's, or else the engine's forwarder."""
    usable = own_nameservers()
    if usable:
        return usable
    if engine.is_podman:
        return [lab.address(name, 1) for name in host.octets]
    return ["127.0.0.11"]


def host_files(lab: Lab, host: Host, servers: Sequence[str]) -> dict[str, tuple[int, bytes]]:
    """What only this host has, as {path: (mode, content)}: its routes, key, name servers and apt proxy."""
    key = KEY.with_suffix(".pub").read_bytes()
    files = {
        "root/.ssh/authorized_keys": (0o644, key),
        "home/ansible/.ssh/authorized_keys": (0o644, key),
        "etc/lab/resolv.conf": (0o644, "".join(f"nameserver {it}\n" for it in servers).encode()),
        "etc/apt/apt.conf.d/91lab-proxy": (0o644, apt_proxy().encode()),
    }
    if host.gateway:
        routes = f"-4 {lab.address(host.gateway, 1)}\n-6 {lab.address6(host.gateway, 1)}\n"
        files["etc/lab/routes"] = (0o644, routes.encode())
    if host.name == "internet":
        files["etc/lab/web"] = (0o644, b"")
    return files


def narrow_mtu() -> int | None:
    """The MTU of this machine's way out if it is below Ethernet's 1500, else None."""
    words = text_of(["ip", "-4", "route", "show", "default"]).split()
    with contextlib.suppress(ValueError, IndexError, OSError):
        device = words[words.index("dev") + 1]
        mtu = int(Path(f"/sys/class/net/{device}/mtu").read_text(encoding="ascii"))
        return mtu if mtu < 1500 else None
    return None


def create_network(engine: Engine, lab: Lab, name: str) -> None:
    """Create one of the slot's two networks with its IPv4 and IPv6 subnets."""
    options = ["--ipv6"]
    for subnet in (f"{lab.address(name, 0)}/26", f"{lab.address6(name, 0)}/64"):
        options += ["--subnet", subnet]
    for gateway in (lab.address(name, 1), lab.address6(name, 1)):
        options += ["--gateway", gateway]
    mtu = narrow_mtu()
    if mtu:
        key = "mtu" if engine.is_podman else "com.docker.network.driver.mtu"
        options += ["--opt", f"{key}={mtu}"]
    engine("network", "create", "--label", LABEL, *options, lab.network(name))


def create_host(engine: Engine, lab: Lab, host: Host, image: str, start: tuple[list[str], list[str]]) -> None:
    """Create a container on its networks with its files; it does not run yet."""
    before, options = start
    name = lab.container(host)
    options = [
        *options,
        *("--name", name, "--hostname", host.name, "--label", f"{LABEL}={image}"),
        *("--publish", f"127.0.0.1:{lab.port(host)}:22"),
        # packages fetched once stay for the next lab in this slot
        *("--volume", f"{name}-apt:/var/cache/apt/archives"),
        *(["--dns", "none"] if engine.is_podman else []),
    ]
    engine(*before, "create", *options, *network_options(engine, lab, host), image)
    try:
        connect_others(engine, lab, host)
        files = host_files(lab, host, nameservers(engine, lab, host))
        engine("cp", "-", f"{name}:/", stdin=tar_of(files))
    except LabError:
        engine("rm", "-f", name)
        raise


def network_options(engine: Engine, lab: Lab, host: Host) -> list[str]:
    """Options that put a new container on its networks, with fixed addresses.

    Podman takes all networks at once and has to be told the names of the interfaces,
    which could change at each boot otherwise. Docker takes one and keeps their order.
    """
    options = []
    for number, (network, octet) in enumerate(host.octets.items()):
        pair = lab.address(network, octet), lab.address6(network, octet)
        if engine.is_podman:
            words = "{}:ip={},ip6={},interface_name=eth{}".format(lab.network(network), *pair, number)
            options += ["--network", words]
        elif number == 0:
            options += ["--network", lab.network(network), "--ip", pair[0], "--ip6", pair[1]]
    return options


def connect_others(engine: Engine, lab: Lab, host: Host) -> None:
    """Put a container that Docker created on its other networks."""
    if engine.is_podman:
        return
    for network, octet in list(host.octets.items())[1:]:
        pair = lab.address(network, octet), lab.address6(network, octet)
        addresses = ["--ip", pair[0], "--ip6", pair[1]]
        engine("network", "connect", *addresses, lab.network(network), lab.container(host))


def host_state(engine: Engine, lab: Lab, host: Host) -> str:
    """Whether a host is "missing", "stopped" or "running"."""
    done = engine("container", "inspect", "--format", "{{.State.Running}}", lab.container(host), check=False)
    if done.returncode != 0:
        return "missing"
    return "running" if done.stdout.decode().strip() == "true" else "stopped"


def check_image(engine: Engine, lab: Lab, host: Host, image: str) -> None:
    """Raises LabError if a host that is there was made from another image than the recipe says."""
    form = "{{index .Config.Labels " + f'"{LABEL}"' + "}}"
    made_from = engine("container", "inspect", "--format", form, lab.container(host)).stdout.decode().strip()
    if made_from != image:
        raise LabError(
            f"{lab.container(host)} was made from {made_from}, the recipe is now {image}: "
            f"remove the old lab first (lab.py --slot {lab.slot} down)"
        )


def ssh_command(lab: Lab, host: Host, *more: str, user: str = "ansible") -> list[str]:
    """The start of an ssh command line with the lab's key: as Ansible logs in, if not told otherwise."""
    options = ("BatchMode=yes", "ConnectTimeout=5", "IdentitiesOnly=yes", "LogLevel=ERROR")
    unknown = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null")
    flags = [flag for option in options + unknown for flag in ("-o", option)]
    more = more or ("-o", "ControlPath=none")
    return ["ssh", "-i", str(KEY), "-p", str(lab.port(host)), *flags, *more, f"{user}@127.0.0.1"]


def wait_until_booted(engine: Engine, lab: Lab, host: Host, deadline: float) -> None:
    """Wait until systemd has started everything; a failed unit is reported, not hidden."""
    state = ""
    while time.monotonic() < deadline:
        done = engine("exec", lab.container(host), "systemctl", "is-system-running", check=False)
        state = done.stdout.decode().strip() or done.stderr.decode(errors="replace").strip()
        if state == "running":
            return
        if state == "degraded":
            failed = ("systemctl", "list-units", "--failed", "--plain", "--no-legend")
            units = engine("exec", lab.container(host), *failed).stdout.decode().strip()
            say(f"{lab.container(host)}: up, but units have failed:\n{units}")
            return
        if host_state(engine, lab, host) == "stopped":
            words = engine("logs", "--tail", "5", lab.container(host)).stderr.decode(errors="replace")
            raise LabError(f"{lab.container(host)}: systemd has ended; {words or state}")
        time.sleep(0.2)
    raise LabError(f"{lab.container(host)}: not booted after {BOOT_SECONDS} s; systemd says: {state}")


def wait_for_ssh(lab: Lab, host: Host, deadline: float) -> None:
    """Wait until a login with the lab's key works."""
    while True:
        done = run([*ssh_command(lab, host), "true"], check=False, timeout=15)
        if done.returncode == 0:
            return
        if time.monotonic() > deadline:
            words = done.stderr.decode(errors="replace").strip()
            raise LabError(f"{lab.container(host)}: ssh to port {lab.port(host)} fails: {words}")
        time.sleep(0.2)


def bring_up(engine: Engine, lab: Lab, host: Host) -> None:
    """Start a created or stopped host and wait for it."""
    began = time.monotonic()
    forget_connections(lab, host)
    engine("start", lab.container(host))
    wait_until_booted(engine, lab, host, began + BOOT_SECONDS)
    wait_for_ssh(lab, host, began + BOOT_SECONDS)
    say(f"{lab.container(host)}: up after {time.monotonic() - began:.1f} s")


def forget_connections(lab: Lab, host: Host) -> None:
    """Remove the socket of a connection that Ansible keeps open (see the lab's inventory)."""
    with contextlib.suppress(FileNotFoundError):
        (CACHE / f"ssh-{lab.port(host)}-ansible").unlink()


def for_each(hosts: Sequence[Host], action: Callable[[Host], object]) -> None:
    """Do something for all hosts at once; raises the first failure after all have ended."""
    with ThreadPoolExecutor(max_workers=len(HOSTS)) as pool:
        list(pool.map(action, hosts))


# --- subcommands --------------------------------------------------------------------


def up(lab: Lab) -> None:
    """Create and start whatever is missing."""
    engine, image = find_engine(), make_image()
    make_key()
    with locked(f"slot-{lab.slot}", f"lab {lab.slot}: another process is at it; waiting"):
        states = [(host, host_state(engine, lab, host)) for host in HOSTS]
        for host, state in states:
            if state != "missing":
                check_image(engine, lab, host, image)
        running = [host for host, state in states if state == "running"]
        down_hosts = [host for host, state in states if state != "running"]
        missing = [host for host, state in states if state == "missing"]
        for name in PREFIXES:
            if missing and not engine.has("network", lab.network(name)):
                say(f"{lab.network(name)}: creating network {lab.address(name, 0)}/26")
                create_network(engine, lab, name)
        if missing:
            say(f"lab {lab.slot}: creating {', '.join(host.name for host in missing)}")
            start = engine.start_options(image)
            for_each(missing, lambda host: create_host(engine, lab, host, image, start))
        for_each(down_hosts, lambda host: bring_up(engine, lab, host))
        for_each(running, lambda host: wait_for_ssh(lab, host, time.monotonic() + 10))
    say(f"lab {lab.slot}: ready" if down_hosts else f"lab {lab.slot}: unchanged, all hosts are up")


def down(lab: Lab, everything: bool) -> None:
    """Remove the slot's containers and networks; with everything, also what was kept for later."""
    engine = find_engine()
    with locked(f"slot-{lab.slot}", f"lab {lab.slot}: another process is at it; waiting"):
        there = [host for host in HOSTS if engine.has("container", lab.container(host))]
        if there:
            say(f"lab {lab.slot}: removing {', '.join(host.name for host in there)}")
        at_once = ["-t", "0"] if engine.is_podman else []
        for_each(there, lambda host: engine("rm", "-f", *at_once, lab.container(host)))
        for host in HOSTS:
            forget_connections(lab, host)
        networks = [lab.network(name) for name in PREFIXES]
        for network in networks:
            if engine.has("network", network):
                engine("network", "rm", network)
    if everything:
        remove_kept(engine)
    say(f"lab {lab.slot}: removed" if there else f"lab {lab.slot}: unchanged, there were no hosts")


def remove_kept(engine: Engine) -> None:
    """Remove images, package volumes and the cache folder, which all slots share.

    Raises LabError if another slot still has hosts.
    """
    left = engine("ps", "-a", "--filter", f"label={LABEL}", "--format", "{{.Names}}").stdout.decode().split()
    left += [path.name for path in CACHE.glob("machines-*")]
    if left:
        raise LabError(f"the image is still used by {', '.join(sorted(left))}: remove those labs first")
    say("removing images, kept packages, rootfs archives and the ssh key")
    for lab in map(Lab, SLOTS):
        for volume in (f"{lab.container(host)}-apt" for host in HOSTS):
            if engine.has("volume", volume):
                engine("volume", "rm", volume)
    form = "{{.Repository}}:{{.Tag}}"
    images = engine("images", "--format", form).stdout.decode().split()
    for image in images:
        if image.startswith(f"localhost/{LABEL}:"):
            engine("rmi", image)
    shutil.rmtree(CACHE)


def restart(lab: Lab, host: Host) -> None:
    """Reboot a host: systemd stops everything and starts again in a new network namespace."""
    engine, name = find_engine(), lab.container(host)
    say(f"{name}: stopping")
    engine("stop", "-t", "20", name)
    bring_up(engine, lab, host)


def replace(lab: Lab, host: Host) -> None:
    """Remove a host and make a new one under its name and addresses."""
    engine = find_engine()
    with locked(f"slot-{lab.slot}", f"lab {lab.slot}: another process is at it; waiting"):
        at_once = ["-t", "0"] if engine.is_podman else []
        engine("rm", "-f", *at_once, lab.container(host))
        forget_connections(lab, host)
    up(lab)


def execute(lab: Lab, host: Host, command: Sequence[str]) -> None:
    """Become a command inside a host; the exit code is the command's own."""
    engine = find_engine()
    terminal = ["-it"] if sys.stdin.isatty() and sys.stdout.isatty() else ["-i"]
    line = [*engine.command, "exec", *terminal, lab.container(host), *command]
    sys.stdout.flush()
    os.execvp(line[0], line)


def missing_packages() -> list[str]:
    """Debian packages that this machine lacks for running a lab."""
    missing = []
    try:
        engine: Engine | None = find_engine()
    except LabError:
        engine = None
    if engine is None or engine.is_podman:
        missing += missing_podman_packages()
    if not shutil.which("ssh"):
        missing.append("openssh-client")
    if not shutil.which("mmdebstrap") and needs_mmdebstrap():
        missing.append("mmdebstrap")
        if not Path("/usr/share/keyrings/debian-archive-keyring.gpg").exists():
            missing.append("debian-archive-keyring")
    return missing


def needs_mmdebstrap() -> bool:
    """Whether the image has to be built without a registry."""
    return not any(CACHE.glob("rootfs-*.tar")) and not registry_answers()


def missing_podman_packages() -> list[str]:
    """What podman lacks to run systemd and to give containers fixed addresses."""
    folders = [Path(name) / "podman" for name in ("/usr/lib", "/usr/libexec", "/usr/local/libexec")]
    helpers = [name for name in ("netavark", "aardvark-dns") if not any((it / name).exists() for it in folders)]
    commands = [name for name in ("podman", "iptables") if not shutil.which(name)]
    # crun refuses a machine that mixes cgroups v1 and v2; runc runs on all of them
    if not shutil.which("runc") and not (CGROUPS_V2.exists() and shutil.which("crun")):
        commands.append("runc")
    if not shutil.which("ip"):
        commands.append("iproute2")
    return commands + helpers


class Kind(NamedTuple):
    """What the subcommands of a kind of lab do: containers here, virtual machines in kernel_lab.py."""

    image: Callable[[], str]
    up: Callable[[Lab], None]
    down: Callable[[Lab, bool], None]
    restart: Callable[[Lab, Host], None]
    replace: Callable[[Lab, Host], None]
    execute: Callable[[Lab, Host, Sequence[str]], None]
    missing_packages: Callable[[], list[str]]


CONTAINERS = Kind(make_image, up, down, restart, replace, execute, missing_packages)


def packages(missing: Sequence[str]) -> None:
    """Print the missing packages, one a line."""
    for name in missing:
        say(name)


def install_packages(missing: Sequence[str]) -> None:
    """Name the missing packages, then install them with apt-get."""
    if not missing:
        say("packages: all there")
        return
    if not shutil.which("apt-get"):
        raise LabError(f"apt-get isn't here; install with this system's own tool: {' '.join(missing)}")
    say(f"packages: installing {' '.join(missing)}")
    become = [] if os.geteuid() == 0 else ["sudo"]
    apt = [*become, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o=Dpkg::Use-Pty=0"]
    if run([*apt, "update"], check=False).returncode != 0:
        say("packages: not every package list could be renewed; trying with what is there")
    run([*apt, "install", "-y", "--no-install-recommends", *missing])
    find_engine.cache_clear()
    say("packages: installed")


def host_named(name: str) -> Host:
    """The host of that name, for argparse."""
    for host in HOSTS:
        if host.name == name:
            return host
    names = ", ".join(host.name for host in HOSTS)
    raise argparse.ArgumentTypeError(f"there is no host {name!r}; the hosts are {names}")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line as options; ends the program on a wrong one."""
    parser = argparse.ArgumentParser(description="Makes and removes the lab's test hosts.")
    slot = os.environ.get("WG_LAB_SLOT") or "0"
    parser.add_argument("--slot", type=int, choices=SLOTS, default=slot, help="default: WG_LAB_SLOT or 0")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("image", help="make the image unless it is there")
    actions.add_parser("up", help="make and start the hosts that are missing")
    remove = actions.add_parser("down", help="remove the hosts and networks")
    remove.add_argument("--all", action="store_true", help="also the image and everything kept")
    actions.add_parser("restart", help="reboot a host").add_argument("host", type=host_named)
    actions.add_parser("replace", help="make a host anew").add_argument("host", type=host_named)
    execution = actions.add_parser("exec", help="run a command in a host: exec HOST -- CMD...")
    execution.add_argument("host", type=host_named)
    execution.add_argument("command", nargs="+")
    actions.add_parser("key", help="print the path of the private ssh key")
    actions.add_parser("packages", help="print the Debian packages that this machine lacks")
    actions.add_parser("install-packages", help="install them")
    options = parser.parse_args(arguments)
    if options.slot not in SLOTS:
        parser.error(f"WG_LAB_SLOT is {options.slot}, it has to be 0 to {SLOTS[-1]}")
    return options


def main(arguments: Sequence[str], kind: Kind = CONTAINERS) -> int:
    """Run one subcommand; 0 if it did what was asked, 1 with the reason on stderr if not."""
    options = parse(arguments)
    lab = Lab(options.slot)
    actions: dict[str, Callable[[], object]] = {
        "image": lambda: say(kind.image()),
        "up": lambda: kind.up(lab),
        "down": lambda: kind.down(lab, options.all),
        "restart": lambda: kind.restart(lab, options.host),
        "replace": lambda: kind.replace(lab, options.host),
        "exec": lambda: kind.execute(lab, options.host, options.command),
        "key": lambda: say(str(make_key())),
        "packages": lambda: packages(kind.missing_packages()),
        "install-packages": lambda: install_packages(kind.missing_packages()),
    }
    try:
        actions[options.action]()
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


def other_kind() -> str | None:
    """The script beside this one that WG_LAB_KIND asks for; None where it is this one."""
    kinds = {"containers": None, "kernel": "kernel_lab.py"}
    chosen = os.environ.get("WG_LAB_KIND") or "containers"
    if chosen not in kinds:
        sys.exit(f"lab: WG_LAB_KIND is {chosen}, it has to be one of {', '.join(kinds)}")
    return kinds[chosen]


if __name__ == "__main__":
    script = other_kind()
    if script:
        os.execv(sys.executable, [sys.executable, str(HERE / script), *sys.argv[1:]])
    sys.exit(main(sys.argv[1:]))
