# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no promise of a stable interface outside it.

"""Chains that find the list of an address in a few comparisons, however many lists there are.

Neither sets nor maps serve here: nftables looks up what a set holds by another clock than rules, so that a packet that
is on its way while rules are replaced may find nothing in the set of a rule that it still obeys.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpn.wireguard.plugins.module_utils import _networks

# Bits of an address that one chain of a tree tells apart: at most 16 comparisons a chain.
_BRANCHING = 4

Leaf = t.Tuple[_networks.Network, str]
"""A network, and the chain for its packets."""

Tree = t.Dict[str, t.List[Leaf]]
"""The chains of a tree, each with its comparisons."""


def grow(leaves: t.Iterable[Leaf], root: str, new_name: t.Callable[[], str]) -> Tree:
    """The tree that leads from ``root`` to the leaves, whose networks are apart."""
    tree: Tree = {}
    _fill(tree, root, sorted(leaves), new_name)
    return tree


def _fill(tree: Tree, name: str, leaves: t.Sequence[Leaf], new_name: t.Callable[[], str]) -> None:
    """Fill a chain: a comparison for each leaf, or for each branch where there are too many leaves."""
    tree[name] = []
    few = len(leaves) <= 1 << _BRANCHING
    for network, some in [(leaf[0], [leaf]) for leaf in leaves] if few else _branches(leaves):
        child = some[0][1] if len(some) == 1 else new_name()
        tree[name].append((network, child))
        if len(some) > 1:
            _fill(tree, child, some, new_name)


def _branches(leaves: t.Sequence[Leaf]) -> list[tuple[_networks.Network, list[Leaf]]]:
    """The leaves by the next bits of their addresses, below the smallest network that holds them all.

    A leaf that is larger than a branch stands by itself.
    """
    first, last = leaves[0][0].first, max(network.last for network, _name in leaves)
    size = 1 << max((first ^ last).bit_length() - _BRANCHING, 0)
    by_branch: dict[_networks.Network, list[Leaf]] = {}
    for leaf in leaves:
        network = leaf[0]
        start = network.first // size * size
        branch = _networks.Network(network.version, start, start + size - 1)
        by_branch.setdefault(branch if network.last <= branch.last else network, []).append(leaf)
    return [(some[0][0] if len(some) == 1 else branch, some) for branch, some in by_branch.items()]
