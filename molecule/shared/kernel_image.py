# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds what the lab's virtual machines boot: a User Mode Linux kernel with WireGuard, and a disk.

User Mode Linux is Linux as a program: it needs no virtualization by the processor, and runs on
any x86-64 machine that compiles it. The source is the distribution's package linux-source, the
configuration kernel/config. Both results stay in the lab's cache, under a hash of what they are
made from. Making the disk takes root, for the owners of its files.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tempfile
from pathlib import Path
from typing import Sequence

import lab

CONFIG = lab.HERE / "kernel" / "config"
INIT = lab.HERE / "kernel" / "lab-init"
SOURCES = Path("/usr/src")
DISK_SIZE = "2G"
# Commands that a build takes, and the Debian packages with them.
TOOLS = {
    "bc": "bc",
    "bison": "bison",
    "flex": "flex",
    "gcc": "gcc",
    "ld": "binutils",
    "make": "make",
    "mkfs.ext4": "e2fsprogs",
    "tar": "tar",
    "xz": "xz-utils",
}
# Half of the source: the configuration reads its Kconfig files, but nothing is compiled from it.
UNUSED = (
    *("drivers/gpu", "drivers/infiniband", "drivers/media", "drivers/net/ethernet", "drivers/net/wireless"),
    *("drivers/scsi", "drivers/staging", "sound", "Documentation", "tools/testing"),
)
# Without these the machines would not come up, or not be what they are for.
ESSENTIAL = ("WIREGUARD", "UML_NET_VECTOR", "BLK_DEV_UBD", "EXT4_FS", "NF_TABLES", "IP_NF_IPTABLES", "IPV6")


def as_root() -> list[str]:
    """What a command begins with that takes root."""
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def missing_packages() -> list[str]:
    """Debian packages that this machine lacks for building kernel and disk."""
    missing = [] if source_archive() else ["linux-source"]
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing += [package for tool, package in TOOLS.items() if not shutil.which(tool, path=path)]
    if not Path("/usr/include/stdlib.h").exists():
        missing.append("libc6-dev")
    return missing


def source_archive() -> Path | None:
    """The newest source of a kernel that a package has put here."""
    found = sorted(SOURCES.glob("linux-source-*.tar.xz"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def digest(*parts: bytes) -> str:
    """A short name for all of the parts."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


# --- the kernel ---------------------------------------------------------------------


def make_kernel() -> Path:
    """Build the kernel unless it is there. The caller holds the lock "kernel"."""
    archive = source_archive()
    if platform.machine() != "x86_64" or archive is None:
        raise lab.LabError(
            f"the kernel is built on x86_64 (this is {platform.machine()}) from the package linux-source "
            f"({'there' if archive else 'not installed'}): WG_LAB_KIND=kernel lab.py install-packages"
        )
    package = archive.name[: -len(".tar.xz")]
    version = lab.text_of(["dpkg-query", "--show", "--showformat", "${Version}", package])
    kernel = lab.CACHE / f"kernel-{digest(version.encode(), CONFIG.read_bytes())}"
    if not kernel.exists():
        lab.say(f"kernel: building User Mode Linux from {package} {version} (a few minutes)")
        with tempfile.TemporaryDirectory(dir=lab.CACHE) as folder:
            build_kernel(archive, Path(folder), kernel)
    return kernel


def build_kernel(archive: Path, folder: Path, target: Path) -> None:
    """Unpack the source into a folder, configure and compile it, and keep the program."""
    excluded = [f"--exclude=*/{name}/*.{kind}" for name in UNUSED for kind in ("c", "h", "rst", "txt", "svg")]
    lab.run(["tar", "-xJf", str(archive), "-C", str(folder), "--strip-components=1", *excluded])
    make = ["nice", "make", "-C", str(folder), "ARCH=um"]
    lab.run([*make, f"KCONFIG_ALLCONFIG={CONFIG}", "allnoconfig"])
    check_config(folder / ".config")
    lab.run([*make, f"-j{os.cpu_count() or 1}", "linux"])
    lab.run(["strip", "-o", str(folder / "stripped"), str(folder / "linux")])
    (folder / "stripped").rename(target)


def check_config(path: Path) -> None:
    """Raises LabError where the source does not know what the machines can't do without."""
    lines = path.read_text(encoding="utf-8").splitlines()
    lost = [name for name in ESSENTIAL if f"CONFIG_{name}=y" not in lines]
    if lost:
        raise lab.LabError(f"this kernel's source takes no {', '.join(lost)} from {CONFIG}; see {path}")


# --- the disk -----------------------------------------------------------------------


def make_disk() -> Path:
    """Make the disk unless it is there, from the root file system of the containers."""
    with lab.locked("image", "image: another process is making it; waiting"):
        archive = lab.rootfs_archive()
        disk = lab.CACHE / f"disk-{digest(archive.name.encode(), INIT.read_bytes())}.img"
        if disk.exists():
            return disk
        lab.make_rootfs(engine())
        lab.say(f"image: making a disk from {archive.name}")
        with tempfile.TemporaryDirectory(dir=lab.CACHE) as folder:
            try:
                build_disk(archive, Path(folder), disk)
            finally:
                lab.run([*as_root(), "rm", "-rf", f"{folder}/root"])
    return disk


def engine() -> lab.Engine | None:
    """A container engine, if one answers: with it the root file system may come from a registry."""
    try:
        return lab.find_engine()
    except lab.LabError:
        return None


def build_disk(archive: Path, folder: Path, target: Path) -> None:
    """Unpack the root file system and make it an ext4 file; sparse, so its size costs nothing."""
    root, part = folder / "root", folder / "disk"
    root.mkdir()
    steps: Sequence[Sequence[str]] = (
        ("tar", "-xpf", str(archive), "-C", str(root)),
        ("install", "-m", "755", str(INIT), str(root / "usr/local/sbin/lab-init")),
        # a host that loses power is made anew: no journal
        ("/sbin/mkfs.ext4", "-q", "-O", "^has_journal", "-d", str(root), str(part), DISK_SIZE),
        ("chmod", "644", str(part)),
    )
    for step in steps:
        lab.run([*as_root(), *step])
    part.rename(target)
