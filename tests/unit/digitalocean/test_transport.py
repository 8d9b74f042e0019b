# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport over real HTTPS: what it sends, what it makes of every kind of answer."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.client import DigitalOcean
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.operations import OPERATIONS
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.transport import (
    ConnectionSettings,
    Transport,
)
from ansible_collections.slipway.gitops.plugins.module_utils._errors import (
    ApiError,
    ConnectionFailedError,
    InvalidInputError,
    OutcomeUnknownError,
    SlipwayError,
    UnreadableAnswerError,
)
from ansible_collections.slipway.gitops.plugins.module_utils._patience import OUTAGE_SECONDS, at_most
from ansible_collections.slipway.gitops.plugins.module_utils._version import COLLECTION_VERSION
from scripted_api import HTML, RESET, SILENT, STALLED, TOKEN, TRUNCATED, ModuleRun, ScriptedApi, page

NOT_FOUND = {"id": "not_found", "message": "The resource you requested could not be found.", "request_id": "r-7"}


def connect(api: ScriptedApi, **changes: Any) -> DigitalOcean:
    settings = {"token": TOKEN, "api_url": api.url, "ca_cert": api.ca_cert, **changes}
    return DigitalOcean(Transport(ConnectionSettings(**settings), jitter=lambda _delay: 0.0))


@pytest.fixture
def client(api: ScriptedApi, slept: list[float]) -> DigitalOcean:
    return connect(api)


def test_who_calls_is_told(api: ScriptedApi, client: DigitalOcean) -> None:
    api.expect("GET", "/v2/account", {"account": {"status": "active"}})
    assert client.account() == {"status": "active"}
    headers = api.seen[0].headers
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["user-agent"].startswith(f"slipway.gitops/{COLLECTION_VERSION} pydo/")


def test_a_documented_404_is_no_object(api: ScriptedApi, client: DigitalOcean) -> None:
    api.expect("GET", "/v2/kubernetes/clusters/x", NOT_FOUND, status=404)
    assert client.cluster("x") is None
    api.expect("DELETE", "/v2/kubernetes/clusters/x", NOT_FOUND, status=404)
    api.expect("GET", "/v2/kubernetes/clusters", page("kubernetes_clusters"))
    assert client.delete_cluster("x") is False
    api.expect("DELETE", "/v2/kubernetes/clusters/x")
    assert client.delete_cluster("x") is True


def test_a_404_where_something_must_be_is_an_error(api: ScriptedApi, client: DigitalOcean) -> None:
    api.expect("PUT", "/v2/kubernetes/clusters/x", NOT_FOUND, status=404)
    with pytest.raises(ApiError) as caught:
        client.update_cluster("x", {"name": "dev"})
    assert (caught.value.status, caught.value.error_id, caught.value.request_id) == (404, "not_found", "r-7")
    assert "could not be found" in str(caught.value) and "r-7" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "error_id", "words"),
    [
        (401, "unauthorized", "https://cloud.digitalocean.com/account/api/tokens"),
        (403, "forbidden", "403 forbidden: no"),
        (409, "conflict", "409 conflict: no"),
        (412, "precondition_failed", "412 precondition_failed: no"),
        (422, "unprocessable_entity", "422 unprocessable_entity: no"),
    ],
)
def test_a_refusal_is_told_in_words(
    api: ScriptedApi, client: DigitalOcean, status: int, error_id: str, words: str
) -> None:
    api.expect("POST", "/v2/vpcs", {"id": error_id, "message": "no", "request_id": "r-1"}, status=status)
    with pytest.raises(ApiError) as caught:
        client.create_vpc({"name": "x"})
    assert words in str(caught.value)
    assert f"POST /v2/vpcs to {api.url}" in str(caught.value)
    assert caught.value.status == status
    assert TOKEN not in str(caught.value)


def test_a_missing_scope_is_named(api: ScriptedApi, client: DigitalOcean) -> None:
    said = {"id": "forbidden", "message": "You are not authorized to perform this operation"}
    api.expect("POST", "/v2/vpcs", said, status=403)
    with pytest.raises(ApiError, match="vpc:create") as caught:
        client.create_vpc({"name": "x"})
    assert caught.value.kind == "scope"


