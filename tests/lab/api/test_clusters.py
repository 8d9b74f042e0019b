# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters behave as DigitalOcean's do, traps included."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import yaml
from account_steps import (
    CLUSTERS,
    create_cluster,
    create_load_balancer,
    create_volume,
    get_cluster,
    order,
    pool,
    wait_until_gone,
    wait_until_settled,
)
from lab_server import LabServer, wait_for


def refusal(api: httpx.Client, **extra: Any) -> str:
    """The message with which creating such a cluster is refused."""
    answer = api.post(CLUSTERS, json=order(**extra))
    assert answer.status_code == 422, answer.text
    assert answer.json()["id"] == "unprocessable_entity"
    assert api.get(CLUSTERS).json()["kubernetes_clusters"] == []
    message: str = answer.json()["message"]
    return message


def test_a_new_cluster_has_no_endpoint_and_its_nodes_no_names_yet(api: httpx.Client) -> None:
    cluster = api.post(CLUSTERS, json=order()).json()["kubernetes_cluster"]
    assert cluster["endpoint"] == cluster["ipv4"] == ""
    assert cluster["status"]["state"] == "provisioning"
    node = cluster["node_pools"][0]["nodes"][0]
    assert (node["name"], node["droplet_id"], node["status"]["state"]) == ("", "", "provisioning")
    cluster = wait_until_settled(api, cluster["id"])
    assert cluster["endpoint"].startswith("https://")
    assert cluster["node_pools"][0]["nodes"][0]["name"].startswith("base-")


@pytest.mark.parametrize(
    ("asked", "given"),
    [("1.36", "1.36.3-do.1"), ("1.35", "1.35.7-do.1"), ("latest", "1.36.3-do.1"), ("1.34.11-do.0", "1.34.11-do.0")],
)
def test_versions_are_resolved(api: httpx.Client, asked: str, given: str) -> None:
    assert create_cluster(api, version=asked)["version"] == given


@pytest.mark.parametrize("version", ["1.36.3", "1.20", "1.36.9-do.0", "newest", ""])
def test_an_unknown_version_is_refused(api: httpx.Client, version: str) -> None:
    assert "invalid version slug" in refusal(api, version=version)


def test_ha_depends_on_the_version_and_can_not_be_disabled(api: httpx.Client) -> None:
    old = create_cluster(api, name="old", version="1.35")
    assert old["ha"] is False
    assert old["ipv4"]
    new = create_cluster(api, name="new", version="1.36")
    assert new["ha"] is True
    assert new["ipv4"] == ""
    assert create_cluster(api, name="single", version="1.36", ha=False)["ha"] is False
    assert api.put(f"{CLUSTERS}/{old['id']}", json={"name": "old", "ha": True}).json()["kubernetes_cluster"]["ha"]
    assert api.put(f"{CLUSTERS}/{old['id']}", json={"name": "old", "ha": False}).status_code == 422
    assert get_cluster(api, old["id"])["ha"] is True


def test_an_update_needs_the_name_and_leaves_alone_what_it_does_not_say(api: httpx.Client) -> None:
    cluster = create_cluster(api, tags=["one", "two"], auto_upgrade=True, surge_upgrade=True)
    path = f"{CLUSTERS}/{cluster['id']}"
    nameless = api.put(path, json={"auto_upgrade": False})
    assert (nameless.status_code, nameless.json()["message"]) == (422, "validation error: name is required")
    updated = api.put(path, json={"name": "renamed"}).json()["kubernetes_cluster"]
    assert updated | {"name": "dev", "updated_at": ""} == cluster | {"updated_at": ""}
    untagged = api.put(path, json={"name": "dev", "tags": []}).json()["kubernetes_cluster"]
    assert untagged["tags"] == ["k8s", f"k8s:{cluster['id']}"]


def test_immutable_keys_of_an_update_are_ignored(api: httpx.Client) -> None:
    cluster = create_cluster(api)
    immutable = {
        "region": "nyc1",
        "version": "1.35",
        "vpc_uuid": cluster["id"],
        "cluster_subnet": "10.1.0.0/16",
        "service_subnet": "10.2.0.0/16",
        "node_pools": [],
    }
    answer = api.put(f"{CLUSTERS}/{cluster['id']}", json={"name": "dev", **immutable})
    assert answer.status_code == 202
    assert {key: answer.json()["kubernetes_cluster"][key] for key in immutable} == {
        key: cluster[key] for key in immutable
    }


