# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure, and print what was measured: ``make bench``, or ``make bench ARGS='engine --page'`` for a part of it.

Each part is a module of this directory with a function ``rows``. ``--page`` also writes the table of a part into
``docs/docsite/rst/benchmarks.rst``, with the date and the machine.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import re
import sys
from pathlib import Path

from ansible_collections.vpn.wireguard.benchmarks import measure

PARTS = ["engine", "peers", "firewall", "boot", "devices", "hubs", "fleet"]
# Those that take longer than all others run only where they are named.
NAMED = ["naive", "fleets"]
PAGE = Path(__file__).resolve().parents[1] / "docs" / "docsite" / "rst" / "benchmarks.rst"


def main() -> int:
    """Run the parts that are asked for; 1 where a goal is missed."""
    known = [*PARTS, *NAMED]
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"one of {', '.join(known)}; without one, all but the last two"
    )
    parser.add_argument("--page", action="store_true", help="write the tables into the page of the documentation")
    asked = parser.parse_args()
    unknown = sorted(set(asked.parts) - set(known))
    if unknown:
        parser.error(f"{unknown[0]!r} is no part; there are {', '.join(known)}")
    reached = [run(part, asked.page) for part in asked.parts or PARTS]
    return 0 if all(reached) else 1


def run(part: str, to_page: bool) -> bool:
    """Measure a part, and show each row when it is there; whether all goals were reached."""
    module = importlib.import_module(f"ansible_collections.vpn.wireguard.benchmarks.{part}")
    print(f"{part}: {measure.machine()}", flush=True)
    rows = []
    for row in module.rows():
        rows.append(row)
        print("  " + "  ".join(filter(None, row.cells())), flush=True)
    print(f"\n{measure.table(rows)}\n", flush=True)
    if to_page:
        write_page(part, measure.table(rows))
    return all(row.reached != "NO" for row in rows)


def write_page(part: str, table: str) -> None:
    """Replace what the page says between the marks of a part."""
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    begin, end = f".. begin {part}\n", f".. end {part}\n"
    text = f"{begin}\n{today}: {measure.machine()}.\n\n{table}\n\n{end}"
    page = PAGE.read_text(encoding="utf-8")
    changed, times = re.subn(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _found: text, page, flags=re.DOTALL)
    if times != 1:
        raise ValueError(f"{PAGE.name} has no marks for {part}: '{begin.strip()}' and '{end.strip()}'")
    PAGE.write_text(changed, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
