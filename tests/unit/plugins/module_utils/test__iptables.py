# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall policy: as rules that judge packets, and as hooks that bash really runs."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import shlex
from pathlib import Path

import pytest

from ansible_collections.vpn.wireguard.plugins.module_utils import _iptables, _saved
from ansible_collections.vpn.wireguard.plugins.module_utils._policy import Policy
from ansible_collections.vpn.wireguard.tests.unit import namespace

UPLINKS = {4: "ens3", 6: "ens4"}
NOTHING = Policy(["10.8.0.0/24", "fd00:8::/64"], uplinks=UPLINKS)
BETWEEN = dataclasses.replace(NOTHING, client_to_client=True)
INTERNET = dataclasses.replace(NOTHING, internet=True)
LAN = dataclasses.replace(NOTHING, lan_networks=["192.168.5.0/24", "fd05::/64"])
EVERYTHING = Policy(
    ["10.8.0.0/24", "fd00:8::/64", "172.30.0.0/16"],
    client_to_client=True,
    internet=True,
    lan_networks=["192.168.5.0/24", "fd05::/64"],
    uplinks=UPLINKS,
)
POLICIES = {"nothing": NOTHING, "between": BETWEEN, "internet": INTERNET, "lan": LAN, "everything": EVERYTHING}

CLIENT = {4: "10.8.0.2", 6: "fd00:8::2"}
OTHER = {4: "10.8.0.3", 6: "fd00:8::3"}
STRANGER = {4: "10.9.0.9", 6: "fd00:9::9"}
NEIGHBOUR = {4: "192.168.5.9", 6: "fd05::9"}
FAR = {4: "203.0.113.9", 6: "2001:db8::9"}
METADATA = {4: "169.254.169.254", 6: "fd00:ec2::254"}


@dataclasses.dataclass(frozen=True)
class Packet:
    """What rules look at."""

    came: str
    goes: str
    source: str
    target: str
    state: str = "NEW"
    direction: str = "ORIGINAL"


def matches(rule: str, packet: Packet) -> tuple[bool, str]:
    """Whether a rule is about a packet, and its verdict. Fails on words that it does not know."""
    words, negated, fits, verdict = shlex.split(rule), False, True, ""
    while words:
        word = words.pop(0)
        if word == "!":
            negated = True
            continue
        value = words.pop(0)
        if word == "-j":
            verdict = value
            continue
        hit = {
            "-i": lambda value: packet.came == value,
            "-o": lambda value: packet.goes == value,
            "-s": lambda value: ipaddress.ip_address(packet.source) in ipaddress.ip_network(value),
            "-d": lambda value: ipaddress.ip_address(packet.target) in ipaddress.ip_network(value),
            "-m": lambda value: {"conntrack": True}[value],
            "--ctstate": lambda value: packet.state in value.split(","),
            "--ctdir": lambda value: packet.direction == value,
        }[word](value)
        fits, negated = fits and hit != negated, False
    return fits, verdict


def judge(policy: Policy, version: int, chain: str, packet: Packet) -> str:
    """The verdict of the first rule that matches; RETURN where none does."""
    for rule in _iptables.rules(policy, version)[chain]:
        fits, verdict = matches(rule.replace("%i", "wg0"), packet)
        if fits:
            return verdict
    return "RETURN"


