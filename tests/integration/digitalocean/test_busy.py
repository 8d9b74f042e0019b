# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that are at work on something else: a change is waited for, or told in words that blame no scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lab_account import Account
from lab_server import LabServer

ID = "????????-????-????-????-????????????"
RULE = {"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 30080}
FRONT: dict[str, Any] = {"name": "front", "region": "ams3", "forwarding_rules": [RULE]}
PREVIOUS_ACTIONS = "Load Balancer can't be updated while it processes previous actions"
BASE = {"name": "base", "size": "s-2vcpu-4gb", "count": 1}
CLUSTER: dict[str, Any] = {"name": "dev", "region": "ams3", "version": "1.35", "ha": False, "node_pools": [BASE]}
TWO_POOLS = [BASE, {**BASE, "name": "work"}]
SHOP: dict[str, Any] = {"name": "shop-1", "region": "ams3", "tier": "basic"}


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account in which a load balancer is new for two seconds."""
    with LabServer(tmp_path_factory.mktemp("slow-lab"), LAB_PROVISION_SECONDS="2") as running:
        account = Account(running)
        account.empty()
        yield account


def test_a_new_load_balancer_is_changed_when_it_is_active(
    slow: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = tmp_path / "lines"
    monkeypatch.setenv("SLIPWAY_PROGRESS_FILE", str(lines))
    made = slow.run("do_load_balancer", **FRONT, wait=False)
    assert made["load_balancer"]["status"] == "new"
    early = slow.run("do_load_balancer", **FRONT, http_idle_timeout_seconds=90, wait=False)
    assert early["failed"] and not early.get("changed")
    assert PREVIOUS_ACTIONS in early["msg"] and "wait: true" in early["msg"]
    assert "scope" not in early["msg"] and "load_balancer:update" not in early["msg"]
    mark = slow.mark()
    changed = slow.run("do_load_balancer", **FRONT, http_idle_timeout_seconds=90)
    assert not changed["failed"], changed["msg"]
    assert changed["changed"] and changed["ip"]
    assert len(slow.writes(mark)) == 1, "what is new is not tried before it is active"
    assert "load balancer front new, no address yet" in lines.read_text()


@dataclass(frozen=True)
class Write:
    """A change that is refused while the object is busy. made: modules that run first."""

    method: str
    path: str
    module: str
    args: dict[str, Any]
    made: tuple[tuple[str, dict[str, Any]], ...] = ()
    message: str = "cluster is upgrading"


A_CLUSTER = (("do_kubernetes_cluster", CLUSTER),)
A_BALANCER = (("do_load_balancer", FRONT),)
A_REGISTRY = (("do_container_registry", SHOP), *A_CLUSTER)
CLUSTERS = f"/v2/kubernetes/clusters/{ID}"
COLLECTING = "registry is busy: a garbage collection is in progress"
WRITES: dict[str, Write] = {
    "load balancer": Write(
        "PUT", "/v2/load_balancers/*", "do_load_balancer", {**FRONT, "enable_proxy_protocol": True}, A_BALANCER,
        PREVIOUS_ACTIONS,
    ),
    "load balancer removed": Write(
        "DELETE", "/v2/load_balancers/*", "do_load_balancer", {"name": "front", "state": "absent"}, A_BALANCER,
        PREVIOUS_ACTIONS,
    ),
    "cluster": Write("PUT", CLUSTERS, "do_kubernetes_cluster", {**CLUSTER, "tags": ["a"]}, A_CLUSTER),
    "pool made": Write(
        "POST", f"{CLUSTERS}/node_pools", "do_kubernetes_cluster", {**CLUSTER, "node_pools": TWO_POOLS}, A_CLUSTER
    ),
    "pool changed": Write(
        "PUT", f"{CLUSTERS}/node_pools/*", "do_kubernetes_cluster",
        {**CLUSTER, "node_pools": [{**BASE, "count": 2}]}, A_CLUSTER,
    ),
    "pool removed": Write(
        "DELETE", f"{CLUSTERS}/node_pools/*", "do_kubernetes_cluster", {**CLUSTER, "purge_node_pools": True},
        (("do_kubernetes_cluster", {**CLUSTER, "node_pools": TWO_POOLS}),),
    ),
    "upgrade": Write(
        "POST", f"{CLUSTERS}/upgrade", "do_kubernetes_cluster", {**CLUSTER, "version": "1.36"}, A_CLUSTER,
        "cluster can not be upgraded while it is provisioning",
    ),
    "cluster removed": Write(
        "DELETE", f"{CLUSTERS}*", "do_kubernetes_cluster",
        {"name": "dev", "state": "absent", "associated_resources": "destroy"}, A_CLUSTER,
    ),
    "registry's clusters": Write(
        "POST", "/v2/kubernetes/registr*", "do_container_registry", {**SHOP, "clusters": ["dev"]}, A_REGISTRY
    ),
    "registry removed": Write(
        "DELETE", "/v2/registries/*", "do_container_registry", {"name": "shop-1", "state": "absent"}, A_REGISTRY,
        COLLECTING,
    ),
    "vpc removed": Write(
        "DELETE", "/v2/vpcs/*", "do_vpc", {"name": "net", "state": "absent"},
        (("do_vpc", {"name": "net", "region": "ams3"}),), "VPC is being changed",
    ),
}  # fmt: skip
STATUSES = {403: "forbidden", 409: "conflict", 412: "precondition_failed", 422: "unprocessable_entity"}


def refused(account: Account, write: Write, status: int, count: int | None) -> None:
    """What the write needs is there, and it is refused so many times."""
    for module, args in write.made:
        made = account.run(module, **args)
        assert not made["failed"], made["msg"]
    account.server.admin.add_fault(
        "answer_before", status=status, error_id=STATUSES[status], message=write.message, content="api", count=count,
        method=write.method, path=write.path,
    )  # fmt: skip


@pytest.mark.parametrize("name", WRITES)
def test_a_change_waits_until_the_object_takes_it(account: Account, name: str) -> None:
    write = WRITES[name]
    status = list(STATUSES)[list(WRITES).index(name) % len(STATUSES)]
    refused(account, write, status, count=3)
    mark = account.mark()
    result = account.run(write.module, **write.args)
    assert not result["failed"], result["msg"]
    assert result["changed"] is True
    assert len(account.writes(mark)) == 4, account.writes(mark)
    again = account.run(write.module, **write.args)
    assert not again["failed"] and again["changed"] is False


@pytest.mark.parametrize("name", WRITES)
def test_who_does_not_wait_is_told_in_words(account: Account, name: str) -> None:
    write = WRITES[name]
    refused(account, write, 403, count=None)
    mark = account.mark()
    result = account.run(write.module, **write.args, wait=False)
    assert result["failed"] and not result.get("changed")
    assert write.message in result["msg"], result["msg"]
    assert "scope" not in result["msg"]
    assert "wait: true" in result["msg"], result["msg"]
    assert len(account.writes(mark)) == 1


@pytest.mark.parametrize("name", WRITES)
def test_what_stays_busy_is_told_at_the_deadline(account: Account, name: str) -> None:
    write = WRITES[name]
    refused(account, write, 409, count=None)
    result = account.run(write.module, **write.args, wait_timeout=1)
    assert result["failed"] and write.message in result["msg"], result["msg"]
    assert "run again" in result["msg"].lower()


def test_an_image_that_was_pushed_while_the_registry_was_busy_is_not_lost(account: Account) -> None:
    refused(account, WRITES["registry removed"], 412, count=1)
    account.server.admin.add_fault("stale_read", method="GET", path="/v2/registries/*", count=1)
    account.server.admin.note_image("shop-1", "web", "sha256:" + "a" * 64)
    result = account.run("do_container_registry", name="shop-1", state="absent")
    assert result["failed"] and "would be lost" in result["msg"]
    assert [item["name"] for item in account.api("GET", "/v2/registries")["registries"]] == ["shop-1"]
