# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications that cannot be made, rendered, synced or get healthy: which, why, and what to do."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule
from git_work_tree import WorkTree

pytestmark = pytest.mark.usefixtures("no_leftovers")


def test_application_that_never_gets_healthy(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree
) -> None:
    """No storage class here makes a volume for the claim."""
    claim = {
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }  # fmt: skip
    repository.commit({"web/claim.yaml": yaml.safe_dump(claim)})
    run("argocd_application", name="web", spec=spec)
    result = run("argocd_application_sync", name="web", wait_timeout=4, fails=True)
    assert result["changed"]
    assert "PersistentVolumeClaim default/data is Progressing" in result["msg"]
    assert "events: FailedBinding: no persistent volumes available" in result["msg"]
    argocd.hub.run("-n", "default", "delete", "persistentvolumeclaim", "data")


def test_degraded_application_says_why(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree
) -> None:
    """Pods that cannot be made: the wait ends long before its time, with what the ReplicaSet's events say."""
    deployment = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "progressDeadlineSeconds": 1,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "serviceAccountName": "nobody", "containers": [{"name": "web", "image": "none.invalid/none"}],
                },
            },
        },
    }  # fmt: skip
    repository.commit({"web/deployment.yaml": yaml.safe_dump(deployment)})
    run("argocd_application", name="web", spec=spec)
    message = run("argocd_application_sync", name="web", fails=True)["msg"]
    assert "Application web: it is Degraded" in message
    assert "Deployment default/web is Degraded" in message
    assert "FailedCreate" in message and 'serviceaccount "nobody" not found' in message
    run("argocd_application", name="web", state="absent")
    argocd.hub.run("-n", "default", "delete", "deployment", "web", "--ignore-not-found")


def test_failed_sync_names_the_resource(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree
) -> None:
    bad = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "bad"}, "spec": {"ports": [{"port": 99999}]}}
    repository.commit({"web/bad.yaml": yaml.safe_dump(bad)})
    run("argocd_application", name="web", spec=spec)
    result = run("argocd_application_sync", name="web", retry={"limit": 0}, fails=True)
    assert "Service default/bad" in result["msg"] and "99999" in result["msg"]


def test_manifest_that_does_not_render(run: RunModule, spec: dict[str, Any], repository: WorkTree) -> None:
    run("argocd_application", name="web", spec=spec)
    repository.commit({"web/kustomization.yaml": "resources: [missing.yaml]\n"})
    result = run("argocd_application_sync", name="web", fails=True)
    assert "missing.yaml" in result["msg"]


@pytest.mark.trap("healthy-lies")
def test_health_of_a_lost_cluster_is_not_believed(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    """An application whose cluster refuses Argo CD is Unknown and Healthy."""
    server = argocd.spoke.server
    config = {"bearer_token": "wrong", "tls_client_config": {"insecure": True}}
    blank = {"server": server, "name": "lost", "config": {"tlsClientConfig": {"insecure": True}}}
    argocd.call("POST", "/api/v1/clusters", blank)
    spec["destination"] = {"name": "lost", "namespace": "default"}
    run("argocd_application", name="web", spec=spec, validate=False)
    result = run("argocd_application_sync", name="web", operation="wait", fails=True)
    assert "it cannot be compared" in result["msg"] and "ComparisonError" in result["msg"]
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


def test_unreachable_repository(run: RunModule, spec: dict[str, Any]) -> None:
    spec["source"]["repoURL"] = "http://127.0.0.1:1/nothing.git"
    message = run("argocd_application", name="web", spec=spec, fails=True)["msg"]
    assert "create application web" in message and "127.0.0.1:1" in message
    assert run("argocd_application_info", name="web")["applications"] == []
    # Without a look at the repository it can be made, and says so when it is to be deployed.
    run("argocd_application", name="web", spec=spec, validate=False)
    message = run("argocd_application_sync", name="web", fails=True)["msg"]
    assert "sync application web" in message and "127.0.0.1:1" in message


def test_unknown_revision_and_path(run: RunModule, spec: dict[str, Any]) -> None:
    spec["source"]["targetRevision"] = "no-such-branch"
    assert "no-such-branch" in run("argocd_application", name="web", spec=spec, fails=True)["msg"]
    spec["source"].update(targetRevision="main", path="no-such-folder")
    assert "no-such-folder" in run("argocd_application", name="web", spec=spec, fails=True)["msg"]


def test_unknown_cluster(run: RunModule, spec: dict[str, Any]) -> None:
    """Refused even when the manifests are not looked at."""
    for destination in ({"name": "nowhere"}, {"server": "https://nowhere.example.com"}):
        spec["destination"] = {**destination, "namespace": "default"}
        message = run("argocd_application", name="web", spec=spec, validate=False, fails=True)["msg"]
        assert "create application web" in message and "nowhere" in message


def test_project_that_forbids(run: RunModule, spec: dict[str, Any]) -> None:
    run("argocd_project", name="strict", spec={"sourceRepos": ["https://git.example.com/*"]})
    message = run("argocd_application", name="web", spec={**spec, "project": "strict"}, fails=True)["msg"]
    assert "not permitted in project 'strict'" in message and spec["source"]["repoURL"] in message


@pytest.mark.trap("create-namespace")
def test_namespace_that_the_project_does_not_allow(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    """CreateNamespace=true makes an object of kind Namespace, which the project has to allow like any other."""
    allowed = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}
    run("argocd_project", name="narrow", spec=allowed)
    spec["destination"]["namespace"] = "made"
    spec.update(project="narrow", syncPolicy={"syncOptions": ["CreateNamespace=true"]})
    run("argocd_application", name="web", spec=spec)
    message = run("argocd_application_sync", name="web", retry={"limit": 0}, fails=True)["msg"]
    assert "resource :Namespace is not permitted" in message
    assert "clusterResourceWhitelist" in message and "project narrow" in message
    run("argocd_project", name="narrow", spec={"clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}]})
    assert run("argocd_application_sync", name="web")["sync"] == "Synced"
    argocd.hub.run("delete", "namespace", "made")
