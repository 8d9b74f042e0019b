# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What these tests make is taken away after each: nothing of one test is there for the next."""

from __future__ import annotations

from typing import Any

from argocd_server import leftovers
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule

FINALIZERS = ["resources-finalizer.argocd.argoproj.io"]


def test_all_that_a_test_can_leave_goes(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    run("argocd_project", name="left", spec={"sourceRepos": ["*"]}, finalizers=FINALIZERS)
    template = {"metadata": {"name": "{{ .env }}", "finalizers": FINALIZERS}, "spec": spec}
    generators = [{"list": {"elements": [{"env": "dev"}, {"env": "prod"}]}}]
    made = {"goTemplate": True, "generators": generators, "template": template}
    run("argocd_application_set", name="left", spec=made)
    run("argocd_application", name="alone", spec=spec, finalizers=FINALIZERS)
    run("argocd_application_sync", name="alone")
    # One that Argo CD cannot delete: it does not get to the end of what it would have to do for the finalizer.
    argocd.hub.apply({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "stuck", "namespace": "argocd", "finalizers": FINALIZERS},
        "spec": {**spec, "destination": {"server": "https://127.0.0.1:1", "namespace": "default"}},
    })  # fmt: skip
    run("argocd_cluster", name="spoke", server=argocd.spoke.server, config={"bearer_token": argocd.spoke.token,
        "tls_client_config": {"insecure": True}})  # fmt: skip
    run("argocd_repository", repo=spec["source"]["repoURL"])
    run("argocd_repository_credentials", url="https://git.example.com", username="a", password="b")
    assert {"dev", "prod", "alone", "stuck"} <= set(_names(argocd, "applications"))
    assert _names(argocd, "configmaps", "default") != ["kube-root-ca.crt"]

    leftovers.clear(argocd)
    for kind, left in (("applicationsets", []), ("applications", []), ("appprojects", ["default"])):
        assert _names(argocd, kind) == left
    assert _names(argocd, "configmaps", "default") == ["kube-root-ca.crt"]
    assert run("argocd_application_info")["applications"] == []
    assert [cluster["name"] for cluster in run("argocd_cluster_info")["clusters"]] == ["in-cluster"]
    assert run("argocd_repository_info")["repositories"] == []
    assert run("argocd_repository_credentials_info")["credentials"] == []
    # With nothing left it has nothing to do.
    leftovers.clear(argocd)


def _names(argocd: ArgoCD, kind: str, namespace: str = "argocd") -> list[str]:
    found: Any = argocd.hub.get("-n", namespace, kind)
    return [item["metadata"]["name"] for item in found["items"]]
