# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Outages of the API during every wait of the do_* modules: longer than one call puts up with, shorter than the wait.

Times are shortened: a call puts up with half a second, and an object takes a second to come or go. One test has the
real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from lab_account import Account
from lab_server import LabServer

ID = "????????-????-????-????-????????????"
CLUSTERS = f"/v2/kubernetes/clusters/{ID}"
BALANCERS = f"/v2/load_balancers/{ID}"
MEMBERS = "/v2/vpcs/*/members"
BASE = {"name": "base", "size": "s-2vcpu-4gb", "count": 1}
CLUSTER: dict[str, Any] = {"name": "dev", "region": "ams3", "version": "1.35", "ha": False, "node_pools": [BASE]}
TWO_POOLS = [BASE, {**BASE, "name": "work"}]
RULE = {"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 30080}
BALANCER: dict[str, Any] = {"name": "front", "region": "ams3", "forwarding_rules": [RULE]}
VPC: dict[str, Any] = {"name": "net", "region": "ams3", "ip_range": "10.120.0.0/20"}
GONE: dict[str, Any] = {"name": "dev", "state": "absent", "associated_resources": "destroy"}
OUTAGES: dict[str, dict[str, Any]] = {
    "503": {"kind": "error_before", "status": 503},
    "web page": {"kind": "html", "status": 502},
    "reset": {"kind": "reset_before"},
}
SECONDS = 2.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """What is made takes a second, and so does what is deleted."""
    with LabServer(tmp_path_factory.mktemp("slow-lab"), LAB_PROVISION_SECONDS="1") as running:
        yield running


def made(account: Account, module: str, **args: Any) -> None:
    result = account.run(module, **args)
    assert not result["failed"], result["msg"]


def nothing(_account: Account) -> None:
    """The wait begins with an empty account."""


def a_cluster(account: Account) -> None:
    made(account, "do_kubernetes_cluster", **CLUSTER)


def two_pools(account: Account) -> None:
    made(account, "do_kubernetes_cluster", **{**CLUSTER, "node_pools": TWO_POOLS})


def a_balancer(account: Account) -> None:
    made(account, "do_load_balancer", **BALANCER)


def a_vpc(account: Account) -> None:
    made(account, "do_vpc", **VPC)


def a_cluster_leaving_its_vpc(account: Account) -> None:
    made(account, "do_vpc", **VPC)
    made(account, "do_kubernetes_cluster", **CLUSTER, vpc="net")
    made(account, "do_kubernetes_cluster", **GONE, wait=False)


@dataclass(frozen=True)
class Wait:
    """before: what is made first; module, args: who waits; method, looks, nth: its calls, from which one on."""

    module: str
    args: dict[str, Any]
    looks: str
    before: Callable[[Account], None] = nothing
    nth: int = 1
    method: str = "GET"


WAITS: dict[str, Wait] = {
    "cluster": Wait("do_kubernetes_cluster", CLUSTER, CLUSTERS),
    "pool": Wait("do_kubernetes_cluster", {**CLUSTER, "node_pools": TWO_POOLS}, CLUSTERS, a_cluster),
    "pool removed": Wait("do_kubernetes_cluster", {**CLUSTER, "purge_node_pools": True}, CLUSTERS, two_pools),
    "upgrade": Wait("do_kubernetes_cluster", {**CLUSTER, "version": "1.36"}, CLUSTERS, a_cluster),
    "cluster removed": Wait("do_kubernetes_cluster", GONE, CLUSTERS, a_cluster),
    "load balancer": Wait("do_load_balancer", BALANCER, BALANCERS),
    "vpc emptied": Wait("do_vpc", {"name": "net", "state": "absent"}, MEMBERS, a_cluster_leaving_its_vpc, nth=2),
    "vpc removed": Wait("do_vpc", {"name": "net", "state": "absent"}, f"/v2/vpcs/{ID}", a_vpc, method="DELETE"),
}
# Every wait with one kind of outage, another one for each; the rest is for the long suite.
CELLS = [
    pytest.param(wait, outage, marks=() if (row + column) % len(OUTAGES) == 0 else pytest.mark.long)
    for row, wait in enumerate(WAITS)
    for column, outage in enumerate(OUTAGES)
]


def waited_through(account: Account, wait: Wait, fault: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The result of the module that met the fault at its looks; the fault was met more often than a call repeats."""
    wait.before(account)
    account.server.admin.add_fault(**fault, method=wait.method, path=wait.looks, nth=wait.nth)
    result = account.run(wait.module, **wait.args, **more)
    [met] = account.server.admin.faults()
    account.server.admin.clear_faults()
    assert met["hits"] > 6, "the outage is longer than one call puts up with"
    return result


@pytest.mark.parametrize(("wait", "outage"), CELLS)
def test_an_outage_does_not_end_a_wait(account: Account, wait: str, outage: str) -> None:
    result = waited_through(account, WAITS[wait], {**OUTAGES[outage], "lasts": SECONDS})
    assert not result["failed"], result["msg"]
    assert result["changed"] is True
    again = account.run(WAITS[wait].module, **WAITS[wait].args)
    assert not again["failed"] and again["changed"] is False


@pytest.mark.parametrize("wait", WAITS)
def test_an_outage_at_the_deadline_is_told(account: Account, wait: str) -> None:
    """What was last seen, that the API had trouble, and what to do. What was done is said too."""
    result = waited_through(account, WAITS[wait], {**OUTAGES["503"], "count": None}, wait_timeout=2)
    assert result["failed"]
    assert "The API had trouble for" in result["msg"] and "answered 503" in result["msg"], result["msg"]
    assert "run again" in result["msg"].lower()
    last = account.run(WAITS[wait].module, **WAITS[wait].args)
    assert not last["failed"], last["msg"]


@pytest.mark.parametrize("wait", [name for name in WAITS if not name.startswith("vpc")])
def test_who_does_not_wait_needs_no_look_to_tell_what_was_done(account: Account, wait: str) -> None:
    """With wait false the look after a change is a call like any other."""
    WAITS[wait].before(account)
    account.server.admin.add_fault("error_before", status=503, method="GET", path=WAITS[wait].looks, count=3)
    result = account.run(WAITS[wait].module, **WAITS[wait].args, wait=False)
    account.server.admin.clear_faults()
    assert not result["failed"] and result["changed"], result


@pytest.mark.long
def test_an_outage_of_25_s_with_the_real_times(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    result = waited_through(account, WAITS["cluster"], {**OUTAGES["web page"], "lasts": 25.0})
    assert not result["failed"], result["msg"]


@pytest.mark.long
def test_an_outage_of_a_minute_with_the_real_times_at_any_other_call(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    account.server.admin.add_fault("error_before", status=503, lasts=60.0)
    result = account.run("do_vpc", **VPC)
    assert not result["failed"], result["msg"]
    account.server.admin.clear_faults()
    assert len(account.vpcs("net")) == 1
