# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""do_load_balancer against a scripted API: the bodies it sends, lost answers, waiting."""

from __future__ import annotations

from typing import Any

import pytest
from scripted_api import HTML, RESET, TRUNCATED, ModuleRun, ScriptedApi, page

MODULE = "do_load_balancer"
BALANCERS = "/v2/load_balancers"
LB_ID = "4de7ac8b-495b-4884-9a69-1050c6793cd6"
PATH = f"{BALANCERS}/{LB_ID}"
RULE = {"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 30080}
SHOWN_RULE = {**RULE, "certificate_id": "", "tls_passthrough": False}
WRITABLE: dict[str, Any] = {
    "name": "front",
    "vpc_uuid": "5a4981aa-9653-4bd1-bef5-d6bff52042e4",
    "type": "REGIONAL",
    "network": "EXTERNAL",
    "network_stack": "IPV4",
    "forwarding_rules": [SHOWN_RULE],
    "health_check": {"protocol": "tcp", "port": 30080, "check_interval_seconds": 10},
    "sticky_sessions": {"type": "none"},
    "firewall": {"allow": [], "deny": []},
    "redirect_http_to_https": True,
    "enable_proxy_protocol": False,
    "enable_backend_keepalive": False,
    "disable_lets_encrypt_dns_records": True,
    "http_idle_timeout_seconds": 90,
    "size_unit": 3,
    "tls_cipher_policy": "STRONG",
    "droplet_ids": [1, 2],
    "project_id": "p-1",
    "tags": ["kept"],
}
BALANCER: dict[str, Any] = {
    **WRITABLE,
    "id": LB_ID,
    "ip": "203.0.113.7",
    "ipv6": "",
    "status": "active",
    "algorithm": "round_robin",
    "size": "lb-medium",
    "tag": "",
    "region": {"slug": "ams3", "name": "Amsterdam 3", "sizes": []},
    "created_at": "2026-11-20T10:00:00Z",
}
WANTED = {"name": "front", "region": "ams3", "forwarding_rules": [RULE]}


def listed(api: ScriptedApi, *balancers: dict[str, Any]) -> None:
    api.expect("GET", BALANCERS, page("load_balancers", *balancers))


def shown(api: ScriptedApi, **changes: Any) -> None:
    api.expect("GET", PATH, {"load_balancer": {**BALANCER, **changes}})


def test_create_and_wait_for_the_address(api: ScriptedApi, run: ModuleRun, slept: list[float]) -> None:
    listed(api)
    new = {**BALANCER, "status": "new", "ip": ""}
    api.expect("POST", BALANCERS, {"load_balancer": new}, status=202, request={**WANTED, "droplet_ids": []})
    shown(api, status="new", ip="")
    shown(api, status="active", ip="")
    shown(api)
    result = run(MODULE, **WANTED)
    assert result["changes"] == ["create load balancer front of type REGIONAL in ams3"]
    assert (result["ip"], result["cluster_id"]) == ("203.0.113.7", None)
    assert len(slept) == 3
    assert result["diff"] == {"before": {}, "after": {**WANTED, "forwarding_rules": [SHOWN_RULE]}}


def test_nothing_to_do_costs_one_call(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, BALANCER)
    assert run(MODULE, **WANTED, health_check={"port": 30080}, droplet_ids=[2, 1])["changed"] is False


def test_an_update_sends_everything_and_what_it_is_at_that_moment(api: ScriptedApi, run: ModuleRun) -> None:
    """A PUT resets what it does not say. Droplets may have changed since the list was read."""
    listed(api, BALANCER)
    shown(api, droplet_ids=[2, 3])
    body = {**WRITABLE, "region": "ams3", "droplet_ids": [2, 3], "enable_proxy_protocol": True}
    after = {**BALANCER, "enable_proxy_protocol": True, "droplet_ids": [2, 3]}
    api.expect("PUT", PATH, {"load_balancer": after}, request=body)
    result = run(MODULE, name="front", enable_proxy_protocol=True)
    assert result["changes"] == ["load balancer front: enable_proxy_protocol false -> true"]
    assert result["load_balancer"] == after


def test_nested_objects_keep_the_keys_that_are_not_written(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, BALANCER)
    shown(api)
    check = {"protocol": "tcp", "port": 30080, "check_interval_seconds": 3}
    api.expect("PUT", PATH, {"load_balancer": BALANCER}, request={**WRITABLE, "region": "ams3", "health_check": check})
    assert run(MODULE, name="front", health_check={"check_interval_seconds": 3})["changed"] is True


def test_droplets_of_a_tag_are_not_sent_as_ids(api: ScriptedApi, run: ModuleRun) -> None:
    tagged = {**BALANCER, "tag": "web"}
    listed(api, tagged)
    shown(api, tag="web")
    kept = {key: value for key, value in WRITABLE.items() if key != "droplet_ids"}
    body = {**kept, "region": "ams3", "tag": "web", "name": "front", "size_unit": 4}
    api.expect("PUT", PATH, {"load_balancer": tagged}, request=body)
    assert run(MODULE, name="front", size_unit=4)["changed"] is True


def test_the_size_of_an_old_region_is_kept(api: ScriptedApi, run: ModuleRun) -> None:
    old = {key: value for key, value in BALANCER.items() if key != "size_unit"}
    listed(api, old)
    api.expect("GET", PATH, {"load_balancer": old})
    api.expect("PUT", PATH, {"load_balancer": old})
    run(MODULE, name="front", enable_backend_keepalive=True)
    body = api.body("PUT", PATH)
    assert body["size"] == "lb-medium" and "size_unit" not in body and "algorithm" not in body


@pytest.mark.parametrize(
    "fault",
    [
        {"behaviour": RESET},
        {"behaviour": TRUNCATED, "answer": {"load_balancer": BALANCER}},
        {"status": 503, "answer": {"id": "service_unavailable", "message": "try later"}},
        {"status": 502, "answer": HTML},
    ],
)
def test_a_creation_with_a_lost_answer_is_found_and_not_sent_again(
    api: ScriptedApi, run: ModuleRun, fault: dict[str, Any]
) -> None:
    listed(api)
    api.expect("POST", BALANCERS, fault.pop("answer", None), **fault)
    listed(api)
    listed(api, BALANCER)
    assert run(MODULE, **WANTED)["load_balancer"]["id"] == LB_ID


def test_a_broken_one_is_said_to_be_broken(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, {**BALANCER, "status": "errored"})
    result = run(MODULE, name="front")
    assert result["failed"] and "is errored" in result["msg"]


def test_a_new_one_may_not_show_at_once(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api)
    api.expect("POST", BALANCERS, {"load_balancer": {**BALANCER, "status": "new", "ip": ""}}, status=202)
    api.expect("GET", PATH, {"id": "not_found", "message": "lagging"}, status=404)
    shown(api)
    assert run(MODULE, **WANTED)["ip"] == "203.0.113.7"


def test_one_that_vanishes_during_the_run(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, BALANCER)
    for _ in range(5):
        api.expect("GET", PATH, {"id": "not_found", "message": "gone"}, status=404)
    result = run(MODULE, name="front", size_unit=4)
    assert result["failed"] and "somebody deleted it during this run" in result["msg"]


def test_two_of_one_name_fail_naming_both(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, BALANCER, {**BALANCER, "id": "second-id"})
    result = run(MODULE, name="front")
    assert result["failed"] and LB_ID in result["msg"] and "second-id" in result["msg"]


def test_a_cluster_that_is_gone_no_longer_uses_it(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, {**BALANCER, "tags": ["k8s:c-1"]})
    api.expect("GET", "/v2/kubernetes/clusters", page("kubernetes_clusters", {"id": "c-2", "name": "dev"}))
    api.expect("DELETE", PATH, behaviour=RESET)
    api.expect("DELETE", PATH, {"id": "not_found", "message": "gone"}, status=404)
    listed(api)
    result = run(MODULE, name="front", state="absent")
    assert result["changes"] == ["delete load balancer front (203.0.113.7)"]


def test_a_project_when_the_load_balancer_does_not_show_its_own(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, {key: value for key, value in BALANCER.items() if key != "project_id"})
    api.expect("GET", "/v2/projects", page("projects", {"id": "p-2", "name": "web"}))
    api.expect("GET", "/v2/projects/p-2/resources", page("resources", {"urn": f"do:loadbalancer:{LB_ID}"}))
    assert run(MODULE, name="front", project="web")["changed"] is False


def test_without_name_and_id(api: ScriptedApi, run: ModuleRun) -> None:
    result = run(MODULE)
    assert result["failed"] and "name, id" in result["msg"]
