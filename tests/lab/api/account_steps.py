# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that tests of the account share."""

from __future__ import annotations

from typing import Any

import httpx
from lab_server import wait_for

CLUSTERS = "/v2/kubernetes/clusters"


def pool(name: str = "base", **extra: Any) -> dict[str, Any]:
    """What to ask for a small pool."""
    return {"name": name, "size": "s-2vcpu-4gb", "count": 1, **extra}


def order(name: str = "dev", **extra: Any) -> dict[str, Any]:
    """What to ask for a small cluster."""
    return {"name": name, "region": "fra1", "version": "1.36", "node_pools": [pool()], **extra}


def get_cluster(api: httpx.Client, cluster_id: str) -> dict[str, Any]:
    answer = api.get(f"{CLUSTERS}/{cluster_id}")
    assert answer.status_code == 200, answer.text
    cluster: dict[str, Any] = answer.json()["kubernetes_cluster"]
    return cluster


def wait_until_settled(api: httpx.Client, cluster_id: str) -> dict[str, Any]:
    """Wait until a cluster and all its nodes run, and each pool has as many as asked."""

    def settled(cluster: dict[str, Any]) -> bool:
        return cluster["status"]["state"] == "running" and all(
            [node["status"]["state"] for node in pool["nodes"]] == ["running"] * pool["count"]
            for pool in cluster["node_pools"]
        )

    return wait_for(lambda: get_cluster(api, cluster_id), settled)


def create_cluster(api: httpx.Client, **extra: Any) -> dict[str, Any]:
    """Create a cluster and wait until it runs."""
    answer = api.post(CLUSTERS, json=order(**extra))
    assert answer.status_code == 201, answer.text
    return wait_until_settled(api, answer.json()["kubernetes_cluster"]["id"])


def wait_until_gone(api: httpx.Client, cluster_id: str) -> None:
    wait_for(lambda: api.get(f"{CLUSTERS}/{cluster_id}").status_code, lambda status: status == 404)


def create_volume(api: httpx.Client, name: str, *tags: str) -> dict[str, Any]:
    body = {"name": name, "size_gigabytes": 1, "region": "fra1", "tags": list(tags)}
    answer = api.post("/v2/volumes", json=body)
    assert answer.status_code == 201, answer.text
    volume: dict[str, Any] = answer.json()["volume"]
    return volume


def create_load_balancer(api: httpx.Client, name: str, *tags: str, **extra: Any) -> dict[str, Any]:
    rule = {"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 30080}
    body = {"name": name, "region": "fra1", "forwarding_rules": [rule], "tags": list(tags), **extra}
    answer = api.post("/v2/load_balancers", json=body)
    assert answer.status_code == 202, answer.text
    balancer: dict[str, Any] = answer.json()["load_balancer"]
    return balancer