CLUSTER, POOL = "/v2/kubernetes/clusters/c", "/v2/kubernetes/clusters/c/node_pools/p"
TAGGED = {"name": "x", "tags": ["web"]}
NEEDS: list[tuple[str, str, Callable[[DigitalOcean], Any], str]] = [
    ("DELETE", POOL, lambda api: api.delete_node_pool("c", "p"), "kubernetes:update"),
    ("PUT", CLUSTER, lambda api: api.update_cluster("c", {"name": "x"}), "kubernetes:update"),
    (
        "PUT", CLUSTER, lambda api: api.update_cluster("c", TAGGED),
        "kubernetes:update, tag:read, tag:create, tag:delete",
    ),
    (
        "POST", "/v2/kubernetes/clusters", lambda api: api.create_cluster({"node_pools": [TAGGED], "vpc_uuid": "v"}),
        "kubernetes:create, tag:read, tag:create, vpc:read",
    ),
    (
        "POST", "/v2/projects/p/resources", lambda api: api.assign_to_project("p", ["do:loadbalancer:1"]),
        "project:assign_resource, load_balancer:read",
    ),
    ("GET", "/v2/sizes", lambda api: api.sizes(), "sizes:read, regions:read"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "call", "scopes"), NEEDS)
def test_a_missing_scope_is_named_as_the_api_names_it(
    api: ScriptedApi, method: str, path: str, call: Callable[[DigitalOcean], Any], scopes: str
) -> None:
    said = {"id": "forbidden", "message": "you do not have access for the attempted action"}
    api.expect(method, path, said, status=403)
    with pytest.raises(ApiError, match=f"this needs {scopes}\\."):
        call(connect(api))


def test_a_load_balancer_at_work_is_told_as_such(api: ScriptedApi, client: DigitalOcean) -> None:
    """403 forbidden, and yet no matter of scopes: digitalocean/openapi#1173."""
    busy = {"id": "forbidden", "message": "Load Balancer can't be updated while it processes previous actions"}
    api.expect("PUT", "/v2/load_balancers/x", busy, status=403)
    with pytest.raises(ApiError, match=r"processes previous actions .*run again when that is done") as caught:
        client.replace_load_balancer("x", {"name": "x"})
    assert caught.value.kind == "busy"
    assert "scope" not in str(caught.value) and "load_balancer:update" not in str(caught.value)


def test_trouble_of_the_service_says_what_to_do(api: ScriptedApi, client: DigitalOcean) -> None:
    api.expect("GET", "/v2/account", {"id": "server_error", "message": "oops"}, status=500, lasting=True)
    with pytest.raises(ApiError, match=r"500 server_error: oops.* run again when it is over; what was done is kept\."):
        client.account()


def test_the_request_id_of_the_header_is_kept(api: ScriptedApi, client: DigitalOcean) -> None:
    api.expect("POST", "/v2/vpcs", {"id": "x", "message": "no"}, status=422, headers={"x-request-id": "from-header"})
    with pytest.raises(ApiError) as caught:
        client.create_vpc({"name": "x"})
    assert caught.value.request_id == "from-header"


def test_any_success_will_do_for_a_creation(api: ScriptedApi, client: DigitalOcean) -> None:
    api.expect("POST", "/v2/vpcs", {"vpc": {"id": "v"}}, status=200)  # pydo alone would raise: 201 is documented
    assert client.create_vpc({"name": "x"}) == {"id": "v"}