def forward(policy: Policy, version: int, packet: Packet) -> str:
    return judge(policy, version, "FORWARD", packet)


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("name", POLICIES)
def test_each_switch_opens_its_way_and_no_other(name: str, version: int) -> None:
    policy, uplink = POLICIES[name], UPLINKS[version]
    client, other, far, lan = CLIENT[version], OTHER[version], FAR[version], NEIGHBOUR[version]

    def verdict(condition: bool) -> str:
        return "ACCEPT" if condition else "DROP"

    between = policy.client_to_client
    assert forward(policy, version, Packet("wg0", "wg0", client, other)) == verdict(between)
    assert forward(policy, version, Packet("wg0", "wg0", client, other, "ESTABLISHED")) == verdict(between)
    assert forward(policy, version, Packet("wg0", uplink, client, far)) == verdict(policy.internet)
    assert forward(policy, version, Packet("wg0", "eth7", client, far)) == "DROP"
    assert forward(policy, version, Packet("wg0", "eth7", client, lan)) == verdict(bool(policy.lan_networks))


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("name", POLICIES)
def test_only_replies_come_in_and_only_from_where_a_call_may_go(name: str, version: int) -> None:
    policy, client = POLICIES[name], CLIENT[version]
    for link, source, allowed in (
        (UPLINKS[version], FAR[version], policy.internet),
        ("eth7", NEIGHBOUR[version], bool(policy.lan_networks)),
    ):
        packet = Packet(link, "wg0", source, client)
        assert forward(policy, version, packet) == "DROP"
        assert forward(policy, version, dataclasses.replace(packet, state="INVALID")) == "DROP"
        assert forward(policy, version, dataclasses.replace(packet, state="ESTABLISHED")) == "DROP"
        reply = dataclasses.replace(packet, state="ESTABLISHED", direction="REPLY")
        assert forward(policy, version, reply) == ("ACCEPT" if allowed else "DROP")
        assert forward(policy, version, dataclasses.replace(packet, state="RELATED")) == "ACCEPT"


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("name", POLICIES)
def test_a_source_that_is_not_the_tunnel_s_goes_nowhere(name: str, version: int) -> None:
    policy = POLICIES[name]
    for link, target in (("wg0", OTHER), (UPLINKS[version], FAR), ("eth7", NEIGHBOUR)):
        assert forward(policy, version, Packet("wg0", link, STRANGER[version], target[version])) == "DROP"


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("name", POLICIES)
def test_nobody_reaches_the_metadata_of_the_cloud(name: str, version: int) -> None:
    packet = Packet("wg0", UPLINKS[version], CLIENT[version], METADATA[version])
    assert forward(POLICIES[name], version, packet) == "DROP"
    assert forward(POLICIES[name], version, dataclasses.replace(packet, state="ESTABLISHED")) == "DROP"


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("name", POLICIES)
def test_what_others_forward_is_not_judged(name: str, version: int) -> None:
    for source, target, came, goes in (
        (NEIGHBOUR, FAR, "eth7", UPLINKS[version]),
        (FAR, NEIGHBOUR, UPLINKS[version], "eth7"),
    ):
        packet = Packet(came, goes, source[version], target[version])
        assert forward(POLICIES[name], version, packet) == "RETURN"
        assert judge(POLICIES[name], version, "POSTROUTING", packet) == "RETURN"


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("name", POLICIES)
def test_only_the_tunnel_s_own_sources_are_masqueraded(name: str, version: int) -> None:
    policy, uplink = POLICIES[name], UPLINKS[version]
    client, far, lan = CLIENT[version], FAR[version], NEIGHBOUR[version]
    masqueraded = {True: "MASQUERADE", False: "RETURN"}

    def leave(source: str, link: str, target: str) -> str:
        return judge(policy, version, "POSTROUTING", Packet("", link, source, target))

    assert leave(client, uplink, far) == masqueraded[policy.internet]
    assert leave(client, "eth7", lan) == masqueraded[bool(policy.lan_networks)]
    assert leave(STRANGER[version], uplink, far) == "RETURN"
    assert leave(STRANGER[version], "eth7", lan) == "RETURN"
    assert leave(client, "wg0", OTHER[version]) == "RETURN"


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("name", POLICIES)
def test_every_masquerade_names_its_source(name: str, version: int) -> None:
    rules = _iptables.rules(POLICIES[name], version)["POSTROUTING"]
    assert bool(rules) == (POLICIES[name].internet or bool(POLICIES[name].lan_networks))
    assert [rule for rule in rules if not re.search(r"(?<!! )-s [0-9a-f:.]+/[1-9]", rule)] == []


def test_a_network_behind_a_client_belongs_to_the_tunnel() -> None:
    assert forward(EVERYTHING, 4, Packet("wg0", "wg0", "172.30.0.5", "10.8.0.2")) == "ACCEPT"
    assert forward(EVERYTHING, 4, Packet("wg0", "wg0", "10.8.0.2", "172.30.0.5")) == "ACCEPT"
    assert forward(EVERYTHING, 4, Packet("wg0", "ens3", "172.30.0.5", "203.0.113.9")) == "ACCEPT"
    assert judge(EVERYTHING, 4, "POSTROUTING", Packet("", "ens3", "172.30.0.5", "203.0.113.9")) == "MASQUERADE"


