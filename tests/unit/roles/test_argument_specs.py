# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of each role: defaults, specification, the list that is judged, and templates name the same ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jinja2
import jinja2.meta
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
ROLES = ["wg_server", "wg_client"]
# What Ansible itself, or another role of this collection, gives.
GIVEN = {"ansible_check_mode"}
# What a play that makes keys anew sets.
ASKED = {"__wg_server_rotate"}


class Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping, of which YAML would keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _value in node.value]
        assert len(keys) == len(set(keys)), keys
        return super().construct_mapping(node, deep)


def read(role: str, name: str) -> Any:
    return yaml.load((ROOT / "roles" / role / name).read_text(), Loader)


def options(role: str, entry: str = "main") -> dict[str, Any]:
    return read(role, "meta/argument_specs.yml")["argument_specs"][entry]["options"]


@pytest.mark.parametrize("role", ROLES)
def test_defaults_specification_and_list_name_the_same_variables(role: str) -> None:
    names = read(role, "vars/main.yml")[f"__{role}_names"]
    assert len(names) == len(set(names))
    assert set(names) == set(read(role, "defaults/main.yml")) == set(options(role))


@pytest.mark.parametrize("role", ROLES)
def test_defaults_are_those_of_the_specification(role: str) -> None:
    for name, default in read(role, "defaults/main.yml").items():
        option = options(role)[name]
        # What is computed, or is nothing, has no default that could be written down.
        computed = default is None or "{{" in str(default)
        assert ("default" in option) != computed, name
        assert computed or option["default"] == default, name


@pytest.mark.parametrize("role", ROLES)
def test_variables_have_the_prefix_of_their_role(role: str) -> None:
    assert [name for name in options(role) if not name.startswith(f"{role}_")] == []
    assert [name for name in read(role, "vars/main.yml") if not name.startswith(f"__{role}_")] == []


@pytest.mark.parametrize("role", ROLES)
def test_every_option_is_described(role: str) -> None:
    for entry in read(role, "meta/argument_specs.yml")["argument_specs"].values():
        assert entry["short_description"]
        assert [
            name for name, option in entry["options"].items() if not option["description"] or not option["type"]
        ] == []


@pytest.mark.parametrize("role", ROLES)
def test_every_entry_point_has_its_tasks(role: str) -> None:
    for entry in read(role, "meta/argument_specs.yml")["argument_specs"]:
        assert (ROOT / "roles" / role / "tasks" / f"{entry}.yml").is_file(), entry


def registered(role: str) -> set[str]:
    """The names that the tasks of a role set."""
    text = "\n".join(path.read_text() for path in sorted((ROOT / "roles" / role / "tasks").glob("*.yml")))
    return set(re.findall(r"register: (\w+)", text)) | set(re.findall(r"^ +(__\w+):", text, re.MULTILINE))


@pytest.mark.parametrize("role", ROLES)
def test_templates_use_nothing_else(role: str) -> None:
    known = {*options(role), *read(role, "vars/main.yml"), *registered(role), *GIVEN}
    templates = sorted((ROOT / "roles" / role / "templates").iterdir())
    assert templates
    for template in templates:
        used = jinja2.meta.find_undeclared_variables(jinja2.Environment().parse(template.read_text()))
        assert used - known == set(), template.name


@pytest.mark.parametrize("role", ROLES)
def test_every_name_with_a_prefix_of_the_role_is_known(role: str) -> None:
    """Also in tasks and vars, where a misspelt name would show only when its task runs."""
    offered = {"wg_client": {"__wg_client_offer", "wg_client_state"}, "wg_server": {"__wg_server_offer"}}
    every = {name for names in offered.values() for name in names}
    known = {*options(role), *read(role, "vars/main.yml"), *registered(role), *every, *ASKED, f"{role}s"}
    files = [
        path
        for place in ("tasks", "vars", "templates", "defaults")
        for path in (ROOT / "roles" / role / place).iterdir()
    ]
    for path in files:
        lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
        used = set(re.findall(rf"(?<![\w.])(?:__)?{role}_\w+", "\n".join(lines)))
        functions = {f"{role}_"}
        assert used - known - functions == set(), path.name


@pytest.mark.parametrize("role", ROLES)
def test_every_variable_is_used(role: str) -> None:
    places = ("tasks", "templates", "vars")
    text = "\n".join(path.read_text() for place in places for path in (ROOT / "roles" / role / place).iterdir())
    text += (ROOT / "plugins/module_utils/_settings.py").read_text()
    listed = re.sub(r"(?m)^  - \w+$", "", text)
    # wg_client_address and wg_client_networks of hosts that take no part are read by the filter clients_of.
    assert [name for name in options(role) if not re.search(rf"(?<!\w){name}(?!\w)(?!\":)", listed)] == []
