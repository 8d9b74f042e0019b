# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module through its life: check, create, nothing to do, change, nothing to do, remove, nothing to do."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab_account import Account, same_story, unchanged

VPC = {"name": "net", "region": "ams3", "ip_range": "10.120.0.0/20"}
BASE = {"name": "base", "size": "s-2vcpu-4gb", "count": 1}
TOOLS = {
    "name": "tools",
    "size": "s-2vcpu-4gb",
    "count": 1,
    "labels": {"tier": "tools"},
    "taints": [{"key": "tools", "value": "true", "effect": "NoSchedule"}],
}
CLUSTER: dict[str, Any] = {
    "name": "dev",
    "region": "ams3",
    "version": "1.35",
    "vpc": "net",
    "ha": False,
    "cluster_subnet": "10.131.0.0/17",
    "service_subnet": "10.131.128.0/19",
    "node_pools": [BASE, TOOLS],
}


def test_the_life_of_a_vpc(account: Account) -> None:
    assert account.run("do_vpc", name="net")["failed"]
    checked = account.run("do_vpc", **VPC, check_mode=True)
    assert account.vpcs("net") == []
    created = account.run("do_vpc", **VPC)
    assert created["changed"] and same_story(checked, created)
    assert account.vpcs("net") == [created["vpc"]]
    unchanged(account, "do_vpc", **VPC)

    checked = account.run("do_vpc", **VPC, description="clusters", check_mode=True)
    changed = account.run("do_vpc", **VPC, description="clusters")
    assert changed["changed"] and same_story(checked, changed)
    assert account.vpcs("net")[0]["description"] == "clusters"
    unchanged(account, "do_vpc", **VPC, description="clusters")
    unchanged(account, "do_vpc", name="net")

    assert [vpc["name"] for vpc in account.run("do_vpc_info", name="net")["vpcs"]] == ["net"]
    checked = account.run("do_vpc", name="net", state="absent", check_mode=True)
    assert len(account.vpcs("net")) == 1
    removed = account.run("do_vpc", name="net", state="absent")
    assert removed["changed"] and same_story(checked, removed)
    assert account.vpcs("net") == []
    unchanged(account, "do_vpc", name="net", state="absent")


CHANGES: list[dict[str, Any]] = [
    {"tags": ["b", "a"]},
    {"tags": ["a"]},
    {"auto_upgrade": True},
    {"surge_upgrade": True},
    {"maintenance_policy": {"day": "sunday", "start_time": "3:00"}},
    {"maintenance_policy": {"day": "monday"}},
    {"control_plane_firewall": {"enabled": True, "allowed_addresses": ["192.0.2.1/32", "198.51.100.0/24"]}},
    {"control_plane_firewall": {"allowed_addresses": ["192.0.2.1"]}},
    {
        "cluster_autoscaler_configuration": {
            "scale_down_utilization_threshold": 0.5,
            "scale_down_unneeded_time": "1m30s",
            "expanders": ["priority", "random"],
        }
    },
    {"cluster_autoscaler_configuration": {"expanders": []}},
    *(
        {toggle: {"enabled": True}}
        for toggle in (
            "routing_agent",
            "p2p_oci_registry_plugin",
            "coredns_autoscaler",
            "amd_gpu_device_plugin",
            "amd_gpu_device_metrics_exporter_plugin",
            "nvidia_gpu_device_plugin",
            "rdma_shared_dev_plugin",
        )
    ),
    {"sso": {"enabled": True, "issuer_url": "https://id.example.com", "client_id": "k8s"}},
    {"sso": {"enabled": False}},
    {"version": "1.36"},
    {"ha": True},
    {"node_pools": [{**BASE, "count": 3}, TOOLS]},
    {"node_pools": [{**BASE, "count": 1}, TOOLS]},
    {"node_pools": [BASE, {**TOOLS, "labels": {"tier": "tools", "more": True}}]},
    {"node_pools": [BASE, {**TOOLS, "labels": {}}]},
    {"node_pools": [BASE, {**TOOLS, "taints": []}]},
    {"node_pools": [BASE, {**TOOLS, "tags": ["t"]}]},
    {"node_pools": [BASE, {"name": "tools", "auto_scale": True, "min_nodes": 2, "max_nodes": 4}]},
    {"node_pools": [BASE, {"name": "tools", "auto_scale": True, "min_nodes": 1, "max_nodes": 5}]},
    {"node_pools": [BASE, {"name": "tools", "auto_scale": False, "count": 1}]},
    {"node_pools": [BASE, TOOLS, {"name": "work", "size": "s-2vcpu-4gb", "count": 2}]},
    {"node_pools": [BASE, TOOLS], "purge_node_pools": True},
]