def test_the_lan_is_never_the_tunnel_itself() -> None:
    policy = dataclasses.replace(LAN, lan_networks=["10.8.0.0/16"])
    assert forward(policy, 4, Packet("wg0", "wg0", "10.8.0.2", "10.8.0.3")) == "DROP"


def test_no_uplink_means_no_internet() -> None:
    policy = dataclasses.replace(INTERNET, uplinks={4: "ens3"})
    assert forward(policy, 6, Packet("wg0", "ens4", "fd00:8::2", "2001:db8::9")) == "DROP"
    assert _iptables.rules(policy, 6)["POSTROUTING"] == []


@pytest.mark.parametrize("name", POLICIES)
def test_the_hub_sends_no_redirects_into_the_tunnel(name: str) -> None:
    # The types are those of RFC 792 and RFC 4861, by name or number.
    kinds = {
        4: r"-p icmp (-m icmp )?--icmp-type (redirect|5)",
        6: r"-p ipv6-icmp (-m icmp6 )?--icmpv6-type (redirect|137)",
    }
    for version, kind in kinds.items():
        (rule,) = _iptables.rules(POLICIES[name], version)["OUTPUT"]
        assert re.fullmatch(rf"-o %i {kind} -j DROP", rule)


@pytest.mark.parametrize("name", POLICIES)
def test_every_chain_has_its_twin(name: str) -> None:
    policy = dataclasses.replace(POLICIES[name], tunnel=["10.8.0.0/24"])
    for hooks in dataclasses.asdict(_iptables.hooks(policy)).values():
        text = "\n".join(hooks)
        four = set(re.findall(r"(?<!\w)iptables(?:-restore)? .*?(?=[;|']| <|$)", text, re.MULTILINE))
        six = set(re.findall(r"(?<!\w)ip6tables(?:-restore)? .*?(?=[;|']| <|$)", text, re.MULTILINE))
        assert four
        assert {line.replace("ip6tables", "iptables").replace("-ipv6/", "-ipv4/") for line in six} == four
    # IPv6 that the tunnel has not is dropped all the same.
    assert forward(policy, 6, Packet("wg0", "ens4", "fd00:8::2", "2001:db8::9")) == "DROP"
    assert forward(policy, 6, Packet("ens4", "wg0", "2001:db8::9", "fd00:8::2")) == "DROP"


@pytest.mark.parametrize("name", POLICIES)
def test_hooks_fit_into_the_file_of_wg_quick(name: str) -> None:
    hooks = _iptables.hooks(POLICIES[name])
    assert hooks.post_up
    assert hooks.post_down
    # wg-quick cuts a line at a hash, and a newline would begin another setting.
    assert [
        hook for hook in hooks.post_up + hooks.post_down if re.search(r"[#\n\r\x00]", hook) or hook != hook.strip()
    ] == []


@pytest.mark.parametrize("name", POLICIES)
def test_no_policy_of_the_host_is_touched(name: str) -> None:
    hooks = _iptables.hooks(POLICIES[name])
    text = "\n".join(hooks.pre_up + hooks.post_up + hooks.post_down)
    assert "ip_forward" not in text or "was" in text
    # Only what was kept may come back.
    assert re.findall(r"-P FORWARD (?!\$\(cat /run/vpn-wireguard/policy-ipv[46]/was\))", text) == []
    assert (
        re.findall(r"(?:-P (?!FORWARD)|--policy|-F|-X)\s+(?:FORWARD|INPUT|OUTPUT|PREROUTING|POSTROUTING)", text) == []
    )
    assert re.findall(r":(?:FORWARD|INPUT|OUTPUT|PREROUTING|POSTROUTING)\b", text) == []


@pytest.mark.parametrize("name", POLICIES)
def test_chains_have_names_that_iptables_takes(name: str) -> None:
    text = "\n".join(_iptables.hooks(POLICIES[name]).post_up).replace("%i", "i" * 15)
    chains = set(re.findall(r"WG-[A-Z]-i+(?:\.[0-9]+)?", text))
    assert {chain[3] for chain in chains} == set("FONIA")
    assert max(map(len, chains)) <= 28


@pytest.mark.parametrize("name", POLICIES)
def test_post_down_fits_whatever_post_up_put_there(name: str) -> None:
    assert _iptables.hooks(POLICIES[name]).post_down == _iptables.hooks(NOTHING).post_down


