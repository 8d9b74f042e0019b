# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argocd_* modules: documentation, argument specs, action group and the API's own swagger agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import argocd_api_schema
import pytest
import yaml
from ansible_collections.slipway.gitops.plugins.module_utils._argocd import api_schema, repository
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.options import SECRET_FIELDS, snake_case
from slipway_lab.build.go_toolchain import find_go
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.config import LabConfig
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
WAITING = ["argocd_application", "argocd_application_set", "argocd_application_sync", "argocd_cluster"]


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


@pytest.fixture(scope="module")
def swagger() -> dict[str, Any]:
    """The swagger of the Argo CD that the lab builds, from the Go module cache; nothing is downloaded for it."""
    import subprocess

    upstream = UPSTREAMS["argo-cd"]
    go = find_go(LabConfig.from_environment().cache, print)
    command = [str(go.executable), "list", "-m", "-f", "{{.Dir}}", upstream.module]
    found = subprocess.run(command, cwd=upstream.directory, capture_output=True, text=True, check=False, env=offline())
    file = Path(found.stdout.strip() or "missing") / "assets" / "swagger.json"
    if not file.is_file():
        pytest.skip(f"needs the Go module {upstream.module} in the module cache (lab prepare, or any test on Argo CD)")
    result: dict[str, Any] = json.loads(file.read_text())
    return result


def offline() -> dict[str, str]:
    import os

    return {**os.environ, "GOPROXY": "off", "GOFLAGS": ""}


def test_the_table_of_fields_is_that_of_the_swagger(swagger: dict[str, Any]) -> None:
    assert UPSTREAMS["argo-cd"].version.removeprefix("v") == api_schema.ARGOCD_VERSION
    table = argocd_api_schema.table(swagger)
    assert table == api_schema.DEFINITIONS


@pytest.mark.parametrize(
    ("name", "kind", "left_out"),
    [
        ("argocd_repository", "Repository", set(repository.NOT_OPTIONS)),
        ("argocd_repository_credentials", "RepoCreds", set()),
        # Read only, or written by Argo CD.
        ("argocd_cluster", "Cluster", {"connectionState", "info", "refreshRequestedAt", "serverVersion"}),
    ],
)
def test_every_field_of_the_api_is_an_option(swagger: dict[str, Any], name: str, kind: str, left_out: set[str]) -> None:
    fields = set(swagger["definitions"][f"v1alpha1{kind}"]["properties"]) - left_out
    assert {snake_case(field) for field in fields} <= set(arguments_of(name)["argument_spec"])


@pytest.mark.parametrize(
    ("request_name", "written", "left_out"),
    [
        # fields of the request -> option of the module
        (
            "applicationApplicationSyncRequest",
            {"name", "app_namespace", "prune", "revision", "resources", "strategy", "infos"},
            # dryRun is check mode; project is read; manifests is for local files; the two lists are for sources that
            # have different revisions, which only a change of the application keeps.
            {"dryRun", "project", "manifests", "revisions", "sourcePositions", "retryStrategy", "syncOptions"},
        ),
    ],
)
def test_sync_request(swagger: dict[str, Any], request_name: str, written: set[str], left_out: set[str]) -> None:
    fields = set(swagger["definitions"][request_name]["properties"]) - left_out
    assert {snake_case(field) for field in fields} == written
    assert written | {"retry", "sync_options"} <= set(arguments_of("argocd_application_sync")["argument_spec"])


def test_runtime_is_sorted() -> None:
    assert RUNTIME["action_groups"]["argocd"] == sorted(RUNTIME["action_groups"]["argocd"])
    assert yaml.safe_load((PLUGINS.parent / "meta" / "runtime.yml").read_text())
