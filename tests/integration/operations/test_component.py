# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role component: both deliveries, placement, conditions, removal, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_runs import Run
from argocd_server.argocd import NAMESPACE, ArgoCD
from argocd_server.modules import RunModule
from argocd_server.playbooks import Playbooks
from git_work_tree import WorkTree

POOLS = {"base": {"size": "s", "count": 1}, "tools": {"size": "s", "count": 1, "dedicated": True}}
PLACED = {
    "nodeSelector": {"doks.digitalocean.com/node-pool": "tools"},
    "tolerations": [{"key": "tools", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
}
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: '1'}\n"
KUSTOMIZATION = "resources: [settings.yaml]\n"
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec: {containers: [{name: server, image: none.invalid/none}]}
"""
# What a controller of Deployments would write.
ROLLED_OUT = (
    '{"status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, '
    '"availableReplicas": 1}}'
)


def tasks(run: Run) -> list[str]:
    """Names of the role's tasks that changed something."""
    return [task.removeprefix("slipway.gitops.component : ") for task, *_ in run.changed]


class Components:
    """Runs the role on the hub for clusters of Argo CD."""

    def __init__(self, playbooks: Playbooks, argocd: ArgoCD, name: str) -> None:
        self.playbooks, self.argocd, self.name = playbooks, argocd, name
        self.repository = argocd.repository(name)
        self.repository.commit({"deploy/settings.yaml": CONFIG, "deploy/kustomization.yaml": KUSTOMIZATION})
        self.file = playbooks.folder / "component.yml"
        tasks = [{"ansible.builtin.include_role": {"name": "slipway.gitops.component"}}]
        self.file.write_text(yaml.safe_dump([{"hosts": "hubs", "gather_facts": False, "tasks": tasks}]))
        self.variables: dict[str, Any] = {
            "component_kubeconfig": str(argocd.hub.kubeconfig),
            "component_argocd_namespace": NAMESPACE,
            "component_kubeconfigs": {"spoke": str(argocd.spoke.kubeconfig), "in-cluster": str(argocd.hub.kubeconfig)},
            "component_name": name,
            "component_namespace": name,
            "component_clusters": ["spoke"],
            "component_source": self.git(kustomize={}),
            "component_wait_timeout": 40,
            "slipway_pools": POOLS,
        }

    def git(self, **options: Any) -> dict[str, Any]:
        return {"git": {"repo": self.repository.url, "path": "deploy", "revision": "main", **options}}

    def run(self, *arguments: str, **variables: Any) -> Run:
        return self.playbooks.run(str(self.file), *arguments, **{**self.variables, **variables})

    def application(self, cluster: str = "spoke") -> Any:
        return self.argocd.hub.get("-n", NAMESPACE, "application", f"{self.name}-{cluster}")

    def applications(self) -> list[str]:
        found = self.argocd.hub.run(
            "-n", NAMESPACE, "get", "applications", "-l", f"slipway.gitops/component={self.name}", "-o", "name"
        )
        return sorted(line.rpartition("/")[2] for line in found.splitlines())

    def live(self, kind: str, name: str) -> Any:
        return self.argocd.spoke.get("-n", self.name, kind, name)


@pytest.fixture
def components(
    playbooks: Playbooks, argocd: ArgoCD, run: RunModule, spoke: str, request: pytest.FixtureRequest
) -> Iterator[Components]:
    name = request.node.name.removeprefix("test_").partition("[")[0].replace("_", "-")[:40].strip("-")
    components = Components(playbooks, argocd, name)
    yield components
    run("argocd_application", name="slipway-components", state="absent", cascade=False)
    for application in components.applications():
        run("argocd_application", name=application, state="absent")


@dataclass(frozen=True)
class GitopsRepo:
    """An empty repository that asks for a password, and how the role is told of it."""

    tree: WorkTree
    url: str
    username: str
    token: str

    @property
    def variables(self) -> dict[str, Any]:
        described = {"url": self.url, "username": self.username, "token": self.token, "path": "platform"}
        return {"component_delivery": "git", "component_gitops_repo": described}

    def committed(self) -> list[str]:
        self.tree.git("fetch", "--quiet", "origin", "main")
        return self.tree.git("ls-tree", "-r", "--name-only", "FETCH_HEAD").split()


@pytest.fixture
def gitops_repo(argocd: ArgoCD, tmp_path: Path) -> GitopsRepo:
    tree, url = argocd.private_repository(tmp_path.name)
    return GitopsRepo(tree, url, argocd.git_server.user, argocd.git_server.password())


def test_life_by_api(components: Components) -> None:
    check = components.run("--check", "--diff").succeeded()
    assert components.applications() == []
    done = components.run().succeeded()
    assert check.changed == done.changed
    assert components.live("configmap", "settings")["data"] == {"value": "1"}
    status = components.application()["status"]
    assert (status["sync"]["status"], status["health"]["status"]) == ("Synced", "Healthy")
    assert components.run().succeeded().changed == []

    ordered = components.run(component_order=2, component_source=components.git(kustomize={"namePrefix": "x-"}))
    assert [change[2] for change in ordered.succeeded().changed] != []
    assert components.application()["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] == "2"
    assert components.live("configmap", "x-settings")["data"] == {"value": "1"}
    back = components.run().succeeded()
    assert back.changed != []
    assert "argocd.argoproj.io/sync-wave" not in components.application()["metadata"].get("annotations", {})
    assert components.live("configmap", "settings")["data"] == {"value": "1"}

    gone = components.run(component_state="absent", component_source={}).succeeded()
    assert any("delete application" in text for _, _, texts in gone.changed for text in texts)
    assert components.applications() == []
    left = components.argocd.spoke.run("-n", components.name, "get", "configmap", "settings", "--ignore-not-found")
    assert left == ""
    assert components.run(component_state="absent", component_source={}).succeeded().changed == []


def test_both_deliveries_give_the_same(components: Components, gitops_repo: GitopsRepo) -> None:
    options = {"component_order": 1, "component_ignore_differences": [{"kind": "Secret", "jsonPointers": ["/data"]}]}
    components.run(**options).succeeded()
    by_api = components.application()
    components.run(component_state="absent").succeeded()
    components.run(**options, **gitops_repo.variables).succeeded()
    by_git = components.application()
    assert by_git["spec"] == by_api["spec"]
    for key in ("labels", "finalizers"):
        assert by_git["metadata"][key] == by_api["metadata"][key]
    wave = "argocd.argoproj.io/sync-wave"
    assert by_git["metadata"]["annotations"][wave] == by_api["metadata"]["annotations"][wave] == "1"


def test_life_through_git(components: Components, gitops_repo: GitopsRepo) -> None:
    manifests = [yaml.safe_load(CONFIG), yaml.safe_load(DEPLOYMENT)]
    git = gitops_repo.variables
    both = {"component_source": {"manifests": manifests[:1]}, "component_clusters": ["spoke", "in-cluster"], **git}
    check = components.run("--check", "--diff", **both).succeeded()
    assert set(tasks(check)) >= {"Commit the applications", "Track what is committed"}
    assert components.applications() == []
    done = components.run("--diff", **both).succeeded()
    assert gitops_repo.token not in done.output
    assert components.applications() == [f"{components.name}-in-cluster", f"{components.name}-spoke"]
    assert components.live("configmap", "settings")["data"] == {"value": "1"}
    folder = f"platform/{components.name}"
    assert gitops_repo.committed() == [
        "platform/README.md",
        f"{folder}/applications/in-cluster.yaml",
        f"{folder}/applications/spoke.yaml",
        f"{folder}/manifests/001-configmap-settings.yaml",
    ]
    assert components.run(**both).succeeded().changed == []

    manifests[0]["data"] = {"value": "2"}
    fewer = components.run(**{**both, "component_clusters": ["spoke"]}).succeeded()
    assert tasks(fewer) == ["Commit the applications"]
    assert components.applications() == [f"{components.name}-spoke"]
    assert components.live("configmap", "settings")["data"] == {"value": "2"}

    components.run(component_state="absent", **git).succeeded()
    assert components.applications() == [] and gitops_repo.committed() == ["platform/README.md"]
    assert components.run(component_state="absent", **git).succeeded().changed == []


def test_placement_and_health(components: Components) -> None:
    components.repository.commit(
        {"deploy/server.yaml": DEPLOYMENT, "deploy/kustomization.yaml": "resources: [settings.yaml, server.yaml]\n"}
    )
    waiting = components.run(component_pool="tools", component_wait_timeout=8)
    assert waiting.returncode != 0
    assert f"Deployment {components.name}/server is Progressing" in waiting.errors
    pod = components.live("deployment", "server")["spec"]["template"]["spec"]
    assert {key: pod[key] for key in PLACED} == PLACED

    components.argocd.spoke.run(
        "-n", components.name, "patch", "deployment", "server", "--subresource=status", "--type=merge", "-p", ROLLED_OUT
    )
    ready = {"api_version": "apps/v1", "kind": "Deployment", "name": "server", "namespace": components.name}
    wait = [{**ready, "condition": "status.readyReplicas == `1`"}]
    assert components.run(component_pool="tools", component_wait=wait).succeeded().changed == []


def test_a_condition_that_is_not_met(components: Components) -> None:
    settings = {"api_version": "v1", "kind": "ConfigMap", "name": "settings", "namespace": components.name}
    waits = [
        {**settings, "condition": "data.value == '1'"},
        {**settings, "condition": "data.value == 'other'", "timeout": 1},
    ]
    components.run().succeeded()
    event = {
        "apiVersion": "v1", "kind": "Event", "type": "Warning", "reason": "TooOld", "message": "nobody changes it",
        "metadata": {"name": "settings.1", "namespace": components.name},
        "involvedObject": {"kind": "ConfigMap", "name": "settings", "namespace": components.name},
    }  # fmt: skip
    components.argocd.spoke.apply(event)
    run = components.run(component_wait=waits)
    assert run.returncode != 0
    assert f"spoke: ConfigMap {components.name}/settings: data.value == 'other' is false, after 1 s" in run.errors
    assert "Warning TooOld: nobody changes it" in run.errors
    assert "== '1'" not in run.errors


def test_a_sync_that_argo_cd_gave_up_is_tried_again(components: Components) -> None:
    """The role of a namespace that is missing: applied by hand, then the run goes on where nothing changed in Git."""
    options = {"component_sync_options": ["ServerSideApply=true", "RespectIgnoreDifferences=true"]}
    components.repository.commit({"deploy/settings.yaml": CONFIG.replace("settings", "settings, namespace: later")})
    failed = components.run(component_wait_timeout=150, **options)
    assert failed.returncode != 0, "there is no namespace"
    assert 'namespaces "later" not found' in failed.errors
    components.argocd.spoke.run("create", "namespace", "later")
    # On a busy machine it may still be at it, up to 80 s before its last attempt.
    done = components.run(component_wait_timeout=150, **options).succeeded()
    assert tasks(done) in (["Bring the applications to what is declared, and wait until they run"], [])
    found = components.argocd.spoke.get("-n", "later", "configmap", "settings")
    assert found["data"] == {"value": "1"}


def test_what_cannot_work_is_told_at_once(components: Components) -> None:
    run = components.run(
        component_name="Bad_Name", component_pool="tool", component_delivery="git", component_gitops_repo={},
        component_wait=[{"kind": "x", "cluster": "elsewhere"}],
    )  # fmt: skip
    assert run.returncode != 0
    for words in (
        "1. component_name is 'Bad_Name'",
        "there is no pool 'tool'",
        "component_wait[1] has no api_version, name, condition",
        "component_wait[1].cluster is elsewhere",
        "needs the url of a repository",
        "component_kubeconfigs has none of elsewhere",
    ):
        assert words in run.errors
    assert components.applications() == []


def test_a_cluster_that_argo_cd_does_not_know(components: Components) -> None:
    run = components.run(component_clusters=["spoke", "nowhere"])
    assert run.returncode != 0
    assert "is for nowhere, which Argo CD does not know (it knows in-cluster, spoke)" in run.errors
    assert components.applications() == []
