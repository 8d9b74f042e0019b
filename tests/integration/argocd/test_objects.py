# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""argocd_objects: many objects by one task, each as its own module would do it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from argocd_server.argocd import NAMESPACE, ArgoCD
from argocd_server.modules import RunModule

pytestmark = pytest.mark.usefixtures("no_leftovers")
EVERYTHING = {"sourceRepos": ["*"], "destinations": [{"name": "*", "server": "*", "namespace": "*"}]}


def names(argocd: ArgoCD, kind: str) -> set[str]:
    found: Any = argocd.hub.get("-n", NAMESPACE, kind)
    return {item["metadata"]["name"] for item in found["items"]} - {"default"}


def application_set(spec: dict[str, Any], project: str) -> dict[str, Any]:
    """Two applications of a project."""
    return {
        "goTemplate": True,
        "generators": [{"list": {"elements": [{"part": "a"}, {"part": "b"}]}}],
        "template": {"metadata": {"name": project + "-{{ .part }}"}, "spec": {**spec, "project": project}},
    }


@pytest.fixture
def declared(spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "projects": [{"name": name, "spec": {**EVERYTHING}} for name in ("batch-dev", "batch-prod")],
        "application_sets": [{"name": "batch", "spec": application_set(spec, "batch-dev"), "purge": ["spec"]}],
        "applications": [{"name": "alone", "spec": {**spec, "project": "batch-prod"}, "labels": {"tier": "one"}}],
    }


def test_life(run: RunModule, argocd: ArgoCD, declared: dict[str, Any]) -> None:
    check = run("argocd_objects", check=True, projects=declared["projects"])
    assert check["changes"] == ["create project batch-dev", "create project batch-prod"]
    assert names(argocd, "appprojects") == set()

    done = run("argocd_objects", **declared)
    assert [(one["kind"], one["name"], one["created"]) for one in done["results"]] == [
        ("AppProject", "batch-dev", True),
        ("AppProject", "batch-prod", True),
        ("ApplicationSet", "batch", True),
        ("Application", "alone", True),
    ]
    assert done["results"][2]["applications"] == ["batch-dev-a", "batch-dev-b"]
    assert names(argocd, "appprojects") == {"batch-dev", "batch-prod"}
    assert names(argocd, "applications") == {"batch-dev-a", "batch-dev-b", "alone"}

    before, calls = argocd.writes(), len(argocd.calls())
    again = run("argocd_objects", **declared)
    assert (again["changed"], again["changes"], again["diff"]) == (False, [], {"before": {}, "after": {}})
    assert argocd.writes() == before
    assert len(argocd.calls()) - calls < 10

    changed = copy.deepcopy(declared)
    changed["projects"][1]["spec"]["description"] = "The one that waits"
    changed["applications"][0]["labels"] = {"tier": None}
    look = run("argocd_objects", check=True, **changed)
    assert run("argocd_objects", **changed)["changes"] == look["changes"]
    assert set(look["diff"]["after"]) == {"AppProject batch-prod", "Application alone"}
    assert [one["created"] for one in look["results"]] == [False] * 4

    gone = {kind: [{"name": item["name"], "state": "absent"} for item in items] for kind, items in declared.items()}
    away = run("argocd_objects", **gone)
    # Projects go last: while an application belongs to one it cannot be deleted.
    assert [one["kind"] for one in away["results"]] == ["Application", "ApplicationSet", "AppProject", "AppProject"]
    assert set(away["diff"]["before"]) == {
        "Application alone", "ApplicationSet batch", "AppProject batch-dev", "AppProject batch-prod",
    }  # fmt: skip
    assert names(argocd, "appprojects") == names(argocd, "applications") == set()
    assert run("argocd_objects", **gone)["changed"] is False


def test_the_first_failure_says_what_was_done(run: RunModule, argocd: ArgoCD, spec: dict[str, Any]) -> None:
    wrong = {**spec, "project": "batch-nowhere"}
    failed = run(
        "argocd_objects", fails=True, projects=[{"name": "batch-dev", "spec": EVERYTHING}],
        applications=[{"name": "alone", "spec": wrong}],
    )  # fmt: skip
    assert "batch-nowhere" in failed["msg"]
    assert failed["changes"] == ["create project batch-dev"]
    assert names(argocd, "appprojects") == {"batch-dev"} and names(argocd, "applications") == set()


def test_what_is_declared_twice(run: RunModule, argocd: ArgoCD) -> None:
    twice = [{"name": "batch-dev", "spec": EVERYTHING}] * 2
    assert "AppProject batch-dev is declared twice" in run("argocd_objects", fails=True, projects=twice)["msg"]
    assert names(argocd, "appprojects") == set()


def test_unknown_fields_are_refused_by_name(run: RunModule) -> None:
    message = run("argocd_objects", fails=True, projects=[{"name": "batch-dev", "spec": {"sourceRepo": []}}])["msg"]
    assert "batch-dev" in message and "sourceRepo" in message
