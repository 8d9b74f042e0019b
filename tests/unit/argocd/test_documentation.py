# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argocd_* modules: documentation, argument specs and action group agree."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.options import SECRET_FIELDS, snake_case
from unit.contracts.test_completeness import (
    PLUGINS,
    RUNTIME,
    arguments_of,
    differences,
    documentation,
    tasks_of,
    undocumented,
)

MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("argocd_*.py"))
WAITING = [
    "argocd_application", "argocd_application_set", "argocd_application_sync", "argocd_applications", "argocd_cluster",
    "argocd_objects",
]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_spec_and_documentation_say_the_same(name: str) -> None:
    assert differences(arguments_of(name)["argument_spec"], documentation(name)[0]["options"]) == []


@pytest.mark.parametrize("name", MODULES)
def test_attributes(name: str) -> None:
    attributes = documentation(name)[0]["attributes"]
    assert arguments_of(name)["supports_check_mode"] is True
    assert attributes["check_mode"]["support"] == "full"
    assert attributes["diff_mode"]["support"] == ("N/A" if name.endswith("_info") else "full")
    assert attributes["action_group"]["membership"] == ["slipway.gitops.argocd"]
    assert ("action" in attributes) is (name in WAITING)
    assert (PLUGINS / "action" / f"{name}.py").is_file() is (name in WAITING)


@pytest.mark.parametrize("name", MODULES)
def test_returns_and_examples(name: str) -> None:
    doc, examples, returned = documentation(name)
    for key, value in returned.items():
        assert value["description"] and value["returned"] and value["type"], key
        assert "sample" in value or "contains" in value, key
        assert value["type"] != "list" or value["elements"], key
    own = [task for task in tasks_of(examples) if f"slipway.gitops.{name}" in task]
    assert own
    for task in own:
        assert task["name"]
        assert undocumented(task[f"slipway.gitops.{name}"], doc["options"], "") == []


@pytest.mark.parametrize("name", MODULES)
def test_secrets_are_never_logged(name: str) -> None:
    def check(spec: dict[str, Any], where: str) -> None:
        for option, body in spec.items():
            secret = option in {snake_case(field) for field in SECRET_FIELDS} | {
                "auth_token", "auth_password", "new_password", "current_password",
            }  # fmt: skip
            assert bool(body.get("no_log")) is secret, f"{where}{option}"
            check(body.get("options") or {}, f"{where}{option}.")

    check(arguments_of(name)["argument_spec"], "")


def test_every_module_is_in_the_action_group() -> None:
    assert sorted(RUNTIME["action_groups"]["argocd"]) == MODULES


def test_runtime_is_sorted() -> None:
    assert RUNTIME["action_groups"]["argocd"] == sorted(RUNTIME["action_groups"]["argocd"])
    assert yaml.safe_load((PLUGINS.parent / "meta" / "runtime.yml").read_text())
