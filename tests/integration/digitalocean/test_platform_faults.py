# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registry, load balancer and DNS: every call of a converge fails once, a writing one in every way."""

from __future__ import annotations

from typing import Any

import pytest
from fault_runs import Converge, Results, converges_by_length, essence, fail_every_call_once
from lab_account import Account

RULE = {"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 30080}
REGISTRY = {"name": "shop", "region": "fra1", "subscription_tier_slug": "basic"}
BALANCER = {"name": "front", "region": "ams3", "forwarding_rules": [RULE]}
RECORDS = "/v2/domains/example.com/records"
WILDCARD = {"domain": "example.com", "name": "*.dev", "type": "A"}


def start_with_a_cluster(account: Account) -> None:
    account.empty()
    body = {"region": "ams3", "version": "1.36", "node_pools": [{"name": "b", "size": "s-2vcpu-4gb", "count": 1}]}
    account.api("POST", "/v2/kubernetes/clusters", json={**body, "name": "dev"})


def start_with_a_registry(account: Account) -> None:
    start_with_a_cluster(account)
    account.api("POST", "/v2/registries", json=REGISTRY)
    account.server.admin.note_image("shop", "app", "sha256:" + "1" * 64)
    cluster = account.cluster("dev")
    assert cluster is not None
    both = {"cluster_uuids": [cluster["id"]], "registries": ["shop"]}
    account.api("POST", "/v2/kubernetes/registries", json=both)


def create_registry(account: Account) -> Results:
    return [account.run("do_container_registry", name="shop", region="fra1", tier="basic", clusters=["dev"])]


def change_registry(account: Account) -> Results:
    return [account.run("do_container_registry", name="shop", tier="professional", detached_clusters=["dev"])]


def remove_registry(account: Account) -> Results:
    return [account.run("do_container_registry", name="shop", state="absent", images="delete")]


def registries(account: Account) -> dict[str, Any]:
    """All that counts of registries. None is there twice."""
    found = account.api("GET", "/v2/registries")["registries"]
    cluster = account.cluster("dev")
    assert cluster is not None
    subscription = account.api("GET", "/v2/registries/subscription")["subscription"] if found else {}
    return {"found": essence(found), "tier": subscription.get("tier"), "integrated": cluster["registry_enabled"]}


def start_with_a_project(account: Account) -> None:
    account.empty()
    account.server.admin.settings(load_balancer_resize_seconds=0)
    account.api("POST", "/v2/projects", json={"name": "web", "purpose": "Service or API"})


def start_with_a_balancer(account: Account) -> None:
    start_with_a_project(account)
    account.api("POST", "/v2/load_balancers", json={**BALANCER, "tags": ["kept"], "http_idle_timeout_seconds": 90})


def create_balancer(account: Account) -> Results:
    return [account.run("do_load_balancer", **BALANCER, project="web")]


def change_balancer(account: Account) -> Results:
    check = {"protocol": "tcp", "port": 30080}
    return [account.run("do_load_balancer", **BALANCER, size_unit=2, health_check=check, project="web")]


def remove_balancer(account: Account) -> Results:
    return [account.run("do_load_balancer", name="front", state="absent")]


def balancers(account: Account) -> dict[str, Any]:
    """All that counts of load balancers. None is there twice."""
    projects = {item["name"]: item["id"] for item in account.api("GET", "/v2/projects")["projects"]}
    members = account.api("GET", f"/v2/projects/{projects['web']}/resources")["resources"]
    return {"found": essence(account.api("GET", "/v2/load_balancers")["load_balancers"]), "in web": len(members)}


def start_with_records(account: Account) -> None:
    account.empty()
    account.api("POST", "/v2/domains", json={"name": "example.com"})
    for value in ("192.0.2.1", "192.0.2.2"):
        account.api("POST", RECORDS, json={"type": "A", "name": "*.dev", "data": value})


def create_records(account: Account) -> Results:
    mail = {"domain": "example.com", "type": "MX", "records": [{"data": "mail.example.com", "priority": 10}]}
    return [account.run("do_domain", name="example.com"), account.run("do_domain_record", **mail)]


def change_records(account: Account) -> Results:
    moved = ["192.0.2.2", "192.0.2.3", "192.0.2.4"]
    return [account.run("do_domain_record", **WILDCARD, values=moved, ttl=60)]


def remove_records(account: Account) -> Results:
    return [
        account.run("do_domain_record", **WILDCARD, state="absent"),
        account.run("do_domain", name="example.com", state="absent"),
    ]


def records(account: Account) -> dict[str, Any]:
    """All that counts of DNS. No record is there twice; those of one name come in no order."""
    domains = account.api("GET", "/v2/domains")["domains"]
    found = account.api("GET", RECORDS)["domain_records"] if domains else []
    return {"domains": essence(domains), "records": sorted(map(str, essence(found)))}


CONVERGES = {
    "create a registry": Converge(start_with_a_cluster, create_registry, registries),
    "change a registry": Converge(start_with_a_registry, change_registry, registries),
    "remove a registry": Converge(start_with_a_registry, remove_registry, registries),
    "create a load balancer": Converge(start_with_a_project, create_balancer, balancers),
    "change a load balancer": Converge(start_with_a_balancer, change_balancer, balancers),
    "remove a load balancer": Converge(start_with_a_balancer, remove_balancer, balancers),
    "create records": Converge(Account.empty, create_records, records),
    "change records": Converge(start_with_records, change_records, records),
    "remove records": Converge(start_with_records, remove_records, records),
}


@pytest.mark.parametrize(
    "converge", converges_by_length(CONVERGES, short={"create a registry", "create a load balancer", "create records"})
)
def test_one_fault_at_any_call(account: Account, converge: str) -> None:
    fail_every_call_once(account, CONVERGES[converge])
