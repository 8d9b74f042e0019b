# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the field's gates refuse in plugins, found within a second: `make gate` runs the gates themselves."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from module_arguments import arguments_of

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = ROOT / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
# ansible-core hands these to every module by the same way as the options (validate-modules: invalid-argument-name).
RESERVED = {"message", "syslog_facility"}


def names(spec: dict[str, Any]) -> Iterator[str]:
    for name, option in spec.items():
        yield name
        yield from option.get("aliases", [])
        yield from names(option.get("options") or {})


@pytest.mark.parametrize("module", MODULES)
def test_no_option_has_a_name_that_ansible_keeps_for_itself(module: str) -> None:
    assert RESERVED & set(names(arguments_of(module)["argument_spec"])) == set()


def documented_plugins() -> list[Path]:
    return sorted(
        path
        for kind in ("action", "filter", "inventory", "lookup", "modules")
        for path in (PLUGINS / kind).glob("*.py")
        if "\nDOCUMENTATION = " in path.read_text()
    )


@pytest.mark.parametrize("path", documented_plugins(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_documentation_comes_before_imports(path: Path) -> None:
    body = ast.parse(path.read_text()).body
    kinds = [
        "documentation" if isinstance(node, ast.Assign) else "import"
        for node in body
        if (isinstance(node, ast.ImportFrom | ast.Import) and getattr(node, "module", "") != "__future__")
        or (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id in ("DOCUMENTATION", "EXAMPLES", "RETURN")
        )
    ]
    assert "documentation" in kinds
    assert kinds == sorted(kinds)


def test_a_missing_library_is_told_without_an_address() -> None:
    """Where packages come from is the reader's matter: behind a company's mirror the public address is a wrong one."""
    told = [
        f"{path.relative_to(PLUGINS)}:{node.lineno}"
        for path in PLUGINS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "missing_required_lib"
        if len(node.args) > 2 or any(keyword.arg == "url" for keyword in node.keywords)
    ]
    assert told == []


def test_entries_of_changelog_fragments_are_sentences() -> None:
    """A colon in a line without quotes makes a map of it; antsibull-changelog then refuses the whole release."""
    wrong = [
        f"{path.name}: {section}: {entry}"
        for path in (ROOT / "changelogs/fragments").iterdir()
        for section, entries in yaml.safe_load(path.read_text()).items()
        for entry in (entries if isinstance(entries, list) else [entries])
        if not isinstance(entry, str)
    ]
    assert wrong == []


def test_nothing_is_named_by_an_underscore_alone() -> None:
    """pylint as ansible-test runs it refuses the name: elsewhere it is that of translations."""
    named = [
        f"{path.relative_to(PLUGINS)}:{node.lineno}"
        for path in PLUGINS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name) and node.id == "_"
    ]
    assert named == []


# What comes with ansible-core, pydo and requests.
BROUGHT = {"yaml", "azure", "urllib3"}


def imported_from_elsewhere() -> set[str]:
    """Packages that plugins import and that are neither Python's nor Ansible's, by their top-level names."""
    found = set()
    for path in PLUGINS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"ansible", "ansible_collections"}


def test_an_execution_environment_gets_the_packages_that_plugins_import_and_no_others() -> None:
    dependencies = yaml.safe_load((ROOT / "meta/execution-environment.yml").read_text())["dependencies"]
    required = {
        re.split(r"[<>=~!\[ ]", line)[0] for line in (ROOT / dependencies["python"]).read_text().splitlines() if line
    }
    # Paths start at the collection's root, not at meta/.
    assert (ROOT / dependencies["system"]).is_file()
    assert required == imported_from_elsewhere() - BROUGHT
