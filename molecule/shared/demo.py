# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show the main job on this machine: make the lab, run site.yml on it, print what reaches what.

``make demo`` calls it. It leaves the lab running, so that a second call is quick and changes nothing.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAB = [sys.executable, str(ROOT / "molecule/shared/lab.py"), "--slot", "0"]
LOG = ROOT / ".lab/demo.log"
REPORT = ROOT / ".lab/demo.json"
COLUMNS = {
    "from": "from",
    "to": "name",
    "address": "target",
    "loss %": "loss_percent",
    "round trip ms": "rtt_avg",
    "seen as": "sees",
    "right": "right",
}
# The lab's last stage: clients reach the hub, each other, and by the hub everything else.
VARIABLES = {
    "wg_server_client_to_client": True,
    "wg_server_internet": True,
    "wg_client_route": "all",
    "wg_client_dns": ["1.1.1.1", "1.0.0.1"],
    "wg_client_verify_url": "http://{{ hostvars.internet.lab_internet_address }}/",
    "wg_client_verify_sees": "{{ hostvars.server.lab_internet_address }}",
    "verify_report": str(REPORT),
}


def main() -> int:
    """The whole demo; 0 where every row of the table is right."""
    say("1. Make the hosts: server, client-one, client-two, and one that plays the internet")
    for command in ("install-packages", "up"):
        if subprocess.run([*LAB, command], check=False).returncode != 0:
            return 1
    say(f"2. Run playbooks/site.yml on them (all of its output: {LOG.relative_to(ROOT)})")
    code = run_site()
    say("3. What reaches what")
    right = show(REPORT)
    say("Look inside:  python3 molecule/shared/lab.py exec server -- wg show")
    print("Remove it:    make clean")
    return 0 if code == 0 and right else 1


def say(text: str) -> None:
    """A line of its own, on the screen at once."""
    print(f"\n{text}", flush=True)


def run_site() -> int:
    """Run the playbook, its plays and its recap on the screen, all of it in the log. Returns its exit code."""
    LOG.parent.mkdir(exist_ok=True)
    REPORT.unlink(missing_ok=True)
    command = ["ansible-playbook", "-i", "molecule/inventory/", "playbooks/site.yml", "-e", json.dumps(VARIABLES)]
    environment = {**os.environ, "WG_LAB_SLOT": "0", "ANSIBLE_NOCOLOR": "1"}
    with LOG.open("w") as log, subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in t.cast("t.IO[str]", process.stdout):
            log.write(line)
            shown = abridge(line)
            if shown:
                print(f"   {shown}", flush=True)
    return process.returncode


def abridge(line: str) -> str:
    """What of a line of ansible-playbook belongs on the screen: plays, changes, errors and the recap."""
    play = re.match(r"PLAY \[(.*)\]", line)
    if play:
        return play[1]
    recap = re.match(r"(\S+)\s+: ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", line)
    if recap and recap[1] != "localhost":
        return f"{recap[1]}: {recap[2]} changed, {recap[3]} unreachable, {recap[4]} failed"
    return line.strip() if line.startswith(("fatal:", "[ERROR]")) else ""


def show(report: Path) -> bool:
    """Print the report as a table; whether it has rows and each is right."""
    if not report.exists():
        print(f"   no report: the run ended before it; see {LOG.relative_to(ROOT)}")
        return False
    rows = [{**row, "right": "yes" if is_right(row) else "NO"} for row in json.loads(report.read_text())]
    lines = [list(COLUMNS)] + [[str(row.get(key, "-")) for key in COLUMNS.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        print("   " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    return bool(rows) and all(row["right"] == "yes" for row in rows)


def is_right(row: t.Mapping[str, t.Any]) -> bool:
    """A ping without loss, or the address that was due."""
    return bool(row["sees"] == row["due"]) if "sees" in row else bool(row["loss_percent"] == 0)


if __name__ == "__main__":
    sys.exit(main())
