# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves Argo CD: applications that shall be absent, and a cluster that is about to be destroyed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_runs import Run
from argocd_server.argocd import NAMESPACE, ArgoCD
from argocd_server.modules import RunModule
from argocd_server.playbooks import Playbooks

ENVIRONMENTS = {"dev": {"sync": "automated"}, "prod": {"sync": "manual"}}
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: '1'}\n"


class Platform:
    """The roles applications and argocd_spokes (unregister), as playbooks run them."""

    def __init__(self, playbooks: Playbooks, argocd: ArgoCD, name: str) -> None:
        self.playbooks, self.argocd, self.name = playbooks, argocd, name
        repository = argocd.repository(name)
        repository.commit({"deploy/settings.yaml": CONFIG})
        self.entry = {"name": name, "repo": repository.url, "path": "deploy"}

    def bring(self, applications: list[dict[str, Any]], *arguments: str, **variables: Any) -> tuple[Run, Any]:
        """Run role applications; the run and its result."""
        return self._run("hubs", "applications", "main", "applications_result", *arguments, **{
            "applications_kubeconfig": str(self.argocd.hub.kubeconfig), "applications_namespace": NAMESPACE,
            "applications_environments": ENVIRONMENTS, "applications_list": applications, "applications_pools": {},
            "applications_wait_timeout": 90, **variables,
        })  # fmt: skip

    def unregister(self, *arguments: str) -> tuple[Run, Any]:
        return self._run("spoke", "argocd_spokes", "unregister", "argocd_spokes_removed", *arguments, **{
            "argocd_spokes_name": "spoke", "argocd_spokes_hub_kubeconfig": str(self.argocd.hub.kubeconfig),
            "argocd_spokes_hub_namespace": NAMESPACE,
        })  # fmt: skip

    def _run(self, host: str, role: str, part: str, fact: str, *arguments: str, **variables: Any) -> tuple[Run, Any]:
        tasks = [
            {"ansible.builtin.include_role": {"name": f"slipway.gitops.{role}", "tasks_from": part}},
            {"name": "Result", "ansible.builtin.debug": {"msg": f"{{{{ {fact} | to_json }}}}"}},
        ]
        file = self.playbooks.folder / "leaving.yml"
        file.write_text(json.dumps([{"hosts": host, "gather_facts": False, "tasks": tasks}]))
        run = self.playbooks.run(str(file), *arguments, **variables).succeeded()
        return run, json.loads(run.message("Result"))

    def names(self, kind: str) -> list[str]:
        found = self.argocd.hub.run("-n", NAMESPACE, "get", kind, "-o", "name")
        return sorted(line.rpartition("/")[2] for line in found.splitlines() if f"/{self.name}" in line)

    def deployed(self) -> list[str]:
        return self.argocd.spoke.run("-n", self.name, "get", "configmaps", "settings", "-o", "name",
                                     "--ignore-not-found").split()  # fmt: skip


@pytest.fixture
def platform(
    playbooks: Playbooks, argocd: ArgoCD, run: RunModule, spoke: str, request: pytest.FixtureRequest
) -> Iterator[Platform]:
    name = request.node.name.removeprefix("test_").replace("_", "-")
    run("argocd_cluster", name=spoke, server=argocd.spoke.server, labels={"environment": "dev"})
    platform = Platform(playbooks, argocd, name)
    yield platform
    for application_set in platform.names("applicationsets"):
        run("argocd_application_set", name=application_set, state="absent")
    for application in platform.names("applications"):
        run("argocd_application", name=application, state="absent", cascade=False)


def test_absent_application(platform: Platform) -> None:
    app = platform.name
    platform.bring([platform.entry])
    assert platform.names("applications") == [f"{app}-spoke"]
    assert platform.deployed()

    again, unlisted = platform.bring([])
    assert again.changed == []
    assert unlisted["unlisted"] == [f"{app}-dev", f"{app}-prod"]
    said = again.message("slipway.gitops.applications : Say what is not listed any more")
    assert f"{app}-dev, {app}-prod: not in applications_list" in said

    absent = [{"name": app, "state": "absent"}]
    checked, foreseen = platform.bring(absent, "--check")
    assert platform.deployed()
    done, result = platform.bring(absent)
    assert result["changes"] == foreseen["changes"] == [
        f"delete ApplicationSet {app}-dev", f"delete application {app}-spoke with what it deployed"
    ]  # fmt: skip
    assert foreseen["losses"] == [f"with application {app}-spoke go no volumes; ConfigMap {app}/settings"]
    assert checked.changed == done.changed
    assert platform.names("applications") == []
    assert platform.deployed() == []
    # Prod, where people decide.
    assert platform.names("applicationsets") == [f"{app}-prod"]
    assert [one["name"] for one in result["unconfirmed"]] == [f"{app}-prod"]

    _, confirmed = platform.bring(absent, applications_confirm_removal=f"{app},other")
    assert confirmed["changes"] == [f"delete ApplicationSet {app}-prod"]
    assert platform.names("applicationsets") == []
    last, _ = platform.bring(absent)
    assert last.changed == []


def test_unregister(platform: Platform, argocd: ArgoCD, run: RunModule) -> None:
    """All that applications deployed stays: nothing may be deleted in a cluster on the word of a lost entry."""
    name = platform.name
    platform.bring([platform.entry])
    made: Any = argocd.hub.get("-n", NAMESPACE, "applicationset", f"{name}-dev")
    manual = made["spec"] | {"syncPolicy": {"applicationsSync": "create-update", "preserveResourcesOnDeletion": True}}
    manual["template"]["metadata"]["name"] = f"{name}-manual-{{{{ .name }}}}"
    labels = {"slipway.gitops/application": name}
    run("argocd_application_set", name=f"{name}-manual", spec=manual, labels=labels)
    source = {"repoURL": platform.entry["repo"], "path": "deploy"}
    foreign = {"project": "default", "source": source, "destination": {"name": "spoke", "namespace": "default"}}
    run("argocd_application", name=f"{name}-foreign", spec=foreign)
    assert platform.names("applications") == [f"{name}-foreign", f"{name}-manual-spoke", f"{name}-spoke"]

    checked, foreseen = platform.unregister("--check")
    assert len(platform.names("applications")) == 3
    done, removed = platform.unregister()
    assert removed == foreseen
    assert removed["changes"] == [
        f"remove cluster spoke from Argo CD: {argocd.spoke.server}",
        f"remove application {name}-manual-spoke from Argo CD and leave what it deployed",
        f"remove application {name}-spoke from Argo CD and leave what it deployed",
    ]
    assert removed["kept"] == [f"application {name}-foreign of Argo CD, which others made for spoke"]
    assert checked.changed and done.changed
    assert run("argocd_cluster_info", name="spoke")["clusters"] == []
    assert platform.names("applications") == [f"{name}-foreign"]
    assert platform.deployed()

    again, nothing = platform.unregister()
    assert again.changed == [] and nothing["changes"] == []
