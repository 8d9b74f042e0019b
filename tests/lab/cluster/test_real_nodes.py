# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real nodes follow their pools: where pods land, labels, taints, sizes, scaling, and machines that die."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest
from running_cluster import POOL, RunningCluster, node, wait_until
from slipway_lab.backend import BackendError
from slipway_lab.cluster.machine import Machine

pytestmark = pytest.mark.real

BASE, WORKLOADS = node("base", 0), node("workloads", 0, taint="workloads")


def pod(name: str, extra: str = "") -> str:
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{{name: c, image: "busybox:1.36", command: [sleep, "3600"]}}]
{extra}
"""


TOLERATION = "  tolerations: [{key: workloads, operator: Exists, effect: NoSchedule}]\n"


def test_nodes_are_what_the_api_promised(cluster: RunningCluster) -> None:
    assert cluster.backend.ready_nodes(cluster.spec.id) == {"base-0", "workloads-0"}
    found = cluster.get("node", "base-0")
    assert found["metadata"]["labels"][POOL] == "base"
    assert found["spec"]["providerID"] == "digitalocean://1000"
    assert found["status"]["nodeInfo"]["kubeletVersion"] == f"v{cluster.spec.version}"
    ranges = {cluster.get("node", name)["spec"]["podCIDR"] for name in ("base-0", "workloads-0")}
    assert ranges == {"10.100.0.0/24", "10.100.1.0/24"}


def test_allocatable_follows_the_size(cluster: RunningCluster) -> None:
    allocatable = cluster.get("node", "base-0")["status"]["allocatable"]
    assert allocatable["cpu"] == str(min(2, os.cpu_count() or 1))
    assert 3900 << 10 <= int(allocatable["memory"].removesuffix("Ki")) <= 4096 << 10


def test_pods_land_where_taints_let_them(cluster: RunningCluster) -> None:
    selector = f"  nodeSelector: {{{POOL}: workloads}}\n"
    cluster.apply(pod("anywhere"))
    cluster.apply(pod("tolerant", selector + TOLERATION))
    cluster.apply(pod("unwelcome", selector))
    cluster.wait("--for=condition=Ready", "pod/anywhere", "pod/tolerant")
    assert cluster.get("pod", "anywhere")["spec"]["nodeName"] == "base-0"
    assert cluster.get("pod", "tolerant")["spec"]["nodeName"] == "workloads-0"
    cluster.wait("--for=condition=PodScheduled=false", "pod/unwelcome")
    cluster.kubectl("delete", "pod", "anywhere", "tolerant", "unwelcome", "--now")


def test_labels_are_added_and_changed_but_never_removed(cluster: RunningCluster) -> None:
    cluster.set_nodes(node("base", 0, labels={"team": "one", "tier": "web"}), WORKLOADS)
    cluster.set_nodes(node("base", 0, labels={"team": "two"}), WORKLOADS)
    labels = cluster.get("node", "base-0")["metadata"]["labels"]
    assert (labels["team"], labels["tier"]) == ("two", "web")


def test_the_pools_taints_come_and_go_and_others_stay(cluster: RunningCluster) -> None:
    cluster.kubectl("taint", "node", "base-0", "mine=x:NoSchedule")
    cluster.set_nodes(node("base", 0, taint="batch"), WORKLOADS)
    assert cluster.taints("base-0") == {"mine:NoSchedule", "batch:NoSchedule"}
    cluster.set_nodes(BASE, WORKLOADS)
    assert cluster.taints("base-0") == {"mine:NoSchedule"}
    cluster.kubectl("taint", "node", "base-0", "mine-")


def test_scaling_moves_pods_off_a_node_before_it_goes(cluster: RunningCluster) -> None:
    second = node("workloads", 1, taint="workloads")
    cluster.set_nodes(BASE, WORKLOADS, second)
    assert cluster.backend.ready_nodes(cluster.spec.id) == {"base-0", "workloads-0", "workloads-1"}
    deployment = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: spread}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: spread}}}}
  template:
    metadata: {{labels: {{app: spread}}}}
    spec:
      terminationGracePeriodSeconds: 0
      nodeSelector: {{{POOL}: workloads}}
      tolerations: [{{key: workloads, operator: Exists}}]
      topologySpreadConstraints:
        - {{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway,
           labelSelector: {{matchLabels: {{app: spread}}}}}}
      containers: [{{name: c, image: "busybox:1.36", command: [sleep, "3600"]}}]
"""
    cluster.apply(deployment)
    cluster.wait("--for=condition=Available", "deployment/spread")
    assert used_nodes(cluster) == {"workloads-0", "workloads-1"}
    # Any node can go, also the first of its pool.
    cluster.set_nodes(BASE, second)
    assert cluster.backend.ready_nodes(cluster.spec.id) == {"base-0", "workloads-1"}
    assert not cluster.files.node("workloads-0").exists()
    wait_until(lambda: used_nodes(cluster) == {"workloads-1"}, "both pods on the node that is left")
    cluster.kubectl("delete", "deployment", "spread")


def used_nodes(cluster: RunningCluster) -> set[str]:
    pods = cluster.get("pods", "-l", "app=spread", "--field-selector=status.phase=Running")["items"]
    return {pod["spec"]["nodeName"] for pod in pods}


def test_a_machine_that_was_killed_is_started_again(cluster: RunningCluster) -> None:
    machine = Machine(cluster.files.node("base-0"), "Node base-0")
    before = machine.init
    assert before is not None
    mac = machine_mac(before.pid)
    before.send(signal.SIGKILL)
    assert before.wait_gone(10)
    cluster.set_nodes(BASE, WORKLOADS)
    after = machine.init
    assert after is not None and after != before
    assert machine_mac(after.pid) == mac
    assert "base-0" in cluster.backend.ready_nodes(cluster.spec.id)


def machine_mac(pid: int) -> str:
    return subprocess.run(
        ["nsenter", f"--target={pid}", "--net", "ip", "-json", "link", "show", "eth0"],
        capture_output=True, text=True, check=True,
    ).stdout.partition('"address":"')[2][:17]  # fmt: skip


def test_running_machines_are_left_alone(cluster: RunningCluster) -> None:
    names = ("base-0", "workloads-0")
    before = [Machine(cluster.files.node(name), name).init for name in names]
    cluster.start()
    cluster.set_nodes(BASE, WORKLOADS)
    assert [Machine(cluster.files.node(name), name).init for name in names] == before


def test_a_component_that_dies_is_started_again(cluster: RunningCluster) -> None:
    init = Machine(cluster.files.node("base-0"), "base-0").init
    assert init is not None

    def kubelet() -> str:
        found = subprocess.run(
            ["nsenter", f"--target={init.pid}", "--pid", "--mount", "pgrep", "-x", "kubelet"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return found.stdout.strip()

    before = kubelet()
    assert before
    subprocess.run(
        ["nsenter", f"--target={init.pid}", "--pid", "--mount", "kill", "-9", before], check=True, capture_output=True
    )
    wait_until(lambda: kubelet() not in ("", before), "a new kubelet")


def test_an_unknown_version_is_refused_in_words(cluster: RunningCluster) -> None:
    spec = type(cluster.spec)(**{**vars(cluster.spec), "id": "id-old", "name": "old", "version": "1.19.0"})
    with pytest.raises(BackendError, match=r"Cluster old: the lab cannot run Kubernetes 1\.19\.0; it can run 1\.36\.3"):
        cluster.backend.start_cluster(spec, print)
