# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml: check mode tells what the run then does, the second run does nothing, changes are made in place."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_runs import Workplace, assert_check_told_what_was_done

POOLS: dict[str, Any] = {
    "base": {"size": "s-2vcpu-4gb", "count": 2},
    "tools": {"size": "s-2vcpu-4gb", "count": 1, "dedicated": True, "labels": {"team": "platform"}},
    "workloads": {"size": "s-2vcpu-4gb", "auto_scale": True, "min_nodes": 1, "max_nodes": 5, "dedicated": True},
    "batch": {"size": "s-4vcpu-8gb", "count": 1, "taints": [{"key": "batch", "value": "", "effect": "NoExecute"}]},
}

CHANGES: dict[str, dict[str, Any]] = {
    "platform/group_vars/all.yml": {"slipway_pools": POOLS, "do_cluster_surge_upgrade": False},
    "platform/host_vars/dev.yml": {
        "do_cluster_tags": ["slipway", "dev", "changed"],
        "do_cluster_maintenance_policy": {"day": "friday", "start_time": "22:00"},
        "do_cluster_control_plane_firewall": {"enabled": True, "allowed_addresses": ["192.0.2.0/24"]},
    },
    "platform/host_vars/hub.yml": {
        "do_cluster_ha": True,
        "do_cluster_autoscaler_configuration": {"scale_down_utilization_threshold": 0.7, "expanders": ["least_waste"]},
    },
}


@pytest.mark.long
def test_first_run_and_second_run(workplace: Workplace) -> None:
    check = workplace.site("local", "--check", "--diff").succeeded()
    assert not workplace.kubeconfigs.exists()
    run = workplace.site("local", "--diff").succeeded()
    assert_check_told_what_was_done(check, run)
    assert workplace.clusters() == ["dev", "hub", "prod"]
    assert sorted(path.name for path in workplace.kubeconfigs.iterdir()) == ["dev.yaml", "hub.yaml", "prod.yaml"]
    assert len([call for call in run.mutating if call == "POST /v2/vpcs"]) == 1

    report = run.message("Report")
    for cluster in ("hub", "dev", "prod"):
        assert f"{cluster}: Kubernetes 1.36." in report
        assert f"kubeconfig: {workplace.kubeconfigs}/{cluster}.yaml" in report
    assert "pool workloads: 1 x s-2vcpu-4gb, scales from 1 to 3" in report
    assert "create VPC slipway-ams3" in report
    assert "a month" in report
    assert f"export KUBECONFIG={workplace.kubeconfigs}/hub.yaml:" in report
    assert workplace.server.token not in run.output

    second = workplace.site("local").succeeded()
    assert second.changed == []
    assert second.mutating == []
    assert "Nothing had to change." in second.message("Report")
    assert len(second.requests) <= 30, [f"{request.method} {request.path}" for request in second.requests]


@pytest.mark.long
def test_change_of_the_inventory(workplace: Workplace) -> None:
    workplace.stands("dev")
    for file, values in CHANGES.items():
        workplace.edit(file, **values)
    check = workplace.site("dev", "--check", "--diff").succeeded()
    run = workplace.site("dev", "--diff").succeeded()
    assert_check_told_what_was_done(check, run)
    assert {change[1] for change in run.changed} == {"hub", "dev"}
    assert workplace.site("dev").succeeded().changed == []

    dev = workplace.cluster("dev")
    assert dev["maintenance_policy"]["day"] == "friday"
    assert dev["control_plane_firewall"] == {"enabled": True, "allowed_addresses": ["192.0.2.0/24"]}
    pools = {pool["name"]: pool for pool in dev["node_pools"]}
    assert set(pools) == {"base", "tools", "workloads", "batch"}
    assert pools["base"]["count"] == 2
    assert pools["tools"]["labels"] == {"team": "platform"}
    assert pools["workloads"]["max_nodes"] == 5
    assert pools["batch"]["taints"] == [{"key": "batch", "value": "", "effect": "NoExecute"}]


