# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a platform on DigitalOcean in steps, each of which is one module run: made, changed, removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ZONE = "example.com"
# In an option, the folder of the run's files.
FILES = "{files}"
DIGEST = "sha256:" + "1" * 64


@dataclass(frozen=True)
class Step:
    """One module run. refuses: it is to fail and to leave everything as it is, whatever the API does."""

    name: str
    module: str
    options: Mapping[str, Any]
    refuses: bool = False


BASE = {"name": "base", "size": "s-2vcpu-4gb", "count": 1}
WORK = {
    "name": "work",
    "size": "s-2vcpu-4gb",
    "count": 2,
    "taints": [{"key": "work", "value": "true", "effect": "NoSchedule"}],
}
VPC = {"name": "net", "region": "ams3", "ip_range": "10.120.0.0/20"}
# Without subnets: with them the API would refuse a second cluster, and a creation sent twice would not show.
CLUSTER: dict[str, Any] = {
    "name": "dev",
    "region": "ams3",
    "version": "1.35",
    "vpc": "net",
    "ha": False,
    "project": "web",
    "tags": ["first"],
    "node_pools": [BASE, {**WORK, "name": "old"}],
}
RULE = {"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 30080}
BALANCER = {"name": "front", "region": "ams3", "vpc": "net", "forwarding_rules": [RULE], "project": "web"}
KUBECONFIG = {"name": "dev", "path": f"{FILES}/dev.yaml"}
LOGIN = {"name": "shop", "path": f"{FILES}/shop.json"}
WILDCARD = {"domain": ZONE, "name": "*.dev", "type": "A"}

MADE = (
    Step("make a VPC", "do_vpc", VPC),
    Step(
        "check before",
        "do_kubernetes_preflight",
        {"clusters": [{key: CLUSTER[key] for key in ("name", "region", "version", "vpc", "ha", "node_pools")}]},
    ),
    Step("make a cluster", "do_kubernetes_cluster", CLUSTER),
    Step("look at a cluster", "do_kubernetes_cluster_info", {"name": "dev"}),
    Step("make a kubeconfig", "do_kubernetes_kubeconfig", KUBECONFIG),
    Step(
        "make a registry",
        "do_container_registry",
        {"name": "shop", "region": "fra1", "tier": "basic", "clusters": ["dev"]},
    ),
    Step("make a registry login", "do_container_registry_credentials", LOGIN),
    Step("keep a registry login", "do_container_registry_credentials", LOGIN),
    Step(
        "check a registry login",
        "do_container_registry_credentials_info",
        {**LOGIN, "access": "read_write", "repositories": ["web"]},
    ),
    Step("make a load balancer", "do_load_balancer", BALANCER),
    Step("make a domain", "do_domain", {"name": ZONE}),
    Step("make a record", "do_domain_record", {**WILDCARD, "values": ["192.0.2.1", "192.0.2.2"]}),
    Step(
        "make a record for mail",
        "do_domain_record",
        {"domain": ZONE, "type": "MX", "records": [{"data": f"mail.{ZONE}", "priority": 10}]},
    ),
)
CHANGED = (
    Step("change a VPC", "do_vpc", {**VPC, "description": "new"}),
    Step(
        "change a cluster",
        "do_kubernetes_cluster",
        {
            **CLUSTER,
            "version": "1.36",
            "tags": ["changed"],
            "maintenance_policy": {"day": "sunday", "start_time": "03:00"},
            "node_pools": [{**BASE, "count": 2, "labels": {"a": "b"}}, WORK],
            "purge_node_pools": True,
        },
    ),
    Step("renew a kubeconfig", "do_kubernetes_kubeconfig", {**KUBECONFIG, "expiry_seconds": 800000}),
    Step(
        "change a registry",
        "do_container_registry",
        {"name": "shop", "tier": "professional", "detached_clusters": ["dev"]},
    ),
    Step("renew a registry login", "do_container_registry_credentials", {**LOGIN, "access": "read_write"}),
    Step(
        "change a load balancer",
        "do_load_balancer",
        {**BALANCER, "size_unit": 2, "health_check": {"protocol": "tcp", "port": 30080}},
    ),
    Step("change a record", "do_domain_record", {**WILDCARD, "values": ["192.0.2.2", "192.0.2.3"], "ttl": 60}),
)
# What is not empty stays, unless it is said that it may go with what is in it.
REFUSED = (
    Step("refuse to remove a registry", "do_container_registry", {"name": "shop", "state": "absent"}, refuses=True),
    Step("keep a registry", "do_container_registry", {"name": "shop", "state": "absent", "images": "keep"}),
    Step("refuse to remove a domain", "do_domain", {"name": ZONE, "state": "absent"}, refuses=True),
    Step("keep a domain", "do_domain", {"name": ZONE, "state": "absent", "records": "keep"}),
    Step("refuse to remove a VPC", "do_vpc", {"name": "net", "state": "absent", "wait_timeout": 5}, refuses=True),
    Step("keep a VPC", "do_vpc", {"name": "net", "state": "absent", "members": "keep", "wait_timeout": 5}),
)
REMOVED = (
    Step("remove a record", "do_domain_record", {**WILDCARD, "state": "absent"}),
    Step("remove a domain", "do_domain", {"name": ZONE, "state": "absent", "records": "delete"}),
    Step("remove a load balancer", "do_load_balancer", {"name": "front", "state": "absent"}),
    Step("revoke a registry login", "do_container_registry_credentials", {**LOGIN, "state": "absent"}),
    Step("remove a registry", "do_container_registry", {"name": "shop", "state": "absent", "images": "delete"}),
    Step("remove a kubeconfig", "do_kubernetes_kubeconfig", {**KUBECONFIG, "state": "absent"}),
    Step(
        "remove a cluster",
        "do_kubernetes_cluster",
        {"name": "dev", "state": "absent", "associated_resources": "destroy"},
    ),
    Step("remove a VPC", "do_vpc", {"name": "net", "state": "absent"}),
)
STEPS = (*MADE, *CHANGED, *REFUSED, *REMOVED)
