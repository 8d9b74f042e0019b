# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks and roles on one real Argo CD for the whole run, reached as on a real hub: by a kubeconfig alone."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule, module_run
from argocd_server.playbooks import Playbooks


@pytest.fixture(scope="session")
def argocd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArgoCD]:
    server = ArgoCD.start(tmp_path_factory.mktemp("argocd"))
    try:
        Playbooks(server.directory, server).open_tunnel()
        yield server
    finally:
        server.stop()


@pytest.fixture
def playbooks(argocd: ArgoCD, tmp_path: Path) -> Playbooks:
    return Playbooks(tmp_path, argocd)


@pytest.fixture
def run(argocd: ArgoCD, tmp_path: Path) -> RunModule:
    """Modules, to prepare and to look."""
    return module_run({"kubeconfig": str(argocd.hub.kubeconfig), "session_dir": str(tmp_path / "sessions")})


@pytest.fixture
def spoke(argocd: ArgoCD, run: RunModule) -> Iterator[str]:
    """The name of the second cluster, registered in Argo CD with full rights."""
    authority = base64.b64encode(argocd.spoke.ca_pem).decode()
    config = {"bearer_token": argocd.spoke.token, "tls_client_config": {"ca_data": authority}}
    run("argocd_cluster", name="spoke", server=argocd.spoke.server, config=config)
    yield "spoke"
    run("argocd_cluster", name="spoke", state="absent")