@pytest.mark.long
def test_pool_taken_out_of_the_map_goes_only_when_told(workplace: Workplace) -> None:
    workplace.stands("dev", "--limit", "dev")
    workplace.edit("platform/group_vars/all.yml", slipway_pools={"base": {"size": "s-2vcpu-4gb", "count": 1}})
    kept = workplace.site("dev", "--limit", "dev").succeeded()
    assert kept.mutating == []
    assert "tools" in kept.output
    workplace.site("dev", "--limit", "dev", "-e", "do_cluster_purge_node_pools=true").succeeded()
    assert [pool["name"] for pool in workplace.cluster("dev")["node_pools"]] == ["base"]


@pytest.mark.long
def test_upgrade_to_a_newer_minor(workplace: Workplace) -> None:
    older, newer = workplace.minors()[-2:]
    workplace.edit("platform/group_vars/all.yml", slipway_kubernetes_version=older)
    workplace.site("dev", "--limit", "dev").succeeded()
    workplace.edit("platform/group_vars/all.yml", slipway_kubernetes_version=newer)
    check = workplace.site("dev", "--limit", "dev", "--check", "--diff").succeeded()
    run = workplace.site("dev", "--limit", "dev", "--diff").succeeded()
    assert_check_told_what_was_done(check, run)
    assert workplace.cluster("dev")["version"].startswith(f"{newer}.")


@pytest.mark.long
def test_an_environment_leaves_the_other_alone(workplace: Workplace) -> None:
    workplace.stands("prod")
    before = workplace.cluster("prod")
    run = workplace.site("dev").succeeded()
    assert workplace.clusters() == ["dev", "hub", "prod"]
    assert workplace.cluster("prod") == before
    assert {change[1] for change in run.changed} == {"dev"}


@pytest.mark.long
def test_one_failing_cluster_leaves_the_others_alone(workplace: Workplace) -> None:
    """What only the cluster's own step can find out does not hold up the others, and the next run completes it."""
    workplace.edit("platform/host_vars/dev.yml", do_cluster_project="no such project")
    run = workplace.site("dev")
    assert run.returncode != 0
    assert "no such project" in run.errors
    assert workplace.clusters() == ["hub"]
    assert "dev: NOT DONE" in run.message("Report")
    workplace.edit("platform/host_vars/dev.yml", do_cluster_project="")
    workplace.site("dev").succeeded()
    assert workplace.clusters() == ["dev", "hub"]


@pytest.mark.long
def test_a_stopped_run_is_picked_up_by_the_next(workplace: Workplace) -> None:
    """Killed while the VPC, then while the cluster, is being made."""
    dev = ("dev", "--limit", "dev")
    for _ in range(2):
        workplace.kill_at("POST", "site.yml", *dev, "--tags", "clusters", "--skip-tags", "nodes")
    workplace.site(*dev).succeeded()
    assert workplace.clusters() == ["dev"]
    assert [vpc["name"] for vpc in workplace.get("/v2/vpcs")["vpcs"]].count("slipway-ams3") == 1
    assert workplace.site(*dev).succeeded().mutating == []


def test_kubeconfigs_alone_by_tag(workplace: Workplace) -> None:
    workplace.stands("dev", "--limit", "dev")
    (workplace.kubeconfigs / "dev.yaml").unlink()
    run = workplace.run("site.yml", "dev", "--limit", "dev", "--tags", "kubeconfig").succeeded()
    assert (workplace.kubeconfigs / "dev.yaml").exists()
    assert run.mutating == []
    assert "hub" not in run.message("Report")


@pytest.mark.long
@pytest.mark.parametrize("kind", ["error_after", "reset_after"])
def test_lost_answer_of_a_creation_makes_no_second_cluster(workplace: Workplace, kind: str) -> None:
    workplace.server.admin.add_fault(kind, method="POST", path="/v2/kubernetes/clusters", count=1)
    workplace.site("dev", "--limit", "dev")
    workplace.site("dev", "--limit", "dev").succeeded()
    assert workplace.clusters() == ["dev"]
