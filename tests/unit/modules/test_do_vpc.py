# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""do_vpc against a scripted API: every call is expected, changed, diff and bodies are asserted."""

from __future__ import annotations

import pytest
from scripted_api import HTML, RESET, TRUNCATED, ModuleRun, ScriptedApi, page

VPC = {
    "id": "5a4981aa-9653-4bd1-bef5-d6bff52042e4",
    "urn": "do:vpc:5a4981aa-9653-4bd1-bef5-d6bff52042e4",
    "name": "net",
    "region": "ams3",
    "ip_range": "10.120.0.0/20",
    "description": "old",
    "default": False,
    "created_at": "2026-11-20T10:00:00Z",
}
PATH = f"/v2/vpcs/{VPC['id']}"


def test_create(api: ScriptedApi, run: ModuleRun) -> None:
    body = {"name": "net", "region": "ams3", "ip_range": "10.120.0.0/20"}
    api.expect("GET", "/v2/vpcs", page("vpcs"), query={"per_page": "200", "page": "1"})
    api.expect("POST", "/v2/vpcs", {"vpc": VPC}, request=body)
    result = run("do_vpc", name="net", region="ams3", ip_range="10.120.0.0/20")
    assert result["changed"] is True
    assert result["vpc"] == VPC
    assert result["diff"] == {"before": {}, "after": body}
    assert result["changes"] == ["create VPC net in ams3 with 10.120.0.0/20"]


def test_create_in_check_mode_says_the_same_and_sends_nothing(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    result = run("do_vpc", name="net", region="ams3", ip_range="10.120.0.0/20", check_mode=True)
    assert result["changed"] is True
    assert result["changes"] == ["create VPC net in ams3 with 10.120.0.0/20"]
    assert result["diff"]["after"] == {"name": "net", "region": "ams3", "ip_range": "10.120.0.0/20"}
    assert "id" not in result["vpc"]


def test_nothing_to_do_costs_one_call(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    result = run("do_vpc", name="net", region="ams3", ip_range="10.120.0.0/20", description="old")
    assert result["changed"] is False
    assert result["changes"] == []
    assert result["diff"]["before"] == result["diff"]["after"]


def test_what_is_not_written_is_left_alone(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    result = run("do_vpc", name="net")
    assert result["changed"] is False
    assert result["diff"] == {"before": {}, "after": {}}


@pytest.mark.parametrize("check_mode", [False, True])
def test_description_is_changed(api: ScriptedApi, run: ModuleRun, check_mode: bool) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    if not check_mode:
        api.expect("PUT", PATH, {"vpc": {**VPC, "description": "new"}}, request={"name": "net", "description": "new"})
    result = run("do_vpc", name="net", description="new", check_mode=check_mode)
    assert result["changed"] is True
    assert result["changes"] == ["VPC net: description old -> new"]
    assert result["diff"] == {"before": {"description": "old"}, "after": {"description": "new"}}
    assert result["vpc"]["description"] == "new"


def test_the_vpc_on_the_second_page_is_found(api: ScriptedApi, run: ModuleRun) -> None:
    other = {**VPC, "id": "other", "name": "other"}
    api.expect("GET", "/v2/vpcs", page("vpcs", other, next_page=f"{api.url}/v2/vpcs?page=2"), query={"page": "1"})
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC), query={"page": "2", "per_page": "200"})
    assert run("do_vpc", name="net", region="ams3")["changed"] is False


@pytest.mark.parametrize(("field", "value"), [("region", "fra1"), ("ip_range", "10.121.0.0/20")])
def test_drift_that_cannot_be_mended_names_field_and_values(
    api: ScriptedApi, run: ModuleRun, field: str, value: str
) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    result = run("do_vpc", name="net", **{field: value})
    assert result["failed"]
    assert f"{field} is {VPC[field]} and cannot be changed to {value}" in result["msg"]
    assert "another name" in result["msg"]


def test_two_of_one_name_fail_naming_both(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC, {**VPC, "id": "second-id"}))
    result = run("do_vpc", name="net", region="ams3")
    assert result["failed"]
    assert VPC["id"] in result["msg"] and "second-id" in result["msg"]


