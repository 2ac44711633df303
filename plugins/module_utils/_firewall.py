# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""A policy as hooks of wg-quick, by the tool that the host filters with."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _iptables, _nftables
from ansible_collections.vpn.wireguard.plugins.module_utils._forwarding import Hooks
from ansible_collections.vpn.wireguard.plugins.module_utils._policy import Policy

_MAKERS: dict[str, t.Callable[[Policy], Hooks]] = {"iptables": _iptables.hooks, "nftables": _nftables.hooks}
_LEAVERS: dict[str, t.Callable[[], list[str]]] = {"iptables": _iptables.leave, "nftables": _nftables.leave}


def hooks(policy: Policy, backend: str) -> Hooks:
    """The hooks that put the policy in force with the interface and take it away with it.

    They take away what the other tool's hooks may have left, too: first the new rules are there, then the old ones go.
    Raises ValueError for a tool that is none of these, and what the tool's own module raises.
    """
    if backend not in _MAKERS:
        raise ValueError(f"backend is {backend!r}; one of {', '.join(_MAKERS)} is meant")
    made = _MAKERS[backend](policy)
    others = [line for name, leave in _LEAVERS.items() if name != backend for line in leave()]
    return dataclasses.replace(made, post_up=made.post_up + others)
