# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""argocd_application and its info module."""

from __future__ import annotations

import json
from typing import Any

import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.config_maps import color
from argocd_server.modules import RunModule
from git_work_tree import WorkTree

FINALIZER = "resources-finalizer.argocd.argoproj.io"
pytestmark = pytest.mark.usefixtures("no_leftovers")


def live(argocd: ArgoCD, name: str = "web") -> dict[str, Any]:
    result: dict[str, Any] = argocd.hub.get("-n", "argocd", "application", name)
    return result


@pytest.mark.trap("upsert-merges")
@pytest.mark.trap("put-replaces-metadata")
@pytest.mark.trap("dropped-zeros")
def test_life(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    wanted: dict[str, Any] = {"name": "web", "spec": spec, "labels": {"team": "a"}, "finalizers": [FINALIZER]}
    assert "spec" in run("argocd_application", name="web", fails=True)["msg"]
    checked = run("argocd_application", check=True, **wanted)
    assert argocd.hub.run("-n", "argocd", "get", "applications", "-o", "name") == ""
    created = run("argocd_application", **wanted)
    assert created["changes"] == checked["changes"] == ["create application web"]
    assert created["diff"]["after"] == checked["diff"]["after"]
    assert not run("argocd_application", **wanted)["changed"], "recurse: false and the like are dropped by the server"

    # What others and Argo CD itself write stays, and is no change.
    argocd.call("GET", "/api/v1/applications/web?project=default&refresh=normal")
    argocd.hub.run("-n", "argocd", "annotate", "application", "web", "other.example.com/note=kept")
    assert not run("argocd_application", **wanted)["changed"]

    spec["syncPolicy"] = {"automated": {}, "syncOptions": ["CreateNamespace=true"]}
    spec["source"]["targetRevision"] = "HEAD"
    wanted.update(labels={"team": None, "env": "dev"}, annotations={"note": "x"}, finalizers=...)
    checked = run("argocd_application", check=True, **wanted)
    updated = run("argocd_application", **wanted)
    assert updated["changes"] == checked["changes"]
    assert [change.split(": ", 1)[1] for change in updated["changes"]] == [
        "annotations.note (unset) -> x",
        "labels.env (unset) -> dev",
        "labels.team a -> (unset)",
        "spec.source.targetRevision main -> HEAD",
        "spec.syncPolicy (unset) -> {automated: {}, syncOptions: [CreateNamespace=true]}",
    ]
    metadata = live(argocd)["metadata"]
    assert metadata["finalizers"] == [FINALIZER], "an update lost the finalizers"
    assert metadata["labels"] == {"env": "dev"}
    assert metadata["annotations"]["other.example.com/note"] == "kept"
    assert not run("argocd_application", **wanted)["changed"]
    shown = json.loads(argocd.cli("app", "get", "web", "-o", "json"))
    assert shown["spec"]["syncPolicy"]["automated"] == {}
    assert shown["metadata"]["labels"] == {"env": "dev"}

    # Undeclared keys stay, null removes one, purge removes all that is not declared.
    del spec["syncPolicy"]
    assert not run("argocd_application", **wanted)["changed"]
    spec["syncPolicy"] = {"automated": None}
    assert run("argocd_application", **wanted)["changes"] == [
        "application web: spec.syncPolicy.automated {} -> (unset)"
    ]
    del spec["syncPolicy"]
    assert run("argocd_application", **wanted, purge=["spec"])["changes"] == [
        "application web: spec.syncPolicy {syncOptions: [CreateNamespace=true]} -> (unset)"
    ]
    assert "syncPolicy" not in live(argocd)["spec"]
    assert not run("argocd_application", **wanted, purge=["spec"])["changed"]
    assert [a["metadata"]["name"] for a in run("argocd_application_info", selector="env=dev")["applications"]] == [
        "web"
    ]

    assert run("argocd_application", name="web", state="absent", check=True)["changed"]
    assert run("argocd_application", name="web", state="absent")["changes"]
    assert argocd.hub.run("-n", "argocd", "get", "applications", "-o", "name") == "", "it returned before it was gone"
    assert not run("argocd_application", name="web", state="absent")["changed"]
    assert run("argocd_application_info", name="web")["applications"] == []


def test_patches_say_what_they_are_for(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree
) -> None:
    """The swagger shows the fields of a patch's target one level too deep, where Argo CD would not find them."""
    repository.commit({"web/kustomization.yaml": "resources: [config.yaml]\n"})
    patch = {
        "target": {"kind": "ConfigMap", "name": "web", "version": "v1"},
        "patch": "- {op: replace, path: /data/color, value: green}",
    }
    spec["source"].update(directory=None, kustomize={"patches": [patch]})
    run("argocd_application", name="web", spec=spec)
    assert not run("argocd_application", name="web", spec=spec)["changed"]
    run("argocd_application_sync", name="web")
    assert color(argocd) == "green"
    patch["target"] = {"resId": {"gvk": {"kind": "ConfigMap"}}}
    assert "patches[0].target.resId" in run("argocd_application", name="web", spec=spec, fails=True)["msg"]


@pytest.mark.trap("dropped-zeros")
def test_zeros_that_mean_something_are_written(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    """No retries at all is an empty object to the API; without it an automated sync has five."""
    spec["syncPolicy"] = {"automated": {"enabled": False}, "retry": {"limit": 0}}
    run("argocd_application", name="web", spec=spec)
    assert live(argocd)["spec"]["syncPolicy"]["retry"] == {}
    assert live(argocd)["spec"]["syncPolicy"]["automated"] == {"enabled": False}
    assert not run("argocd_application", name="web", spec=spec)["changed"]
    spec["syncPolicy"] = {"retry": None, "automated": {"enabled": None}}
    assert len(run("argocd_application", name="web", spec=spec)["changes"]) == 2
    assert live(argocd)["spec"]["syncPolicy"] == {"automated": {}}
    spec["syncPolicy"] = {"retry": {}, "automated": {"enabled": False}}
    assert len(run("argocd_application", name="web", spec=spec)["changes"]) == 2


@pytest.mark.trap("hydrate-annotation")
def test_annotations_of_argo_cd_are_not_purged(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    wanted: dict[str, Any] = {"name": "web", "spec": spec, "annotations": {"note": "x"}, "purge": ["annotations"]}
    run("argocd_application", **wanted)
    argocd.call("GET", "/api/v1/applications/web?project=default&refresh=normal")
    assert "argocd.argoproj.io/hydrate" in live(argocd)["metadata"]["annotations"], "the trap is gone from Argo CD"
    assert not run("argocd_application", **wanted)["changed"]


@pytest.mark.trap("unknown-fields")
def test_unknown_fields_are_refused_by_name(run: RunModule, spec: dict[str, Any]) -> None:
    """The API answers 200 and drops them."""
    spec["source"]["targetRevison"] = "main"
    spec["syncPolicy"] = {"automated": {"selfheal": True}}
    message = run("argocd_application", name="web", spec=spec, fails=True)["msg"]
    assert "spec.source.targetRevison" in message and "did you mean targetRevision" in message
    assert "spec.syncPolicy.automated.selfheal" in message and "did you mean selfHeal" in message


def test_application_of_another_project(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    run(
        "argocd_project", name="other", spec={"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}
    )
    run("argocd_application", name="web", spec=spec)
    moved = {**spec, "project": "other"}
    assert "in project default" in run("argocd_application", name="web", spec=moved, fails=True)["msg"]
    run("argocd_application", name="web", spec=moved, move_project=True)
    assert live(argocd)["spec"]["project"] == "other"
    refused = run("argocd_project", name="other", state="absent", fails=True, check=True)
    assert "web" in refused["msg"]
    run("argocd_application", name="web", state="absent")
    run("argocd_project", name="other", state="absent")
