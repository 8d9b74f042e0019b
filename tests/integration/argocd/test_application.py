# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""argocd_application, its info module, and every operation of argocd_application_sync."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from argocd_server.argocd import ArgoCD
from argocd_server.git import GitRepository
from argocd_server.modules import RunModule

IN_CLUSTER = "https://kubernetes.default.svc"
EVERYTHING = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}
FINALIZER = "resources-finalizer.argocd.argoproj.io"


def config_map(name: str, **data: str) -> str:
    return yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})


@pytest.fixture
def repository(argocd: ArgoCD, request: pytest.FixtureRequest) -> GitRepository:
    name = request.node.name.replace("[", "-").replace("]", "")
    repository = argocd.repository(name)
    repository.commit({"web/config.yaml": config_map("web", color="blue")})
    return repository


@pytest.fixture
def spec(repository: GitRepository) -> dict[str, Any]:
    return {
        "project": "default",
        "source": {"repoURL": repository.url, "path": "web", "targetRevision": "main", "directory": {"recurse": False}},
        "destination": {"server": IN_CLUSTER, "namespace": "default"},
    }


@pytest.fixture(autouse=True)
def _clean(argocd: ArgoCD) -> Iterator[None]:
    yield
    names = argocd.hub.run("-n", "argocd", "get", "applications", "-o", "name").split()
    for name in names:
        argocd.hub.run("-n", "argocd", "patch", name, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        argocd.hub.run("-n", "argocd", "delete", name)
    argocd.hub.run("-n", "default", "delete", "configmaps", "--field-selector=metadata.name!=kube-root-ca.crt")


def live(argocd: ArgoCD, name: str = "web") -> dict[str, Any]:
    result: dict[str, Any] = argocd.hub.get("-n", "argocd", "application", name)
    return result


def color(argocd: ArgoCD, name: str = "web") -> str:
    return argocd.hub.run(
        "-n", "default", "get", "configmap", name, "-o", "jsonpath={.data.color}", "--ignore-not-found"
    )


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


def test_sync(argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: GitRepository) -> None:
    run("argocd_application", name="web", spec=spec)
    checked = run("argocd_application_sync", name="web", check=True)
    assert checked["changes"] == ["create ConfigMap default/web"]
    assert color(argocd) == ""
    synced = run("argocd_application_sync", name="web")
    assert synced["changes"] == checked["changes"]
    assert (synced["sync"], synced["health"], color(argocd)) == ("Synced", "Healthy", "blue")
    again = run("argocd_application_sync", name="web")
    assert not again["changed"]
    assert not run("argocd_application_sync", name="web", check=True)["changed"]

    commit = repository.commit(
        {"web/config.yaml": config_map("web", color="green"), "web/more.yaml": config_map("more", color="red")}
    )
    checked = run("argocd_application_sync", name="web", check=True)
    assert checked["changes"] == [
        "create ConfigMap default/more",
        "change ConfigMap default/web: data.color blue -> green",
    ]
    assert checked["diff"]["after"]["ConfigMap default/web"]["data"] == {"color": "green"}
    synced = run("argocd_application_sync", name="web")
    assert (synced["revision"], color(argocd)) == (commit, "green")

    repository.commit({"web/more.yaml": None})
    left = run("argocd_application_sync", name="web")
    assert not left["changed"] and "more" in str(left.get("warnings"))
    assert run("argocd_application_sync", name="web", prune=True, check=True)["changes"] == [
        "prune ConfigMap default/more"
    ]
    assert run("argocd_application_sync", name="web", prune=True)["sync"] == "Synced"
    assert color(argocd, "more") == ""


def test_wait_does_not_believe_an_old_success(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: GitRepository
) -> None:
    """Right after an operation succeeded, status still says OutOfSync, and before it the one before says Succeeded."""
    run("argocd_application", name="web", spec=spec)
    run("argocd_application_sync", name="web")
    for number in range(3):
        repository.commit({"web/config.yaml": config_map("web", color=f"c{number}")})
        result = run("argocd_application_sync", name="web")
        status = result["application"]["status"]
        assert (result["sync"], color(argocd)) == ("Synced", f"c{number}")
        assert status["reconciledAt"] > status["operationState"]["finishedAt"]
        assert "operation" not in result["application"]


def test_sync_of_another_revision_and_rollback(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: GitRepository
) -> None:
    run("argocd_application", name="web", spec=spec)
    run("argocd_application_sync", name="web")
    blue = argocd.hub.run("-n", "argocd", "get", "application", "web", "-o", "jsonpath={.status.sync.revision}")
    repository.commit({"web/config.yaml": config_map("web", color="green")})
    run("argocd_application_sync", name="web")
    checked = run("argocd_application_sync", name="web", operation="rollback", check=True)
    assert checked["changes"][1:] == ["change ConfigMap default/web: data.color green -> blue"]
    assert color(argocd) == "green"
    rolled = run("argocd_application_sync", name="web", operation="rollback", history_id=0)
    assert rolled["changes"] == [f"roll application web back to {blue} (history 0)"]
    assert (color(argocd), rolled["health"]) == ("blue", "Healthy")
    assert not run("argocd_application_sync", name="web", operation="rollback", history_id=0)["changed"]
    assert (
        "history has"
        in run("argocd_application_sync", name="web", operation="rollback", history_id=99, fails=True)["msg"]
    )

    run("argocd_application_sync", name="web")
    checked = run("argocd_application_sync", name="web", revision=blue, check=True)
    assert checked["changes"] == ["change ConfigMap default/web: data.color green -> blue"]
    run("argocd_application_sync", name="web", revision=blue)
    assert color(argocd) == "blue"
    assert not run("argocd_application_sync", name="web", revision=blue)["changed"]


def test_refresh_and_wait(argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: GitRepository) -> None:
    run("argocd_application", name="web", spec=spec)
    run("argocd_application_sync", name="web")
    repository.commit({"web/config.yaml": config_map("web", color="green")})
    for hard in (False, True):
        refreshed = run("argocd_application_sync", name="web", operation="refresh", hard=hard)
        assert (refreshed["changed"], refreshed["sync"]) == (False, "OutOfSync")
    timeout = run("argocd_application_sync", name="web", operation="wait", wait_timeout=3, fails=True)
    assert "OutOfSync" in timeout["msg"]
    assert not run("argocd_application_sync", name="web", operation="wait", wait_for_sync=False)["changed"]


def test_application_that_never_gets_healthy(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: GitRepository
) -> None:
    claim = {
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }  # fmt: skip
    repository.commit({"web/claim.yaml": yaml.safe_dump(claim)})
    run("argocd_application", name="web", spec=spec)
    result = run("argocd_application_sync", name="web", wait_timeout=4, fails=True)
    assert result["changed"]
    assert "PersistentVolumeClaim default/data is Progressing" in result["msg"]
    # Nothing here takes away the finalizer that protects claims.
    unprotect = ("patch", "persistentvolumeclaim", "data", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    argocd.hub.run("-n", "default", *unprotect)
    argocd.hub.run("-n", "default", "delete", "persistentvolumeclaim", "data")


def test_failed_sync_names_the_resource(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: GitRepository
) -> None:
    bad = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "bad"}, "spec": {"ports": [{"port": 99999}]}}
    repository.commit({"web/bad.yaml": yaml.safe_dump(bad)})
    run("argocd_application", name="web", spec=spec)
    result = run("argocd_application_sync", name="web", retry={"limit": 0}, fails=True)
    assert "Service default/bad" in result["msg"] and "99999" in result["msg"]


