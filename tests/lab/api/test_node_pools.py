# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node pools and their nodes behave as DigitalOcean's do, traps included."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from account_steps import CLUSTERS, create_cluster, order, pool, wait_until_settled
from lab_server import LabServer, wait_for

TAINT = {"key": "tools", "value": "true", "effect": "NoSchedule"}


def pools_of(cluster: dict[str, Any]) -> str:
    return f"{CLUSTERS}/{cluster['id']}/node_pools"


def put(api: httpx.Client, cluster: dict[str, Any], **body: Any) -> httpx.Response:
    return api.put(f"{pools_of(cluster)}/{cluster['node_pools'][0]['id']}", json=body)


def test_an_update_needs_name_and_count(api: httpx.Client) -> None:
    cluster = create_cluster(api)
    for body, field in (({"name": "base"}, "count"), ({"count": 1}, "name")):
        answer = put(api, cluster, **body)
        assert (answer.status_code, answer.json()["message"]) == (422, f"validation error: {field} is required")


def test_what_an_update_does_not_say_stays(api: httpx.Client) -> None:
    asked = pool(labels={"a": "b"}, taints=[TAINT], tags=["one"])
    cluster = create_cluster(api, node_pools=[asked])
    answer = put(api, cluster, name="renamed", count=1, size="s-8vcpu-16gb")
    assert answer.json()["node_pool"] == cluster["node_pools"][0] | {"name": "renamed"}
    cleared = put(api, cluster, name="base", count=1, labels={}, taints=[], tags=[]).json()["node_pool"]
    assert (cleared["labels"], cleared["taints"]) == (None, [])
    assert cleared["tags"] == ["k8s", f"k8s:{cluster['id']}", "k8s:worker"]


def test_minimum_and_maximum_read_zero_without_auto_scale(api: httpx.Client) -> None:
    cluster = create_cluster(api, node_pools=[pool(min_nodes=2, max_nodes=5)])
    found = cluster["node_pools"][0]
    assert (found["min_nodes"], found["max_nodes"], found["auto_scale"]) == (0, 0, False)
    scaled = put(api, cluster, name="base", count=1, auto_scale=True, min_nodes=1, max_nodes=3).json()["node_pool"]
    assert (scaled["min_nodes"], scaled["max_nodes"]) == (1, 3)
    fixed = put(api, cluster, name="base", count=1, auto_scale=False).json()["node_pool"]
    assert (fixed["min_nodes"], fixed["max_nodes"]) == (0, 0)


@pytest.mark.parametrize(("asked", "given"), [(1, 2), (9, 4), (3, 3)])
def test_the_count_of_an_autoscaled_pool_stays_in_its_bounds(api: httpx.Client, asked: int, given: int) -> None:
    scaled = pool(auto_scale=True, min_nodes=2, max_nodes=4, count=asked)
    assert create_cluster(api, node_pools=[scaled])["node_pools"][0]["count"] == given


def test_pools_of_a_cluster_are_not_paginated(lab_server: LabServer, api: httpx.Client) -> None:
    lab_server.admin.settings(droplet_limit=50)
    cluster = create_cluster(api, node_pools=[pool(f"p{n}") for n in range(23)])
    answer = api.get(pools_of(cluster), params={"per_page": 2}).json()
    assert len(answer["node_pools"]) == 23
    assert set(answer) == {"node_pools"}


def test_scaling_keeps_the_nodes_that_are_there(api: httpx.Client) -> None:
    cluster = create_cluster(api, node_pools=[pool(count=2)])
    first = {node["id"] for node in cluster["node_pools"][0]["nodes"]}
    assert put(api, cluster, name="base", count=4).status_code == 202
    grown = {node["id"] for node in wait_until_settled(api, cluster["id"])["node_pools"][0]["nodes"]}
    assert (len(grown), first < grown) == (4, True)
    assert put(api, cluster, name="base", count=2).status_code == 202
    shrunk = {node["id"] for node in wait_until_settled(api, cluster["id"])["node_pools"][0]["nodes"]}
    assert shrunk == first


def test_a_node_can_be_deleted_and_replaced(api: httpx.Client) -> None:
    cluster = create_cluster(api, node_pools=[pool(count=3)])
    path = f"{pools_of(cluster)}/{cluster['node_pools'][0]['id']}"
    first, second, third = (node["id"] for node in cluster["node_pools"][0]["nodes"])
    assert api.delete(f"{path}/nodes/{first}", params={"skip_drain": 1}).status_code == 202
    found = wait_until_settled(api, cluster["id"])["node_pools"][0]
    assert ({node["id"] for node in found["nodes"]}, found["count"]) == ({second, third}, 2)
    assert api.delete(f"{path}/nodes/{second}", params={"replace": 1}).status_code == 202
    found = wait_until_settled(api, cluster["id"])["node_pools"][0]
    ids = {node["id"] for node in found["nodes"]}
    assert (found["count"], len(ids), second in ids, third in ids) == (2, 2, False, True)
    assert api.delete(f"{path}/nodes/{second}").status_code == 404
    assert api.post(f"{path}/recycle", json={"nodes": [third]}).status_code == 202
    found = wait_until_settled(api, cluster["id"])["node_pools"][0]
    assert third not in {node["id"] for node in found["nodes"]}


def test_the_last_pool_stays(api: httpx.Client) -> None:
    cluster = create_cluster(api, node_pools=[pool("a"), pool("b")])
    first, second = (found["id"] for found in cluster["node_pools"])
    assert api.delete(f"{pools_of(cluster)}/{first}").status_code == 204
    wait_for(lambda: api.get(f"{pools_of(cluster)}/{first}").status_code, lambda status: status == 404)
    assert api.delete(f"{pools_of(cluster)}/{second}").status_code == 422


def test_a_pool_on_its_way_out_can_not_be_changed(tmp_path: Path) -> None:
    with LabServer(tmp_path, LAB_PROVISION_SECONDS="3") as server, server.client() as api:
        body = order(node_pools=[pool("a"), pool("b")])
        cluster = api.post(CLUSTERS, json=body).json()["kubernetes_cluster"]
        assert api.delete(f"{pools_of(cluster)}/{cluster['node_pools'][0]['id']}").status_code == 204
        refused = put(api, cluster, name="a", count=2)
        assert (refused.status_code, refused.json()["message"]) == (
            422,
            "validation error: node pool is being deleted",
        )
        assert api.post(pools_of(cluster), json=pool("a")).status_code == 201


def test_nodes_are_droplets(api: httpx.Client) -> None:
    cluster = create_cluster(api, node_pools=[pool(count=2, tags=["team:web"])])
    nodes = cluster["node_pools"][0]["nodes"]
    assert all(re.fullmatch(r"base-[a-z0-9]{5}", node["name"]) for node in nodes)
    droplets = api.get("/v2/droplets", params={"tag_name": "team:web"}).json()["droplets"]
    assert {str(droplet["id"]) for droplet in droplets} == {node["droplet_id"] for node in nodes}
    assert {droplet["vpc_uuid"] for droplet in droplets} == {cluster["vpc_uuid"]}
    assert api.get("/v2/droplets", params={"tag_name": "nobody"}).json()["droplets"] == []


def test_keys_match_whatever_their_case(api: httpx.Client) -> None:
    """godo sends a taint's keys as Key, Value and Effect."""
    taint = {key.capitalize(): value for key, value in TAINT.items()}
    assert create_cluster(api, node_pools=[pool(taints=[taint])])["node_pools"][0]["taints"] == [TAINT]
