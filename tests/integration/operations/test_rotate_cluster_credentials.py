# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rotate_cluster_credentials.yml: another token, which works, and the end of the one before."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from argocd_server.argocd import NAMESPACE, ArgoCD
from argocd_server.modules import RunModule
from argocd_server.playbooks import Playbooks

ROTATE = "slipway.gitops.rotate_cluster_credentials"


def token(argocd: ArgoCD) -> str:
    """The token that Argo CD keeps of the spoke."""
    found: Any = argocd.hub.get("-n", NAMESPACE, "secrets", "-l", "argocd.argoproj.io/secret-type=cluster")
    configs = [
        json.loads(base64.b64decode(item["data"]["config"]))
        for item in found["items"]
        if base64.b64decode(item["data"]["name"]) == b"spoke"
    ]
    return str(configs[0]["bearerToken"])


def works(argocd: ArgoCD, secret: str) -> bool:
    """Whether the spoke knows the token."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": secret}}
    answer = json.loads(argocd.spoke.run("create", "-f", "-", "-o", "json", stdin=json.dumps(review)))
    return bool(answer["status"].get("authenticated"))


@pytest.fixture
def registered(argocd: ArgoCD, playbooks: Playbooks, run: RunModule) -> Iterator[None]:
    """The spoke as the role registers it."""
    # The harness' spoke has no controller that makes service accounts where they are missing; the role makes its own.
    file = playbooks.folder / "register.yml"
    role = {"role": "slipway.gitops.argocd_spokes"}
    file.write_text(json.dumps([{"hosts": "spoke", "gather_facts": False, "roles": [role]}]))
    playbooks.hosts["spoke"] |= {
        "argocd_spokes_name": "spoke",
        "argocd_spokes_hub_kubeconfig": str(argocd.hub.kubeconfig),
        "argocd_spokes_hub_namespace": NAMESPACE,
        "argocd_spokes_labels": {"environment": "dev"},
    }
    playbooks.run(str(file)).succeeded()
    yield
    run("argocd_cluster", name="spoke", state="absent")


def test_rotation(playbooks: Playbooks, argocd: ArgoCD, registered: None) -> None:
    before = token(argocd)
    assert works(argocd, before)
    check = playbooks.run(ROTATE, "--check").succeeded()
    assert check.changed != [] and token(argocd) == before

    run = playbooks.run(ROTATE, "--diff").succeeded()
    after = token(argocd)
    assert after != before and works(argocd, after) and not works(argocd, before)
    assert after not in run.output and before not in run.output
    assert "spoke: Argo CD uses a new token" in run.message("Say what was done")
    listed: Any = argocd.call("GET", "/api/v1/clusters")
    [spoke] = [cluster for cluster in listed["items"] if cluster["name"] == "spoke"]
    assert spoke["labels"] == {"environment": "dev"}


def test_a_cluster_that_is_not_registered(playbooks: Playbooks, argocd: ArgoCD) -> None:
    run = playbooks.run(ROTATE)
    assert run.returncode != 0
    assert "Argo CD does not know spoke" in run.errors


def test_the_hub_left_out(playbooks: Playbooks) -> None:
    run = playbooks.run(ROTATE, "--limit", "spoke")
    assert run.returncode != 0
    assert "--limit hub,spoke" in run.errors
