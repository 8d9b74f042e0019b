# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory changes and nothing that runs is lost: a cluster gets another environment, an application another
folder or namespace. The roles as site.yml runs them, one after the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_runs import Run
from argocd_server.argocd import NAMESPACE, ArgoCD
from argocd_server.modules import RunModule
from argocd_server.playbooks import Playbooks

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: '%s'}\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"
VOLUME: dict[str, Any] = {
    "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "uploads"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}  # fmt: skip
DATABASE: dict[str, Any] = {
    "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "database"},
    "spec": {
        "serviceName": "database", "selector": {"matchLabels": {"app": "database"}},
        "template": {
            "metadata": {"labels": {"app": "database"}},
            "spec": {"containers": [{"name": "database", "image": "none"}]},
        },
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": VOLUME["spec"]}],
    },
}  # fmt: skip
OF_THE_DATABASE = VOLUME | {"metadata": {"name": "data-database-0"}}
ENVIRONMENTS = {"dev": {"sync": "automated"}, "staging": {"sync": "automated"}, "prod": {"sync": "manual"}}


class Platform:
    """One cluster, and applications web and shop with a folder for each environment they are made for."""

    def __init__(self, playbooks: Playbooks, argocd: ArgoCD, name: str) -> None:
        self.playbooks, self.argocd = playbooks, argocd
        self.web, self.shop = f"{name}-web", f"{name}-shop"
        self.repository = argocd.repository(name)
        self.files("web/dev", settings=CONFIG % "dev", web=SERVICE)
        self.files("shop/dev", uploads=json.dumps(VOLUME), database=json.dumps(DATABASE))
        self.variables: dict[str, Any] = {
            "argocd_spokes_hub_kubeconfig": str(argocd.hub.kubeconfig), "argocd_spokes_hub_namespace": NAMESPACE,
            "applications_kubeconfig": str(argocd.hub.kubeconfig), "applications_namespace": NAMESPACE,
            "applications_environments": ENVIRONMENTS, "applications_pools": {}, "applications_wait_timeout": 90,
            "applications_list": [self.entry(self.web, "web"), self.entry(self.shop, "shop")],
        }  # fmt: skip
        for claim in (VOLUME, OF_THE_DATABASE):
            self._bring_by_hand(claim, {"phase": "Bound"})
        self._bring_by_hand(
            DATABASE, {"observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "updatedReplicas": 1}
        )

    def entry(self, name: str, folder: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "repo": self.repository.url, "path": f"{folder}/ENVIRONMENT", **more}

    def files(self, folder: str, **files: str | None) -> None:
        self.repository.commit({f"{folder}/{name}.yaml": content for name, content in files.items()})

    def _bring_by_hand(self, manifest: dict[str, Any], status: dict[str, Any]) -> None:
        """Nothing in the harness provisions volumes or starts pods; Argo CD waits for what Git has."""
        spoke = self.argocd.spoke
        if not spoke.run("get", "namespace", self.shop, "-o", "name", "--ignore-not-found"):
            spoke.run("create", "namespace", self.shop)
        spoke.run("-n", self.shop, "apply", "-f", "-", stdin=json.dumps(manifest))
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        patch = json.dumps({"status": status})
        spoke.run("-n", self.shop, "patch", kind, name, "--subresource=status", "--type=merge", "-p", patch)

    def site(self, environment: str, *arguments: str, fails: bool = False, **variables: Any) -> tuple[Run, Any]:
        """Register the cluster in the environment, then bring the applications; the run and its results."""
        labels = {"argocd_spokes_labels": {"environment": environment}}
        results = {"spoke": "argocd_spokes_result", "hubs": "applications_result"}
        plays = [
            {"hosts": host, "gather_facts": False, "roles": [{"role": f"slipway.gitops.{role}"}]}
            for host, role in (("spoke", "argocd_spokes"), ("hubs", "applications"))
        ]
        for play in plays:
            said = {
                "name": f"Result of {play['hosts']}",
                "debug": {"msg": f"{{{{ {results[play['hosts']]} | to_json }}}}"},
            }
            play["post_tasks"] = [said]
        file = self.playbooks.folder / "site.yml"
        file.write_text(json.dumps(plays))
        run = self.playbooks.run(str(file), *arguments, **{**self.variables, **labels, **variables})
        assert (run.returncode != 0) is fails, run.output
        return run, None if fails else json.loads(run.message("Result of hubs"))

    def uid(self, kind: str, name: str, namespace: str) -> str:
        """Who an object is; "" when there is none."""
        return self.argocd.spoke.run(
            "-n", namespace, "get", kind, name, "-o", "jsonpath={.metadata.uid}", "--ignore-not-found"
        )

    def running(self) -> dict[str, str]:
        """Who everything is that the applications deployed."""
        return {
            "settings": self.uid("configmap", "settings", self.web),
            "web": self.uid("service", "web", self.web),
            "uploads": self.uid("pvc", "uploads", self.shop),
            "database": self.uid("statefulset", "database", self.shop),
            "data": self.uid("pvc", "data-database-0", self.shop),
        }  # fmt: skip

    def application(self, name: str) -> Any:
        return self.argocd.hub.get("-n", NAMESPACE, "application", f"{name}-spoke")

    def value(self) -> str:
        return self.argocd.spoke.run("-n", self.web, "get", "configmap", "settings", "-o", "jsonpath={.data.value}")

    def names(self, kind: str) -> list[str]:
        found = self.argocd.hub.run("-n", NAMESPACE, "get", kind, "-o", "name")
        prefix = self.web.removesuffix("-web")
        return sorted(line.rpartition("/")[2] for line in found.splitlines() if f"/{prefix}" in line)


@pytest.fixture
def platform(
    playbooks: Playbooks, argocd: ArgoCD, run: RunModule, request: pytest.FixtureRequest
) -> Iterator[Platform]:
    test = re.sub(r"\W+|_", "-", request.node.name.removeprefix("test_")).strip("-")
    platform = Platform(playbooks, argocd, f"{test[:14]}-{test[-4:]}")
    yield platform
    for application_set in platform.names("applicationsets"):
        run("argocd_application_set", name=application_set, state="absent")
    for application in platform.names("applications"):
        run("argocd_application", name=application, state="absent", cascade=False)
    for environment in ENVIRONMENTS:
        run("argocd_project", name=environment, state="absent")
    run("argocd_cluster", name="spoke", state="absent")


def test_renamed_environment(platform: Platform) -> None:
    """It moves what has a folder for the new one, in place, and touches nothing else."""
    web, shop = platform.web, platform.shop
    platform.site("dev")
    before = platform.running()
    assert all(before.values())
    platform.files("web/staging", settings=CONFIG % "staging", web=SERVICE)

    check, foreseen = platform.site("staging", "--check", "--diff")
    assert platform.value() == "dev"
    assert [one["application"] for one in foreseen["moves"]] == [f"{web}-spoke"], [
        one["why"] for one in foreseen["staying"]
    ]
    [staying] = foreseen["staying"]
    assert (staying["application"], staying["to"]) == (f"{shop}-spoke", "staging")
    assert staying["why"].endswith("has no folder shop/staging at HEAD")
    # What would go, if a person let it.
    assert foreseen["losses"] == [
        f"with application {shop}-spoke go volumes: PersistentVolumeClaim {shop}/uploads; "
        f"StatefulSet {shop}/database; PersistentVolumeClaim {shop}/data-database-0 stays"
    ]

    run, result = platform.site("staging")
    assert platform.running() == before
    assert platform.value() == "staging"
    assert sorted(foreseen["changes"]) == sorted(result["changes"])
    assert f"application {web}-spoke: from ApplicationSet {web}-dev to {web}-staging" in result["changes"]
    assert {host for _, host, _ in check.changed} == {host for _, host, _ in run.changed} == {"spoke", "hub"}
    moved, stayed = platform.application(web), platform.application(shop)
    assert (moved["spec"]["project"], moved["spec"]["source"]["path"]) == ("staging", "web/staging")
    assert moved["metadata"]["labels"]["environment"] == "staging"
    assert moved["spec"]["syncPolicy"]["automated"]["prune"]
    assert (stayed["spec"]["project"], stayed["spec"]["source"]["path"]) == ("dev", "shop/dev")
    assert result["staying"] == [staying] and result["held"] == []

    again, _ = platform.site("staging")
    assert again.changed == []
    # What stays goes on to follow Git.
    platform.files("shop/dev", settings=CONFIG % "new")
    platform.argocd.call("GET", f"/api/v1/applications/{shop}-spoke?refresh=normal")
    platform.site("staging")
    assert platform.uid("configmap", "settings", shop)


def test_what_cannot_follow_goes_with_a_persons_word(platform: Platform) -> None:
    platform.site("dev")
    before = platform.running()
    _, result = platform.site("staging")
    assert platform.running() == before
    assert len(result["staying"]) == 2

    word = {"applications_confirm_removal": platform.shop}
    check, foreseen = platform.site("staging", "--check", **word)
    assert platform.running() == before
    run, done = platform.site("staging", **word)
    name = f"{platform.shop}-spoke"
    assert foreseen["changes"] == done["changes"]
    assert f"delete application {name} with what it deployed" in done["changes"]
    assert check.changed == run.changed
    assert any("PersistentVolumeClaim" in line and "uploads" in line for line in foreseen["losses"])
    gone = dict.fromkeys(("uploads", "database"), "")
    # Kubernetes keeps a claim that a StatefulSet made.
    assert platform.running() == before | gone
    again, _ = platform.site("staging")
    assert again.changed == []


def test_what_the_new_folder_has_not_stays_until_a_person_says_so(platform: Platform) -> None:
    platform.site("dev")
    before = platform.running()
    platform.files("web/staging", settings=CONFIG % "staging")
    platform.files("shop/staging", database=json.dumps(DATABASE))
    run, result = platform.site("staging")
    assert platform.running() == before
    assert platform.value() == "staging"
    held = {one["application"]: one["resources"] for one in result["held"]}
    assert held == {
        f"{platform.web}-spoke": [f"Service {platform.web}/web"],
        f"{platform.shop}-spoke": [f"PersistentVolumeClaim {platform.shop}/uploads"],
    }
    assert "does not prune for now" in run.output
    check, foreseen = platform.site("staging", "--check")
    assert foreseen["held"] == result["held"]
    again, _ = platform.site("staging")
    assert check.changed == again.changed == []
    assert platform.running() == before

    # The other one gets what it lacks, and nothing is to be confirmed any more.
    platform.files("shop/staging", uploads=json.dumps(VOLUME))
    _, done = platform.site("staging", applications_confirm_removal=[platform.web])
    assert done["held"] == []
    assert platform.running() == before | {"web": ""}
    for name in (platform.web, platform.shop):
        assert platform.application(name)["spec"]["syncPolicy"]["automated"]["prune"]


@pytest.mark.parametrize("change", ["namespace", "path"])
def test_another_namespace_or_folder(platform: Platform, change: str) -> None:
    platform.site("dev")
    before = platform.running()
    other = {"namespace": f"{platform.web}-other"} if change == "namespace" else {"path": "moved/ENVIRONMENT"}
    platform.files("moved/dev", settings=CONFIG % "moved")
    wanted = [
        platform.entry(platform.web, "web", **{"environments": ["dev"], **other}),
        platform.entry(platform.shop, "shop"),
    ]
    _, result = platform.site("dev", applications_list=wanted)
    assert platform.running() == before
    lost = ["Service"] if change == "path" else ["ConfigMap", "Service"]
    assert [resource.split()[0] for one in result["held"] for resource in one["resources"]] == lost
    # Back again. What came into the other namespace meanwhile is nothing that goes without a word either.
    _, back = platform.site("dev")
    assert platform.running() == before
    assert [resource.split()[0] for one in back["held"] for resource in one["resources"]] == (
        [] if change == "path" else ["ConfigMap", "Service"]
    )
    platform.site("dev", applications_list=wanted, applications_confirm_removal=platform.web)
    platform.argocd.hub.run(
        "-n", NAMESPACE, "wait", "application", f"{platform.web}-spoke", "--for=jsonpath={.status.sync.status}=Synced"
    )
    assert platform.running()["web"] == ""


def test_an_application_set_of_others_that_would_take_its_applications_away(
    platform: Platform, run: RunModule, argocd: ArgoCD
) -> None:
    """Whoever made it: the label does not change before somebody said that they may go."""
    platform.site("dev")
    name = f"{platform.web}-foreign"
    made: Any = argocd.hub.get("-n", NAMESPACE, "applicationset", f"{platform.web}-dev")
    spec = {**made["spec"], "syncPolicy": {}}
    spec["template"]["metadata"] = {"name": f"{name}-{{{{ .name }}}}"}
    spec["template"]["spec"]["destination"]["namespace"] = name
    run("argocd_application_set", name=name, spec=spec)
    run("argocd_application_sync", name=f"{name}-spoke", operation="wait")
    there = platform.uid("configmap", "settings", name)
    assert there

    for arguments in (["--check"], []):
        refused, _ = platform.site("staging", *arguments, fails=True)
        assert "label environment: dev -> staging" in refused.errors
        assert f"with application {name}-spoke go no volumes; ConfigMap {name}/settings" in refused.errors
        assert f"-e argocd_spokes_confirm_removal={name}-spoke" in refused.errors
    [entry] = run("argocd_cluster_info", name="spoke")["clusters"]
    assert entry["labels"]["environment"] == "dev"
    assert platform.uid("configmap", "settings", name) == there

    platform.site("staging", argocd_spokes_confirm_removal=f"{name}-spoke")
    [entry] = run("argocd_cluster_info", name="spoke")["clusters"]
    assert entry["labels"]["environment"] == "staging"
    run("argocd_application_set", name=name, state="absent")


def test_another_name_of_a_cluster_that_has_applications(platform: Platform, run: RunModule) -> None:
    platform.site("dev")
    before = platform.running()
    refused, _ = platform.site("dev", fails=True, argocd_spokes_name="other")
    assert "Argo CD knows this cluster as spoke" in refused.errors and "tasks_from: unregister" in refused.errors
    assert [one["name"] for one in run("argocd_cluster_info", name="spoke")["clusters"]] == ["spoke"]
    assert platform.running() == before
