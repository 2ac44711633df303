# Copyright (c) 2026, vpn.wireguard contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What libraries, older releases of them and YAML take for a network, refused by the filters and the module."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.module_utils.testing import patch_module_args

from ansible_collections.vpn.wireguard.plugins.modules import wg_allowed_ips
from ansible_collections.vpn.wireguard.tests.unit import samples

ROOT = Path(__file__).resolve().parents[3]
HUB = {"addresses": ["10.8.0.1/24"], "networks": ["10.8.0.0/24"], "routes": []}
HOST_BITS = ["10.0.0.5/24", "10.0.0.1/0", "fd00::1/64", "::1/0"]
NO_NETWORKS = [*samples.NO_NETWORKS, *HOST_BITS]

# How a value comes in: the filter with its arguments, and the argument of the module.
FILTERS: dict[str, Callable[[Any], tuple[str, list[Any]]]] = {
    "allowed_ips": lambda value: ("allowed_ips", [["10.8.0.0/24", value]]),
    "allowed_ips, exclude": lambda value: ("allowed_ips", [[], [value]]),
    "subtract": lambda value: ("subtract", [[value], []]),
    "subtract, networks": lambda value: ("subtract", [["10.8.0.0/24"], ["private", value]]),
    "networks": lambda value: ("networks", [[value]]),
    "conflicts": lambda value: ("conflicts", [{"lab": [value]}]),
    "nth_address": lambda value: ("nth_address", [value]),
    "tunnel_routes, include": lambda value: ("tunnel_routes", ["network", HUB, [value]]),
    "tunnel_routes, exclude": lambda value: ("tunnel_routes", ["network", HUB, [], [value]]),
    "tunnel_exceptions": lambda value: ("tunnel_exceptions", [[value], HUB]),
    "tunnel_warnings": lambda value: ("tunnel_warnings", [[value]]),
}
ARGUMENTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "include": lambda value: {"include": ["10.8.0.0/24", value]},
    "exclude": lambda value: {"include": [], "exclude": ["private", value]},
    "peers": lambda value: {"peers": {"lab": [value]}},
}


def refusal_of_filter(way: str, value: Any) -> str:
    name, arguments = FILTERS[way](value)
    module = importlib.import_module(f"ansible_collections.vpn.wireguard.plugins.filter.{name}")
    with pytest.raises(AnsibleFilterError) as caught:
        module.FilterModule().filters()[name](*arguments)
    return str(caught.value)


def refusal_of_module(way: str, value: Any, place: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with patch_module_args({**ARGUMENTS[way](value), "_ansible_remote_tmp": str(place)}):
        with contextlib.suppress(SystemExit):
            wg_allowed_ips.main()
        result = json.loads(capsys.readouterr().out)
    assert result["failed"]
    return str(result["msg"])


@pytest.mark.parametrize("text", NO_NETWORKS)
@pytest.mark.parametrize("way", FILTERS)
def test_filters_refuse_texts(way: str, text: str) -> None:
    assert repr(text) in refusal_of_filter(way, text)


@pytest.mark.parametrize("text", NO_NETWORKS)
@pytest.mark.parametrize("way", ARGUMENTS)
def test_the_module_refuses_texts(way: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert repr(text) in refusal_of_module(way, text, tmp_path, capsys)


# What is written without quotes, and what YAML makes of it: a number to the base 60, a float, a mapping, and so on.
UNQUOTED = {
    "2001:10:20:30:40:50:51:52": int,
    "10": int,
    "10.1": float,
    "0x0a000001": int,
    "1_0": int,
    "1e3": str,
    "12:30:45": int,
    "yes": bool,
    "~": type(None),
    "2001:db8::": dict,
}


@pytest.mark.parametrize("text", UNQUOTED)
def test_what_yaml_makes_of_texts_without_quotes(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value = yaml.safe_load(f"- {text}")[0]
    assert value.__class__ is UNQUOTED[text]
    refusals = [refusal_of_filter(way, value) for way in FILTERS]
    refusals += [refusal_of_module(way, value, tmp_path, capsys) for way in ARGUMENTS]
    remedy = repr(value) if isinstance(value, str) else "quote it in YAML"
    assert [refusal for refusal in refusals if remedy not in refusal] == []


@pytest.mark.parametrize("value", samples.NO_TEXTS[:-2], ids=repr)
@pytest.mark.parametrize("way", FILTERS)
def test_filters_refuse_what_is_no_text(way: str, value: object) -> None:
    assert f"is of type {type(value).__name__}, not text; quote it in YAML" in refusal_of_filter(way, value)


@pytest.mark.parametrize(
    "text", [text for text in NO_NETWORKS if text.strip(" \t\r\n") == text and "#" not in text and text]
)
def test_lines_of_a_text_are_as_strict(text: str) -> None:
    module = importlib.import_module("ansible_collections.vpn.wireguard.plugins.filter.networks")
    with pytest.raises(AnsibleFilterError) as caught:
        module.FilterModule().filters()["networks"](f"10.8.0.0/24\n{text}\n", source="office.txt")
    assert "office.txt:2: " in str(caught.value)


PLAYBOOK = """\
- hosts: localhost
  gather_facts: false
  vars:
    number: [10.8.0.0/24, 2001:10:20:30:40:50:51:52]
    short: [10.1]
    text: "10.8.0.0/24 # fine\\n10.1\\n"
  tasks:
    - name: filter
      ansible.builtin.debug: {msg: "{{ number | vpn.wireguard.allowed_ips }}"}
      ignore_errors: true
    - name: lines
      ansible.builtin.debug: {msg: "{{ text | vpn.wireguard.networks(source='office.txt') }}"}
      ignore_errors: true
    - name: module
      vpn.wireguard.wg_allowed_ips: {include: [10.8.0.0/24], exclude: "{{ short }}"}
      ignore_errors: true
    - name: right
      vpn.wireguard.wg_allowed_ips:
        include: [0.0.0.0/0]
        exclude: "{{ lookup('ansible.builtin.file', 'good.txt') | vpn.wireguard.networks(source='good.txt') }}"
        warn_above: 3
"""


def test_a_play_says_so(tmp_path: Path) -> None:
    """From YAML through templates to filter and module, as a user meets them."""
    (tmp_path / "play.yml").write_text(PLAYBOOK)
    (tmp_path / "good.txt").write_text("# comment\n\n10.0.0.0/8\nprivate\n")
    run = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", "-c", "local", "play.yml"],
        cwd=tmp_path,
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
            "ANSIBLE_HOME": str(tmp_path / "home"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_NOCOLOR": "true",
            "LC_ALL": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    assert (
        f"vpn.wireguard.allowed_ips: include[1]: {yaml.safe_load('2001:10:20:30:40:50:51:52')} is of type int" in said
    )
    assert "vpn.wireguard.networks: office.txt:2: '10.1' is not an IP address or network" in said
    assert "exclude[0]: 10.1 is of type float, not text; quote it in YAML" in said
    assert "[WARNING]: AllowedIPs are 50 networks, more than 3" in said
    assert run.stdout.count("...ignoring") == 3