@pytest.mark.parametrize(
    "link", ["eth0; id", "eth+", "eth0\nPostUp = id", "eth0 eth1", "", "e" * 16, "$(id)", "eth0#", "%i"]
)
def test_an_uplink_is_the_name_of_a_link(link: str) -> None:
    with pytest.raises(ValueError, match="eth0") as caught:
        _iptables.hooks(dataclasses.replace(INTERNET, uplinks={4: link}))
    assert repr(link) in str(caught.value)


@pytest.mark.parametrize("field", ["tunnel", "lan_networks"])
@pytest.mark.parametrize("text", ["*", "10.8.0.1/24", "10.8.0.0/24 -j ACCEPT", "0.0.0.0/0\n"])
def test_networks_are_checked(field: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an IP|host bits"):
        _iptables.hooks(dataclasses.replace(EVERYTHING, **{field: [text]}))


# From here on bash runs the hooks, as wg-quick runs them: one after the other, with errexit and pipefail.

WG_QUICK = """
set -e -o pipefail
shopt -s extglob
while read -r hook; do
    hook="${hook//%i/$1}"
    echo "hook" >>"$LOG"
    (eval "$hook") </dev/null
done <"$2"
"""
STUB = """#!/bin/bash
echo "${0##*/} $*" >>"$LOG"
case "${0##*/}" in *-restore) cat >>"$LOG" ;; esac
case " $* " in
*" -C "*) [ "$JUMPS" -gt 0 ] || exit 1 ;;
*" -D "*)
    # As many jumps as there are, and then none.
    n=$(cat "$LOG.${0##*/}.$4.$6" 2>/dev/null || echo 0)
    echo $((n + 1)) >"$LOG.${0##*/}.$4.$6"
    [ "$n" -lt "$JUMPS" ] || exit 1
    ;;
esac
exit "$RESULT"
"""
TOOLS = ("iptables", "iptables-restore", "ip6tables", "ip6tables-restore")


class Bench:
    """A place with stubs for iptables, which write down how they are called."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "log"
        (path / "bin").mkdir()
        (path / "wg-quick").write_text(WG_QUICK)
        for tool in TOOLS:
            (path / "bin" / tool).write_text(STUB)
            (path / "bin" / tool).chmod(0o755)

    def run(
        self,
        *steps: tuple[str, list[str]] | str,
        before: str = "0",
        jumps: int = 0,
        result: int = 0,
        tools: bool = True,
        ipv6: bool = True,
    ) -> tuple[int, list[str], str]:
        """Run steps, each (interface, hooks) or a line of bash. Exit code, calls of the stubs, and what the lines said."""
        self.log.write_text("")
        lines = ["set -e"]
        for name in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            lines.append(f"echo {before} >/proc/sys/{name}")
        if not ipv6:
            lines.append("mount -t tmpfs none /proc/sys/net")
        for number, step in enumerate(steps):
            if isinstance(step, str):
                lines.append(step)
            else:
                hooks = self.path / f"hooks-{number}"
                hooks.write_text("".join(f"{hook}\n" for hook in step[1]))
                lines.append(f"bash {self.path}/wg-quick {step[0]} {hooks}")
        places = [str(self.path / "bin"), "/usr/bin", "/bin"] if tools else [str(self.only_coreutils())]
        env = {"LOG": str(self.log), "JUMPS": str(jumps), "RESULT": str(result), "PATH": ":".join(places)}
        shell = f"PATH={shlex.quote(env.pop('PATH'))}\n" + "\n".join(lines)
        outcome = namespace.run("bash", "-c", shell, env=env)
        return outcome.returncode, self.log.read_text().splitlines(), outcome.stdout

    def only_coreutils(self) -> Path:
        """A directory of commands that has no iptables, whatever this host has."""
        place = self.path / "few"
        place.mkdir()
        for command in "bash cat cmp echo grep ls mkdir mount rm".split():
            (place / command).symlink_to(
                f"/usr/bin/{command}" if Path(f"/usr/bin/{command}").exists() else f"/bin/{command}"
            )
        return place


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def calls(log: list[str]) -> list[str]:
    return [line for line in log if line.startswith(("iptables", "ip6tables"))]


@pytest.mark.parametrize("name", POLICIES)
def test_post_up_fills_and_then_jumps(bench: Bench, name: str) -> None:
    code, log, _said = bench.run(("wg0", _iptables.hooks(POLICIES[name]).post_up))
    assert code == 0
    # What follows removes chains that are needed no more.
    assert calls(log)[:16] == [
        "iptables-restore -w 5 --noflush",
        "iptables-restore -w 5 --noflush",
        "ip6tables-restore -w 5 --noflush",
        "ip6tables-restore -w 5 --noflush",
        "iptables -w 5 -t filter -C FORWARD -j WG-F-wg0",
        "iptables -w 5 -t filter -I FORWARD 1 -j WG-F-wg0",
        "iptables -w 5 -t filter -C OUTPUT -j WG-O-wg0",
        "iptables -w 5 -t filter -I OUTPUT 1 -j WG-O-wg0",
        "iptables -w 5 -t nat -C POSTROUTING -j WG-N-wg0",
        "iptables -w 5 -t nat -I POSTROUTING 1 -j WG-N-wg0",
        "ip6tables -w 5 -t filter -C FORWARD -j WG-F-wg0",
        "ip6tables -w 5 -t filter -I FORWARD 1 -j WG-F-wg0",
        "ip6tables -w 5 -t filter -C OUTPUT -j WG-O-wg0",
        "ip6tables -w 5 -t filter -I OUTPUT 1 -j WG-O-wg0",
        "ip6tables -w 5 -t nat -C POSTROUTING -j WG-N-wg0",
        "ip6tables -w 5 -t nat -I POSTROUTING 1 -j WG-N-wg0",
    ]


def test_what_iptables_restore_reads(bench: Bench) -> None:
    code, log, _said = bench.run(
        ("wg0", _iptables.hooks(Policy(["10.8.0.0/24"], True, True, uplinks={4: "ens3"})).post_up)
    )
    assert code == 0
    assert [line for line in log if not line.startswith(("iptables ", "ip6tables", "hook"))][:21] == [
        # nat first: a packet that may pass leaves with the right source.
        "iptables-restore -w 5 --noflush",
        "*nat",
        ":WG-N-wg0 - [0:0]",
        "-A WG-N-wg0 -o ens3 -s 10.8.0.0/24 -j MASQUERADE",
        "COMMIT",
        "iptables-restore -w 5 --noflush",
        "*filter",
        ":WG-F-wg0 - [0:0]",
        ":WG-O-wg0 - [0:0]",
        "-A WG-F-wg0 -i wg0 -d 169.254.0.0/16 -j DROP",
        "-A WG-F-wg0 ! -i wg0 -o wg0 -m conntrack --ctstate RELATED -j ACCEPT",
        "-A WG-F-wg0 -i wg0 -o wg0 -s 10.8.0.0/24 -d 10.8.0.0/24 -j ACCEPT",
        "-A WG-F-wg0 -i wg0 -o ens3 -s 10.8.0.0/24 -j ACCEPT",
        "-A WG-F-wg0 -i ens3 -o wg0 -d 10.8.0.0/24 -m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY -j ACCEPT",
        "-A WG-F-wg0 -i wg0 -j DROP",
        "-A WG-F-wg0 -o wg0 -j DROP",
        f"-A WG-O-wg0 {_iptables.rules(NOTHING, 4)['OUTPUT'][0].replace('%i', 'wg0')}",
        "COMMIT",
        "*nat",
        ":WG-N-wg0 - [0:0]",
        "COMMIT",
    ]


def test_a_second_post_up_adds_no_second_jump(bench: Bench) -> None:
    code, log, _said = bench.run(("wg0", _iptables.hooks(EVERYTHING).post_up), jumps=1)
    assert code == 0
    assert [call for call in calls(log) if " -I " in call] == []
    assert len([call for call in calls(log) if " -C " in call]) == 6


def test_post_up_ends_at_the_first_failure(bench: Bench) -> None:
    code, log, _said = bench.run(("wg0", _iptables.hooks(EVERYTHING).post_up), result=2)
    assert code != 0
    assert calls(log) == ["iptables-restore -w 5 --noflush"]


CHAINS = {
    "FORWARD": ("filter", "WG-F-wg0"),
    "OUTPUT": ("filter", "WG-O-wg0"),
    "INPUT": ("filter", "WG-I-wg0"),
    "POSTROUTING": ("nat", "WG-N-wg0"),
}
# The numbered chains go in two transactions: emptied, and then removed.
LISTS = "-restore -w 5 --noflush"


@pytest.mark.parametrize(("jumps", "result"), [(0, 0), (1, 0), (3, 0), (0, 1), (0, 4), (1, 4)])
def test_post_down_removes_by_name_and_never_fails(bench: Bench, jumps: int, result: int) -> None:
    hooks = _iptables.hooks(EVERYTHING).post_down
    code, log, _said = bench.run(("wg0", hooks), jumps=jumps, result=result)
    assert code == 0
    assert log.count("hook") == len(hooks)
    deletions = jumps + 1 if result == 0 else 1
    assert [call for call in calls(log) if LISTS not in call] == [
        f"{tool} -w 5 -t {table} {rest}"
        for tool in ("iptables", "ip6tables")
        for built_in, (table, chain) in CHAINS.items()
        for rest in [f"-D {built_in} -j {chain}"] * deletions + [f"-F {chain}", f"-X {chain}"]
    ]
    assert [call for call in calls(log) if LISTS in call] == [f"ip{six}tables{LISTS}" for six in ("", "", "6", "6")]


def test_post_down_without_iptables_never_fails(bench: Bench) -> None:
    code, log, _said = bench.run(("wg0", _iptables.hooks(EVERYTHING).post_down), tools=False)
    assert (code, set(log)) == (0, {"hook"})


def test_post_up_without_iptables_fails(bench: Bench) -> None:
    code, _log, _said = bench.run(("wg0", _iptables.hooks(EVERYTHING).post_up), tools=False)
    assert code != 0


def test_a_kernel_without_ipv6_is_left_alone(bench: Bench) -> None:
    # In place of all settings of networks there is one file, the one of IPv4.
    prepare = "mkdir -p /proc/sys/net/ipv4; echo 0 >/proc/sys/net/ipv4/ip_forward"
    hooks = _iptables.hooks(EVERYTHING)
    code, log, said = bench.run(prepare, ("wg0", hooks.post_up), "cat /proc/sys/net/ipv4/ip_forward", ipv6=False)
    assert (code, said) == (0, "1\n")
    assert [call for call in calls(log) if call.startswith("ip6tables")] == []
    assert calls(log)


SHOW = "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding"
LEFT = "find /run -mindepth 2"


def up(name: str, policy: Policy) -> tuple[str, list[str]]:
    return name, _iptables.hooks(policy).post_up


def down(name: str, policy: Policy = EVERYTHING) -> tuple[str, list[str]]:
    return name, _iptables.hooks(policy).post_down


@pytest.mark.parametrize(("before", "then"), [("0", "0\n0\n"), ("1", "1\n1\n")])
def test_forwarding_is_on_while_up_and_as_before_after(bench: Bench, before: str, then: str) -> None:
    code, _log, said = bench.run(up("wg0", EVERYTHING), SHOW, down("wg0"), SHOW, LEFT, before=before)
    assert (code, said) == (0, f"1\n1\n{then}")


def test_nothing_to_forward_means_no_forwarding(bench: Bench) -> None:
    code, _log, said = bench.run(up("wg0", NOTHING), SHOW, down("wg0"), SHOW, LEFT)
    assert (code, said) == (0, "0\n0\n0\n0\n")


def test_forwarding_that_others_need_stays_when_nothing_is_to_forward(bench: Bench) -> None:
    code, _log, said = bench.run(up("wg0", NOTHING), SHOW, down("wg0"), SHOW, before="1")
    assert (code, said) == (0, "1\n1\n1\n1\n")


def test_only_the_families_of_the_tunnel_are_forwarded(bench: Bench) -> None:
    only_four = dataclasses.replace(EVERYTHING, tunnel=["10.8.0.0/24"])
    code, _log, said = bench.run(up("wg0", only_four), SHOW, down("wg0", only_four), SHOW)
    assert (code, said) == (0, "1\n0\n0\n0\n")


@pytest.mark.parametrize("first", ["wg0", "wg1"])
def test_the_last_tunnel_puts_forwarding_back(bench: Bench, first: str) -> None:
    last = {"wg0": "wg1", "wg1": "wg0"}[first]
    code, _log, said = bench.run(up("wg0", BETWEEN), up("wg1", INTERNET), down(first), SHOW, down(last), SHOW, LEFT)
    assert (code, said) == (0, "1\n1\n0\n0\n")


def test_a_crash_and_another_start_keep_the_host_s_own_value(bench: Bench) -> None:
    code, _log, said = bench.run(up("wg0", EVERYTHING), up("wg0", EVERYTHING), SHOW, down("wg0"), SHOW, LEFT)
    assert (code, said) == (0, "1\n1\n0\n0\n")


def test_down_twice_does_no_harm(bench: Bench) -> None:
    code, _log, said = bench.run(
        up("wg0", EVERYTHING), down("wg0"), f"echo 1 >/proc/sys/net/ipv4/ip_forward; {SHOW}", down("wg0"), SHOW
    )
    assert (code, said) == (0, "1\n0\n1\n0\n")


def test_switches_turned_off_while_up_put_forwarding_back(bench: Bench) -> None:
    code, _log, said = bench.run(up("wg0", EVERYTHING), up("wg0", NOTHING), SHOW, down("wg0"), SHOW, LEFT)
    assert (code, said) == (0, "0\n0\n0\n0\n")


def test_another_tunnel_s_name_is_not_taken_for_this_one(bench: Bench) -> None:
    code, _log, said = bench.run(up("wg0", EVERYTHING), up("wg01", EVERYTHING), down("wg0"), SHOW, down("wg01"), SHOW)
    assert (code, said) == (0, "1\n1\n0\n0\n")


def saved(policy: Policy, version: int = 4) -> list[str]:
    """Lines that iptables-save may print for the policy, the words of each in another order."""
    expected = _saved.expected(_iptables.hooks(policy).post_up, "wg0")
    return [" ".join([*line.split()[:2], *reversed(line.split()[2:])]) for line in expected.rules[version]]


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("version", [4, 6])
def test_rules_that_are_there_are_found(name: str, version: int) -> None:
    expected = _saved.expected(_iptables.hooks(POLICIES[name]).post_up, "wg0").rules[version]
    others = ["*filter", ":FORWARD DROP [0:0]", "-A FORWARD -j DOCKER-USER", "-A DOCKER-USER -j RETURN", "COMMIT"]
    assert not _saved.differ(expected, "\n".join([*others, *expected]))


@pytest.mark.parametrize("version", [4, 6])
def test_each_rule_that_is_gone_is_missed(version: int) -> None:
    lines = saved(POLICIES["everything"], version)
    expected = _saved.expected(_iptables.hooks(POLICIES["everything"]).post_up, "wg0").rules[version]
    assert len(lines) > 5
    for number in range(len(lines)):
        assert _saved.differ(expected, "\n".join(lines[:number] + lines[number + 1 :]))


@pytest.mark.parametrize("extra", ["-A FORWARD -j WG-F-wg0", "-A WG-F-wg0 -j ACCEPT", "-A WG-N-wg0 -j RETURN"])
def test_a_rule_too_many_is_seen(extra: str) -> None:
    expected = _saved.expected(_iptables.hooks(POLICIES["nothing"]).post_up, "wg0").rules[4]
    assert _saved.differ(expected, "\n".join([extra, *expected]))


@pytest.mark.parametrize("version", [4, 6])
def test_a_policy_that_somebody_changed_is_seen(version: int) -> None:
    policy = dataclasses.replace(POLICIES["nothing"], forward_policy="DROP")
    rules = _saved.expected(_iptables.hooks(policy).post_up, "wg0").rules[version]
    lines = "\n".join(rule for rule in rules if rule.startswith("-A "))
    saved = f"*mangle\n:FORWARD {{}} [0:0]\nCOMMIT\n*filter\n:FORWARD {{}} [3:4]\n{lines}\nCOMMIT\n"
    assert not _saved.differ(rules, saved.format("ACCEPT", "DROP"))
    assert _saved.differ(rules, saved.format("DROP", "ACCEPT"))
    assert not any(
        rule.startswith(":") for rule in _saved.expected(_iptables.hooks(NOTHING).post_up, "wg0").rules[version]
    )


def test_the_switch_of_forwarding_is_read_back() -> None:
    assert _saved.expected(_iptables.hooks(POLICIES["nothing"]).post_up, "wg0").switches == []
    assert (
        _saved.expected(_iptables.hooks(POLICIES["between"]).post_up, "wg0").switches[0]
        == "/proc/sys/net/ipv4/ip_forward"
    )


def test_hooks_of_others_tell_nothing() -> None:
    hooks = ("iptables -A FORWARD -i %i -j ACCEPT", "echo hello", "sysctl -w net.ipv4.ip_forward=1")
    assert _saved.expected(hooks, "wg0") == _saved.Expected({}, [])
