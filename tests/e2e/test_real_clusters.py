# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of an account on real Kubernetes nodes, told in order: each test starts where the one before ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_runs import Run, Workplace
from platform_view import cluster_of
from real_lab import RealLab
from slim_inventory import clusters_and_applications_only

pytestmark = pytest.mark.real

CLUSTERS = ("hub", "dev", "prod")
# What destroy.yml must leave nothing of. The default VPC and project come with every account and cannot be deleted.
EMPTY = {
    "kubernetes/clusters": "kubernetes_clusters",
    "droplets": "droplets",
    "volumes": "volumes",
    "load_balancers": "load_balancers",
    "snapshots": "snapshots",
}


def taints(node: Any) -> set[tuple[str, str, str]]:
    return {(taint.key, taint.value, taint.effect) for taint in node.spec.taints or []}


def ready(node: Any) -> bool:
    return any(condition.type == "Ready" and condition.status == "True" for condition in node.status.conditions)


def assert_nothing_to_do(run: Run) -> None:
    run.succeeded()
    assert run.changed == []
    assert run.mutating == []


@pytest.fixture(scope="module", autouse=True)
def slim(workplace: Workplace) -> None:
    clusters_and_applications_only(workplace)


def test_check_tells_what_the_first_run_does(workplace: Workplace) -> None:
    check = workplace.clusters_only("local", "--check", "--diff").succeeded()
    assert check.mutating == []
    run = workplace.clusters_only("local", "--diff").succeeded()
    assert check.changed == run.changed
    assert run.mutating != []


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_three_pools_of_ready_nodes(workplace: Workplace, cluster: str) -> None:
    pools = cluster_of(workplace, cluster).nodes_by_pool()
    assert {pool: len(nodes) for pool, nodes in pools.items()} == {"base": 1, "tools": 1, "workloads": 1}
    assert all(ready(node) for nodes in pools.values() for node in nodes)
    assert {pool: taints(nodes[0]) for pool, nodes in pools.items()} == {
        "base": set(),
        "tools": {("tools", "true", "NoSchedule")},
        "workloads": {("workloads", "true", "NoSchedule")},
    }


def test_second_run_asks_but_changes_nothing(workplace: Workplace) -> None:
    run = workplace.clusters_only("local")
    assert_nothing_to_do(run)
    assert len(run.requests) <= 10 * len(CLUSTERS), [f"{call.method} {call.path}" for call in run.requests]


def test_kubeconfigs_are_private(workplace: Workplace) -> None:
    for cluster in CLUSTERS:
        path = workplace.kubeconfigs / f"{cluster}.yaml"
        assert path.stat().st_mode & 0o777 == 0o600
        assert yaml.safe_load(path.read_text())["current-context"] == f"do-ams3-{cluster}"


def test_nodes_follow_a_change_of_the_inventory(workplace: Workplace) -> None:
    before = {node.metadata.name for nodes in cluster_of(workplace, "dev").nodes_by_pool().values() for node in nodes}
    workplace.edit(
        "platform/host_vars/dev.yml",
        do_cluster_pools={
            "base": {"size": "s-2vcpu-4gb", "count": 2, "labels": {"team": "platform"}},
            "tools": {"size": "s-2vcpu-4gb", "count": 1, "dedicated": True},
            "workloads": {
                "size": "s-2vcpu-4gb",
                "count": 1,
                "taints": [{"key": "batch", "value": "only", "effect": "PreferNoSchedule"}],
            },
        },
    )
    check = workplace.clusters_only("local", "--check", "--diff").succeeded()
    run = workplace.clusters_only("local", "--diff").succeeded()
    assert check.changed == run.changed
    assert {host for _, host, _ in run.changed} == {"dev"}
    pools = cluster_of(workplace, "dev").nodes_by_pool()
    assert [node.metadata.labels.get("team") for node in pools["base"]] == ["platform", "platform"]
    assert taints(pools["workloads"][0]) == {("batch", "only", "PreferNoSchedule")}
    after = {node.metadata.name for nodes in pools.values() for node in nodes}
    assert before < after, "nodes that did not have to go were replaced"
    assert_nothing_to_do(workplace.clusters_only("local"))


def test_destroy_leaves_the_account_empty(workplace: Workplace, real_lab: RealLab) -> None:
    refused = workplace.destroy("local")
    assert refused.returncode != 0
    assert refused.mutating == []
    arguments = ("-e", "destroy_confirm=hub,dev,prod", "-e", "destroy_associated_resources=true")
    run = workplace.destroy("local", *arguments).succeeded()
    removed = run.message("Say what was removed")
    assert all(cluster in removed for cluster in CLUSTERS)
    with real_lab.client() as api:
        assert {path: api.get(f"/v2/{path}").json()[key] for path, key in EMPTY.items()} == {path: [] for path in EMPTY}
        assert [vpc["name"] for vpc in api.get("/v2/vpcs").json()["vpcs"] if not vpc["default"]] == []
    assert list(workplace.kubeconfigs.iterdir()) == []
    machines = Path(real_lab.environment["LAB_HOME"], "clusters")
    assert not machines.exists() or list(machines.iterdir()) == []
    assert_nothing_to_do(workplace.destroy("local", *arguments))
