# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second run sends no writing call, as the audit logs of both clusters have it: nothing is written to find out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest
from argocd_server.argocd import NAMESPACE, ArgoCD
from argocd_server.modules import RunModule
from argocd_server.playbooks import Playbooks

# kubernetes' Python client, modules that talk to Argo CD, and Argo CD's API server, which writes on their word.
WRITERS = ("OpenAPI-Generator", "slipway.gitops", "argocd-server")


def writes(argocd: ArgoCD) -> list[str]:
    """Asking who one is comes as a creation, of an object that is never kept."""
    found = [write for cluster in (argocd.hub, argocd.spoke) for name in WRITERS for write in cluster.writes_by(name)]
    return [write for write in found if "selfsubjectreviews" not in write]


@pytest.fixture
def platform(playbooks: Playbooks, argocd: ArgoCD, run: RunModule) -> Iterator[str]:
    """A playbook that registers the spoke and brings an application to it."""
    repository = argocd.repository("second-run")
    repository.commit({"deploy/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"})
    playbooks.variables |= {
        "argocd_spokes_hub_kubeconfig": str(argocd.hub.kubeconfig), "argocd_spokes_hub_namespace": NAMESPACE,
        "argocd_spokes_labels": {"environment": "dev"}, "applications_kubeconfig": str(argocd.hub.kubeconfig),
        "applications_namespace": NAMESPACE, "applications_environments": {"dev": {"sync": "automated"}},
        "applications_list": [{"name": "second-run", "repo": repository.url, "path": "deploy"}],
        "applications_pools": {}, "applications_wait_timeout": 90,
    }  # fmt: skip
    plays = [
        {"hosts": host, "gather_facts": False, "roles": [{"role": f"slipway.gitops.{role}"}]}
        for host, role in (("spoke", "argocd_spokes"), ("hubs", "applications"))
    ]
    file = playbooks.folder / "second_run.yml"
    file.write_text(json.dumps(plays))
    yield str(file)
    run("argocd_application_set", name="second-run-dev", state="absent")
    run("argocd_project", name="dev", state="absent")
    run("argocd_cluster", name="spoke", state="absent")


def test_second_run_writes_nothing(playbooks: Playbooks, argocd: ArgoCD, platform: str) -> None:
    before = writes(argocd)
    playbooks.run(platform).succeeded()
    first = Counter(writes(argocd)) - Counter(before)
    # That the audit logs show what a run writes. The project, and what is in the spoke, may be there from other tests.
    assert "create applicationsets argocd/second-run-dev" in first
    assert any(write.startswith("create secrets argocd/cluster-") for write in first)
    before = sorted(writes(argocd))
    assert playbooks.run(platform).succeeded().changed == []
    assert sorted(writes(argocd)) == before
