# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the variables of an inventory has all that roles and playbooks read, and their defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import variables_page
import yaml

# As templates write a value that a variable has when it is not set.
LITERAL = r"('[^']*'|\[\]|\{\}|true|false)"


def sources() -> Iterator[Path]:
    for pattern in variables_page.SOURCES:
        for folder in variables_page.ROOT.glob(pattern):
            yield from (path for path in folder.rglob("*") if path.is_file())


def test_the_page_is_written_from_its_source() -> None:
    assert variables_page.PAGE.read_text() == variables_page.rendered(), "run: python tests/docs/variables_page.py"


def test_every_variable_that_is_read_is_described_and_no_other() -> None:
    assert set(variables_page.readers()) == set(variables_page.described())


def test_every_key_that_is_read_is_described() -> None:
    described = variables_page.described()
    of_dictionaries = {name: set(variable["options"]) for name, variable in described.items() if "options" in variable}
    # What is called is a method of the dictionary.
    key_of_a_variable = re.compile(r"\b(slipway_[a-z_]+)(?: \| default\(\{\}\)\))?\.([a-z_]+)\b(?!\()")
    read = {found for path in sources() for found in key_of_a_variable.findall(path.read_text())}
    assert {(name, key) for name, key in read if key not in of_dictionaries.get(name, set())} == set()
    assert ("slipway_registry", "push_namespaces") in read


def test_defaults_are_those_of_the_templates() -> None:
    told = variables_page.described()
    said = {
        (name, literal)
        for path in sources()
        for name, literal in re.findall(rf"\b(slipway_[a-z_]+) \| default\({LITERAL}(?:, true)?\)", path.read_text())
    }
    assert len(said) > 10
    # A playbook may do without one that is required.
    assert [
        (name, literal)
        for name, literal in said
        if not told[name].get("required") and yaml.safe_load(literal) != told[name].get("default")
    ] == []


def test_what_is_required_is_in_the_sample_inventory() -> None:
    path = variables_page.ROOT / "inventories/platform/group_vars/all.yml"
    required = {name for name, variable in variables_page.described().items() if variable.get("required")}
    assert required <= set(yaml.safe_load(path.read_text()))