def test_every_setting_is_kept(api: httpx.Client) -> None:
    settings: dict[str, Any] = {
        "auto_upgrade": True,
        "surge_upgrade": True,
        "maintenance_policy": {"day": "sunday", "start_time": "04:30", "duration": "4h0m0s"},
        "control_plane_firewall": {"enabled": True, "allowed_addresses": ["1.2.3.4", "10.0.0.0/8"]},
        "cluster_autoscaler_configuration": {
            "scale_down_utilization_threshold": 0.5,
            "scale_down_unneeded_time": "1m0s",
            "expanders": ["priority", "random"],
        },
        "sso": {"enabled": True, "required": False, "issuer_url": "https://sso.example.com", "client_id": "doks"},
        "routing_agent": {"enabled": True},
        "coredns_autoscaler": {"enabled": True},
        "p2p_oci_registry_plugin": {"enabled": True},
        "nvidia_gpu_device_plugin": {"enabled": True},
        "amd_gpu_device_plugin": {"enabled": True},
        "amd_gpu_device_metrics_exporter_plugin": {"enabled": True},
        "rdma_shared_dev_plugin": {"enabled": True},
    }
    cluster = create_cluster(api, **settings)
    assert {key: cluster[key] for key in settings} == settings
    other = create_cluster(api, name="other")
    assert api.put(f"{CLUSTERS}/{other['id']}", json={"name": "other", **settings}).status_code == 202
    other = get_cluster(api, other["id"])
    assert {key: other[key] for key in settings} == settings


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"region": "mars1"}, "invalid region"),
        ({"region": "nyc2"}, "invalid region"),
        ({"name": "not a name"}, "invalid cluster name"),
        ({"node_pools": []}, "at least one node pool"),
        ({"node_pools": [pool(count=0)]}, "at least one worker node"),
        ({"node_pools": [pool(size="s-99")]}, "worker_node_pool_specs[0].invalid droplet size"),
        ({"node_pools": [pool(size="s-1vcpu-1gb")]}, "worker_node_pool_specs[0].invalid droplet size"),
        ({"node_pools": [pool("a"), pool("a")]}, "worker_node_pool_specs[1].a node pool named 'a' already exists"),
        ({"node_pools": [pool(auto_scale=True, min_nodes=3, max_nodes=2)]}, "min_nodes <= max_nodes"),
        ({"node_pools": [pool(taints=[{"key": "a", "value": "b", "effect": ""}])]}, "invalid taint effect"),
        ({"node_pools": [pool(labels={"a b": "c"})]}, "invalid label key"),
        ({"node_pools": [pool(labels={"a": "b c"})]}, "invalid label value"),
        ({"node_pools": [pool(labels={"a..b/c": "d"})]}, "invalid label key"),
        (
            {"node_pools": [pool(taints=[{"key": "a", "value": v, "effect": "NoSchedule"} for v in "bc"])]},
            "taints must be unique",
        ),
        ({"cluster_autoscaler_configuration": {"scale_down_unneeded_time": "1 minute"}}, "invalid duration"),
        ({"cluster_autoscaler_configuration": {"scale_down_utilization_threshold": 65}}, "between 0 and 1"),
        ({"control_plane_firewall": {"enabled": True, "allowed_addresses": ["::1"]}}, "allowed_addresses"),
        ({"node_pools": [{"name": "a", "count": 1}]}, "validation error: node_pools.0.size is required"),
        ({"maintenance_policy": {"day": "someday", "start_time": "04:00"}}, "is not a day"),
        ({"maintenance_policy": {"day": "any", "start_time": "4am"}}, "is not a time"),
        ({"control_plane_firewall": {"enabled": True, "allowed_addresses": ["home"]}}, "allowed_addresses"),
        ({"cluster_autoscaler_configuration": {"expanders": ["best"]}}, "expanders"),
        ({"sso": {"enabled": True}}, "issuer_url and client_id are required"),
        ({"vpc_uuid": "00000000-0000-4000-8000-000000000000"}, "not found"),
        ({"worker_subnet_uuid": "00000000-0000-4000-8000-000000000000"}, "needs vpc_uuid"),
        ({"isolated_workers": True}, "NAT gateway"),
        ({"tags": ["white space"]}, "invalid characters"),
    ],
)
def test_what_can_not_be_is_refused(api: httpx.Client, extra: dict[str, Any], message: str) -> None:
    assert message in refusal(api, **extra)


