# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reverse proxy over TLS that spoils the calls it is told to: between a module and a real server of any kind.

It knows the faults of the lab's API (slipway_lab.api.faults) but those that need an account's past.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx
import uvicorn
from slipway_lab.api.answer import Answer, faulty_answer
from slipway_lab.api.connection import TransportAwareProtocol, cut, until_left
from slipway_lab.api.errors import ApiError
from slipway_lab.api.faults import WITHOUT_AN_ANSWER, Fault, FaultKind, FaultOrder, FaultPlan, When
from slipway_lab.pki import CertificateAuthority
from starlette.types import Receive, Scope, Send

_START_SECONDS = 20.0
# Of one connection, or set by who sends.
_NOT_PASSED_ON = {b"host", b"connection", b"content-length", b"transfer-encoding", b"accept-encoding", b"keep-alive"}

Describe = Callable[[ApiError], Answer]


class FaultProxy:
    """Serves from a thread of this process between entry and exit.

    upstream: URL of the server behind it; ca_file: what vouches for that one, None for plain HTTP
    folder: for its own certificates
    describe: an error in the form of the server behind it
    url, ca_file: where it is, and what vouches for it
    calls: method and path of each, in the order in which they came
    """

    def __init__(self, upstream: str, ca_file: Path | None, folder: Path, describe: Describe) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        authority = CertificateAuthority.create("fault proxy")
        authority.issue_server("localhost", ["localhost"], ["127.0.0.1"]).write(folder, "proxy")
        self.ca_file = folder / "ca.crt"
        self.ca_file.write_bytes(authority.certificate_pem)
        self.calls: list[str] = []
        self._upstream = upstream.rstrip("/")
        self._verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=str(ca_file)) if ca_file else False
        self._describe = describe
        self._plan = FaultPlan()
        self._under_way = 0
        self._client: httpx.AsyncClient | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._serve,
                interface="asgi3",
                http=TransportAwareProtocol,
                loop="asyncio",
                lifespan="off",
                ssl_certfile=str(folder / "proxy.crt"),
                ssl_keyfile=str(folder / "proxy.key"),
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            assert self._thread.is_alive() and time.monotonic() < deadline, "the proxy did not start"
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(_START_SECONDS)

    def add_fault(self, kind: str, **order: Any) -> None:
        """Order a fault, as of the lab's AdminClient."""
        self._plan.add(FaultOrder.model_validate({"kind": kind, **order}))

    @property
    def hits(self) -> int:
        return sum(fault.hits for fault in self._plan.all())

    def clear_faults(self) -> None:
        self._plan.clear()

    def settle(self, seconds: float = 30) -> None:
        """Wait until nothing is under way to the server behind it."""
        deadline = time.monotonic() + seconds
        while self._under_way:
            assert time.monotonic() < deadline, f"{self._under_way} calls are still under way"
            time.sleep(0.01)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            return
        method, path = scope["method"], scope["raw_path"].decode("latin-1")
        self.calls.append(f"{method} {path}")
        fault = self._plan.take(method, path)
        if fault is None:
            with contextlib.suppress(httpx.HTTPError):
                await self._pass_on(scope, body, send)
            return
        own: Answer | None = None
        self._under_way += 1
        try:
            if fault.kind is FaultKind.SLOW and fault.when is When.BEFORE:
                await asyncio.sleep(fault.seconds)
            if fault.when is When.AFTER or fault.kind in (FaultKind.SLOW, FaultKind.TRUNCATED):
                own = await self._fetch(scope, body)
        finally:
            self._under_way -= 1
        await self._deliver(fault, own, scope, receive, send)

    async def _deliver(self, fault: Fault, own: Answer | None, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind is FaultKind.HANG:
            await until_left(receive)
        elif fault.kind in WITHOUT_AN_ANSWER:
            await cut(scope, receive, reset=fault.kind is FaultKind.RESET)
        elif fault.kind is FaultKind.ANSWER:
            more = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
            await faulty_answer(fault, own, self._describe).send(send, more)
        else:
            assert own is not None, f"{fault.kind} is not for this proxy"
            if fault.kind is FaultKind.SLOW and fault.when is When.AFTER:
                await asyncio.sleep(fault.seconds)
            truncated = fault.kind is FaultKind.TRUNCATED and bool(own.body)
            await own.send(send, {}, sent_bytes=len(own.body) // 2 if truncated else None)
            if truncated:
                await cut(scope, receive, reset=False)

    def _request(self, scope: Scope, body: bytes) -> httpx.Request:
        if self._client is None:
            # Made in the loop that uses it.
            self._client = httpx.AsyncClient(verify=self._verify, timeout=120, follow_redirects=False)
        headers = [(name, value) for name, value in scope["headers"] if name not in _NOT_PASSED_ON]
        query = scope["query_string"].decode("latin-1")
        url = httpx.URL(self._upstream + scope["raw_path"].decode("latin-1") + (f"?{query}" if query else ""))
        return self._client.build_request(
            scope["method"], url, headers=[*headers, (b"accept-encoding", b"identity")], content=body
        )

    async def _fetch(self, scope: Scope, body: bytes) -> Answer:
        request = self._request(scope, body)
        assert self._client is not None
        response = await self._client.send(request)
        return Answer(response.status_code, _headers(response), response.content)

    async def _pass_on(self, scope: Scope, body: bytes, send: Send) -> None:
        """Piece by piece: an answer may go on for as long as somebody watches."""
        request = self._request(scope, body)
        assert self._client is not None
        response = await self._client.send(request, stream=True)
        try:
            await send({"type": "http.response.start", "status": response.status_code, "headers": _headers(response)})
            async for piece in response.aiter_raw():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await response.aclose()


def _headers(response: httpx.Response) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value) for name, value in response.headers.raw if name.lower() not in _NOT_PASSED_ON]


async def _read(receive: Receive) -> bytes | None:
    """The whole request body; None when the caller went away."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body
