# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An upgrade as DOKS does it: the control plane changes in place, nodes are replaced."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from own_lab import lab_config
from running_cluster import RunningCluster, cluster_spec, node
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.upstreams import available_kubernetes_versions, kubernetes
from slipway_lab.cluster.real import RealBackend
from slipway_lab.config import LabConfig

pytestmark = pytest.mark.real

NEW, OLD = available_kubernetes_versions()[:2]


@pytest.fixture
def old_cluster(tmp_path: Path) -> Iterator[RunningCluster]:
    if os.geteuid() != 0:
        pytest.skip("real nodes need root")
    if not BinaryCache(LabConfig.from_environment().cache).is_built(kubernetes(OLD)):
        pytest.skip(f"Kubernetes {OLD} is not built; `lab prepare --kubernetes {OLD}` does (five minutes)")
    backend = RealBackend(lab_config(tmp_path / "lab", "real"))
    cluster = RunningCluster(backend, replace(cluster_spec("old", 0), version=OLD))
    yield cluster
    backend.delete_cluster(cluster.spec.id)
    backend.shut_down()


def test_an_upgrade_keeps_data_and_replaces_nodes(old_cluster: RunningCluster) -> None:
    cluster = old_cluster
    endpoint = cluster.start()
    cluster.set_nodes(node("base", 0))
    assert kubelet_version(cluster, "base-0") == f"v{OLD}"
    cluster.kubectl("create", "configmap", "kept", "--from-literal=a=b")
    token = cluster.backend.issue_token(cluster.spec.id, 3600)

    cluster.spec = replace(cluster.spec, version=NEW)
    assert cluster.start() == endpoint
    assert f"v{NEW}" in cluster.kubectl("version").split("Server Version: ")[1]
    assert cluster.get("configmap", "kept")["data"] == {"a": "b"}
    cluster.kubectl("auth", "whoami", f"--token={token}")

    cluster.set_nodes(node("base", 0), node("base", 1))
    assert [kubelet_version(cluster, f"base-{number}") for number in range(2)] == [f"v{OLD}", f"v{NEW}"]
    cluster.set_nodes(node("base", 1))
    assert cluster.backend.ready_nodes(cluster.spec.id) == {"base-1"}


def kubelet_version(cluster: RunningCluster, name: str) -> str:
    version: str = cluster.get("node", name)["status"]["nodeInfo"]["kubeletVersion"]
    return version
