# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the transport makes of answers that no healthy Argo CD gives: proxies, redirects, throttling, broken lines."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.client import Client, Login
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.transport import Transport, to_error
from ansible_collections.slipway.gitops.plugins.module_utils._errors import (
    ApiError,
    ConnectionFailedError,
    OutcomeUnknownError,
    UnreadableAnswerError,
)

JSON = "application/json"


class Server:
    """Plays answers in order: (status, content type, body, headers), or None to hang up. Keeps what was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str, str, dict[str, str]] | None] = []
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.asked.append((self.command, self.path, headers))
                answer = server.answers.pop(0)
                if answer is None:
                    self.close_connection = True
                    self.connection.close()
                    return
                status, kind, body, extra = answer
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in extra.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - names that http.server asks for

            def log_message(self, *arguments: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def will(self, status: int, body: object = None, kind: str = JSON, **headers: str) -> None:
        text = body if isinstance(body, str) else json.dumps(body or {})
        self.answers.append((status, kind, text, headers))


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()
    assert server.answers == [], "not everything was asked for"


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def transport(server: Server, slept: list[float]) -> Transport:
    return Transport(server.url, sleep=slept.append)


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
    for _ in range(5 if status == 502 else 1):
        server.will(status, "<html>sign in</html>", kind="text/html; charset=utf-8")
    with pytest.raises(UnreadableAnswerError, match="root path, or a proxy"):
        transport.send("GET", ("v1", "projects"))


def test_redirects_are_not_followed(server: Server, transport: Transport) -> None:
    server.will(307, Location="https://elsewhere.example.com/")
    with pytest.raises(UnreadableAnswerError, match=r"redirect to https://elsewhere\.example\.com/"):
        transport.send("POST", ("v1", "projects"), token="secret")
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


def test_a_post_that_broke_is_not_repeated(server: Server, transport: Transport) -> None:
    server.answers.append(None)
    with pytest.raises(OutcomeUnknownError, match="may or may not"):
        transport.send("POST", ("v1", "projects"), body={})
    server.will(503, {"message": "busy"})
    assert transport.send("POST", ("v1", "projects"), body={}).status == 503
    assert len(server.asked) == 2


def test_nobody_listens(slept: list[float]) -> None:
    transport = Transport("http://127.0.0.1:1", sleep=slept.append)
    with pytest.raises(ConnectionFailedError, match="cannot be reached"):
        transport.send("POST", ("v1", "projects"))
    assert len(slept) == 4


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