@pytest.mark.parametrize("extra", [{"name": 1}, {"node_pools": {}}, {"tags": "one"}, {"auto_upgrade": "yes"}])
def test_wrong_types_do_not_parse(api: httpx.Client, extra: dict[str, Any]) -> None:
    answer = api.post(CLUSTERS, json=order(**extra))
    assert (answer.status_code, answer.json()["message"]) == (400, "error parsing request body")


def test_subnets_must_not_overlap(api: httpx.Client) -> None:
    vpc = api.post("/v2/vpcs", json={"name": "net", "region": "fra1", "ip_range": "10.40.0.0/16"}).json()["vpc"]
    ours = {"vpc_uuid": vpc["id"], "cluster_subnet": "10.50.0.0/16", "service_subnet": "10.51.0.0/16"}
    assert "VPC net" in refusal(api, **ours | {"cluster_subnet": "10.40.128.0/20"})
    assert "must not overlap" in refusal(api, **ours | {"service_subnet": "10.50.3.0/24"})
    assert "CIDR" in refusal(api, **ours | {"service_subnet": "10.50.3.4/24"})
    assert "is in region fra1" in refusal(api, **ours | {"region": "ams3"})
    cluster = create_cluster(api, **ours)
    assert (cluster["cluster_subnet"], cluster["service_subnet"]) == ("10.50.0.0/16", "10.51.0.0/16")
    second = api.post(CLUSTERS, json=order("second", **ours | {"service_subnet": "10.52.0.0/16"}))
    assert second.status_code == 422
    assert "cluster dev" in second.json()["message"]


def test_names_may_be_used_twice_unless_the_lab_is_told_otherwise(lab_server: LabServer, api: httpx.Client) -> None:
    create_cluster(api)
    create_cluster(api)
    lab_server.admin.settings(unique_cluster_names=True)
    assert "already exists" in api.post(CLUSTERS, json=order()).json()["message"]


def test_the_droplet_limit_counts_what_autoscaling_may_add(lab_server: LabServer, api: httpx.Client) -> None:
    lab_server.admin.settings(droplet_limit=3)
    scaled = pool(auto_scale=True, min_nodes=1, max_nodes=4)
    assert refusal(api, node_pools=[scaled]) == (
        "validation error: autoscale desired max nodes exceed limits, 4 additional nodes "
        "but not enough available droplet limit"
    )
    assert refusal(api, node_pools=[pool(count=4)]) == (
        "validation error: 4 additional nodes but not enough available droplet limit"
    )
    cluster = create_cluster(api, node_pools=[pool(count=3)])
    path = f"{CLUSTERS}/{cluster['id']}/node_pools"
    assert api.post(path, json=pool("more")).status_code == 422
    assert api.put(f"{path}/{cluster['node_pools'][0]['id']}", json={"name": "base", "count": 4}).status_code == 422
    assert get_cluster(api, cluster["id"])["node_pools"][0]["count"] == 3


def test_credentials_are_new_every_time(api: httpx.Client) -> None:
    cluster = create_cluster(api)
    path = f"{CLUSTERS}/{cluster['id']}"
    first, second = (api.get(f"{path}/credentials", params={"expiry_seconds": 60}).json() for _ in range(2))
    assert first["token"] != second["token"]
    assert first["server"] == cluster["endpoint"]
    assert first["client_key_data"] is None
    assert first["expires_at"] < api.get(f"{path}/credentials").json()["expires_at"]
    kubeconfig = api.get(f"{path}/kubeconfig")
    assert kubeconfig.headers["content-type"].startswith("application/yaml")
    user = yaml.safe_load(kubeconfig.text)["users"][0]["user"]
    assert user["token"] not in (first["token"], second["token"])
    assert api.get(f"{path}/credentials", params={"expiry_seconds": "soon"}).status_code == 422
    assert api.get(f"{path}/kubeconfig", params={"type": "sso"}).status_code == 422