@pytest.mark.parametrize("fault", [{"behaviour": RESET}, {"behaviour": TRUNCATED}, {"status": 503}, {"status": 408}])
def test_a_read_survives_five_faults(
    api: ScriptedApi, client: DigitalOcean, slept: list[float], fault: dict[str, Any]
) -> None:
    good = page("vpcs", {"id": "v", "name": "a name that is long enough to be cut"})
    for _ in range(5):
        api.expect("GET", "/v2/vpcs", good, **fault)
    api.expect("GET", "/v2/vpcs", good)
    assert len(client.vpcs()) == 1
    assert slept == [0.5, 1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize("fault", [{"behaviour": RESET}, {"answer": HTML, "status": 502}, {"status": 503}])
def test_a_read_outlasts_an_outage_of_a_minute(
    api: ScriptedApi, client: DigitalOcean, slept: list[float], fault: dict[str, Any]
) -> None:
    for _ in range(11):
        api.expect("GET", "/v2/vpcs", **fault)
    api.expect("GET", "/v2/vpcs", page("vpcs", {"id": "v"}))
    assert len(client.vpcs()) == 1
    assert sum(slept) > 60


def test_a_failure_that_stays_is_told(api: ScriptedApi, client: DigitalOcean, slept: list[float]) -> None:
    api.expect("GET", "/v2/vpcs", {"id": "server_error", "message": "oops"}, status=500, lasting=True)
    with pytest.raises(ApiError, match=r"500 server_error: oops \(request id req-1\) \(14 tries\)"):
        client.vpcs()
    assert 60 < sum(slept) <= OUTAGE_SECONDS


def test_a_reset_that_stays_is_told(api: ScriptedApi, client: DigitalOcean) -> None:
    api.expect("GET", "/v2/vpcs", behaviour=RESET, lasting=True)
    with pytest.raises(ConnectionFailedError, match=r"was not answered \(14 tries\).*what was done is kept"):
        client.vpcs()


def test_a_host_that_was_reached_may_be_away_for_a_minute(certificate: tuple[Path, Path], slept: list[float]) -> None:
    """Refused connections of a host that answered before are an outage, not a wrong address. Nothing was sent, so that
    holds for creations too."""
    with ScriptedApi(certificate) as leaving:
        client = connect(leaving)
        leaving.expect("GET", "/v2/vpcs", page("vpcs"), headers={"Connection": "close"})
        client.vpcs()
    with pytest.raises(ConnectionFailedError, match=r"cannot be reached \(14 tries\)"):
        client.create_vpc({"name": "x"})
    assert 60 < sum(slept) <= OUTAGE_SECONDS


def test_a_host_that_never_answered_is_told_soon(slept: list[float], api: ScriptedApi) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(ConnectionFailedError, match=r"cannot be reached \(3 tries\)"):
            connect(api, api_url=url).vpcs()
    assert sum(slept) == 1.5


PASSES: list[tuple[dict[str, Any], bool]] = [
    ({"behaviour": RESET}, True),
    ({"behaviour": TRUNCATED, "answer": page("vpcs", {"id": "long enough to be cut"})}, True),
    ({"status": 408}, True),
    ({"status": 429, "headers": {"retry-after": "3000"}}, True),
    ({"status": 500}, True),
    ({"status": 502, "answer": HTML}, True),
    ({"status": 503}, True),
    ({"answer": HTML}, True),
    ({"answer": {}}, True),
    ({"status": 400}, False),
    ({"status": 401}, False),
    ({"status": 403}, False),
    ({"status": 404, "answer": NOT_FOUND}, False),
    ({"status": 404}, True),
    ({"status": 409}, False),
    ({"status": 412}, False),
    ({"status": 422}, False),
]


@pytest.mark.parametrize(("fault", "passes"), PASSES)
def test_trouble_that_passes_is_told_from_a_verdict(
    api: ScriptedApi, client: DigitalOcean, slept: list[float], fault: dict[str, Any], passes: bool
) -> None:
    api.expect("GET", "/v2/vpcs", **fault, lasting=True)
    with at_most(0.0), pytest.raises(SlipwayError) as caught:
        client.vpcs()
    assert caught.value.passing is passes
    assert not passes or caught.value.in_short


def test_a_certificate_that_is_not_trusted_does_not_pass(api: ScriptedApi) -> None:
    with pytest.raises(ConnectionFailedError) as caught:
        connect(api, ca_cert="").vpcs()
    assert caught.value.passing is False


@pytest.mark.parametrize(
    "fault",
    [
        {"behaviour": RESET},
        {"behaviour": TRUNCATED, "answer": {"vpc": {"id": "v", "name": "long enough to be cut"}}},
        {"status": 500, "answer": {"id": "server_error", "message": "oops"}},
        {"status": 503, "answer": None, "headers": {"retry-after": "1"}},
        {"status": 201, "answer": HTML},
        {"status": 201, "answer": b"[1, 2"},
    ],
)
def test_a_creation_is_sent_once_and_its_outcome_is_unknown(
    api: ScriptedApi, client: DigitalOcean, slept: list[float], fault: dict[str, Any]
) -> None:
    api.expect("POST", "/v2/vpcs", **fault)
    with pytest.raises(OutcomeUnknownError):
        client.create_vpc({"name": "x"})
    assert slept == []


def test_a_creation_is_sent_again_after_the_rate_limit(
    api: ScriptedApi, client: DigitalOcean, slept: list[float]
) -> None:
    limited = {"id": "too_many_requests", "message": "slow down"}
    api.expect("POST", "/v2/vpcs", limited, status=429, headers={"retry-after": "12"})
    api.expect("POST", "/v2/vpcs", limited, status=429, headers={"ratelimit-reset": str(int(time.time()) + 20)})
    api.expect("POST", "/v2/vpcs", limited, status=429)
    api.expect("POST", "/v2/vpcs", {"vpc": {"id": "v"}})
    client.create_vpc({"name": "x"})
    assert slept[0] == 12.0
    assert 18 <= slept[1] <= 20
    assert slept[2] == 4.0


def test_a_used_up_hour_is_told(api: ScriptedApi, client: DigitalOcean, slept: list[float]) -> None:
    api.expect(
        "GET", "/v2/account", {"id": "too_many_requests", "message": "x"}, status=429, headers={"retry-after": "3000"}
    )
    with pytest.raises(ApiError, match="rate limit is used up"):
        client.account()
    assert slept == []


def test_long_waits_are_told_to_who_watches(api: ScriptedApi, slept: list[float]) -> None:
    lines: list[str] = []
    settings = ConnectionSettings(TOKEN, api.url, api.ca_cert)
    client = DigitalOcean(Transport(settings, lines.append, jitter=lambda _delay: 0.0))
    api.expect("GET", "/v2/account", {"id": "too_many_requests"}, status=429, headers={"retry-after": "12"})
    api.expect("GET", "/v2/account", {"account": {}})
    client.account()
    assert lines == ["DigitalOcean API rate limited, trying again in 12 s"]


def test_a_page_of_a_proxy_is_told_as_such(api: ScriptedApi, client: DigitalOcean) -> None:
    for _ in range(6):
        api.expect("GET", "/v2/account", HTML)
    with pytest.raises(
        UnreadableAnswerError, match=r"not the API's JSON \(text/html\): .*502 Bad Gateway.*check api_url"
    ):
        client.account()


@pytest.mark.parametrize("answer", [{}, {"account": []}, {"other": {}}])
def test_an_answer_without_its_object_is_told(api: ScriptedApi, client: DigitalOcean, answer: Any) -> None:
    api.expect("GET", "/v2/account", answer, lasting=True)
    with pytest.raises(UnreadableAnswerError, match="answered 200 without the object account"):
        client.account()


@pytest.mark.parametrize("answer", [{}, {"vpcs": {}}, {"vpcs": ["x"]}])
def test_an_answer_without_its_list_is_told(api: ScriptedApi, client: DigitalOcean, answer: Any) -> None:
    api.expect("GET", "/v2/vpcs", answer, lasting=True)
    with pytest.raises(UnreadableAnswerError, match="answered 200 without the list vpcs"):
        client.vpcs()


def test_a_redirect_is_not_followed(api: ScriptedApi, client: DigitalOcean) -> None:
    leads = "https://you:secret-word@sso.example.com/login?back=secret-word"
    api.expect("GET", "/v2/account", {}, status=301, headers={"Location": leads})
    with pytest.raises(ApiError, match=r"301, which leads to https://sso\.example\.com and is not followed") as caught:
        client.account()
    assert caught.value.status == 301
    assert "secret-word" not in str(caught.value)


def test_a_used_up_hour_is_not_tried_for_minutes(api: ScriptedApi, client: DigitalOcean, slept: list[float]) -> None:
    """As the API answers it: without retry-after, with the second at which there are calls again."""
    headers = {"ratelimit-limit": "5000", "ratelimit-remaining": "0", "ratelimit-reset": str(int(time.time()) + 3000)}
    api.expect("GET", "/v2/account", {"id": "too_many_requests", "message": "x"}, status=429, headers=headers)
    with pytest.raises(ApiError, match=r"rate limit is used up until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"):
        client.account()
    assert slept == []


STRAY_404: list[dict[str, Any]] = [{}, {"answer": HTML}, {"answer": {}}, {"answer": {"message": "Not Found"}}]
MISSING_OK: list[tuple[str, Callable[[DigitalOcean], Any]]] = [
    ("GET /v2/kubernetes/clusters/x", lambda api: api.cluster("x")),
    ("GET /v2/kubernetes/clusters/x/credentials", lambda api: api.credentials("x", 60)),
    ("DELETE /v2/kubernetes/clusters/x", lambda api: api.delete_cluster("x")),
    ("GET /v2/load_balancers/x", lambda api: api.load_balancer("x")),
    ("GET /v2/domains/x/records", lambda api: api.domain_records("x")),
    ("GET /v2/registries/subscription", lambda api: api.registry_subscription()),
]


@pytest.mark.parametrize("answer", STRAY_404)
@pytest.mark.parametrize(("call", "deed"), MISSING_OK)
def test_a_404_that_is_not_the_apis_is_never_an_object_that_is_not_there(
    api: ScriptedApi, slept: list[float], call: str, deed: Callable[[DigitalOcean], Any], answer: dict[str, Any]
) -> None:
    api.expect(*call.split(), status=404, **answer, lasting=True)
    with pytest.raises(UnreadableAnswerError, match=r"404 without the name that the API gives .*check api_url"):
        deed(connect(api))
    assert sum(slept) == 15.5


def test_a_404_that_is_not_the_apis_passes(api: ScriptedApi, client: DigitalOcean, slept: list[float]) -> None:
    api.expect("GET", "/v2/kubernetes/clusters/x", HTML, status=404)
    api.expect("GET", "/v2/kubernetes/clusters/x", NOT_FOUND, status=404)
    assert client.cluster("x") is None


def test_every_page_is_read_and_each_object_once(api: ScriptedApi, client: DigitalOcean) -> None:
    first, second, third = ({"id": str(number)} for number in range(3))
    following = f"{api.url}/v2/vpcs?page=2"
    api.expect(
        "GET", "/v2/vpcs", page("vpcs", first, second, next_page=following), query={"page": "1", "per_page": "200"}
    )
    api.expect("GET", "/v2/vpcs", page("vpcs", second, third), query={"page": "2", "per_page": "200"})
    assert client.vpcs() == [first, second, third]


def test_the_members_of_a_vpc_that_is_gone_are_none(api: ScriptedApi, client: DigitalOcean) -> None:
    api.expect("GET", "/v2/vpcs/x/members", NOT_FOUND, status=404)
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    assert client.vpc_members({"id": "x", "name": "net"}) is None


def test_a_list_may_show_for_a_moment_what_is_deleted(
    api: ScriptedApi, client: DigitalOcean, slept: list[float]
) -> None:
    """The answer to the first of two deletions was lost."""
    api.expect("DELETE", "/v2/vpcs/x", behaviour=RESET)
    api.expect("DELETE", "/v2/vpcs/x", NOT_FOUND, status=404)
    api.expect("GET", "/v2/vpcs", page("vpcs", {"id": "x", "name": "net"}))
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    assert client.delete_vpc("x") is False
    assert len(slept) == 2


def test_expiry_is_asked_for(api: ScriptedApi, client: DigitalOcean) -> None:
    api.expect("GET", "/v2/kubernetes/clusters/x/credentials", {"token": "t"}, query={"expiry_seconds": "60"})
    assert client.credentials("x", 60) == {"token": "t"}


# secrets


SECRET = "a-login-that-must-never-show"
MORE = json.dumps({"auths": {"auth": SECRET}}).encode() + b" and more"
# Answers in which a secret is, and which cannot be used.
UNUSABLE: list[dict[str, Any]] = [{"answer": MORE, "status": status} for status in (200, 302, 400, 404, 409, 500)]
UNUSABLE += [{"answer": {"auth": SECRET, "message": SECRET}, "status": 302}]
UNUSABLE += [{"answer": {SECRET: SECRET}, "behaviour": TRUNCATED}]


@pytest.mark.parametrize("fault", UNUSABLE, ids=lambda fault: str(fault.get("status", "cut")))
@pytest.mark.parametrize("name", sorted(name for name, operation in OPERATIONS.items() if operation.secret))
def test_nothing_of_an_answer_that_gives_a_secret_is_quoted(
    api: ScriptedApi, slept: list[float], name: str, fault: dict[str, Any]
) -> None:
    path = {"kubernetes": "/v2/kubernetes/clusters/x/credentials", "registries": "/v2/registries/x/docker-credentials"}
    api.expect("GET", path[name.split(".", maxsplit=1)[0]], **fault, lasting=True)
    transport = Transport(ConnectionSettings(TOKEN, api.url, api.ca_cert), jitter=lambda _delay: 0.0)
    with pytest.raises(SlipwayError) as caught:
        transport.call(name, "x")
    assert SECRET not in str(caught.value) and SECRET not in repr(caught.value.as_result())
    assert str(caught.value.__cause__ or "").count(SECRET) == 0


@pytest.mark.parametrize("fault", UNUSABLE, ids=lambda fault: str(fault.get("status", "cut")))
def test_nothing_of_an_answer_about_a_login_is_quoted(
    api: ScriptedApi, slept: list[float], fault: dict[str, Any]
) -> None:
    api.expect("GET", "/v2/registry/auth", **fault, lasting=True)
    transport = Transport(ConnectionSettings(TOKEN, api.url, api.ca_cert), jitter=lambda _delay: 0.0)
    with pytest.raises(SlipwayError) as caught:
        transport.request("GET", "/v2/registry/auth?service=x")
    assert SECRET not in str(caught.value)


def test_a_page_that_repeats_the_token_does_not_show_it(api: ScriptedApi, slept: list[float]) -> None:
    """As proxies do that show the request they could not forward."""
    api.expect("GET", "/v2/account", f"<html>Authorization: Bearer {TOKEN}</html>".encode(), lasting=True)
    with pytest.raises(UnreadableAnswerError, match="text/html") as caught:
        connect(api).account()
    assert TOKEN not in str(caught.value)


# settings


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": ""}, "No DigitalOcean token"),
        ({"token": " \n"}, "No DigitalOcean token"),
        ({"token": f"{TOKEN}\n# made in May"}, "The DigitalOcean token .* has a line break in it"),
        ({"token": f"{TOKEN}\u201d"}, "The DigitalOcean token .* cannot carry"),
        ({"api_url": "http://127.0.0.1:1"}, "over TLS only"),
        ({"api_url": "https://127.0.0.1:1/v2"}, "leave /v2 out"),
        ({"ca_cert": "/nowhere/ca.crt"}, "/nowhere/ca.crt, which is not a file"),
        ({"ca_cert": __file__}, "which holds no certificate in PEM"),
    ],
)
def test_settings_that_cannot_be_used_fail_before_any_call(
    api: ScriptedApi, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        connect(api, **changes)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("REQUESTS_CA_BUNDLE", "/nowhere/ca.crt"), ("HTTPS_PROXY", "http://you:secret-word@a b:x")]
)
def test_what_the_library_refuses_is_no_network_trouble(
    api: ScriptedApi, slept: list[float], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    client = connect(api, ca_cert="")
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInputError, match=f"could not be sent.*{name}") as caught:
        client.create_vpc({"name": "x"})
    assert "secret-word" not in str(caught.value)
    assert slept == []


