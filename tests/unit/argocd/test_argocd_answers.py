# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is concluded from answers of Argo CD that cannot be used, and from values that cannot be sent."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._argocd import target_cluster
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.client import Client, Login
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.transport import Transport
from ansible_collections.slipway.gitops.plugins.module_utils._errors import (
    ApiError,
    InvalidInputError,
    OutcomeUnknownError,
    SlipwayError,
    UnreadableAnswerError,
)
from module_runner import run_module
from scripted_argocd import JSON, Server

SECRET = "a-token-that-must-never-show"


@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
@pytest.mark.parametrize("kind", [JSON, "text/plain", "text/html"])
def test_nothing_of_an_answer_that_gives_a_token_is_quoted(
    server: Server, transport: Transport, status: int, kind: str
) -> None:
    """Neither of a session nor of a new token, whatever stands behind or before it."""
    client = Client(transport, Login(username="admin", password="x"))
    server.will(status, f'{{"token": "{SECRET}"}} and more', kind=kind)
    with pytest.raises(SlipwayError) as session:
        client.call("GET", "projects")
    client = Client(transport, Login(token="t"))
    server.will(status, f'{{"token": "{SECRET}"}} and more', kind=kind)
    if status == 401 and kind != "text/html":
        server.will(200, {"loggedIn": True})
    with pytest.raises(SlipwayError) as made:
        client.new_token("create token ci", "account", "ci", "token", body={})
    assert SECRET not in str(session.value) + str(made.value)


def test_a_login_without_a_token_is_none(server: Server, transport: Transport) -> None:
    server.will(200, {})
    with pytest.raises(UnreadableAnswerError, match="accepted the login of admin and gave no token"):
        Client(transport, Login(username="admin", password="x")).call("GET", "projects")


@pytest.mark.parametrize("answer", [{}, {"other": "x"}, {"token": ""}])
def test_a_new_token_that_is_not_shown_may_be_there(
    server: Server, transport: Transport, answer: dict[str, Any]
) -> None:
    server.will(200, answer)
    with pytest.raises(OutcomeUnknownError, match="run again"):
        Client(transport, Login(token="t")).new_token("create token ci", "account", "ci", "token", body={})


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_write_that_is_accepted_without_its_object_is_not_told_as_done(
    server: Server, transport: Transport, method: str
) -> None:
    server.will(200, {})
    with pytest.raises(OutcomeUnknownError, match="did not answer with the object"):
        Client(transport, Login(token="t")).change("write project web", method, "projects", body={})


@pytest.mark.parametrize(("method", "path"), [("DELETE", ("projects", "web")), ("PUT", ("account", "password"))])
def test_what_answers_with_nothing_may(
    server: Server, transport: Transport, method: str, path: tuple[str, ...]
) -> None:
    server.will(200, {})
    assert Client(transport, Login(token="t")).change("do it", method, *path) == {}


@pytest.mark.parametrize(
    ("kind", "body"),
    [("text/plain", "404 page not found"), ("text/plain", ""), (JSON, "{}"), (JSON, '{"message": "x"}')],
)
def test_a_404_that_is_not_argocds_is_no_object_that_is_not_there(
    server: Server, transport: Transport, kind: str, body: str
) -> None:
    server.will(404, body, kind=kind)
    with pytest.raises(ApiError, match="not at this address: check server_url"):
        Client(transport, Login(token="t")).find("read project web", "projects", "web")


def test_a_404_of_argocd_is_an_object_that_is_not_there(server: Server, transport: Transport) -> None:
    server.will(404, {"error": "not found", "message": "not found", "code": 5})
    assert Client(transport, Login(token="t")).find("read project web", "projects", "web") is None


@pytest.mark.parametrize("answer", [{}, {"metadata": {}}, {"items": {}}])
def test_an_answer_without_its_list_is_no_empty_list(
    server: Server, transport: Transport, answer: dict[str, Any]
) -> None:
    server.will(200, answer)
    with pytest.raises(UnreadableAnswerError, match="asked to list projects and answered without a list"):
        Client(transport, Login(token="t")).items("list projects", "projects")


def test_an_empty_list_is_null(server: Server, transport: Transport) -> None:
    server.will(200, {"metadata": {}, "items": None})
    assert Client(transport, Login(token="t")).items("list projects", "projects") == []


@pytest.mark.parametrize("token", ["line\nbreak", "“quoted”"])
def test_what_the_library_refuses_is_no_trouble_of_argocd(slept: list[float], token: str) -> None:
    transport = Transport("http://127.0.0.1:1", sleep=slept.append)
    with pytest.raises(
        InvalidInputError, match=r"GET /api/v1/projects to http://127\.0\.0\.1:1 could not be sent"
    ) as caught:
        transport.send("GET", ("v1", "projects"), token=token)
    assert token not in str(caught.value) and "break" not in str(caught.value)
    assert slept == []


GIVEN: list[tuple[dict[str, Any], str]] = [
    (
        {"auth_token": f"{SECRET}\n# made in May"},
        "The token for Argo CD (from option auth_token) has a line break in it",
    ),
    ({"auth_token": f"{SECRET}\u00a0x"}, "has a space in it"),
    ({"auth_token": None, "auth_username": "admin", "auth_password": f"{SECRET}\n"}, "ends with a line break"),
    ({"auth_token": None, "auth_username": f"admin\r{SECRET}", "auth_password": "x"}, "The user name for Argo CD"),
    ({"server_url": f"https://you:{SECRET}@argocd.example.com"}, "has a name or password in it"),
    ({"server_url": "https://argocd.example.com/root?x=1"}, "leave ?x=1 out"),
    ({"server_url": "http://argocd.example.com"}, "over TLS only (plain"),
    ({"ca_cert": __file__}, "which holds no certificate in PEM"),
    ({"ca_cert": "/nowhere/ca.crt"}, "which is not a file"),
]


@pytest.mark.parametrize(("options", "words"), GIVEN)
def test_what_cannot_be_sent_is_told_before(options: dict[str, Any], words: str) -> None:
    given = {"server_url": "https://argocd.example.com", "auth_token": "a-token-of-nobody", **options}
    result = run_module("argocd_project_info", **{name: value for name, value in given.items() if value is not None})
    assert result["failed"] and words.replace(" (plain", "") in result["msg"]
    assert SECRET not in repr(result) and "made in May" not in repr(result)


PEM_OF_NOTHING = base64.b64encode(b"no certificate").decode()
CONFIG: list[tuple[dict[str, Any], str]] = [
    (
        {"bearerToken": f"{SECRET}\nx"},
        r"The token for cluster https://10\.0\.0\.1 \(from config\.bearer_token\) has a line",
    ),
    ({"tlsClientConfig": {"caData": "no base64!"}}, r"config\.tls_client_config\.ca_data is not in base64"),
    (
        {"tlsClientConfig": {"caData": PEM_OF_NOTHING}},
        r"config\.tls_client_config\.ca_data holds no certificate in PEM",
    ),
    (
        {"tlsClientConfig": {"certData": PEM_OF_NOTHING, "keyData": PEM_OF_NOTHING}},
        r"config\.tls_client_config holds no client certificate",
    ),
]


@pytest.mark.parametrize(("config", "words"), CONFIG)
def test_credentials_of_a_cluster_that_cannot_be_sent_are_told_before(config: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        target_cluster.identity("https://10.0.0.1", config, 1.0)
    assert SECRET not in str(caught.value)