def test_a_kubeconfig_with_sso_leaves_signing_in_to_doctl(api: httpx.Client) -> None:
    sso = {"enabled": True, "issuer_url": "https://sso.example.com", "client_id": "doks"}
    path = f"{CLUSTERS}/{create_cluster(api, sso=sso)['id']}/kubeconfig"
    assert yaml.safe_load(api.get(path).text)["users"][0]["user"]["exec"]["command"] == "doctl"
    assert "token" in yaml.safe_load(api.get(path, params={"type": "token"}).text)["users"][0]["user"]


@pytest.mark.parametrize("surge", [True, False])
def test_an_upgrade_exchanges_every_node(api: httpx.Client, surge: bool) -> None:
    asked = pool(count=3)
    cluster = create_cluster(api, version="1.35.7-do.0", surge_upgrade=surge, node_pools=[asked])
    path = f"{CLUSTERS}/{cluster['id']}"
    offered = [v["slug"] for v in api.get(f"{path}/upgrades").json()["available_upgrade_versions"]]
    assert offered == ["1.36.3-do.1", "1.36.3-do.0", "1.35.7-do.1"]
    for version in ("1.34.11-do.1", "1.35.7-do.0", "1.35"):
        assert api.post(f"{path}/upgrade", json={"version": version}).status_code == 422
    assert api.post(f"{path}/upgrade", json={"version": "1.36.3-do.1"}).status_code == 202
    upgraded = wait_until_settled(api, cluster["id"])
    assert upgraded["version"] == "1.36.3-do.1"
    assert upgraded["ha"] is False
    before, after = ({n["id"] for n in c["node_pools"][0]["nodes"]} for c in (cluster, upgraded))
    assert len(after) == 3
    assert not before & after
    assert api.get(f"{path}/upgrades").json() == {"available_upgrade_versions": None}


def test_versions_are_published_and_retired(lab_server: LabServer, api: httpx.Client) -> None:
    cluster = create_cluster(api, auto_upgrade=True)
    lab_server.admin.publish_version("1.36.3-do.7")
    assert api.get("/v2/kubernetes/options").json()["options"]["versions"][0]["slug"] == "1.36.3-do.7"
    assert lab_server.admin.auto_upgrade(cluster["id"]) == {"version": "1.36.3-do.7", "upgrading": True}
    assert wait_until_settled(api, cluster["id"])["version"] == "1.36.3-do.7"
    assert lab_server.admin.auto_upgrade(cluster["id"])["upgrading"] is False
    lab_server.admin.retire_version("1.36.3-do.7")
    assert get_cluster(api, cluster["id"])["version"] == "1.36.3-do.7"
    assert create_cluster(api, name="next", version="1.36")["version"] == "1.36.3-do.1"


def test_a_cluster_whose_nodes_are_down_is_degraded(lab_server: LabServer, api: httpx.Client) -> None:
    cluster = create_cluster(api)
    file = lab_server.config.home / "clusters" / cluster["id"] / "nodes.json"
    ready = file.read_text()
    file.write_text("[]")
    degraded = wait_for(lambda: get_cluster(api, cluster["id"]), lambda c: c["status"]["state"] == "degraded")
    name = cluster["node_pools"][0]["nodes"][0]["name"]
    assert degraded["status"]["message"] == f"1 of 1 nodes not ready: {name}"
    messages = api.get(f"{CLUSTERS}/{cluster['id']}/status_messages").json()["messages"]
    assert [m["message"] for m in messages] == [degraded["status"]["message"]]
    future = {"since": "2199-01-01T00:00:00Z"}
    assert api.get(f"{CLUSTERS}/{cluster['id']}/status_messages", params=future).json() == {"messages": []}
    file.write_text(ready)
    wait_until_settled(api, cluster["id"])


def test_a_cluster_that_can_not_be_made_is_tried_again(lab_server: LabServer, api: httpx.Client) -> None:
    obstacle = lab_server.config.home / "clusters"
    if obstacle.is_dir():
        obstacle.rmdir()
    obstacle.write_text("no directory")
    cluster = api.post(CLUSTERS, json=order()).json()["kubernetes_cluster"]
    failed = wait_for(lambda: get_cluster(api, cluster["id"]), lambda c: c["status"]["state"] == "error")
    assert failed["status"]["message"] == "internal error of the lab, see its log"
    assert api.get(f"{CLUSTERS}/{cluster['id']}/status_messages").json()["messages"]
    obstacle.unlink()
    wait_until_settled(api, cluster["id"])


