# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules against the lab's API: real HTTP over TLS, clusters as records only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils import _patience, _waiter
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean import (
    kubernetes_cluster,
    looks,
    registry_login,
    retry,
)
from lab_account import Account
from lab_server import LabServer

# Waits are shortened, not removed: what lags still has to be looked at again.
QUICK_LOOKS = (0.05, 0.1, 0.2)
VARIABLES = ("DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN", "DO_API_TOKEN", "SLIPWAY_PROGRESS_FILE")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(_waiter, "FIRST_INTERVAL_SECONDS", 0.05)
    monkeypatch.setattr(retry, "BACKOFF_FIRST_SECONDS", 0.01)
    monkeypatch.setattr(_patience, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(_patience, "OUTAGE_SECONDS", 0.5)
    monkeypatch.setattr(looks, "LOOK_AGAIN_SECONDS", QUICK_LOOKS)
    monkeypatch.setattr(looks, "LAG_SECONDS", QUICK_LOOKS)
    monkeypatch.setattr(registry_login, "SECOND_QUESTION_SECONDS", 0.01)
    monkeypatch.setattr(kubernetes_cluster, "SECOND_LOOK_SECONDS", 0.01)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    with LabServer(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def account(server: LabServer) -> Account:
    found = Account(server)
    found.empty()
    return found


@pytest.fixture
def kubeconfig_path(tmp_path: Path) -> str:
    return str(tmp_path / "kube" / "dev.yaml")
