# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubernetes_apply on a real Kubernetes API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import module_runner
import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.control_plane import ControlPlane

LABELS = {"app.kubernetes.io/part-of": "test"}
ACCOUNT = {
    "apiVersion": "v1",
    "kind": "ServiceAccount",
    "metadata": {"name": "deployer", "namespace": "default", "labels": LABELS},
}
ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "deployer"},
    "rules": [
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["list", "watch"]},
        {"nonResourceURLs": ["/version"], "verbs": ["get"]},
    ],
}
BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "deployer"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "deployer"},
    "subjects": [{"kind": "ServiceAccount", "name": "deployer", "namespace": "default"}],
}
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "login", "namespace": "default", "labels": LABELS},
    "data": {"password": "czNjcmV0"},
}
ALL = [ACCOUNT, ROLE, BINDING, SECRET]
SENTENCES = [
    "apply ClusterRole deployer", "apply ClusterRoleBinding deployer", "apply Secret login",
    "apply ServiceAccount deployer",
]  # fmt: skip


class Applier:
    """Runs the module on one cluster."""

    def __init__(self, cluster: ControlPlane) -> None:
        self.cluster = cluster

    def run(self, *objects: Any, check: bool = False, fails: bool = False, **options: Any) -> dict[str, Any]:
        arguments = {"kubeconfig": str(self.cluster.kubeconfig), "objects": list(objects), **options}
        result: dict[str, Any] = module_runner.run_module("kubernetes_apply", check_mode=check, **arguments)
        assert result["failed"] == fails, result
        return result

    def writes(self) -> list[str]:
        """Writes of the module since the start, dry runs too."""
        return self.cluster.writes_by("OpenAPI-Generator")


@pytest.fixture
def applier(argocd: ArgoCD) -> Iterator[Applier]:
    yield Applier(argocd.spoke)
    argocd.spoke.run("delete", "--ignore-not-found", "clusterrole/deployer", "clusterrolebinding/deployer")
    argocd.spoke.run("-n", "default", "delete", "--ignore-not-found", "secret/login", "serviceaccount/deployer")


def test_life(applier: Applier) -> None:
    check = applier.run(*ALL, check=True)
    assert applier.cluster.run("get", "clusterrole", "deployer", "--ignore-not-found") == ""
    done = applier.run(*ALL)
    assert check["changes"] == done["changes"] == SENTENCES
    assert set(done["diff"]["after"]) == {sentence.removeprefix("apply ") for sentence in SENTENCES}
    assert done["diff"]["before"] == {}
    assert "czNjcmV0" not in json.dumps([check["diff"], done["diff"]])

    writes = applier.writes()
    for check_mode in (True, False):
        again = applier.run(*ALL, check=check_mode)
        assert (again["changed"], again["changes"], again["diff"]) == (False, [], {"before": {}, "after": {}})
    assert applier.writes() == writes

    narrower = {**ROLE, "rules": ROLE["rules"][:1]}
    check = applier.run(ACCOUNT, narrower, check=True)
    done = applier.run(ACCOUNT, narrower)
    assert check["changes"] == done["changes"] == ["apply ClusterRole deployer"]
    assert check["diff"] == done["diff"]
    assert len(applier.writes()) == len(writes) + 2
    assert len(applier.cluster.get("clusterrole", "deployer")["rules"]) == 1  # type: ignore[arg-type]


def test_what_others_wrote(applier: Applier) -> None:
    applier.run(*ALL)
    kubectl = applier.cluster.run
    kubectl("label", "clusterrole", "deployer", "of=another")
    assert applier.run(ROLE)["changes"] == [], "a label that is not declared is somebody else's"
    kubectl("patch", "clusterrole", "deployer", "--type=merge", "-p", '{"rules": []}')
    kubectl("-n", "default", "patch", "secret", "login", "--type=merge", "-p", '{"data": {"password": "b3RoZXI="}}')
    assert applier.run(*ALL)["changes"] == ["apply ClusterRole deployer", "apply Secret login"]
    found: Any = applier.cluster.get("clusterrole", "deployer")
    assert (found["rules"], found["metadata"]["labels"]) == (ROLE["rules"], {"of": "another"})
    assert applier.run(*ALL)["changes"] == []


def test_what_cannot_be_applied(applier: Applier, tmp_path: Path) -> None:
    before = applier.writes()
    broken = {"kind": "Secret", "metadata": {}}
    message = applier.run(ROLE, broken, {"apiVersion": "v1"}, fails=True)["msg"]
    assert "object 2 has no apiVersion, metadata.name; object 3 has no kind, metadata.name" in message
    kubeconfig = tmp_path / "kubeconfig"
    text = applier.cluster.kubeconfig.read_text().replace(applier.cluster.server, "https://127.0.0.1:1")
    kubeconfig.write_text(text)
    message = applier.run(ROLE, kubeconfig=str(kubeconfig), fails=True)["msg"]
    assert "https://127.0.0.1:1 cannot be reached" in message
    assert applier.writes() == before

    away = {**SECRET, "metadata": {"name": "login", "namespace": "nowhere"}}
    failed = applier.run(ROLE, away, SECRET, fails=True)
    assert "Make namespace nowhere first" in failed["msg"]
    assert (failed["changed"], failed["changes"]) == (True, ["apply ClusterRole deployer"])
    unknown = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    assert "Thing" in applier.run(unknown, fails=True)["msg"]
