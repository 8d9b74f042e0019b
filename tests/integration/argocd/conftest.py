# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One real Argo CD for the whole run, and modules run unmodified against it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from argocd_server import leftovers
from argocd_server.argocd import ArgoCD
from argocd_server.config_maps import config_map
from argocd_server.modules import RunModule, module_run
from git_work_tree import WorkTree


@pytest.fixture(scope="session")
def argocd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArgoCD]:
    server = ArgoCD.start(tmp_path_factory.mktemp("argocd"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def access(argocd: ArgoCD) -> dict[str, Any]:
    """Options that lead a module to the server as admin."""
    return {
        "server_url": argocd.url,
        "ca_cert": str(argocd.ca_file),
        "auth_username": "admin",
        "auth_password": argocd.admin_password,
        "session_dir": str(argocd.directory / "sessions"),
    }


@pytest.fixture(scope="session")
def run(access: dict[str, Any]) -> RunModule:
    return module_run(access)


@pytest.fixture
def repository(argocd: ArgoCD, request: pytest.FixtureRequest) -> WorkTree:
    """A repository of this test alone, with the ConfigMap web below web/."""
    # Tests of several modules have one name.
    name = f"{request.module.__name__}-{request.node.name}"
    repository = argocd.repository(name.replace("[", "-").replace("]", ""))
    repository.commit({"web/config.yaml": config_map("web", color="blue")})
    return repository


@pytest.fixture
def spec(repository: WorkTree) -> dict[str, Any]:
    """An application that deploys it to the hub."""
    return {
        "project": "default",
        "source": {"repoURL": repository.url, "path": "web", "targetRevision": "main", "directory": {"recurse": False}},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
    }


@pytest.fixture
def no_leftovers(argocd: ArgoCD) -> Iterator[None]:
    """Takes away whatever a test has made, with what its applications deployed, also when it fails."""
    yield
    leftovers.clear(argocd)