def test_what_a_cluster_made_survives_it(api: httpx.Client) -> None:
    cluster = create_cluster(api)
    mine = f"k8s:{cluster['id']}"
    volume = create_volume(api, "pvc-1", mine)
    create_volume(api, "not-its", "other")
    balancer = create_load_balancer(api, "ingress", mine)
    path = f"{CLUSTERS}/{cluster['id']}"
    snapshot = api.post(f"/v2/volumes/{volume['id']}/snapshots", json={"name": "s", "tags": [mine]}).json()["snapshot"]
    assert api.get(f"{path}/destroy_with_associated_resources").json() == {
        "load_balancers": [{"id": balancer["id"], "name": "ingress"}],
        "volumes": [{"id": volume["id"], "name": "pvc-1"}],
        "volume_snapshots": [{"id": snapshot["id"], "name": "s"}],
    }
    assert api.delete(path).status_code == 204
    wait_until_gone(api, cluster["id"])
    assert len(api.get("/v2/volumes").json()["volumes"]) == 2
    assert len(api.get("/v2/load_balancers").json()["load_balancers"]) == 1
    assert len(api.get("/v2/snapshots").json()["snapshots"]) == 1


def test_associated_resources_can_go_with_the_cluster(api: httpx.Client) -> None:
    first, second = create_cluster(api, name="first"), create_cluster(api, name="second")
    volumes = [create_volume(api, f"pvc-{n}", f"k8s:{first['id']}") for n in range(2)]
    balancer = create_load_balancer(api, "ingress", f"k8s:{second['id']}")
    selective = f"{CLUSTERS}/{first['id']}/destroy_with_associated_resources/selective"
    stranger = api.request("DELETE", selective, json={"load_balancers": [balancer["id"]]})
    assert stranger.status_code == 422
    assert api.request("DELETE", selective, json={"volumes": [volumes[0]["id"]]}).status_code == 204
    assert api.delete(f"{CLUSTERS}/{second['id']}/destroy_with_associated_resources/dangerous").status_code == 204
    wait_until_gone(api, first["id"])
    wait_until_gone(api, second["id"])
    assert [v["id"] for v in api.get("/v2/volumes").json()["volumes"]] == [volumes[1]["id"]]
    assert api.get("/v2/load_balancers").json()["load_balancers"] == []


def test_clusters_made_at_the_same_time_share_nothing(lab_server: LabServer, api: httpx.Client) -> None:
    lab_server.admin.settings(droplet_limit=100)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: api.post(CLUSTERS, json=order(f"c{n}")), range(16)))
    clusters = [wait_until_settled(api, answer.json()["kubernetes_cluster"]["id"]) for answer in answers]
    nodes = [node for cluster in clusters for pool in cluster["node_pools"] for node in pool["nodes"]]
    for values in (
        {cluster["cluster_subnet"] for cluster in clusters},
        {cluster["service_subnet"] for cluster in clusters},
        {node["droplet_id"] for node in nodes},
    ):
        assert len(values) == 16
    assert len({cluster["vpc_uuid"] for cluster in clusters}) == 1


def test_lists_come_in_pages_of_twenty(lab_server: LabServer, api: httpx.Client) -> None:
    lab_server.admin.settings(droplet_limit=100)
    for number in range(25):
        assert api.post(CLUSTERS, json=order(f"c{number}")).status_code == 201
    first = api.get(CLUSTERS).json()
    assert (len(first["kubernetes_clusters"]), first["meta"]) == (20, {"total": 25})
    assert set(first["links"]["pages"]) == {"next", "last"}
    last = api.get(first["links"]["pages"]["next"]).json()
    assert [c["name"] for c in last["kubernetes_clusters"]] == [f"c{n}" for n in range(20, 25)]
    assert set(last["links"]["pages"]) == {"first", "prev"}
    whole = api.get(CLUSTERS, params={"per_page": 1000}).json()
    assert (len(whole["kubernetes_clusters"]), whole["links"]) == (25, {})
    assert api.get(CLUSTERS, params={"per_page": 10, "page": 9}).json()["kubernetes_clusters"] == []
