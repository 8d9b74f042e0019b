# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""do_domain and do_domain_record against a scripted API: bodies, the order of calls, lost answers."""

from __future__ import annotations

from typing import Any

import pytest
from scripted_api import RESET, ModuleRun, ScriptedApi, page

RECORDS = "/v2/domains/example.com/records"
SOA = {"id": 1, "type": "SOA", "name": "@", "data": "1800", "ttl": 1800}
WWW = {"domain": "example.com", "name": "www", "type": "A"}


def record(number: int, data: str, kind: str = "A", **more: Any) -> dict[str, Any]:
    return {"id": number, "type": kind, "name": "www", "data": data, "ttl": 1800, "priority": None, **more}


def listed(api: ScriptedApi, *records: dict[str, Any]) -> None:
    api.expect("GET", RECORDS, page("domain_records", SOA, *records), query={"per_page": "200"})


def test_host_names_are_sent_with_a_dot_and_compared_without(api: ScriptedApi, run: ModuleRun) -> None:
    body = {"type": "CNAME", "name": "www", "data": "host.example.net."}
    listed(api)
    api.expect("POST", RECORDS, {"domain_record": record(2, "host.example.net", "CNAME")}, request=body)
    listed(api, record(2, "host.example.net", "CNAME"))
    wanted = {**WWW, "type": "CNAME", "values": ["Host.example.net"]}
    assert run("do_domain_record", **wanted)["changed"] is True
    listed(api, record(2, "host.example.net", "CNAME"))
    assert run("do_domain_record", **wanted)["changed"] is False


def test_changes_come_before_creations_and_those_before_removals(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, record(2, "192.0.2.1"), record(3, "192.0.2.1"), record(4, "192.0.2.2"))
    changed = {"type": "A", "name": "www", "data": "192.0.2.2", "ttl": 60}
    api.expect("PUT", f"{RECORDS}/4", {"domain_record": record(4, "192.0.2.2", ttl=60)}, request=changed)
    fresh = {"type": "A", "name": "www", "data": "192.0.2.3", "ttl": 60}
    api.expect("POST", RECORDS, {"domain_record": record(5, "192.0.2.3", ttl=60)}, request=fresh)
    listed(api, record(4, "192.0.2.2", ttl=60), record(5, "192.0.2.3", ttl=60))
    result = run("do_domain_record", **WWW, values=["192.0.2.2", "192.0.2.3"], ttl=60, exclusive=False)
    assert result["changes"] == [
        "A record www.example.com: ttl 1800 -> 60",
        "create A record www.example.com 192.0.2.3",
    ]
    listed(api, *(record(number, f"192.0.2.{number}") for number in (1, 2, 3)))
    api.expect("DELETE", f"{RECORDS}/1")
    api.expect("DELETE", f"{RECORDS}/3")
    left = run("do_domain_record", **WWW, values=["192.0.2.2"])
    assert left["changes"] == ["remove A record www.example.com 192.0.2.1", "remove A record www.example.com 192.0.2.3"]
    assert [item["id"] for item in left["records"]] == [2]


def test_a_creation_with_a_lost_answer_is_found_and_not_sent_again(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api)
    api.expect("POST", RECORDS, behaviour=RESET)
    listed(api)
    listed(api, record(2, "192.0.2.1"))
    result = run("do_domain_record", **WWW, values=["192.0.2.1"])
    assert [item["id"] for item in result["records"]] == [2]


def test_what_was_done_before_a_failure_is_said(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, record(2, "192.0.2.1"))
    api.expect("PUT", f"{RECORDS}/2", {"domain_record": record(2, "192.0.2.8")})
    api.expect("POST", RECORDS, {"id": "unprocessable_entity", "message": "no more records"}, status=422)
    listed(api, record(2, "192.0.2.8"))
    result = run("do_domain_record", **WWW, values=["192.0.2.8", "192.0.2.9"])
    assert result["failed"] and "no more records" in result["msg"]
    assert result["changes"] == ["A record www.example.com: 192.0.2.1 -> 192.0.2.8"]


