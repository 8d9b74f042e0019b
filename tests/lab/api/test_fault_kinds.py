# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault does, when, and with what answer are ordered apart: each is seen with the effect and without."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from account_steps import CLUSTERS, create_cluster
from lab_server import LabServer, wait_for
from slipway_lab.api.admin import AdminError
from slipway_lab.api.faults import FaultOrder, FaultPlan

VPCS = "/v2/vpcs"
PAGE = "<html>"


@pytest.fixture
def http(lab_server: LabServer) -> Iterator[httpx.Client]:
    """A client of an empty account that does not check answers: faulty ones do not conform."""
    lab_server.admin.reset()
    with lab_server.client() as client:
        yield client


def create_vpc(http: httpx.Client, **more: Any) -> httpx.Response:
    return http.post(VPCS, json={"name": "net", "region": "fra1"}, **more)


def vpc_names(http: httpx.Client) -> list[str]:
    return [vpc["name"] for vpc in http.get(VPCS).json()["vpcs"]]


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 412, 422, 500, 503])
def test_an_error_in_the_apis_own_form(lab_server: LabServer, http: httpx.Client, status: int) -> None:
    lab_server.admin.add_fault("answer", method="POST", status=status)
    answer = create_vpc(http)
    assert answer.status_code == status
    assert set(answer.json()) == {"id", "message", "request_id"}
    assert "ratelimit-remaining" in answer.headers
    assert vpc_names(http) == []


def test_an_error_has_the_usual_words_of_its_status_unless_others_are_ordered(
    lab_server: LabServer, http: httpx.Client
) -> None:
    usual = {401: "Unable to authenticate you.", 404: "The resource you requested could not be found."}
    for status, message in usual.items():
        lab_server.admin.add_fault("answer", status=status)
        assert http.get(VPCS).json()["message"] == message
    busy = "Load Balancer can't be updated while it processes previous actions"
    lab_server.admin.add_fault("answer", status=403, message=busy, error_id="precondition_failed")
    answer = http.get(VPCS).json()
    assert (answer["id"], answer["message"]) == ("precondition_failed", busy)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("content", "starts"),
    [({"body": ""}, ""), ({"body": "{}"}, "{}")]
    + [({"content": content}, starts) for content, starts in (("half", "{"), ("html", PAGE), ("trailing", "{"))],
)
def test_a_body_that_is_none_of_the_apis(
    lab_server: LabServer, http: httpx.Client, when: str, content: dict[str, str], starts: str
) -> None:
    lab_server.admin.add_fault("answer", method="POST", when=when, status=201, **content)
    answer = create_vpc(http)
    assert answer.status_code == 201
    assert len(answer.content) == int(answer.headers["content-length"])
    assert answer.text.startswith(starts)
    if "content" in content and starts == "{":
        with pytest.raises(ValueError, match=r"JSON|Extra data|Expecting|Unterminated"):
            answer.json()
    assert vpc_names(http) == (["net"] if when == "after" else [])


def test_after_the_effect_the_status_is_the_apis_unless_another_is_ordered(
    lab_server: LabServer, http: httpx.Client
) -> None:
    http.post("/v2/domains", json={"name": "example.com"}).raise_for_status()
    lab_server.admin.add_fault("answer", when="after", body="")
    answer = http.get("/v2/domains/example.com")
    assert (answer.status_code, answer.content) == (200, b"")
    lab_server.admin.add_fault("answer", when="after", content="html")
    deleted = http.delete("/v2/domains/example.com")
    # 204 has no body.
    assert (deleted.status_code, deleted.text[:6]) == (200, PAGE)


@pytest.mark.parametrize(("content", "shown"), [({}, b'{"id"'), ({"body": ""}, b""), ({"content": "html"}, b"<html")])
def test_three_kinds_of_404(lab_server: LabServer, http: httpx.Client, content: dict[str, str], shown: bytes) -> None:
    lab_server.admin.add_fault("answer", status=404, bare=True, **content)
    answer = http.get(VPCS)
    assert (answer.status_code, answer.content[:5]) == (404, shown)
    assert not [name for name in answer.headers if name.startswith(("ratelimit", "x-request-id"))]


def test_headers_of_an_answer(lab_server: LabServer, http: httpx.Client) -> None:
    lab_server.admin.add_fault("answer", status=302, content="html", headers={"Location": "https://login.example/"})
    answer = http.get(VPCS)
    assert (answer.status_code, answer.headers["location"]) == (302, "https://login.example/")
    lab_server.admin.add_fault("answer", status=503, retry_after=4)
    assert http.get(VPCS).headers["retry-after"] == "4"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("kind", "error"),
    [("reset", httpx.ReadError), ("close", httpx.RemoteProtocolError), ("hang", httpx.ReadTimeout)],
)
def test_no_answer(
    lab_server: LabServer, http: httpx.Client, when: str, kind: str, error: type[httpx.TransportError]
) -> None:
    lab_server.admin.add_fault(kind, method="POST", when=when)
    begin = time.monotonic()
    with pytest.raises((error, httpx.RemoteProtocolError) if kind == "reset" else error):
        create_vpc(http, timeout=0.5)
    assert (time.monotonic() - begin >= 0.5) == (kind == "hang")
    assert vpc_names(http) == (["net"] if when == "after" else [])
    assert "without" not in lab_server.log


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_slow_answer_has_its_effect_early_or_late(lab_server: LabServer, http: httpx.Client, when: str) -> None:
    lab_server.admin.add_fault("slow", method="POST", when=when, seconds=1)
    with pytest.raises(httpx.ReadTimeout):
        create_vpc(http, timeout=0.4)
    assert vpc_names(http) == (["net"] if when == "after" else [])
    assert lab_server.admin.status()["under_way"] == 1
    wait_for(lab_server.admin.status, lambda status: status["under_way"] == 0, 5)
    assert vpc_names(http) == ["net"]


