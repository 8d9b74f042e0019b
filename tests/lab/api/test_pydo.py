# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DigitalOcean's own Python client, unmodified, goes through the life of a cluster on the lab."""

from __future__ import annotations

from typing import Any

import pydo
import pytest
import yaml
from azure.core.rest import HttpRequest
from lab_server import LabServer, wait_for

POOL = {
    "name": "base",
    "size": "s-2vcpu-4gb",
    "count": 2,
    "labels": {"tier": "one"},
    "taints": [{"key": "tools", "value": "true", "effect": "NoSchedule"}],
}


@pytest.fixture
def client(lab_server: LabServer) -> pydo.Client:
    lab_server.admin.reset()
    return pydo.Client(lab_server.token, endpoint=lab_server.url, connection_verify=lab_server.ca_cert)


def state_of(client: pydo.Client, cluster_id: str) -> str:
    answer = client.kubernetes.get_cluster(cluster_id)
    # pydo gives the body of a 404 as if it were the answer.
    return answer["kubernetes_cluster"]["status"]["state"] if "kubernetes_cluster" in answer else answer["id"]


def create(client: pydo.Client, **extra: Any) -> dict[str, Any]:
    body = {"name": "dev", "region": "fra1", "version": "1.36", "node_pools": [POOL], **extra}
    cluster: dict[str, Any] = client.kubernetes.create_cluster(body)["kubernetes_cluster"]
    wait_for(lambda: state_of(client, cluster["id"]), lambda state: state == "running")
    return client.kubernetes.get_cluster(cluster["id"])["kubernetes_cluster"]


def test_what_is_on_offer(client: pydo.Client) -> None:
    assert client.account.get()["account"]["status"] == "active"
    regions = {region["slug"]: region for region in client.regions.list(per_page=200)["regions"]}
    assert regions["fra1"]["available"]
    sizes = {size["slug"]: size for size in client.sizes.list(per_page=200)["sizes"]}
    assert sizes["s-2vcpu-4gb"]["price_monthly"] == 24
    assert sizes["s-2vcpu-4gb"]["price_hourly"] == pytest.approx(24 / 672, abs=1e-5)
    options = client.kubernetes.list_options()["options"]
    assert options["versions"][0]["slug"].startswith("1.36.")
    assert {"slug": "fra1", "name": "Frankfurt 1"} in options["regions"]


def test_life_of_a_cluster(client: pydo.Client) -> None:
    vpc = client.vpcs.create({"name": "extra", "region": "fra1"})["vpc"]
    other = client.vpcs.create({"name": "dev-net", "region": "fra1", "ip_range": "10.10.0.0/20"})["vpc"]
    assert vpc["default"] and not other["default"]
    cluster = create(client, vpc_uuid=other["id"], tags=["env:dev"])
    assert cluster["version"].startswith("1.36.")
    assert cluster["tags"] == ["k8s", f"k8s:{cluster['id']}", "env:dev"]
    pool = cluster["node_pools"][0]
    assert [node["status"]["state"] for node in pool["nodes"]] == ["running", "running"]
    assert all(node["name"].startswith("base-") and node["droplet_id"] for node in pool["nodes"])

    credentials = client.kubernetes.get_credentials(cluster["id"], expiry_seconds=600)
    assert credentials["server"] == cluster["endpoint"]
    assert credentials["token"] != client.kubernetes.get_credentials(cluster["id"])["token"]
    request = HttpRequest("GET", f"/v2/kubernetes/clusters/{cluster['id']}/kubeconfig")
    kubeconfig = yaml.safe_load(client.send_request(request, stream=True).read())
    assert kubeconfig["current-context"] == "do-fra1-dev"

    updated = client.kubernetes.update_cluster(cluster["id"], {"name": "dev", "auto_upgrade": True})
    assert updated["kubernetes_cluster"]["auto_upgrade"] is True
    added = client.kubernetes.add_node_pool(cluster["id"], {"name": "tools", "size": "s-2vcpu-4gb", "count": 1})
    pool_id = added["node_pool"]["id"]
    client.kubernetes.update_node_pool(cluster["id"], pool_id, {"name": "tools", "count": 3})

    def nodes() -> list[str]:
        found = client.kubernetes.get_node_pool(cluster["id"], pool_id)["node_pool"]["nodes"]
        return [node["status"]["state"] for node in found]

    wait_for(nodes, lambda states: states == ["running"] * 3)
    client.kubernetes.delete_node_pool(cluster["id"], pool_id)
    wait_for(lambda: client.kubernetes.list_node_pools(cluster["id"])["node_pools"], lambda pools: len(pools) == 1)

    client.kubernetes.delete_cluster(cluster["id"])
    wait_for(lambda: state_of(client, cluster["id"]), lambda state: state == "not_found")
    client.vpcs.delete(other["id"])
    assert [v["name"] for v in client.vpcs.list()["vpcs"]] == ["extra"]


def test_projects_and_tags(client: pydo.Client) -> None:
    cluster = create(client, tags=["team:web"])
    urn = f"do:kubernetes:{cluster['id']}"
    default = client.projects.get_default()["project"]
    assert [r["urn"] for r in client.projects.list_resources(default["id"])["resources"]] == [urn]
    project = client.projects.create({"name": "shop", "purpose": "Web Application"})["project"]
    client.projects.assign_resources(project["id"], {"resources": [urn]})
    assert [r["urn"] for r in client.projects.list_resources(project["id"])["resources"]] == [urn]
    assert client.projects.list_resources(default["id"])["resources"] == []
    tags = {tag["name"]: tag for tag in client.tags.list()["tags"]}
    assert {"k8s", "k8s:worker", f"k8s:{cluster['id']}", "team:web"} <= set(tags)
    assert tags["k8s:worker"]["resources"]["droplets"]["count"] == 2
