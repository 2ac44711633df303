# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy as a table of nftables, loaded into an empty network where nft judges it."""

from __future__ import annotations

import shutil

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _firewall, _iptables, _nftables
from ansible_collections.vpn.wireguard.plugins.module_utils._policy import Access, Allow, Policy
from ansible_collections.vpn.wireguard.tests.unit import namespace

NETWORKS = ["10.8.0.0/24", "fd00:8::/64"]
POLICIES = {
    "nothing": Policy(NETWORKS),
    "everything": Policy(
        NETWORKS,
        client_to_client=True,
        internet=True,
        lan_networks=["192.168.5.0/24", "fd05::/64"],
        uplinks={4: "ens3", 6: "ens4"},
        forward_policy="DROP",
    ),
    "lists": Policy(
        NETWORKS,
        access=[
            Access(
                ("10.8.0.5/32", "172.30.0.0/24", "fd00:8::5/128"),
                (Allow(("10.20.0.0/16",), "tcp", ("443", "8000-8010")),),
            ),
            Access(("10.8.0.6/32",), (Allow(("0.0.0.0/0", "::/0"), "icmp"), Allow(("10.8.0.5/32",), "udp", ("53",)))),
            Access(("10.8.0.7/32",), ()),
        ],
    ),
}


def run(*lines: str) -> str:
    """What lines of bash print there. Fails where one of them fails."""
    assert shutil.which("nft"), "the command nft is missing; install nftables"
    done = namespace.run("bash", "-ec", "\n".join(lines).replace("%i", "wg0"))
    assert done.returncode == 0, done.stderr
    return done.stdout


LIST = "nft --stateless list ruleset"


@pytest.mark.parametrize("name", POLICIES)
def test_hooks_make_the_table_again_and_again_and_take_it_away(name: str) -> None:
    hooks = _nftables.hooks(POLICIES[name])
    first = run(*hooks.pre_up, *hooks.post_up, LIST)
    assert first.startswith("table inet vpn-wireguard-wg0 {")
    assert run(*hooks.pre_up, *hooks.post_up, *hooks.post_up, LIST) == first
    assert run(*hooks.pre_up, *hooks.post_up, *hooks.post_down, LIST) == ""
    assert run(*hooks.post_down, LIST) == ""


@pytest.mark.parametrize("name", POLICIES)
def test_hooks_fit_into_the_file_of_wg_quick(name: str) -> None:
    hooks = _nftables.hooks(POLICIES[name])
    for hook in hooks.pre_up + hooks.post_up + hooks.post_down:
        assert "#" not in hook
        assert hook == hook.strip()
        assert "\n" not in hook


@pytest.mark.parametrize("name", POLICIES)
def test_what_is_read_back_makes_the_same_table(name: str) -> None:
    hooks = _nftables.hooks(POLICIES[name])
    text = _nftables.expected(hooks.post_up, "wg0")
    assert text
    assert run(f"nft -f - <<'E'\n{text}E", LIST) == run(*hooks.post_up, LIST)


def test_hooks_of_others_make_no_table_that_is_ours() -> None:
    assert _nftables.expected(["nft add table inet x", "echo hello"], "wg0") is None
    assert _nftables.expected(_iptables.hooks(POLICIES["nothing"]).post_up, "wg0") is None


@pytest.mark.parametrize("name", POLICIES)
def test_each_tool_clears_up_after_the_other(name: str) -> None:
    chains, table = (_firewall.hooks(POLICIES[name], tool) for tool in ("iptables", "nftables"))
    show = "{ iptables-save; ip6tables-save; } | grep WG- || true"
    assert run(*chains.post_up, *table.post_up, show) == ""
    left = run(*table.post_up, *chains.post_up, "nft list tables")
    assert "vpn-wireguard-wg0" not in left
    assert (
        run(*chains.post_up, *table.post_up, *table.post_down, show, "ls -A /run/vpn-wireguard 2>/dev/null || true")
        == ""
    )


def test_a_host_without_rules_gets_no_tables_of_iptables() -> None:
    assert run(*_firewall.hooks(POLICIES["everything"], "nftables").post_up, LIST).count("table ") == 1


def test_nothing_passes_before_the_interface_is_up() -> None:
    listed = run(*_nftables.hooks(POLICIES["everything"]).pre_up, LIST)
    assert 'iifname "wg0" drop' in listed
    assert 'oifname "wg0" drop' in listed
    assert "accept;" in listed
    assert " accept\n" not in listed


def test_few_comparisons_find_the_list_of_a_peer_and_no_set_is_asked() -> None:
    access = [
        Access((f"10.8.0.{number}/32",), (Allow((f"10.20.0.{number}/32",), "tcp", ("80", "443")),))
        for number in range(2, 200)
    ]
    table = _nftables.table(Policy(NETWORKS, access=access))
    chains = {line.split()[1]: [] for line in table if line.startswith("chain ")}
    name = ""
    for line in table:
        name = line.split()[1] if line.startswith("chain ") else name
        chains.setdefault(name, []).append(line)
    assert max(sum("saddr" in line for line in lines) for name, lines in chains.items() if "access" in name) <= 16
    # The other braces are those of the table and its chains.
    assert [line for line in table if "{" in line and not line.startswith(("table ", "chain "))] == []


def test_lists_that_are_gone_leave_no_chains() -> None:
    lists, nothing = (_nftables.hooks(POLICIES[name]).post_up for name in ("lists", "nothing"))
    after, fresh = run(*lists, *nothing, LIST), run(*nothing, LIST)
    assert "access" not in after
    assert not _nftables.differ(after, fresh)
    assert _nftables.differ(run(*lists, LIST), fresh)


def test_the_table_stays_the_same_one_while_rules_change() -> None:
    """nft numbers tables, and with a table that is made anew packets may meet neither."""
    hooks = [_nftables.hooks(POLICIES[name]).post_up for name in ("nothing", "lists", "everything")]
    before, after = run(*hooks[0], "nft -j list tables", *hooks[1], *hooks[2], "nft -j list tables").splitlines()
    assert "handle" in before
    assert before == after


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("chain a {\n}\nchain b {\nx\n}", False),
        ("chain b {\nx\n}", False),
        ("chain b {\ny\n}", True),
        ("chain b {\nx\n}\nchain c {\ny\n}", True),
        ("", True),
    ],
)
def test_listings_are_compared_chain_by_chain(listed: str, expected: bool) -> None:
    assert (
        _nftables.differ(f"table inet t {{\n{listed}\n}}", "table inet t {\nchain b {\nx\n}\nchain a {\n}\n}")
        == expected
    )
