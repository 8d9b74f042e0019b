# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation of argocd_application_sync."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from argocd_server.argocd import ArgoCD
from argocd_server.config_maps import color, config_map
from argocd_server.modules import RunModule
from git_work_tree import WorkTree

EVERYTHING = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}
pytestmark = pytest.mark.usefixtures("no_leftovers")


def test_sync(argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree) -> None:
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


@pytest.mark.trap("early-success")
def test_wait_does_not_believe_an_old_success(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree
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
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree
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


def test_refresh_and_wait(argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree) -> None:
    run("argocd_application", name="web", spec=spec)
    run("argocd_application_sync", name="web")
    repository.commit({"web/config.yaml": config_map("web", color="green")})
    for hard in (False, True):
        refreshed = run("argocd_application_sync", name="web", operation="refresh", hard=hard)
        assert (refreshed["changed"], refreshed["sync"]) == (False, "OutOfSync")
    timeout = run("argocd_application_sync", name="web", operation="wait", wait_timeout=3, fails=True)
    assert "OutOfSync" in timeout["msg"]
    assert not run("argocd_application_sync", name="web", operation="wait", wait_for_sync=False)["changed"]


def test_forced_sync_replaces_what_cannot_be_changed(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree
) -> None:
    def fixed(color: str) -> str:
        return config_map("web", color=color) + "immutable: true\n"

    repository.commit({"web/config.yaml": fixed("red")})
    run("argocd_application", name="web", spec=spec)
    run("argocd_application_sync", name="web")
    repository.commit({"web/config.yaml": fixed("green")})
    refused = run("argocd_application_sync", name="web", retry={"limit": 0}, fails=True)
    assert "ConfigMap default/web" in refused["msg"] and "immutable" in refused["msg"]
    run("argocd_application_sync", name="web", force=True)
    assert color(argocd) == "green"


def test_sync_window(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    window = {"kind": "deny", "schedule": "* * * * *", "duration": "24h", "applications": ["*"], "manualSync": False}
    run("argocd_project", name="prod", spec={**EVERYTHING, "syncWindows": [window]})
    run("argocd_application", name="web", spec={**spec, "project": "prod"})
    message = run("argocd_application_sync", name="web", fails=True)["msg"]
    assert "blocked by sync window" in message and "deny * * * * * for 24h" in message and "project prod" in message
    run("argocd_project", name="prod", spec={**EVERYTHING, "syncWindows": [{**window, "manualSync": True}]})
    assert run("argocd_application_sync", name="web")["sync"] == "Synced"
    run("argocd_application", name="web", state="absent")
    run("argocd_project", name="prod", state="absent")


def test_terminate(argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree) -> None:
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


@pytest.mark.trap("failed-operation")
def test_a_failed_operation_is_no_success(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree
) -> None:
    """A hook after the sync did not end well, so everything is Synced and Healthy all the same."""
    hook = {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "migration", "annotations": {"argocd.argoproj.io/hook": "PostSync"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "hook", "image": "none.invalid/none"}]},
    }  # fmt: skip
    repository.commit({"web/hook.yaml": yaml.safe_dump(hook)})
    run("argocd_application", name="web", spec=spec)
    run("argocd_application_sync", name="web", wait_timeout=5, fails=True)
    run("argocd_application_sync", name="web", operation="terminate")
    run("argocd_application_sync", name="web", operation="refresh")
    shown: Any = argocd.hub.get("-n", "argocd", "application", "web")
    status = shown["status"]
    assert (status["sync"]["status"], status["health"]["status"]) == ("Synced", "Healthy")
    assert status["operationState"]["phase"] == "Failed"

    waited = run("argocd_application_sync", name="web", operation="wait", fails=True)
    assert "its last operation failed: Operation terminated" in waited["msg"] and "operation sync" in waited["msg"]
    found = run("argocd_application_info", name="web", explain=True)
    assert "its last operation failed" in found["reasons"]["argocd/web"]
    assert run("argocd_application_sync", name="web", check=True)["changes"] == ["sync application web"]
    repository.commit({"web/hook.yaml": None})
    assert run("argocd_application_sync", name="web")["changed"]
    assert not run("argocd_application_sync", name="web")["changed"]
    assert not run("argocd_application_sync", name="web", operation="wait")["changed"]


@pytest.mark.trap("rendered-secrets")
def test_a_preview_shows_no_secret(argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree) -> None:
    def secret(value: str) -> str:
        return yaml.safe_dump(
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "k"}, "stringData": {"a": value}}
        )

    first = repository.commit({"web/secret.yaml": secret("very-secret-1")})
    run("argocd_application", name="web", spec=spec)
    run("argocd_application_sync", name="web")
    repository.commit({"web/secret.yaml": secret("very-secret-2")})
    newest = run("argocd_application_sync", name="web", check=True)
    assert newest["changes"] == ["change Secret default/k: data.a (not shown)"]
    run("argocd_application_sync", name="web")
    older = run("argocd_application_sync", name="web", revision=first, check=True)
    # Argo CD renders the same mask for every value.
    assert older["changes"] == ["sync Secret default/k, of which Argo CD does not show whether its content changes"]
    run("argocd_application_sync", name="web", revision=first)
    assert not run("argocd_application_sync", name="web", revision=first)["changed"]
    for result in (newest, older):
        assert "very-secret" not in str(result) and "dmVyeS1zZWNyZXQ" not in str(result)
