# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call of a converge fails once, in every way: the next run ends in the same state, nothing is there twice."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from lab_account import Account

BASE = {"name": "base", "size": "s-2vcpu-4gb", "count": 1}
WORK = {
    "name": "work",
    "size": "s-2vcpu-4gb",
    "count": 2,
    "taints": [{"key": "work", "value": "true", "effect": "NoSchedule"}],
}
VPC = {"name": "net", "region": "ams3", "ip_range": "10.120.0.0/20"}
FIRST: dict[str, Any] = {
    "name": "dev",
    "region": "ams3",
    "version": "1.35",
    "vpc": "net",
    "ha": False,
    "cluster_subnet": "10.131.0.0/17",
    "service_subnet": "10.131.128.0/19",
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

Results = list[dict[str, Any]]


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


CONVERGES: dict[str, tuple[Callable[[Account], None], Callable[[Account], Results]]] = {
    "create": (start_empty, create),
    "change": (start_with_a_cluster, change),
    "remove": (start_with_a_cluster, remove),
}
KINDS: dict[str, dict[str, Any]] = {
    "too_many_requests": {"retry_after": 0},
    "too_many_requests_bare": {},
    "error_before": {"status": 503},
    "error_after": {"status": 500},
    "reset_before": {},
    "reset_after": {},
    "stale_read": {"method": "GET"},
    "slow": {"seconds": 1.3},
    "html": {"status": 502},
    "truncated": {},
}
# What differs between two accounts that are the same: ids, times, and the names DOKS makes from ids.
VOLATILE = {"id", "created_at", "updated_at", "endpoint", "ipv4", "nodes", "vpc_uuid", "urn", "registries"}


def essence(value: Any) -> Any:
    """An API object without what only its making decides."""
    if isinstance(value, dict):
        return {key: essence(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [essence(item) for item in value if not (isinstance(item, str) and item.startswith("k8s:"))]
    return value


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


def reference(account: Account, converge: str) -> tuple[int, dict[str, Any]]:
    """Number of calls and the final state without any fault."""
    start, act = CONVERGES[converge]
    start(account)
    mark = account.mark()
    assert not any(result["failed"] for result in act(account))
    return len(account.calls(mark)), state(account)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("converge", CONVERGES)
def test_one_fault_at_any_call(account: Account, converge: str, kind: str) -> None:
    start, act = CONVERGES[converge]
    calls, wanted = reference(account, converge)
    args = {"api_timeout": 1} if kind == "slow" else {}
    survived = 0
    for nth in range(1, calls + 1):
        start(account)
        account.server.admin.add_fault(kind, nth=nth, **KINDS[kind])
        with_fault = act(Impatient(account, **args))
        account.server.admin.clear_faults()
        survived += not any(result["failed"] for result in with_fault)
        for result in with_fault:
            assert not result["failed"] or result["msg"], "a failure says what happened"
            assert "Traceback" not in str(result.get("msg"))
        again = act(account)
        assert not any(result["failed"] for result in again), f"{kind} at call {nth}: {again}"
        assert state(account) == wanted, f"{kind} at call {nth} of {calls}"
        last = act(account)
        assert not any(result["changed"] for result in last), f"{kind} at call {nth}: {last}"
    # Most faults are no more than a delay. The others end in a message, and the run after mends them.
    assert survived >= calls // 2, f"only {survived} of {calls} runs survived {kind}"


class Impatient(Account):
    """The account with other connection options."""

    def __init__(self, account: Account, **options: Any) -> None:
        super().__init__(account.server)
        self.options = options

    def run(self, module_name: str, /, **args: Any) -> dict[str, Any]:
        return super().run(module_name, **{**self.options, **copy.deepcopy(args)})
