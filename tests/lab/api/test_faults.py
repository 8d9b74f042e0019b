# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ordered faults do what they say, and the request log tells of them."""

from __future__ import annotations

import time

import httpx
import pytest
from account_steps import CLUSTERS, create_cluster, order, wait_until_gone
from lab_server import LabServer
from slipway_lab.api.admin import AdminError


@pytest.fixture(autouse=True)
def _empty_account(lab_server: LabServer) -> None:
    lab_server.admin.reset()


@pytest.fixture
def http(lab_server: LabServer) -> httpx.Client:
    """A client that does not check answers: faulty ones do not conform."""
    return lab_server.client()


def vpc_names(http: httpx.Client) -> list[str]:
    return [vpc["name"] for vpc in http.get("/v2/vpcs").json()["vpcs"]]


def create_vpc(http: httpx.Client, name: str = "net") -> httpx.Response:
    return http.post("/v2/vpcs", json={"name": name, "region": "fra1"})


def test_429_with_and_without_headers(lab_server: LabServer, http: httpx.Client) -> None:
    lab_server.admin.add_fault("too_many_requests", path="/v2/account", retry_after=7)
    lab_server.admin.add_fault("too_many_requests_bare", path="/v2/account", nth=2)
    with_headers, bare, good = (http.get("/v2/account") for _ in range(3))
    assert (with_headers.status_code, with_headers.headers["retry-after"]) == (429, "7")
    assert with_headers.headers["ratelimit-remaining"] == "0"
    assert bare.status_code == 429
    assert not [name for name in bare.headers if name.startswith(("ratelimit", "retry"))]
    assert good.status_code == 200


@pytest.mark.parametrize(("kind", "made"), [("error_before", []), ("error_after", ["net"])])
def test_errors_before_and_after_the_effect(
    lab_server: LabServer, http: httpx.Client, kind: str, made: list[str]
) -> None:
    lab_server.admin.add_fault(kind, method="POST", status=503)
    assert create_vpc(http).status_code == 503
    assert vpc_names(http) == made


@pytest.mark.parametrize(("kind", "made"), [("reset_before", []), ("reset_after", ["net"])])
def test_resets_before_and_after_the_effect(
    lab_server: LabServer, http: httpx.Client, kind: str, made: list[str]
) -> None:
    lab_server.admin.add_fault(kind, method="post", path="/v2/vpcs")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        create_vpc(http)
    assert vpc_names(http) == made
    # The server's own idea of a handler that does not answer must not show.
    assert "without" not in lab_server.log
    logged = [entry for entry in lab_server.admin.requests() if entry.fault == kind]
    assert [(entry.method, entry.path, entry.status) for entry in logged] == [("POST", "/v2/vpcs", None)]


def test_a_stale_read_is_from_before_the_last_write(lab_server: LabServer, http: httpx.Client) -> None:
    create_vpc(http, "old")
    vpc = create_vpc(http, "new").json()["vpc"]
    lab_server.admin.add_fault("stale_read", method="GET", count=2)
    assert vpc_names(http) == ["old"]
    assert http.get(f"/v2/vpcs/{vpc['id']}").status_code == 404
    assert vpc_names(http) == ["old", "new"]
    http.patch(f"/v2/vpcs/{vpc['id']}", json={"description": "changed"})
    lab_server.admin.add_fault("stale_read", method="GET")
    assert http.get(f"/v2/vpcs/{vpc['id']}").json()["vpc"]["description"] == ""
    http.delete(f"/v2/vpcs/{vpc['id']}")
    lab_server.admin.add_fault("stale_read", method="GET")
    assert http.get(f"/v2/vpcs/{vpc['id']}").json()["vpc"]["description"] == "changed"
    assert http.get(f"/v2/vpcs/{vpc['id']}").status_code == 404


def test_a_stale_read_of_a_cluster_survives_its_deletion(lab_server: LabServer, http: httpx.Client) -> None:
    cluster = create_cluster(http)
    http.delete(f"{CLUSTERS}/{cluster['id']}")
    wait_until_gone(http, cluster["id"])
    lab_server.admin.add_fault("stale_read", path=f"{CLUSTERS}/*")
    assert http.get(f"{CLUSTERS}/{cluster['id']}").json()["kubernetes_cluster"]["status"]["state"] == "running"


def test_a_stale_read_changes_nothing(lab_server: LabServer, http: httpx.Client) -> None:
    default = http.get("/v2/projects").json()["projects"]
    http.post("/v2/projects", json={"name": "shop", "purpose": "IoT"})
    lab_server.admin.add_fault("stale_read", path="/v2/projects")
    assert http.get("/v2/projects").json()["projects"] == default
    assert len(http.get("/v2/projects").json()["projects"]) == 2


def test_lists_that_lag(lab_server: LabServer, http: httpx.Client) -> None:
    """Of two that were made at different times the list has the older one; single objects are there at once."""
    create_vpc(http, "default")  # of its region, so it cannot be deleted
    old = create_vpc(http, "old").json()["vpc"]
    time.sleep(1.2)
    new = create_vpc(http, "new").json()["vpc"]
    http.delete(f"/v2/vpcs/{old['id']}")
    lab_server.admin.add_fault("lagging_read", method="GET", path="/v2/vpcs", seconds=1, count=None)
    assert vpc_names(http)[1:] == ["old"]
    assert http.get(f"/v2/vpcs/{new['id']}").status_code == 200
    assert http.get(f"/v2/vpcs/{old['id']}").status_code == 404
    time.sleep(1.2)
    assert vpc_names(http)[1:] == ["new"]
    lab_server.admin.reset()
    lab_server.admin.add_fault("lagging_read", path="/v2/vpcs", seconds=60)
    assert vpc_names(http) == [], "what was before a reset is over"


