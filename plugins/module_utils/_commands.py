# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Commands of the host. No secret is ever an argument of one; those that need one get it on standard input."""

from __future__ import annotations

import re
import shutil
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _files, _keys

ENVIRONMENT = {
    "LANG": "C",
    "LC_ALL": "C",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "WG_HIDE_KEYS": "always",
}


class Commands:
    """The commands of a host. ``run_command`` is that of AnsibleModule."""

    def __init__(self, run_command: t.Callable[..., tuple[int, str, str]]) -> None:
        self._run_command = run_command

    def run(self, *command: str, stdin: str | None = None) -> str:
        """Standard output of a command. Raises HostError with what it said, secrets hidden, when it fails."""
        code, output, error = self.attempt(*command, stdin=stdin)
        if code != 0:
            raise _files.HostError(f"{' '.join(command)} failed ({code}): {hide((error or output).strip())}")
        return output

    def succeeds(self, *command: str) -> bool:
        """Whether a command ends with 0."""
        return self.attempt(*command)[0] == 0

    def attempt(self, *command: str, stdin: str | None = None) -> tuple[int, str, str]:
        """Exit code, output and error output of a command. Raises HostError where it cannot be run at all."""
        # ``binary_data`` keeps Ansible from adding a newline of its own to what wg reads.
        try:
            return self._run_command(
                list(command), data=stdin, binary_data=True, environ_update=ENVIRONMENT, handle_exceptions=False
            )
        except OSError as exc:
            raise _files.HostError(f"{command[0]} cannot be run: {exc.strerror}") from exc

    def public_key(self, private: bytes) -> str:
        """The public key in text form: by ``wg pubkey`` if there is a wg, else by ``cryptography``."""
        if has_tool("wg"):
            return self.run("wg", "pubkey", stdin=_keys.encode(private) + "\n").strip()
        if _keys.has_cryptography():
            return _keys.encode(_keys.public_bytes(private))
        raise _files.HostError(
            "a public key needs the command wg or the Python package cryptography; install wireguard-tools"
        )


def has_tool(name: str) -> bool:
    """Whether a command is there to be run."""
    return shutil.which(name, path=ENVIRONMENT["PATH"]) is not None


def hide(text: str) -> str:
    """No secret of a file goes on, nothing that looks like a key, nor what wg repeats as a malformed one (parse_key() of
    its config.c)."""
    text = re.sub(r"(Key is not the correct length or format: `)[^']*", rf"\g<1>{_keys.HIDDEN}", text)
    return _keys.hide(_keys.without_secrets(text))