def test_the_life_of_a_cluster(account: Account) -> None:
    account.run("do_vpc", **VPC)
    assert account.run("do_kubernetes_cluster", name="dev")["failed"]
    checked = account.run("do_kubernetes_cluster", **CLUSTER, check_mode=True)
    assert account.cluster("dev") is None
    created = account.run("do_kubernetes_cluster", **CLUSTER)
    assert not created["failed"], created["msg"]
    assert created["changed"] and same_story(checked, created)
    assert account.cluster("dev") == created["cluster"]
    assert created["cluster"]["status"]["state"] == "running"
    unchanged(account, "do_kubernetes_cluster", **CLUSTER)

    wanted = copy.deepcopy(CLUSTER)
    for change in CHANGES:
        wanted.update(change)
        before = account.cluster("dev")
        checked = account.run("do_kubernetes_cluster", **wanted, check_mode=True)
        assert account.cluster("dev") == before
        real = account.run("do_kubernetes_cluster", **wanted)
        assert not real["failed"], real["msg"]
        assert real["changed"], f"{change} changed nothing"
        assert same_story(checked, real), change
        unchanged(account, "do_kubernetes_cluster", **wanted)
        wanted.pop("purge_node_pools", None)
    final = account.cluster("dev")
    assert final is not None
    assert (final["version"].rsplit(".", 1)[0], final["ha"]) == ("1.36.3-do", True)
    assert [pool["name"] for pool in final["node_pools"]] == ["base", "tools"]

    # What is no longer written is left as it is.
    unchanged(account, "do_kubernetes_cluster", name="dev")
    assert account.cluster("dev") == final

    checked = account.run("do_kubernetes_cluster", name="dev", state="absent", check_mode=True)
    assert account.cluster("dev") == final
    removed = account.run("do_kubernetes_cluster", name="dev", state="absent")
    assert removed["changed"] and same_story(checked, removed)
    assert account.cluster("dev") is None
    unchanged(account, "do_kubernetes_cluster", name="dev", state="absent")
    assert account.run("do_vpc", name="net", state="absent")["changed"]


def test_check_mode_before_the_vpc_is_there(account: Account) -> None:
    result = account.run("do_kubernetes_cluster", **CLUSTER, check_mode=True)
    assert not result["failed"]
    assert result["changes"][0].startswith("create cluster dev in ams3 with Kubernetes 1.35.")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"region": "ams33"}, "near it: ams3"),
        ({"version": "1.63"}, "near it: 1.36"),
        ({"node_pools": [{**BASE, "size": "s-2vcpu-4g"}]}, "near it: s-2vcpu-4gb"),
        ({"vpc": "nett"}, "near it: net"),
        ({"project": "nowhere"}, "There is no project 'nowhere'"),
        ({"cluster_subnet": "10.120.0.0/17"}, "overlaps"),
    ],
)
def test_what_the_account_does_not_have(account: Account, change: dict[str, Any], words: str) -> None:
    account.run("do_vpc", **VPC)
    mark = account.mark()
    result = account.run("do_kubernetes_cluster", **{**CLUSTER, **change})
    assert result["failed"]
    assert words in result["msg"], result["msg"]
    assert account.cluster("dev") is None
    assert [call for call in account.writes(mark) if "overlaps" not in words] == []


@pytest.mark.parametrize(
    ("scopes", "words"),
    [
        (["vpc:read"], "kubernetes:read"),
        (["kubernetes:read", "vpc:read"], "kubernetes:create"),
    ],
)
def test_a_token_without_the_scope(account: Account, scopes: list[str], words: str) -> None:
    account.run("do_vpc", **VPC)
    token = account.server.admin.create_token("poor-" + words, scopes)
    result = account.run("do_kubernetes_cluster", **CLUSTER, token=token)
    assert result["failed"]
    assert result["api_error"]["status"] == 403
    assert words in result["msg"]
    assert token not in repr(result)
    assert account.cluster("dev") is None


def test_a_wrong_token(account: Account) -> None:
    result = account.run("do_kubernetes_cluster", **CLUSTER, token="dop_v1_" + "0" * 64)
    assert result["failed"]
    assert result["api_error"]["status"] == 401


def test_a_cluster_of_that_name_twice(account: Account) -> None:
    body = {"name": "dev", "region": "ams3", "version": "1.36", "node_pools": [BASE]}
    ids = [account.api("POST", "/v2/kubernetes/clusters", json=body)["kubernetes_cluster"]["id"] for _ in range(2)]
    for state in ("present", "absent"):
        result = account.run("do_kubernetes_cluster", **{**CLUSTER, "vpc": None}, state=state)
        assert result["failed"]
        assert all(cluster_id in result["msg"] for cluster_id in ids)


def test_a_project(account: Account) -> None:
    project = {"name": "web", "purpose": "Service or API", "environment": "Development"}
    account.api("POST", "/v2/projects", json=project)
    account.run("do_vpc", **VPC)
    wanted = {**CLUSTER, "project": "web"}
    checked = account.run("do_kubernetes_cluster", **wanted, check_mode=True)
    real = account.run("do_kubernetes_cluster", **wanted)
    assert same_story(checked, real)
    assert real["changes"][-1] == "put cluster dev into project web"
    mark = account.mark()
    assert account.run("do_kubernetes_cluster", **wanted)["changed"] is False
    assert len(account.calls(mark)) == 4  # clusters, VPCs, projects, what is in the project