@pytest.mark.parametrize(("kind", "made"), [("answer_before", []), ("answer_after", ["net"])])
@pytest.mark.parametrize(
    "given", [(202, "", "application/json"), (200, "{}", "application/json"), (404, "<p>nothing</p>", "text/html")]
)
def test_an_answer_that_is_not_the_apis(
    lab_server: LabServer, http: httpx.Client, kind: str, made: list[str], given: tuple[int, str, str]
) -> None:
    status, body, content_type = given
    lab_server.admin.add_fault(kind, method="POST", status=status, body=body, content_type=content_type)
    answer = create_vpc(http)
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == given
    assert vpc_names(http) == made


def test_faults_at_the_end_of_a_token(lab_server: LabServer) -> None:
    secret = lab_server.admin.create_token("short-lived")
    lab_server.admin.add_fault("answer_before", path="/v1/oauth/revoke", status=401)
    with lab_server.client(secret) as client:
        assert client.post("/v1/oauth/revoke", data={"token": secret}).status_code == 401
        assert client.get("/v2/account").status_code == 200
        assert client.post("/v1/oauth/revoke", data={"token": secret}).status_code == 200
        assert client.get("/v2/account").status_code == 401
    assert secret not in repr(lab_server.admin.requests())


def test_a_slow_answer(lab_server: LabServer, http: httpx.Client) -> None:
    lab_server.admin.add_fault("slow", seconds=0.7)
    begin = time.monotonic()
    assert http.get("/v2/account").status_code == 200
    assert time.monotonic() - begin >= 0.7


def test_a_body_of_html(lab_server: LabServer, http: httpx.Client) -> None:
    lab_server.admin.add_fault("html", method="POST", status=504)
    answer = create_vpc(http)
    assert (answer.status_code, answer.headers["content-type"]) == (504, "text/html")
    assert vpc_names(http) == []


def test_a_body_that_breaks_off(lab_server: LabServer, http: httpx.Client) -> None:
    lab_server.admin.add_fault("truncated", method="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        create_vpc(http)
    assert vpc_names(http) == ["net"]


def test_faults_hit_the_calls_they_name(lab_server: LabServer, http: httpx.Client) -> None:
    lab_server.admin.add_fault("error_before", method="GET", path="/v2/vpcs", nth=2, count=2)
    assert [http.get("/v2/vpcs").status_code for _ in range(5)] == [200, 500, 500, 200, 200]
    assert http.get("/v2/account").status_code == 200
    assert [(fault["seen"], fault["hits"]) for fault in lab_server.admin.faults()] == [(5, 2)]
    lab_server.admin.clear_faults()
    lab_server.admin.add_fault("error_before", path="/v2/k*", count=None)
    assert [http.get(CLUSTERS).status_code for _ in range(3)] == [500, 500, 500]
    lab_server.admin.clear_faults()
    assert http.get(CLUSTERS).status_code == 200
    with pytest.raises(AdminError, match="422"):
        lab_server.admin.add_fault("earthquake")


def test_the_request_log(lab_server: LabServer, http: httpx.Client) -> None:
    before = lab_server.admin.last_sequence()
    http.get("/v2/account", params={"page": 2})
    secret = {"name": "net", "region": "fra1", "api_token": "hush"}
    http.post("/v2/vpcs", json=secret)
    with lab_server.client("unknown") as stranger:
        stranger.get("/v2/account")
    first, second, third = lab_server.admin.requests(before)
    assert [entry.sequence for entry in (first, second, third)] == [before + 1, before + 2, before + 3]
    assert (first.method, first.path, first.query, first.status) == ("GET", "/v2/account", "page=2", 200)
    assert (first.token, first.mutating, first.body) == ("default", False, None)
    assert (second.mutating, second.body) == (True, {"name": "net", "region": "fra1", "api_token": "***"})
    assert (third.token, third.status) == (None, 401)


def test_the_labs_own_endpoints_need_the_admin_token(lab_server: LabServer, http: httpx.Client) -> None:
    for path in ("/_lab/status", "/_lab/requests", "/_lab/nothing"):
        assert http.get(path).status_code == 401
    assert http.post("/_lab/reset").status_code == 401


def test_reset_empties_the_account(lab_server: LabServer, http: httpx.Client) -> None:
    create_cluster(http)
    http.post(CLUSTERS, json=order("half-made"))
    lab_server.admin.create_token("other")
    lab_server.admin.add_fault("slow", path="/nowhere")
    lab_server.admin.reset()
    status = lab_server.admin.status()
    assert (status["clusters"], status["busy"], status["faults"]) == ([], [], 0)
    assert status["settings"]["burst_requests"] == 250
    assert vpc_names(http) == []
    assert not list((lab_server.config.home / "clusters").iterdir())