def test_region_is_needed_to_create(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    result = run("do_vpc", name="net")
    assert result["failed"]
    assert "region must be given" in result["msg"]


@pytest.mark.parametrize(
    "fault",
    [
        {"behaviour": RESET},
        {"behaviour": TRUNCATED, "answer": {"vpc": VPC}},
        {"status": 503, "answer": {"id": "service_unavailable", "message": "try later"}},
        {"status": 502, "answer": HTML},
        {"status": 201, "answer": HTML},
    ],
)
def test_a_creation_with_a_lost_answer_is_found_and_not_sent_again(
    api: ScriptedApi, run: ModuleRun, fault: dict[str, object]
) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    api.expect("POST", "/v2/vpcs", fault.pop("answer", None), **fault)
    api.expect("GET", "/v2/vpcs", page("vpcs"))  # the list lags
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    result = run("do_vpc", name="net", region="ams3")
    assert result["changed"] is True
    assert result["vpc"]["id"] == VPC["id"]


def test_a_creation_that_shows_no_sign_fails_safe(api: ScriptedApi, run: ModuleRun, slept: list[float]) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    api.expect("POST", "/v2/vpcs", behaviour=RESET)
    for _ in range(4):
        api.expect("GET", "/v2/vpcs", page("vpcs"))
    result = run("do_vpc", name="net", region="ams3")
    assert result["failed"]
    assert "not known whether VPC 'net' was created" in result["msg"]
    assert "Run again" in result["msg"]
    assert slept == [1.0, 2.0, 4.0, 8.0]


def test_a_creation_in_an_outage_is_found_when_it_is_over(api: ScriptedApi, run: ModuleRun, slept: list[float]) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    api.expect("POST", "/v2/vpcs", status=503)
    for _ in range(9):
        api.expect("GET", "/v2/vpcs", status=503)
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    assert run("do_vpc", name="net", region="ams3")["changed"] is True
    assert sum(slept) > 50


def test_a_creation_in_an_outage_without_end_is_not_looked_for_again_and_again(
    api: ScriptedApi, run: ModuleRun, slept: list[float]
) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    api.expect("POST", "/v2/vpcs", behaviour=RESET)
    api.expect("GET", "/v2/vpcs", status=503, lasting=True)
    result = run("do_vpc", name="net", region="ams3")
    assert "not known whether VPC 'net' was created" in result["msg"]
    assert "could not be looked for: GET /v2/vpcs" in result["msg"]
    assert 60 < sum(slept) < 110


def test_a_name_that_is_taken_after_all_is_adopted(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    api.expect("POST", "/v2/vpcs", {"id": "unprocessable_entity", "message": "name taken"}, status=422)
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    assert run("do_vpc", name="net", region="ams3")["vpc"]["id"] == VPC["id"]


def test_absent_and_gone(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    result = run("do_vpc", name="net", state="absent")
    assert result["changed"] is False
    assert result["vpc"] is None


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_empty_vpc_is_removed(api: ScriptedApi, run: ModuleRun, check_mode: bool) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    api.expect("GET", f"{PATH}/members", page("members"))
    if not check_mode:
        api.expect("DELETE", PATH)
    result = run("do_vpc", name="net", state="absent", check_mode=check_mode)
    assert result["changed"] is True
    assert result["diff"]["after"] == {}
    assert result["diff"]["before"]["id"] == VPC["id"]


DROPLET = {"urn": "do:droplet:1", "name": "node-1"}
CLUSTER = {"id": "c-1", "name": "dev", "status": {"state": "running"}}


def test_members_on_their_way_out_are_waited_for(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    api.expect("GET", f"{PATH}/members", page("members", DROPLET))
    api.expect("GET", "/v2/kubernetes/clusters", page("kubernetes_clusters"))
    api.expect("GET", f"{PATH}/members", page("members", DROPLET))
    api.expect("GET", f"{PATH}/members", page("members"))
    api.expect("DELETE", PATH, {"id": "conflict", "message": "Can not delete VPC with members"}, status=409)
    api.expect("DELETE", PATH)
    assert run("do_vpc", name="net", state="absent")["changed"] is True


@pytest.mark.parametrize("members", ["fail", "keep"])
@pytest.mark.parametrize("message", ["You are not authorized to perform this operation", "Can not delete default VPCs"])
def test_what_time_does_not_mend_is_not_waited_for(
    api: ScriptedApi, run: ModuleRun, slept: list[float], message: str, members: str
) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    api.expect("GET", f"{PATH}/members", page("members"))
    api.expect("DELETE", PATH, {"id": "forbidden", "message": message}, status=403)
    result = run("do_vpc", name="net", state="absent", members=members)
    assert result["failed"] and message in result["msg"]
    assert ("vpc:delete" in result["msg"]) is ("not authorized" in message)
    assert slept == []


@pytest.mark.parametrize("members", ["fail", "keep"])
def test_a_cluster_that_stays_is_not_waited_for(api: ScriptedApi, run: ModuleRun, members: str) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    api.expect("GET", f"{PATH}/members", page("members", {"urn": "do:kubernetes:c-1", "name": "dev"}))
    api.expect("GET", "/v2/kubernetes/clusters", page("kubernetes_clusters", CLUSTER))
    result = run("do_vpc", name="net", state="absent", members=members)
    assert result["failed"] is (members == "fail")
    text = result.get("msg", "") + str(result.get("warnings"))
    assert "dev (do:kubernetes:c-1)" in text
    if members == "keep":
        assert result["changed"] is False
        assert result["vpc"]["id"] == VPC["id"]


def test_a_dry_run_counts_the_clusters_that_are_to_leave_as_gone(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    api.expect("GET", f"{PATH}/members", page("members", {"urn": "do:kubernetes:c-1", "name": "dev"}))
    api.expect("GET", "/v2/kubernetes/clusters", page("kubernetes_clusters", CLUSTER))
    result = run("do_vpc", name="net", state="absent", leaving_clusters=["dev"], check_mode=True)
    assert result["changed"] is True


def test_members_that_never_leave_are_named(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    api.expect("GET", f"{PATH}/members", page("members", DROPLET))
    api.expect("GET", "/v2/kubernetes/clusters", page("kubernetes_clusters"))
    api.expect("GET", f"{PATH}/members", page("members", DROPLET))
    result = run("do_vpc", name="net", state="absent", wait_timeout=1)
    assert result["failed"]
    assert "still has members after 1 s: node-1 (do:droplet:1)" in result["msg"]


def test_the_default_of_a_region_cannot_go(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", {**VPC, "default": True}))
    result = run("do_vpc", name="net", state="absent")
    assert result["failed"]
    assert "default of region ams3" in result["msg"]


def test_the_second_of_two_deletes_finds_it_gone(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", VPC))
    api.expect("GET", f"{PATH}/members", page("members"))
    api.expect("DELETE", PATH, behaviour=RESET)
    api.expect("DELETE", PATH, {"id": "not_found", "message": "gone"}, status=404)
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    assert run("do_vpc", name="net", state="absent")["changed"] is True
