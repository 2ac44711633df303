# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Files of a host: private from their first byte, whole at any moment, and changed by one process at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
import time
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _keys

CONFIG_DIRECTORY = "/etc/wireguard"
# Locks, and what is not to outlive a boot.
RUN_DIRECTORY = "/run/vpn-wireguard"
LOCK_SECONDS = 60


class HostError(Exception):
    """Something on the host did not go as it must; the message says what, and holds no secret."""


def config_path(interface: str) -> str:
    """The file that wg-quick reads for this interface."""
    return f"{CONFIG_DIRECTORY}/{interface}.conf"


def state_directory(interface: str) -> str:
    """Where the key of an interface is kept, and on a hub the registry of its peers."""
    return f"{CONFIG_DIRECTORY}/{interface}"


def clients_directory(interface: str) -> str:
    """Where a hub keeps the files of devices that Ansible does not manage."""
    return f"{state_directory(interface)}/clients"


def has_clients_directory(interface: str) -> bool:
    """Whether there is such a place."""
    return os.path.isdir(clients_directory(interface))


def read_text(path: str) -> str | None:
    """The text of a file, None where there is none. Raises HostError where it cannot be read."""
    try:
        with open(path, encoding="utf-8", newline="") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as exc:
        raise HostError(f"{path} cannot be read: {exc}") from exc


def read_bytes(path: str) -> bytes | None:
    """The content of a file, None where there is none. Raises HostError where it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise HostError(f"{path} cannot be read: {exc}") from exc


def write_secret(path: str, text: str, mode: int = 0o600) -> None:
    """Put ``text`` at ``path``: mode 0600 from the first byte, and at any moment the old file or the new, whole.

    The new file is flushed to disk before it takes the name, and the name before this returns. Another ``mode`` is
    set once it is whole.
    """
    directory = os.path.dirname(path)
    make_directory(directory)
    try:
        # mkstemp opens with O_EXCL and mode 0600, whatever the umask.
        descriptor, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", suffix=".tmp", dir=directory)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
                stream.flush()
                os.fchmod(stream.fileno(), mode)
                os.fsync(stream.fileno())
            os.rename(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        _flush_directory(directory)
    except OSError as exc:
        raise HostError(f"{path} cannot be written: {exc}; the file is as it was before") from exc


def write_public(path: str, text: str) -> None:
    """Like ``write_secret``, for a file that anybody may read."""
    write_secret(path, text, mode=0o644)


def write_secrets(contents: t.Mapping[str, bytes]) -> None:
    """Put many files at their paths as ``write_secret`` does, in their order, with one wait for the disk for all."""
    waiting: dict[str, str] = {}
    try:
        for path, content in contents.items():
            make_directory(os.path.dirname(path))
            waiting[path] = _write_beside(path, content)
        os.sync()
        for path in contents:
            os.rename(waiting[path], path)
            del waiting[path]
        for directory in {os.path.dirname(path) for path in contents}:
            _flush_directory(directory)
    except OSError as exc:
        raise HostError(f"{exc.filename or 'a file'} cannot be written: {exc}; the next run goes on from here") from exc
    finally:
        for temporary in waiting.values():
            remove_file(temporary)


def _write_beside(path: str, content: bytes) -> str:
    """Write to a new file beside ``path``, with mode 0600, and return its path."""
    descriptor, temporary = tempfile.mkstemp(
        prefix=f".{os.path.basename(path)}.", suffix=".tmp", dir=os.path.dirname(path)
    )
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def make_directory(path: str) -> None:
    """A directory that only its owner can enter, made with its parents, which are alike, where missing."""
    # Not os.makedirs: that leaves the mode of parents to the umask.
    if os.path.isdir(path):
        return
    parent = os.path.dirname(path)
    if parent:
        make_directory(parent)
    try:
        os.mkdir(path, mode=0o700)
    except FileExistsError:
        if not os.path.isdir(path):
            raise HostError(f"directory {path} cannot be made: something else is there") from None
    except OSError as exc:
        raise HostError(f"directory {path} cannot be made: {exc}") from exc


def remove_file(path: str) -> None:
    """Remove a file if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def remove_directory(path: str) -> None:
    """Remove a directory with all that is in it. Raises HostError."""
    try:
        shutil.rmtree(path)
    except OSError as exc:
        raise HostError(f"directory {path} cannot be removed: {exc}") from exc


def remove_leftovers(path: str) -> None:
    """Remove the temporary files of ``path`` that a killed run left; call it only under the lock."""
    directory, name = os.path.split(path)
    if os.path.isdir(directory):
        for entry in os.listdir(directory):
            if entry.startswith(f".{name}.") and entry.endswith(".tmp"):
                remove_file(os.path.join(directory, entry))


@contextlib.contextmanager
def lock(name: str, write: bool = True) -> t.Iterator[None]:
    """Hold the host's lock for ``name`` (an interface); one at a time reads, decides and writes.

    Raises HostError after LOCK_SECONDS. A process that dies lets go of it. Whoever does not ``write``
    needs no lock, and leaves not even its file behind.
    """
    if not write:
        yield
        return
    make_directory(RUN_DIRECTORY)
    path = f"{RUN_DIRECTORY}/{name}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _wait_for_lock(descriptor, path)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def read_private_key(path: str) -> bytes:
    """The private key in a file. Raises HostError, without a word of what is in the file."""
    text = read_text(path)
    if text is None:
        raise HostError(f"there is no private key at {path}; vpn.wireguard.wg_keypair makes it")
    try:
        return _keys.decode(text.strip())
    except _keys.InvalidKey as exc:
        raise HostError(f"{path} holds no private key of WireGuard: {exc}") from exc


def _wait_for_lock(descriptor: int, path: str) -> None:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as exc:
            if exc.errno not in (errno.EAGAIN, errno.EACCES):
                raise
        if time.monotonic() > deadline:
            holder = os.pread(descriptor, 32, 0).decode().strip()
            raise HostError(
                f"another run (process {holder or 'unknown'}) holds {path} for more than {LOCK_SECONDS} s; nothing was changed"
            )
        time.sleep(0.1)


def _flush_directory(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
