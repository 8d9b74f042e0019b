# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands before the API's handlers: request ids, tokens, rate limits, ordered faults, the request log.

An ASGI middleware that takes in the whole request and the whole answer, so that a fault can decide what of it
goes over the wire.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from slipway_lab.api.errors import ApiError, bad_request, server_error, too_many_requests, unauthorized
from slipway_lab.api.faults import Fault, FaultKind, FaultPlan
from slipway_lab.api.rate_limits import Limits, RateLimiter
from slipway_lab.api.records import Settings, Token, now
from slipway_lab.api.request_log import LoggedRequest, RequestLog, loggable_body
from slipway_lab.api.scopes import LOGIN_PATH, find_password, find_token
from slipway_lab.api.store import Store, current_request, read_before_last_write, read_seconds_ago

_logger = logging.getLogger(__name__)

_API_PREFIXES = ("/v2/", "/v1/oauth/")
# Whom requests without a known token count for in the rate limits.
_ANONYMOUS = "anonymous"
_BODY_LIMIT = 4 * 1024 * 1024
_TRANSPORT_KEY = "slipway.transport"
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"
_BEFORE_EFFECT = {
    FaultKind.TOO_MANY_REQUESTS,
    FaultKind.TOO_MANY_REQUESTS_BARE,
    FaultKind.ERROR_BEFORE,
    FaultKind.RESET_BEFORE,
    FaultKind.HTML,
    FaultKind.ANSWER_BEFORE,
}


class TransportAwareProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also hands the connection to the application so that it can cut it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][_TRANSPORT_KEY] = self.transport