def test_a_domain_of_our_own_that_the_list_did_not_show_yet(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/domains", page("domains"))
    api.expect("POST", "/v2/domains", {"id": "unprocessable_entity", "message": "name already exists"}, status=422)
    api.expect("GET", "/v2/domains", page("domains", {"name": "example.com", "ttl": 1800}))
    assert run("do_domain", name="example.com")["domain"]["ttl"] == 1800


def test_a_domain_with_a_lost_answer(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/domains", page("domains"))
    api.expect("POST", "/v2/domains", behaviour=RESET)
    api.expect("GET", "/v2/domains", page("domains", {"name": "example.com", "ttl": 1800}))
    assert run("do_domain", name="example.com")["changed"] is True


@pytest.mark.parametrize("kind", ["NS", "SOA"])
def test_what_digitalocean_made_is_no_record_of_anybody(api: ScriptedApi, run: ModuleRun, kind: str) -> None:
    api.expect("GET", "/v2/domains", page("domains", {"name": "example.com"}))
    api.expect("GET", RECORDS, page("domain_records", {**SOA, "type": kind}))
    api.expect("DELETE", "/v2/domains/example.com")
    assert run("do_domain", name="example.com", state="absent")["changed"] is True


def test_a_value_that_two_runs_made_at_once_is_kept_once(api: ScriptedApi, run: ModuleRun) -> None:
    """The first one stays, which both runs agree on."""
    listed(api)
    for number, address in ((7, "192.0.2.1"), (9, "192.0.2.2")):
        api.expect("POST", RECORDS, {"domain_record": record(number, address)})
    listed(api, record(6, "192.0.2.1"), record(7, "192.0.2.1"), record(9, "192.0.2.2"), record(11, "192.0.2.2"))
    api.expect("DELETE", f"{RECORDS}/7")
    result = run("do_domain_record", **WWW, values=["192.0.2.1", "192.0.2.2"])
    assert sorted(item["id"] for item in result["records"]) == [6, 9]


def test_a_record_that_is_refused_may_be_there_by_now(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api)
    api.expect("POST", RECORDS, {"id": "unprocessable_entity", "message": "record already exists"}, status=422)
    listed(api)
    listed(api, record(6, "192.0.2.1"))
    result = run("do_domain_record", **WWW, values=["192.0.2.1"])
    assert [item["id"] for item in result["records"]] == [6]


OWN = [record(2 + number, f"ns{number}.digitalocean.com", "NS", name="@") for number in (1, 2, 3)]
APEX: dict[str, Any] = {"domain": "example.com", "name": "@", "type": "NS"}
ELSEWHERE = ["ns1.example.net", "ns2.example.net"]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    "wanted",
    [
        {"values": ELSEWHERE},
        {"values": ["ns1.digitalocean.com", "ns2.digitalocean.com"]},
        {"state": "absent"},
        {"state": "absent", "values": ["ns2.digitalocean.com"]},
    ],
)
def test_name_servers_of_the_domain_are_not_taken_away(
    api: ScriptedApi, run: ModuleRun, wanted: dict[str, Any], check_mode: bool
) -> None:
    listed(api, *OWN)
    result = run("do_domain_record", **APEX, **wanted, check_mode=check_mode)
    assert result["failed"] and "ns2.digitalocean.com" in result["msg"] + str(wanted)
    assert "would lose" in result["msg"] and "replace_name_servers" in result["msg"]


def test_name_servers_of_the_domain_go_when_told(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, *OWN)
    for number in (3, 4, 5):
        api.expect("DELETE", f"{RECORDS}/{number}")
    result = run("do_domain_record", **APEX, state="absent", replace_name_servers=True)
    assert len(result["changes"]) == 3


def test_name_servers_may_stand_beside_those_of_the_domain(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, *OWN)
    result = run("do_domain_record", **APEX, values=ELSEWHERE, exclusive=False, check_mode=True)
    assert result["changes"] == [f"create NS record example.com {name}" for name in ELSEWHERE]
    listed(api, *OWN, record(9, "ns1.other.net", "NS", name="sub"))
    assert run("do_domain_record", **{**APEX, "name": "sub"}, values=ELSEWHERE, check_mode=True)["changed"]


def test_name_servers_of_a_domain_to_come(api: ScriptedApi, run: ModuleRun) -> None:
    """The run that follows the task which makes it would be refused, so check mode is."""
    api.expect("GET", RECORDS, {"id": "not_found", "message": "gone"}, status=404, lasting=True)
    api.expect("GET", "/v2/domains", page("domains"), lasting=True)
    result = run("do_domain_record", **APEX, values=ELSEWHERE, check_mode=True)
    assert result["failed"] and "would lose" in result["msg"]