def test_a_token_of_two_lines_is_told_by_the_module(
    api: ScriptedApi, run: ModuleRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the rest of a comment in it: DIGITALOCEAN_TOKEN=$(cat notes)."""
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", f"{TOKEN}\n# made in May")
    result = run("do_account_info", token=None)
    assert result["failed"] and "environment variable DIGITALOCEAN_TOKEN) has a line break in it" in result["msg"]
    assert "made in May" not in repr(result)
    assert api.seen == []


def test_a_certificate_nobody_vouches_for(api: ScriptedApi, slept: list[float]) -> None:
    with pytest.raises(ConnectionFailedError) as caught:
        connect(api, ca_cert="").account()
    assert "is not trusted" in str(caught.value)
    assert "DIGITALOCEAN_CA_CERT" in str(caught.value)
    assert slept == []


def test_an_api_that_is_not_there(api: ScriptedApi, slept: list[float]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{probe.getsockname()[1]}"
    client = connect(api, api_url=url)
    with pytest.raises(ConnectionFailedError) as caught:
        client.create_vpc({"name": "x"})
    assert f"{url} cannot be reached (3 tries): ConnectionRefusedError" in str(caught.value)
    assert len(slept) == 2


@pytest.mark.parametrize("behaviour", [SILENT, STALLED])
def test_a_creation_that_is_not_answered_in_time_is_not_sent_again(api: ScriptedApi, behaviour: str) -> None:
    """A timeout within the body looks to azure-core as if the request had never been sent."""
    api.expect("POST", "/v2/vpcs", {"vpc": {"id": "a-long-id-that-is-cut-in-two"}}, behaviour=behaviour)
    with pytest.raises(OutcomeUnknownError, match="timed out"):
        connect(api, api_timeout=0.2).create_vpc({"name": "x"})
    assert api.calls == ["POST /v2/vpcs"]
