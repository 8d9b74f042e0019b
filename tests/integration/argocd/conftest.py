# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One real Argo CD for the whole run, and modules run unmodified against it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule, module_run


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
