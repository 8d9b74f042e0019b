# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""do_kubernetes_cluster, state present, against a scripted API."""

from __future__ import annotations

from typing import Any

import pytest
from do_objects import BASE, CLUSTER, CLUSTER_ID, CLUSTERS, MODULE, OPTIONS, VPC_ID, cluster, listed, pool, shown
from scripted_api import ModuleRun, ScriptedApi, page

CREATE: dict[str, Any] = {"name": "dev", "region": "ams3", "version": "1.36", "node_pools": [BASE]}
CREATE_BODY = {"name": "dev", "region": "ams3", "version": "1.36.3-do.1", "node_pools": [BASE]}


def test_create_waits_until_every_node_runs(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api)
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    listed(api)
    provisioning = cluster(pool("base", ready=0), state="provisioning", version="1.36.3-do.1")
    api.expect("POST", CLUSTERS, {"kubernetes_cluster": provisioning}, request=CREATE_BODY)
    listed(api, provisioning)
    shown(api, provisioning)
    shown(api, cluster(pool("base", ready=0)))
    final = cluster(pool("base"), version="1.36.3-do.1")
    shown(api, final)
    result = run(MODULE, **CREATE)
    assert result["changed"] is True
    assert result["cluster"] == final
    assert result["changes"] == [
        "create cluster dev in ams3 with Kubernetes 1.36.3-do.1",
        "create node pool base: 1 x s-2vcpu-4gb",
    ]


def test_check_mode_says_what_create_does(api: ScriptedApi, run: ModuleRun) -> None:
    wanted = {**CREATE, "tags": ["B", "a"], "vpc": VPC_ID, "wait": False}
    listed(api)
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    checked = run(MODULE, **wanted, check_mode=True)
    listed(api)
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    listed(api)
    api.expect("POST", CLUSTERS, {"kubernetes_cluster": cluster(state="provisioning")})
    listed(api, cluster(state="provisioning"))
    real = run(MODULE, **wanted)
    assert (checked["changes"], checked["diff"], checked["changed"]) == (real["changes"], real["diff"], real["changed"])
    assert checked["diff"]["after"]["tags"] == ["a", "b"]
    sent = api.body("POST", CLUSTERS)
    assert sent == {**CREATE_BODY, "tags": ["B", "a"], "vpc_uuid": VPC_ID}


def test_create_sends_pools_as_written(api: ScriptedApi, run: ModuleRun) -> None:
    scaled = {
        "name": "work",
        "size": "s-2vcpu-4gb",
        "auto_scale": True,
        "min_nodes": 0,
        "max_nodes": 3,
        "labels": {"gpu": True, "rank": 1},
        "taints": [{"key": "work", "value": "true", "effect": "NoSchedule"}],
        "tags": ["w"],
    }
    listed(api)
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    listed(api)
    api.expect("POST", CLUSTERS, {"kubernetes_cluster": cluster(state="provisioning")})
    listed(api, cluster(state="provisioning"))
    result = run(MODULE, **{**CREATE, "node_pools": [BASE, scaled]}, wait=False)
    assert api.body("POST", CLUSTERS)["node_pools"] == [
        BASE,
        {**scaled, "labels": {"gpu": "true", "rank": "1"}, "count": 1},
    ]
    assert result["changes"][-1] == "create node pool work: 0 to 3 x s-2vcpu-4gb"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"region": "ams33"}, "no Kubernetes in region 'ams33'; near it: ams3"),
        ({"version": "1.63"}, "does not offer Kubernetes version '1.63'; near it: 1.36"),
        (
            {"node_pools": [{**BASE, "size": "s-2vcpu-4g"}]},
            "'s-2vcpu-4g' is no Kubernetes size; near it: s-2vcpu-4gb",
        ),
    ],
)
def test_unknown_names_are_met_with_near_ones(
    api: ScriptedApi, run: ModuleRun, change: dict[str, Any], words: str
) -> None:
    listed(api)
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    result = run(MODULE, **{**CREATE, **change})
    assert result["failed"]
    assert words in result["msg"]


def test_what_creation_needs_is_named(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api)
    result = run(MODULE, name="dev")
    assert result["failed"]
    assert "region, version, node_pools must be given" in result["msg"]


