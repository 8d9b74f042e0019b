# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's README, argument specs, defaults and tasks say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import role_readme
import yaml

ROLES = pytest.mark.parametrize("role", role_readme.roles(), ids=lambda role: role.name)


def _options(options: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, option in options.items():
        yield f"{path}{name}", option
        yield from _options(option.get("options", {}), f"{path}{name}.")


@ROLES
def test_readme_has_the_variables_of_the_argument_specs(role: Path) -> None:
    assert (role / "README.md").read_text() == role_readme.rendered(role), "run: python tests/docs/role_readme.py"


@ROLES
def test_every_variable_is_typed_and_described(role: Path) -> None:
    for spec in role_readme.argument_specs(role).values():
        assert spec["short_description"]
        for name, option in _options(spec["options"]):
            assert option.get("type"), name
            assert option.get("description"), name


@ROLES
def test_defaults_are_those_of_the_argument_specs(role: Path) -> None:
    defaults = role_readme.defaults(role)
    documented = {
        name: option for spec in role_readme.argument_specs(role).values() for name, option in spec["options"].items()
    }
    assert set(defaults) <= set(documented)
    for name, option in documented.items():
        if "default" in option:
            assert option["default"] == defaults[name], name
        elif not isinstance(defaults.get(name), str):  # a template is told in the description
            assert not defaults.get(name), name


@ROLES
def test_tasks_read_exactly_the_documented_variables(role: Path) -> None:
    """A typo in a task, and a variable that nothing reads, both fail here."""
    documented = {name for spec in role_readme.argument_specs(role).values() for name in spec["options"]}
    sources = [path.read_text() for folder in ("tasks", "templates", "vars") for path in (role / folder).glob("*")]
    text = "\n".join([*sources, (role / "defaults/main.yml").read_text()])
    made_here = set(re.findall(rf"^\s*(?:- )?(?:register: |)({role.name}_\w+):?\s*$", text, re.M))
    made_here |= set(re.findall(rf"^\s+({role.name}_\w+):", "\n".join(sources), re.M))
    read = set(re.findall(rf"(?<![\w.])({role.name}_\w+)", "\n".join(sources)))
    assert documented - read - {name for name in documented if re.search(rf"{{{{[^}}]*{name}", text)} == set()
    assert read - documented - made_here == set()


@ROLES
def test_every_task_file_is_used(role: Path) -> None:
    entry_points = {f"{name}.yml" for name in role_readme.argument_specs(role)}
    text = "\n".join(path.read_text() for path in (role / "tasks").glob("*.yml"))
    unused = {path.name for path in (role / "tasks").glob("*.yml")} - entry_points
    assert {name for name in unused if f"_tasks: {name}" not in text} == set()


def entry_points(role: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from role_readme.argument_specs(role).items()


@ROLES
def test_every_entry_point_is_described(role: Path) -> None:
    """Without a description antsibull-docs calls the whole role malformed."""
    for name, spec in entry_points(role):
        assert spec.get("description"), name
        assert spec.get("author"), name
        assert spec.get("version_added") == "0.1.0", name


@ROLES
def test_every_entry_point_has_an_example_that_calls_it(role: Path) -> None:
    for name, spec in entry_points(role):
        example = str(spec.get("examples", ""))
        assert f"slipway.gitops.{role.name}" in example, name
        assert name == "main" or f"tasks_from: {name}\n" in example, name
        variables = set(re.findall(rf"\b({role.name}_\w+):", example))
        assert variables <= set(spec["options"]), name
        needed = {option for option, told in spec["options"].items() if told.get("required")}
        assert needed - set(role_readme.defaults(role)) <= variables, name
        assert isinstance(yaml.safe_load(example), list), name


@ROLES
def test_the_readme_shows_the_example_of_the_argument_specs(role: Path) -> None:
    example = role_readme.argument_specs(role)["main"].get("examples", "")
    assert example.strip()
    assert f"```yaml\n{example}```\n" in (role / "README.md").read_text()
