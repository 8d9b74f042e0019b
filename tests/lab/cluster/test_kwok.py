# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters whose nodes kwok plays: as unprivileged users and scale tests get them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from own_lab import lab_config
from running_cluster import POOL, RunningCluster, cluster_spec, node, wait_until
from slipway_lab.backend import BackendError
from slipway_lab.cluster.kwok import KwokBackend
from slipway_lab.cluster.machine import Machine

DEPLOYMENT = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: 3
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      nodeSelector: {{{POOL}: workloads}}
      tolerations: [{{key: workloads, operator: Exists}}]
      containers: [{{name: c, image: any.example.test/image:1}}]
"""


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    backend = KwokBackend(lab_config(tmp_path_factory.mktemp("kwok-lab"), "kwok"))
    cluster = RunningCluster(backend, cluster_spec("played", 0))
    try:
        cluster.start()
        yield cluster
    finally:
        backend.delete_cluster(cluster.spec.id)
        backend.shut_down()


@pytest.fixture
def cluster(started: RunningCluster) -> RunningCluster:
    started.set_nodes(node("base", 0), node("workloads", 0, taint="workloads"))
    return started


def test_nodes_have_their_size_and_are_ready(cluster: RunningCluster) -> None:
    assert cluster.backend.ready_nodes(cluster.spec.id) == {"base-0", "workloads-0"}
    found = cluster.get("node", "base-0")
    assert found["status"]["allocatable"] == {"cpu": "2", "memory": "4Gi", "pods": "110"}
    assert found["status"]["nodeInfo"]["kubeletVersion"] == f"v{cluster.spec.version}"


def test_pods_run_where_taints_let_them(cluster: RunningCluster) -> None:
    cluster.apply(DEPLOYMENT)
    cluster.wait("--for=condition=Available", "deployment/web")
    assert {p["spec"]["nodeName"] for p in cluster.get("pods", "-l", "app=web")["items"]} == {"workloads-0"}
    cluster.kubectl("create", "job", "once", "--image=any.example.test/image:1")
    cluster.wait("--for=condition=Complete", "job/once")
    cluster.kubectl("delete", "deployment,job", "--all")
    wait_until(lambda: cluster.get("pods")["items"] == [], "all pods are gone")


def test_taints_follow_and_nodes_scale(cluster: RunningCluster) -> None:
    cluster.set_nodes(*(node("base", number, taint="later") for number in range(1, 21)))
    assert cluster.backend.ready_nodes(cluster.spec.id) == {f"base-{number}" for number in range(1, 21)}
    # A new node is ready before Kubernetes takes its own taint, not-ready, away.
    wait_until(lambda: cluster.taints("base-20") == {"later:NoSchedule"}, "base-20 has its pool's taint alone")
    cluster.set_nodes(node("base", 1))
    assert cluster.backend.ready_nodes(cluster.spec.id) == {"base-1"}
    wait_until(lambda: cluster.taints("base-1") == set(), "base-1 has no taint")


def test_data_survives_a_stop(cluster: RunningCluster) -> None:
    cluster.kubectl("create", "configmap", "kept", "--from-literal=a=b")
    cluster.backend.stop_cluster(cluster.spec.id)
    assert Machine(cluster.files.control_plane, "").init is None
    assert cluster.backend.ready_nodes(cluster.spec.id) == frozenset()
    cluster.start()
    cluster.set_nodes(node("base", 0))
    assert cluster.get("configmap", "kept")["data"] == {"a": "b"}
    cluster.kubectl("delete", "configmap", "kept")


def test_another_kind_of_lab_leaves_it_alone(cluster: RunningCluster) -> None:
    from slipway_lab.cluster.cluster_files import ClusterFiles
    from slipway_lab.config import NodeKind

    files = ClusterFiles(cluster.config, cluster.spec.id)
    with pytest.raises(BackendError, match="was made with LAB_NODES=kwok, the lab now runs with LAB_NODES=real"):
        files.create_or_update(cluster.spec, NodeKind.REAL)