@pytest.mark.parametrize(
    ("pools", "words"),
    [
        ([BASE, BASE], "two node pools are named 'base'"),
        (
            [{"name": "w", "size": "s", "auto_scale": True, "min_nodes": 3, "max_nodes": 1}],
            "node pool 'w': min_nodes 3 is more than max_nodes 1",
        ),
        ([{"name": "w", "size": "s", "auto_scale": True}], "min_nodes, max_nodes"),
        ([{**BASE, "taints": [{"key": "a"}]}], "missing required arguments: effect"),
    ],
)
def test_impossible_pools_fail_before_any_call(api: ScriptedApi, run: ModuleRun, pools: list[Any], words: str) -> None:
    result = run(MODULE, **{**CREATE, "node_pools": pools})
    assert result["failed"]
    assert words in result["msg"]


def test_nothing_to_do_costs_one_call(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    result = run(
        MODULE,
        **CREATE,
        vpc=VPC_ID,
        cluster_subnet="10.131.0.0/17",
        ha=False,
        surge_upgrade=True,
        maintenance_policy={"start_time": "03:00"},
        routing_agent={"enabled": False},
        control_plane_firewall={"enabled": False},
    )
    assert result["changed"] is False, result["changes"]
    assert result["diff"]["before"] == result["diff"]["after"]


def test_what_is_not_written_is_left_alone(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(tags=["mine"], ha=True, auto_upgrade=True))
    result = run(MODULE, name="dev")
    assert result["changed"] is False
    assert result["diff"] == {"before": {}, "after": {}}


SETTINGS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"tags": ["b", "a"]}, {"tags": ["b", "a"]}, "tags [] -> [a, b]"),
    ({"auto_upgrade": True}, {"auto_upgrade": True}, "auto_upgrade false -> true"),
    ({"surge_upgrade": False}, {"surge_upgrade": False}, "surge_upgrade true -> false"),
    ({"ha": True}, {"ha": True}, "ha false -> true"),
    (
        {"maintenance_policy": {"day": "monday"}},
        {"maintenance_policy": {"day": "monday", "start_time": "3:00"}},
        "maintenance_policy.day sunday -> monday",
    ),
    (
        {"maintenance_policy": {"start_time": "9:30"}},
        {"maintenance_policy": {"day": "sunday", "start_time": "09:30"}},
        "maintenance_policy.start_time 03:00 -> 09:30",
    ),
    (
        {"control_plane_firewall": {"enabled": True, "allowed_addresses": ["192.0.2.1/32"]}},
        {"control_plane_firewall": {"enabled": True, "allowed_addresses": ["192.0.2.1/32"]}},
        "control_plane_firewall.allowed_addresses [] -> [192.0.2.1]",
    ),
    (
        {"cluster_autoscaler_configuration": {"scale_down_unneeded_time": "1m30s", "expanders": ["priority"]}},
        {"cluster_autoscaler_configuration": {"scale_down_unneeded_time": "1m30s", "expanders": ["priority"]}},
        "cluster_autoscaler_configuration.expanders [] -> [priority]",
    ),
    ({"routing_agent": {"enabled": True}}, {"routing_agent": {"enabled": True}}, "routing_agent.enabled false -> true"),
    (
        {"sso": {"enabled": True, "issuer_url": "https://id.example", "client_id": "k"}},
        {"sso": {"enabled": True, "issuer_url": "https://id.example", "client_id": "k"}},
        "sso.enabled false -> true",
    ),
]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("setting", SETTINGS, ids=[next(iter(item[0])) for item in SETTINGS])
def test_a_setting_is_changed_with_one_call(
    api: ScriptedApi, run: ModuleRun, setting: tuple[dict[str, Any], dict[str, Any], str], check_mode: bool
) -> None:
    wanted, sent, words = setting
    listed(api, cluster())
    if not check_mode:
        api.expect("PUT", CLUSTER, {"kubernetes_cluster": cluster(**sent)}, request={"name": "dev", **sent}, status=202)
        shown(api, cluster(**sent))
    result = run(MODULE, name="dev", **wanted, check_mode=check_mode)
    assert result["changed"] is True
    assert f"cluster dev: {words}" in result["changes"]
    assert result["diff"]["before"] != result["diff"]["after"]
    key = next(iter(sent))
    assert result["cluster"][key] == sent[key]