def test_what_a_cluster_leaves_behind(account: Account) -> None:
    account.run("do_vpc", **VPC)
    cluster = account.run("do_kubernetes_cluster", **CLUSTER)["cluster"]
    volume = {"name": "pvc-1", "region": "ams3", "size_gigabytes": 1, "tags": [f"k8s:{cluster['id']}"]}
    account.api("POST", "/v2/volumes", json=volume)
    kept = account.run("do_kubernetes_cluster", name="dev", state="absent", check_mode=True)
    assert len(kept["kept"]) == 1 and kept["destroyed"] == []
    gone = account.run("do_kubernetes_cluster", name="dev", state="absent", associated_resources="destroy")
    assert len(gone["destroyed"]) == 1 and gone["kept"] == []
    assert account.api("GET", "/v2/volumes")["volumes"] == []


def test_a_vpc_with_a_cluster_in_it(account: Account) -> None:
    account.run("do_vpc", **VPC)
    account.run("do_kubernetes_cluster", **CLUSTER)
    refused = account.run("do_vpc", name="net", state="absent")
    assert refused["failed"]
    assert "nobody is deleting the cluster dev" in refused["msg"]
    kept = account.run("do_vpc", name="net", state="absent", members="keep")
    assert kept["changed"] is False
    account.run("do_kubernetes_cluster", name="dev", state="absent", wait=False)
    assert account.run("do_vpc", name="net", state="absent")["changed"] is True
    assert account.vpcs("net") == []


def test_the_life_of_a_kubeconfig(account: Account, kubeconfig_path: str) -> None:
    wanted = {"name": "dev", "path": kubeconfig_path}
    account.run("do_vpc", **VPC)
    foretold = account.run("do_kubernetes_kubeconfig", **wanted, check_mode=True)
    assert foretold["changed"] is True
    assert account.run("do_kubernetes_kubeconfig", **wanted)["failed"]
    account.run("do_kubernetes_cluster", **CLUSTER)
    mark = account.mark()
    written = account.run("do_kubernetes_kubeconfig", **wanted)
    assert written["changed"] is True
    assert len(account.calls(mark)) == 2
    text = Path(kubeconfig_path).read_text()
    token = yaml.safe_load(text)["users"][0]["user"]["token"]
    assert token not in repr(written)
    mark = account.mark()
    assert account.run("do_kubernetes_kubeconfig", **wanted)["changed"] is False
    assert len(account.calls(mark)) == 1
    assert Path(kubeconfig_path).read_text() == text

    account.run("do_kubernetes_cluster", name="dev", state="absent")
    account.run("do_kubernetes_cluster", **CLUSTER)
    again = account.run("do_kubernetes_kubeconfig", **wanted)
    assert again["changes"][0].endswith("it is for another cluster")
    assert token not in Path(kubeconfig_path).read_text()
    assert account.run("do_kubernetes_kubeconfig", **wanted, state="absent", token=None)["changed"] is True
    assert not Path(kubeconfig_path).exists()


def test_a_preflight_foretells_what_is_made(account: Account) -> None:
    wanted = [
        {**{key: CLUSTER[key] for key in ("region", "version")}, "name": name, "vpc": VPC_WANTED, "node_pools": [BASE]}
        for name in ("dev", "prod")
    ]
    mark = account.mark()
    report = account.run("do_kubernetes_preflight", clusters=wanted)
    assert not report["failed"], report["msg"]
    assert len(account.calls(mark)) == 6
    assert report["monthly_price"] == 2 * report["clusters"]["dev"]["monthly_price"] > 0
    account.run("do_vpc", **VPC)
    made = account.run("do_kubernetes_cluster", **CLUSTER)["cluster"]
    assert made["version"] == report["clusters"]["dev"]["version"]
    broken = account.run("do_kubernetes_preflight", clusters=[{**wanted[0], "region": "fra1"}])
    assert broken["failed"]
    assert "region is ams3 and cannot be changed to fra1" in broken["msg"]


VPC_WANTED = {"name": "net", "ip_range": "10.120.0.0/20"}


def test_the_clusters_of_an_account_with_many(account: Account) -> None:
    account.server.admin.settings(droplet_limit=1000)
    body = {"region": "ams3", "version": "1.36", "node_pools": [BASE]}
    for number in range(25):
        account.api("POST", "/v2/kubernetes/clusters", json={**body, "name": f"c{number:02}", "tags": [f"t{number}"]})
    found = account.run("do_kubernetes_cluster_info")["clusters"]
    assert [item["name"] for item in found] == [f"c{number:02}" for number in range(25)]
    assert [item["name"] for item in account.run("do_kubernetes_cluster_info", tag="t7")["clusters"]] == ["c07"]
    mark = account.mark()
    last = account.run("do_kubernetes_cluster", name="c24", version="1.36", node_pools=[BASE])
    assert last["changed"] is False
    assert account.writes(mark) == []
