# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters as the API shows them, for tests."""

from __future__ import annotations

from typing import Any

from scripted_api import ScriptedApi, page

CLUSTER_ID = "bd5f5959-5e1e-4205-a714-a914373942af"
VPC_ID = "5a4981aa-9653-4bd1-bef5-d6bff52042e4"
CLUSTERS = "/v2/kubernetes/clusters"
CLUSTER = f"{CLUSTERS}/{CLUSTER_ID}"
POOLS = f"{CLUSTER}/node_pools"
OPTIONS: dict[str, Any] = {
    "options": {
        "regions": [{"slug": "ams3", "name": "Amsterdam 3"}, {"slug": "fra1", "name": "Frankfurt 1"}],
        "sizes": [{"slug": "s-2vcpu-4gb", "name": "s-2vcpu-4gb"}, {"slug": "s-4vcpu-8gb", "name": "s-4vcpu-8gb"}],
        "versions": [
            {"slug": slug, "kubernetes_version": slug.split("-")[0]}
            for slug in ("1.34.9-do.0", "1.36.3-do.1", "1.36.3-do.0", "1.35.6-do.0")
        ],
    }
}


def node(name: str, state: str = "running") -> dict[str, Any]:
    return {"id": f"id-of-{name}", "name": name, "status": {"state": state}, "droplet_id": "1"}


def pool(name: str, count: int = 1, *, ready: int | None = None, **more: Any) -> dict[str, Any]:
    """A pool with so many nodes, of which `ready` run (all of them unless told)."""
    running = count if ready is None else ready
    return {
        "id": f"pool-{name}",
        "name": name,
        "size": "s-2vcpu-4gb",
        "count": count,
        "auto_scale": False,
        "min_nodes": 0,
        "max_nodes": 0,
        "tags": ["k8s", f"k8s:{CLUSTER_ID}", "k8s:worker"],
        "labels": None,
        "taints": [],
        "nodes": [
            node(f"{name}-{number}", "running" if number < running else "provisioning") for number in range(count)
        ],
        **more,
    }


def cluster(*pools: dict[str, Any], state: str = "running", **more: Any) -> dict[str, Any]:
    return {
        "id": CLUSTER_ID,
        "name": "dev",
        "region": "ams3",
        "version": "1.36.3-do.0",
        "vpc_uuid": VPC_ID,
        "cluster_subnet": "10.131.0.0/17",
        "service_subnet": "10.131.128.0/19",
        "endpoint": f"https://{CLUSTER_ID}.k8s.ondigitalocean.com",
        "ipv4": "203.0.113.9",
        "tags": ["k8s", f"k8s:{CLUSTER_ID}"],
        "node_pools": list(pools) or [pool("base")],
        "maintenance_policy": {"day": "sunday", "start_time": "3:00", "duration": "4h0m0s"},
        "auto_upgrade": False,
        "surge_upgrade": True,
        "ha": False,
        "isolated_workers": False,
        "registry_enabled": False,
        "control_plane_firewall": None,
        "cluster_autoscaler_configuration": None,
        "routing_agent": None,
        "sso": None,
        "status": {"state": state},
        "created_at": "2026-11-20T10:00:00Z",
        "updated_at": "2026-11-20T10:00:00Z",
        **more,
    }


MODULE = "do_kubernetes_cluster"
BASE = {"name": "base", "size": "s-2vcpu-4gb", "count": 1}


def listed(api: ScriptedApi, *clusters: dict[str, Any]) -> None:
    """The list of clusters is asked for."""
    api.expect("GET", CLUSTERS, page("kubernetes_clusters", *clusters))


def shown(api: ScriptedApi, found: dict[str, Any]) -> None:
    """The one cluster is asked for."""
    api.expect("GET", CLUSTER, {"kubernetes_cluster": found})