def test_a_nested_object_is_sent_with_what_it_held(api: ScriptedApi, run: ModuleRun) -> None:
    firewall = {"enabled": True, "allowed_addresses": ["192.0.2.0/24"]}
    listed(api, cluster(control_plane_firewall=firewall))
    body = {"name": "dev", "control_plane_firewall": {**firewall, "enabled": False}}
    api.expect("PUT", CLUSTER, {"kubernetes_cluster": cluster()}, request=body, status=202)
    shown(api, cluster())
    run(MODULE, name="dev", control_plane_firewall={"enabled": False})


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"region": "fra1"}, "region is ams3 and cannot be changed to fra1"),
        ({"vpc": "11111111-1111-4111-8111-111111111111"}, f"vpc_uuid is {VPC_ID} and cannot be changed to 1111"),
        ({"cluster_subnet": "10.9.0.0/17"}, "cluster_subnet is 10.131.0.0/17 and cannot be changed to 10.9.0.0/17"),
        ({"service_subnet": "10.9.0.0/19"}, "service_subnet is 10.131.128.0/19 and cannot be changed to 10.9.0.0/19"),
        ({"worker_subnet_uuid": VPC_ID}, f"worker_subnet_uuid is (unset) and cannot be changed to {VPC_ID}"),
        ({"isolated_workers": True}, "isolated_workers is false and cannot be changed to true"),
        (
            {"node_pools": [{**BASE, "size": "s-4vcpu-8gb"}]},
            "node pool 'base': size is s-2vcpu-4gb and cannot be changed to s-4vcpu-8gb; add a pool",
        ),
    ],
)
def test_drift_that_cannot_be_mended(api: ScriptedApi, run: ModuleRun, wanted: dict[str, Any], words: str) -> None:
    listed(api, cluster())
    result = run(MODULE, name="dev", tags=["never-sent"], **wanted)
    assert result["failed"]
    assert words in result["msg"]


def test_ha_cannot_be_turned_off(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(ha=True))
    result = run(MODULE, name="dev", ha=False)
    assert result["failed"]
    assert "ha is true and cannot be changed to false" in result["msg"]


def test_all_drifts_are_told_at_once(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    result = run(MODULE, name="dev", region="fra1", isolated_workers=True)
    assert "1. " in result["msg"] and "2. " in result["msg"]


def test_two_clusters_of_one_name_fail_naming_both(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(), cluster(id="second-id"))
    result = run(MODULE, **CREATE)
    assert result["failed"]
    assert CLUSTER_ID in result["msg"] and "second-id" in result["msg"]


def test_a_vpc_is_found_by_its_name(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    api.expect("GET", "/v2/vpcs", page("vpcs", {"id": VPC_ID, "name": "net"}))
    assert run(MODULE, name="dev", vpc="net")["changed"] is False


def test_a_vpc_that_is_not_there_fails_and_in_check_mode_may_come(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api)
    api.expect("GET", "/v2/vpcs", page("vpcs", {"id": VPC_ID, "name": "nets"}))
    result = run(MODULE, **CREATE, vpc="net")
    assert result["failed"]
    assert "no VPC named 'net'; near it: nets" in result["msg"]
    listed(api)
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    result = run(MODULE, **CREATE, vpc="net", check_mode=True)
    assert result["diff"]["after"]["vpc"] == "net"


PROJECT = {"id": "p-1", "name": "web"}


@pytest.mark.parametrize("inside", [True, False])
def test_the_cluster_is_put_into_its_project(api: ScriptedApi, run: ModuleRun, inside: bool) -> None:
    urn = f"do:kubernetes:{CLUSTER_ID}"
    listed(api, cluster())
    api.expect("GET", "/v2/projects", page("projects", PROJECT))
    api.expect("GET", "/v2/projects/p-1/resources", page("resources", *([{"urn": urn}] if inside else [])))
    if not inside:
        moved = {"resources": [{"urn": urn}]}
        api.expect("POST", "/v2/projects/p-1/resources", moved, request={"resources": [urn]}, status=200)
    result = run(MODULE, name="dev", project="web")
    assert result["changes"] == ([] if inside else ["put cluster dev into project web"])


def test_an_unknown_project_names_those_there_are(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    api.expect("GET", "/v2/projects", page("projects", PROJECT))
    result = run(MODULE, name="dev", project="wep")
    assert result["failed"]
    assert "no project 'wep'; near it: web" in result["msg"]