def test_manifest_that_does_not_render(run: RunModule, spec: dict[str, Any], repository: GitRepository) -> None:
    run("argocd_application", name="web", spec=spec)
    repository.commit({"web/kustomization.yaml": "resources: [missing.yaml]\n"})
    result = run("argocd_application_sync", name="web", fails=True)
    assert "missing.yaml" in result["msg"]


def test_sync_window(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    window = {"kind": "deny", "schedule": "* * * * *", "duration": "24h", "applications": ["*"], "manualSync": False}
    run("argocd_project", name="prod", spec={**EVERYTHING, "syncWindows": [window]})
    run("argocd_application", name="web", spec={**spec, "project": "prod"})
    assert "window" in run("argocd_application_sync", name="web", fails=True)["msg"]
    run("argocd_project", name="prod", spec={**EVERYTHING, "syncWindows": [{**window, "manualSync": True}]})
    assert run("argocd_application_sync", name="web")["sync"] == "Synced"
    run("argocd_application", name="web", state="absent")
    run("argocd_project", name="prod", state="absent")


def test_terminate(argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: GitRepository) -> None:
    """A hook that never ends (nothing runs pods here) keeps the sync going."""
    hook = {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "hook", "annotations": {"argocd.argoproj.io/hook": "PreSync"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "hook", "image": "none.invalid/none"}]},
    }  # fmt: skip
    run("argocd_application", name="web", spec=spec)
    assert not run("argocd_application_sync", name="web", operation="terminate")["changed"]
    repository.commit({"web/hook.yaml": yaml.safe_dump(hook)})
    assert "operation Running" in run("argocd_application_sync", name="web", wait_timeout=3, fails=True)["msg"]
    assert "already in progress" in run("argocd_application_sync", name="web", fails=True)["msg"]
    assert run("argocd_application_sync", name="web", operation="terminate", check=True)["changed"]
    assert run("argocd_application_sync", name="web", operation="terminate")["changed"]
    assert not run("argocd_application_sync", name="web", operation="terminate")["changed"]


def test_health_of_a_lost_cluster_is_not_believed(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    """An application whose cluster refuses Argo CD is Unknown and Healthy."""
    server = argocd.spoke.server
    config = {"bearer_token": "wrong", "tls_client_config": {"insecure": True}}
    blank = {"server": server, "name": "lost", "config": {"tlsClientConfig": {"insecure": True}}}
    argocd.call("POST", "/api/v1/clusters", blank)
    spec["destination"] = {"name": "lost", "namespace": "default"}
    run("argocd_application", name="web", spec=spec, validate=False)
    result = run("argocd_application_sync", name="web", operation="wait", fails=True)
    assert "ComparisonError" in result["msg"]
    refused = run("argocd_cluster", name="lost", server=server, config=config, fails=True)
    assert "does not accept" in refused["msg"]
    run("argocd_application", name="web", state="absent", cascade=False)
    run("argocd_cluster", name="lost", state="absent")


def test_missing_application(run: RunModule) -> None:
    """Argo CD answers 403 for it."""
    assert "There is no application nope" in run("argocd_application_sync", name="nope", fails=True)["msg"]
    # In check mode a task before may be about to create it.
    assert run("argocd_application_sync", name="nope", check=True)["changes"] == [
        "sync application nope, which does not exist yet"
    ]
    assert not run("argocd_application_sync", name="nope", operation="wait", check=True)["changed"]
