# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC and cluster: every call of a converge fails once, a writing one in every way."""

from __future__ import annotations

from typing import Any

import pytest
from fault_runs import Converge, Results, converges_by_length, essence, fail_every_call_once
from lab_account import Account

BASE = {"name": "base", "size": "s-2vcpu-4gb", "count": 1}
WORK = {
    "name": "work",
    "size": "s-2vcpu-4gb",
    "count": 2,
    "taints": [{"key": "work", "value": "true", "effect": "NoSchedule"}],
}
VPC = {"name": "net", "region": "ams3", "ip_range": "10.120.0.0/20"}
# Without subnets: with them the API would refuse a second cluster, and a creation sent twice would not show.
FIRST: dict[str, Any] = {
    "name": "dev",
    "region": "ams3",
    "version": "1.35",
    "vpc": "net",
    "ha": False,
    "project": "web",
    "node_pools": [BASE, {**WORK, "name": "old"}],
}
SECOND: dict[str, Any] = {
    **FIRST,
    "version": "1.36",
    "tags": ["changed"],
    "maintenance_policy": {"day": "sunday", "start_time": "03:00"},
    "node_pools": [{**BASE, "count": 2, "labels": {"a": "b"}}, WORK],
    "purge_node_pools": True,
}


def create(account: Account) -> Results:
    return [account.run("do_vpc", **VPC), account.run("do_kubernetes_cluster", **FIRST)]


def change(account: Account) -> Results:
    return [account.run("do_vpc", **VPC, description="new"), account.run("do_kubernetes_cluster", **SECOND)]


def remove(account: Account) -> Results:
    return [
        account.run("do_kubernetes_cluster", name="dev", state="absent", associated_resources="destroy"),
        account.run("do_vpc", name="net", state="absent", wait_timeout=5),
    ]


def start_empty(account: Account) -> None:
    account.empty()
    project = {"name": "web", "purpose": "Service or API", "environment": "Development"}
    account.api("POST", "/v2/projects", json=project)


def start_with_a_cluster(account: Account) -> None:
    start_empty(account)
    assert not any(result["failed"] for result in create(account))
    body = {"name": "pvc-1", "region": "ams3", "size_gigabytes": 1}
    cluster = account.cluster("dev")
    assert cluster is not None
    account.api("POST", "/v2/volumes", json={**body, "tags": [f"k8s:{cluster['id']}"]})


def state(account: Account) -> dict[str, Any]:
    """All that the account holds. Nothing is there twice."""
    clusters = account.api("GET", "/v2/kubernetes/clusters?per_page=200")["kubernetes_clusters"]
    vpcs = account.api("GET", "/v2/vpcs?per_page=200")["vpcs"]
    projects = {item["name"]: item["id"] for item in account.api("GET", "/v2/projects")["projects"]}
    members = account.api("GET", f"/v2/projects/{projects['web']}/resources")["resources"]
    names = [item["name"] for item in clusters] + [item["name"] for item in vpcs]
    assert len(names) == len(set(names)), names
    for cluster in clusters:
        pools = [pool["name"] for pool in cluster["node_pools"]]
        assert len(pools) == len(set(pools)), pools
        assert all(len(pool["nodes"]) == pool["count"] for pool in cluster["node_pools"])
    return {
        "clusters": essence(clusters),
        "vpcs": sorted(essence(vpcs), key=lambda vpc: str(vpc["name"])),
        "project": len(members),
        "volumes": len(account.api("GET", "/v2/volumes")["volumes"]),
    }


CONVERGES = {
    "create": Converge(start_empty, create, state),
    "change": Converge(start_with_a_cluster, change, state),
    "remove": Converge(start_with_a_cluster, remove, state),
}


@pytest.mark.parametrize("converge", converges_by_length(CONVERGES, short={"create"}))
def test_one_fault_at_any_call(account: Account, converge: str) -> None:
    fail_every_call_once(account, CONVERGES[converge])