async def _cut(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """End the connection of a request at once; reset: with a TCP reset instead of an orderly end.

    Returns when it has ended: a server that still has it would answer in the application's place.
    """
    transport: asyncio.Transport = scope["state"][_TRANSPORT_KEY]
    if reset:
        # The transport's socket may not allow setsockopt (uvloop); a duplicate of its descriptor does.
        with socket.socket(fileno=socket.dup(transport.get_extra_info("socket").fileno())) as duplicate:
            duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


@dataclass
class _Answer:
    """An HTTP answer before it is sent."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def of_error(cls, error: ApiError, request_id: str) -> _Answer:
        body = json.dumps({**error.body, "request_id": request_id}).encode()
        return cls(error.status, [(b"content-type", b"application/json")], body)

    async def collect(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(k, v) for k, v in message["headers"] if k != b"content-length"]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    async def send(self, send: Send, extra: dict[str, str], sent_bytes: int | None = None) -> None:
        headers = [*self.headers, *((k.encode(), v.encode()) for k, v in extra.items())]
        if self.status != 204:
            headers.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        whole = sent_bytes is None
        await send({"type": "http.response.body", "body": self.body[:sent_bytes], "more_body": not whole})


@dataclass
class _Call:
    """What is known of a request while it is under way."""

    scope: Scope
    body: bytes
    request_id: str
    started: float
    token: Token | None = None
    fault: Fault | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def error(self, error: ApiError) -> _Answer:
        return _Answer.of_error(error, self.request_id)

    @property
    def fault_kind(self) -> FaultKind | None:
        return self.fault.kind if self.fault else None


class Gateway:
    """Guards /v2/ and /v1/oauth/; everything else (the lab's own endpoints) goes straight to the application."""

    def __init__(self, app: ASGIApp, store: Store, limiter: RateLimiter, faults: FaultPlan, log: RequestLog) -> None:
        self._app = app
        self._store = store
        self._limiter = limiter
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_API_PREFIXES):
            await self._app(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is None:
            return
        call = _Call(scope, body, str(uuid.uuid4()), time.monotonic())
        call.headers["x-request-id"] = call.request_id
        try:
            answer = await self._answer(call)
        except Exception:
            _logger.exception("%s %s failed (request %s)", scope["method"], scope["path"], call.request_id)
            answer = call.error(server_error())
        # Written down before it is sent: who has the answer finds the request in the log.
        self._record(call, answer)
        await self._deliver(call, answer, receive, send)

    async def _answer(self, call: _Call) -> _Answer | None:
        """The answer; None when the connection is to be reset instead."""
        authorization = dict(call.scope["headers"]).get(b"authorization", b"").decode("latin-1")
        find = find_password if call.scope["path"] == LOGIN_PATH else find_token
        call.token = find(self._store, authorization)
        settings = self._store.get(Settings, "settings") or Settings()
        limits = Limits(settings.hourly_requests, settings.burst_requests, settings.burst_seconds)
        verdict = self._limiter.admit(call.token.id if call.token else _ANONYMOUS, limits)
        call.headers |= verdict.headers
        if not verdict.allowed:
            return call.error(too_many_requests())
        if call.token is None:
            return call.error(unauthorized())
        call.fault = self._faults.take(call.scope["method"], call.scope["path"])
        if call.fault is not None and call.fault.kind in _BEFORE_EFFECT:
            return _failure_before_effect(call, call.fault)
        answer = await self._run(call)
        return answer if call.fault is None else await _spoiled(call, call.fault, answer)

    async def _run(self, call: _Call) -> _Answer:
        """Let the application do its work; returns its answer."""
        if len(call.body) > _BODY_LIMIT:
            return call.error(bad_request("request body too large"))
        answer = _Answer()
        call.scope["state"]["token"] = call.token
        call.scope["state"]["request_id"] = call.request_id
        # The server runs every request in a context of its own, so nothing needs to be set back.
        current_request.set(call.request_id)
        read_before_last_write.set(call.fault_kind is FaultKind.STALE_READ)
        read_seconds_ago.set(call.fault.seconds if call.fault and call.fault.kind is FaultKind.LAGGING_READ else 0.0)
        sent = False

        async def receive() -> Message:
            nonlocal sent
            if sent:
                # The application only asks again to learn of a disconnect, which a whole answer does not need.
                await asyncio.Event().wait()
            sent = True
            return {"type": "http.request", "body": call.body, "more_body": False}

        await self._app(call.scope, receive, answer.collect)
        return answer

    async def _deliver(self, call: _Call, answer: _Answer | None, receive: Receive, send: Send) -> None:
        if answer is None:
            await _cut(call.scope, receive, reset=True)
        elif call.fault_kind is FaultKind.TRUNCATED and answer.body:
            await answer.send(send, call.headers, sent_bytes=len(answer.body) // 2)
            await _cut(call.scope, receive, reset=False)
        else:
            await answer.send(send, call.headers)

    def _record(self, call: _Call, answer: _Answer | None) -> None:
        entry = LoggedRequest(
            time=now(),
            request_id=call.request_id,
            method=call.scope["method"],
            path=call.scope["path"],
            query=call.scope["query_string"].decode("latin-1"),
            status=answer.status if answer else None,
            token=call.token.name if call.token else None,
            duration_ms=round((time.monotonic() - call.started) * 1000, 1),
            fault=call.fault_kind,
        )
        if entry.mutating:
            entry.body = loggable_body(call.body)
        self._log.add(entry)


def _given(fault: Fault) -> _Answer:
    """The answer that a fault brings along."""
    return _Answer(fault.status or 200, [(b"content-type", fault.content_type.encode())], fault.body.encode())


def _failure_before_effect(call: _Call, fault: Fault) -> _Answer | None:
    if fault.kind is FaultKind.RESET_BEFORE:
        return None
    if fault.kind is FaultKind.ANSWER_BEFORE:
        return _given(fault)
    if fault.kind is FaultKind.HTML:
        call.headers = {}
        return _Answer(fault.status or 502, [(b"content-type", b"text/html")], _HTML)
    if fault.kind is FaultKind.ERROR_BEFORE:
        return call.error(server_error(fault.status or 500))
    if fault.kind is FaultKind.TOO_MANY_REQUESTS_BARE:
        call.headers = {"x-request-id": call.request_id}
    else:
        call.headers |= {"ratelimit-remaining": "0", "retry-after": str(fault.retry_after)}
    return call.error(too_many_requests())


async def _spoiled(call: _Call, fault: Fault, answer: _Answer) -> _Answer | None:
    """What becomes of an answer on its way; None when the connection is to be reset instead."""
    if fault.kind is FaultKind.RESET_AFTER:
        return None
    if fault.kind is FaultKind.ERROR_AFTER:
        return call.error(server_error(fault.status or 500))
    if fault.kind is FaultKind.ANSWER_AFTER:
        return _given(fault)
    if fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.seconds)
    return answer


async def _read_body(receive: Receive) -> bytes | None:
    """The whole request body; None when the caller went away. What is over the limit is read but not kept."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message: dict[str, Any] = dict(await receive())
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size - len(chunk) <= _BODY_LIMIT:
            chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)
