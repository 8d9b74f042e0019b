# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the transport makes of answers that no healthy Argo CD gives: proxies, redirects, throttling, broken lines."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.client import Client, Login
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.transport import TlsError, Transport, to_error
from ansible_collections.slipway.gitops.plugins.module_utils._errors import (
    ApiError,
    ConnectionFailedError,
    OutcomeUnknownError,
    SlipwayError,
    UnreadableAnswerError,
)
from ansible_collections.slipway.gitops.plugins.module_utils._patience import OUTAGE_SECONDS, at_most
from scripted_argocd import JSON, Server


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("DELETE", None), ("POST", None), ("POST", {"a": 1})])
def test_headers_are_exact(server: Server, transport: Transport, method: str, body: dict[str, Any] | None) -> None:
    """application/json; charset=utf-8 would be a 415."""
    server.will(200)
    transport.send(method, ("v1", "projects"), token="t", body=body)
    headers = server.asked[0][2]
    assert (headers["content-type"], headers["accept"], headers["authorization"]) == (JSON, JSON, "Bearer t")


def test_a_netrc_file_does_not_take_the_token_s_place(
    server: Server, transport: Transport, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.will(200)
    transport.send("GET", ("v1", "projects"), token="t")
    assert server.asked[0][2]["authorization"] == "Bearer t"


def test_segments_are_encoded_whole(server: Server, transport: Transport) -> None:
    server.will(200)
    transport.send(
        "GET", ("v1", "repositories", "https://git.example.com/a b?c"), query={"x": True, "y": None, "z": ["a", "b"]}
    )
    assert server.asked[0][1] == "/api/v1/repositories/https%3A%2F%2Fgit.example.com%2Fa%20b%3Fc?x=true&z=a&z=b"


@pytest.mark.parametrize("status", [200, 403, 502])
def test_html_names_the_likely_causes(server: Server, transport: Transport, status: int) -> None:
    server.will(status, "<html>sign in</html>", kind="text/html; charset=utf-8")
    with at_most(0.0), pytest.raises(UnreadableAnswerError, match="root path, or a proxy"):
        transport.send("GET", ("v1", "projects"))


def test_redirects_are_not_followed(server: Server, transport: Transport) -> None:
    server.will(307, Location="https://you:secret-word@elsewhere.example.com/login?token=secret-word")
    with pytest.raises(UnreadableAnswerError, match=r"redirect to https://elsewhere\.example\.com, ") as caught:
        transport.send("POST", ("v1", "projects"), token="secret")
    assert "secret-word" not in str(caught.value)
    assert len(server.asked) == 1


def test_json_that_is_no_object(server: Server, transport: Transport) -> None:
    server.will(200, "[1]")
    with pytest.raises(UnreadableAnswerError, match="no JSON object"):
        transport.send("GET", ("v1", "projects"))


def test_text_of_a_refusal_is_kept(server: Server, transport: Transport) -> None:
    server.will(415, "Invalid content type\n", kind="text/plain")
    error = to_error(transport.send("POST", ("v1", "projects")), "create project x")
    assert "Invalid content type (HTTP 415)" in str(error) and "Content-Type" in error.next_step


def test_throttling_is_waited_for(server: Server, transport: Transport, slept: list[float]) -> None:
    server.will(429, **{"Retry-After": "7"})
    server.will(200, {"ok": True})
    assert transport.send("POST", ("v1", "session")).body == {"ok": True}
    assert slept == [7.0]


def test_a_restarting_server_is_waited_for(server: Server, transport: Transport, slept: list[float]) -> None:
    """argocd-server restarts its listeners after some changes of its settings."""
    server.answers.append(None)
    server.will(503)
    server.will(200, {"ok": True})
    assert transport.send("GET", ("v1", "projects")).body == {"ok": True}
    assert slept == [0.5, 1.0]


@pytest.mark.parametrize(
    "outage", [None, (503, "text/plain", "", {}), (502, "text/html", "<html>bad gateway</html>", {})]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
def test_a_restart_of_a_minute_is_outlasted(
    server: Server, transport: Transport, slept: list[float], outage: Any, method: str
) -> None:
    server.answers += [outage] * 11
    server.will(200, {"ok": True})
    assert transport.send(method, ("v1", "projects"), repeatable=method == "POST").body == {"ok": True}
    assert sum(slept) > 60


def test_an_outage_without_end_is_told(server: Server, transport: Transport, slept: list[float]) -> None:
    server.answers += [None] * 14
    with pytest.raises(ConnectionFailedError, match="cannot be reached"):
        transport.send("GET", ("v1", "projects"))
    assert 60 < sum(slept) <= OUTAGE_SECONDS


def test_a_look_of_a_wait_gives_up_soon(server: Server, transport: Transport, slept: list[float]) -> None:
    server.answers += [None, (503, JSON, "{}", {})]
    with at_most(0.5):
        assert transport.send("GET", ("v1", "projects")).status == 503
    assert slept == [0.5]


def test_a_post_that_broke_is_not_repeated(server: Server, transport: Transport) -> None:
    server.answers.append(None)
    with pytest.raises(OutcomeUnknownError, match="may or may not") as caught:
        transport.send("POST", ("v1", "projects"), body={})
    assert caught.value.passing is False
    server.will(503, {"message": "busy"})
    assert transport.send("POST", ("v1", "projects"), body={}).status == 503
    assert len(server.asked) == 2


def test_what_starts_something_is_sent_once_and_what_creates_by_name_may_be_sent_again(
    server: Server, transport: Transport
) -> None:
    client = Client(transport, Login(token="t"))
    for path in (("applications", "web", "sync"), ("account", "ci", "token"), ("clusters",)):
        server.answers.append(None)
        with pytest.raises(OutcomeUnknownError):
            client.call("POST", *path, body={})
    server.answers.append(None)
    server.will(200, {"metadata": {"name": "web"}})
    client.call("POST", "applications", body={})
    assert len(server.asked) == 5


def test_a_session_outlasts_a_restart(server: Server, transport: Transport) -> None:
    server.will(503)
    server.will(200, {"token": "t"})
    server.will(200, {"ok": True})
    assert Client(transport, Login(username="admin", password="x")).call("GET", "projects").body == {"ok": True}


PASSES: list[tuple[Any, bool]] = [
    (None, True),
    ((429, JSON, "{}", {}), True),
    ((500, JSON, "{}", {}), True),
    ((502, "text/html", "<html></html>", {}), True),
    ((503, "text/plain", "", {}), True),
    ((200, "text/html", "<html></html>", {}), True),
    ((200, JSON, '{"half', {}), True),
    ((307, JSON, "", {"Location": "https://elsewhere.example.com"}), False),
    ((400, JSON, "{}", {}), False),
    ((403, JSON, "{}", {}), False),
    ((404, JSON, "{}", {}), False),
    ((501, JSON, "{}", {}), False),
]


@pytest.mark.parametrize(("answer", "passes"), PASSES)
def test_trouble_that_passes_is_told_from_a_verdict(
    server: Server, transport: Transport, answer: Any, passes: bool
) -> None:
    server.answers.append(answer)
    with at_most(0.0), pytest.raises(SlipwayError) as caught:
        Client(transport, Login(token="t")).get("read projects", "projects")
    assert caught.value.passing is passes


def test_a_server_that_speaks_no_tls_is_a_verdict(server: Server, slept: list[float]) -> None:
    transport = Transport(server.url.replace("http://", "https://"), sleep=slept.append)
    with pytest.raises(TlsError) as caught:
        transport.send("GET", ("version",))
    assert caught.value.passing is False and slept == []


def test_a_tls_connection_that_is_cut_is_an_outage(slept: list[float]) -> None:
    """What stands before a server that restarts takes connections, and closes them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    connection.recv(4096)
                    connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        transport = Transport(f"https://127.0.0.1:{listener.getsockname()[1]}", sleep=slept.append)
        # The next pause would be 2 s; a slow machine has two seconds to spare before it.
        with at_most(3.4), pytest.raises(ConnectionFailedError) as caught:
            transport.send("GET", ("version",))
    assert caught.value.passing is True and slept == [0.5, 1.0]


def test_a_refusal_by_the_target_is_not_an_ended_session(server: Server, transport: Transport) -> None:
    """401 from POST /clusters can mean the cluster."""
    server.will(200, {"token": "t"})
    server.will(401, {"message": "the server has asked for the client to provide credentials", "code": 16})
    server.will(200, {"loggedIn": True})
    assert Client(transport, Login(username="admin", password="x")).call("POST", "clusters").status == 401
    assert [path for _, path, _ in server.asked] == ["/api/v1/session", "/api/v1/clusters", "/api/v1/session/userinfo"]


def test_an_ended_session_is_renewed_once(server: Server, transport: Transport) -> None:
    server.will(200, {"token": "one"})
    server.will(401, {"message": "token is expired", "code": 16})
    server.will(200, {"loggedIn": False})
    server.will(200, {"token": "two"})
    server.will(200, {"ok": True})
    client = Client(transport, Login(username="admin", password="x"))
    assert client.call("GET", "projects").body == {"ok": True}
    assert server.asked[-1][2]["authorization"] == "Bearer two"


def test_a_given_token_that_ended_is_said(server: Server, transport: Transport) -> None:
    server.will(401, {"message": "token is expired", "code": 16})
    server.will(401, {"message": "token is expired", "code": 16})
    with pytest.raises(ApiError, match="does not accept auth_token") as caught:
        Client(transport, Login(token="secret")).call("GET", "projects")
    assert "secret" not in str(caught.value)
