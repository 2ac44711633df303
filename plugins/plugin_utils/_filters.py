# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""What all filters have in common: the door by which Ansible finds them, and how they say what is wrong."""

from __future__ import annotations

import functools
import typing as t

from ansible.errors import AnsibleFilterError


class Door:
    """A class with filters as Ansible looks for it, named FilterModule, in the file of each filter."""

    _filter: t.ClassVar[t.Callable[..., t.Any]]

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filter by its name."""
        return {self._filter.__name__: self._filter}


def door_to(function: t.Callable[..., t.Any], *errors: type[Exception]) -> type[Door]:
    """The door to a filter that is called as the function is; ValueError and ``errors`` are told with its name."""

    told_errors: tuple[type[Exception], ...] = (ValueError, *errors)

    @functools.wraps(function)
    def told(*arguments: t.Any, **more: t.Any) -> t.Any:
        try:
            return function(*arguments, **more)
        except told_errors as exc:
            raise AnsibleFilterError(f"vpn.wireguard.{function.__name__}: {exc}") from exc

    return type("FilterModule", (Door,), {"_filter": staticmethod(told)})
