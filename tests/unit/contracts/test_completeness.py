# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation, argument specs, action groups and files agree with each other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring
from ansible_collections.slipway.gitops.plugins.module_utils._version import COLLECTION_VERSION
from module_arguments import arguments_of

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = ROOT / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py") if not path.stem.startswith("argocd_"))
DIGITALOCEAN_MODULES = [name for name in MODULES if name.startswith("do_")]
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text())
RUNTIME = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
# Modules whose main() waits for something far away: each has an action that shows the progress.
WAITING = [name for name in MODULES if "wait_timeout" in (PLUGINS / "modules" / f"{name}.py").read_text()]


def documentation(name: str, kind: str = "modules") -> tuple[dict[str, Any], str, dict[str, Any]]:
    """DOCUMENTATION with its fragments merged, EXAMPLES, RETURN."""
    path = PLUGINS / kind / f"{name}.py"
    doc, examples, returned, _metadata = get_docstring(
        str(path), fragment_loader, collection_name="slipway.gitops", plugin_type=kind.removesuffix("s")
    )
    return doc, examples, yaml.safe_load(returned) if isinstance(returned, str) else returned


def differences(spec: dict[str, Any], doc: dict[str, Any], where: str = "") -> list[str]:
    """What spec and documentation say differently, at every depth."""
    found = [f"{where}{name}: not documented" for name in spec.keys() - doc.keys()]
    found += [f"{where}{name}: documented, not in the spec" for name in doc.keys() - spec.keys()]
    for name in spec.keys() & doc.keys():
        coded, told = spec[name], doc[name]
        for key, nothing in (("type", "str"), ("default", None), ("required", False), ("elements", None)):
            if coded.get(key, nothing) != told.get(key, nothing):
                found.append(f"{where}{name}: {key} is {coded.get(key)!r}, documented is {told.get(key)!r}")
        if list(coded.get("choices") or []) != list(told.get("choices") or []):
            found.append(f"{where}{name}: choices are {coded.get('choices')}, documented are {told.get('choices')}")
        if not told.get("description"):
            found.append(f"{where}{name}: no description")
        if coded.get("options") or told.get("suboptions"):
            found += differences(coded.get("options") or {}, told.get("suboptions") or {}, f"{where}{name}.")
    return found


@pytest.mark.parametrize("name", MODULES)
def test_spec_and_documentation_say_the_same(name: str) -> None:
    assert differences(arguments_of(name)["argument_spec"], documentation(name)[0]["options"]) == []


@pytest.mark.parametrize("name", MODULES)
def test_check_mode_is_supported_and_said(name: str) -> None:
    assert arguments_of(name)["supports_check_mode"] is True
    attributes = documentation(name)[0]["attributes"]
    assert attributes["check_mode"]["support"] == "full"
    assert attributes["diff_mode"]["support"] == ("N/A" if name.endswith(("_info", "_preflight")) else "full")
    assert ("action_group" in attributes) is (name in DIGITALOCEAN_MODULES)
    assert ("action" in attributes) is (name in WAITING)


@pytest.mark.parametrize("name", DIGITALOCEAN_MODULES)
def test_modules_of_digitalocean_are_in_its_action_group(name: str) -> None:
    assert documentation(name)[0]["attributes"]["action_group"]["membership"] == ["slipway.gitops.digitalocean"]


@pytest.mark.parametrize("name", DIGITALOCEAN_MODULES)
def test_the_token_is_never_logged(name: str) -> None:
    assert arguments_of(name)["argument_spec"]["token"]["no_log"] is True


@pytest.mark.parametrize("name", MODULES)
def test_what_is_returned_is_documented_with_a_sample(name: str) -> None:
    returned = documentation(name)[2]
    assert returned
    for key, value in returned.items():
        assert value["description"] and value["returned"] and value["type"], key
        assert "sample" in value or "contains" in value, key
        if value["type"] == "list":
            assert value["elements"], key


@pytest.mark.parametrize("name", MODULES)
def test_versions_are_said(name: str) -> None:
    version = documentation(name)[0]["version_added"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert tuple(map(int, version.split("."))) <= tuple(map(int, GALAXY["version"].split(".")))


def tasks_of(examples: str) -> list[dict[str, Any]]:
    tasks = yaml.safe_load(examples)
    assert isinstance(tasks, list)
    return tasks


def undocumented(arguments: dict[str, Any], options: dict[str, Any], where: str) -> list[str]:
    found = []
    for key, value in arguments.items():
        if key not in options:
            found.append(f"{where}{key}")
            continue
        inner = options[key].get("suboptions")
        for item in value if isinstance(value, list) else [value]:
            if inner and isinstance(item, dict):
                found += undocumented(item, inner, f"{where}{key}.")
    return found


@pytest.mark.parametrize("name", MODULES)
def test_examples_use_the_full_name_and_documented_options(name: str) -> None:
    doc, examples, _returned = documentation(name)
    own = [task for task in tasks_of(examples) if f"slipway.gitops.{name}" in task]
    assert own
    for task in tasks_of(examples):
        assert task["name"]
        actions = [key for key in task if "." in key]
        assert len(actions) == 1, f"{task['name']} has no full name"
    for task in own:
        assert undocumented(task[f"slipway.gitops.{name}"] or {}, doc["options"], "") == []


def test_every_module_is_in_the_action_group() -> None:
    assert sorted(RUNTIME["action_groups"]["digitalocean"]) == DIGITALOCEAN_MODULES


@pytest.mark.parametrize("name", WAITING)
def test_every_waiting_module_has_its_action(name: str) -> None:
    assert (PLUGINS / "action" / f"{name}.py").is_file()


@pytest.mark.parametrize(
    ("kind", "name"),
    [("filter", "node_pools"), ("filter", "pool_placement"), ("inventory", "do_kubernetes")],
)
def test_other_plugins_are_documented(kind: str, name: str) -> None:
    doc, examples, _returned = documentation(name, kind)
    assert doc["name"] == name
    assert doc["short_description"]
    assert doc["version_added"]
    assert f"slipway.gitops.{name}" in examples
    assert yaml.safe_load(examples)


def test_module_utils_are_private() -> None:
    public = [path for path in (PLUGINS / "module_utils").iterdir() if not path.name.startswith("_")]
    assert [path.name for path in public] == []


def test_the_version_is_that_of_the_collection() -> None:
    assert GALAXY["version"] == COLLECTION_VERSION


def test_empty_packages_are_empty() -> None:
    for path in PLUGINS.rglob("__init__.py"):
        assert path.stat().st_size == 0, path


@pytest.mark.parametrize(
    "path", sorted(path for path in PLUGINS.rglob("*.py") if path.stat().st_size), ids=lambda path: path.stem
)
def test_every_file_says_its_licence(path: Path) -> None:
    head = path.read_text().splitlines()[:4]
    assert "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)" in head
    assert "# SPDX-License-Identifier: GPL-3.0-or-later" in head