def test_lists_lag_and_single_objects_do_not(lab_server: LabServer, http: httpx.Client) -> None:
    old = create_vpc(http).json()["vpc"]
    time.sleep(1)
    lab_server.admin.add_fault("lagging_read", count=None, seconds=1)
    new = http.post(VPCS, json={"name": "new", "region": "fra1"}).json()["vpc"]
    http.patch(f"{VPCS}/{old['id']}", json={"description": "changed"})
    assert [(vpc["name"], vpc["description"]) for vpc in http.get(VPCS).json()["vpcs"]] == [("net", "")]
    assert http.get(f"{VPCS}/{new['id']}").json()["vpc"]["name"] == "new"
    assert http.get(f"{VPCS}/{old['id']}").json()["vpc"]["description"] == "changed"
    # What is in an object that was just made does not answer 404.
    assert http.get(f"{VPCS}/{new['id']}/members").json()["members"] == []
    time.sleep(1)
    assert vpc_names(http) == ["net", "new"]
    http.delete(f"{VPCS}/{new['id']}")
    assert http.get(f"{VPCS}/{new['id']}").status_code == 404
    assert vpc_names(http) == ["net", "new"]
    time.sleep(1)
    assert vpc_names(http) == ["net"]


def test_lists_lag_behind_what_happens_without_a_request(lab_server: LabServer, http: httpx.Client) -> None:
    lab_server.admin.add_fault("lagging_read", path=CLUSTERS, count=None, seconds=30)
    create_cluster(http)
    assert http.get(CLUSTERS).json()["kubernetes_clusters"] == []


@pytest.mark.parametrize("fault", [{"kind": "stale_read"}, {"kind": "lagging_read", "seconds": 30}])
def test_an_account_that_was_put_back_is_not_mixed_with_the_one_before(
    lab_server: LabServer, http: httpx.Client, fault: dict[str, Any]
) -> None:
    create_vpc(http)
    snapshot = lab_server.snapshot()
    http.patch(f"{VPCS}/{http.get(VPCS).json()['vpcs'][0]['id']}", json={"name": "renamed"})
    lab_server.restore([record for record in snapshot if record[0] != "vpc"])
    lab_server.admin.add_fault(**fault)
    assert vpc_names(http) == []


def test_a_revoked_login_can_go_wrong(lab_server: LabServer, http: httpx.Client) -> None:
    """It is another site of DigitalOcean's, so no rate limit of the API counts there."""
    secret = lab_server.admin.create_token("pull", ["registry:read"])
    lab_server.admin.add_fault("answer", path="/v1/oauth/revoke", status=200, content="html")
    before = lab_server.admin.last_sequence()
    with lab_server.client(secret) as bearer:
        answers = [bearer.post("/v1/oauth/revoke", data={"token": secret}) for _ in range(3)]
    assert [(answer.status_code, answer.text[:6]) for answer in answers[:2]] == [(200, PAGE), (200, "{}")]
    assert answers[2].status_code == 401
    logged = lab_server.admin.requests(before)
    assert [(entry.method, entry.path, entry.fault) for entry in logged[:2]] == [
        ("POST", "/v1/oauth/revoke", "answer"),
        ("POST", "/v1/oauth/revoke", None),
    ]
    assert secret not in str(logged)


def test_a_fault_that_lasts() -> None:
    clock = iter((100.0, 500.0, 501.0, 559.0, 560.0, 561.0))
    plan = FaultPlan(lambda: next(clock))
    plan.add(FaultOrder.model_validate({"kind": "reset", "path": "/v2/vpcs", "nth": 2, "lasts": 60}))
    hit = [plan.take("GET", "/v2/vpcs") is not None for _ in range(6)]
    assert hit == [False, True, True, True, False, False]


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "answer", "when": "after"},
        {"kind": "answer", "when": "soon"},
        {"kind": "answer", "content": "poem"},
        {"kind": "earthquake"},
        {},
    ],
)
def test_an_order_that_is_no_fault_is_refused(lab_server: LabServer, http: httpx.Client, order: dict[str, Any]) -> None:
    with pytest.raises(AdminError, match="422"):
        lab_server.admin._call("POST", "/faults", order)
