# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands before the API's handlers: request ids, tokens, rate limits, ordered faults, the request log.

An ASGI middleware that takes in the whole request and the whole answer, so that a fault can decide what of it
goes over the wire.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slipway_lab.api.answer import Answer, faulty_answer
from slipway_lab.api.connection import cut, until_left
from slipway_lab.api.errors import ApiError, bad_request, server_error, too_many_requests, unauthorized
from slipway_lab.api.faults import WITHOUT_AN_ANSWER, WITHOUT_AN_EFFECT, Content, Fault, FaultKind, FaultPlan, When
from slipway_lab.api.rate_limits import Limits, RateLimiter
from slipway_lab.api.records import Settings, Token, now
from slipway_lab.api.request_log import LoggedRequest, RequestLog, loggable_body
from slipway_lab.api.scopes import LOGIN_PATH, find_password, find_token
from slipway_lab.api.store import Store, current_request, read_before_last_write, read_seconds_ago

_logger = logging.getLogger(__name__)

_API_PREFIX = "/v2/"
_OAUTH_PREFIX = "/v1/oauth/"
# Whom requests without a known token count for in the rate limits.
_ANONYMOUS = "anonymous"
_BODY_LIMIT = 4 * 1024 * 1024


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

    def error(self, error: ApiError) -> Answer:
        return Answer.of_error(error, self.request_id)

    def has_fault(self, kind: FaultKind, when: When | None = None) -> bool:
        return self.fault is not None and self.fault.kind is kind and when in (None, self.fault.when)


class Gateway:
    """Guards the API; everything else (the lab's own endpoints) goes straight to the application."""

    def __init__(self, app: ASGIApp, store: Store, limiter: RateLimiter, faults: FaultPlan, log: RequestLog) -> None:
        self._app = app
        self._store = store
        self._limiter = limiter
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith((_API_PREFIX, _OAUTH_PREFIX)):
            await self._app(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is None:
            return
        call = _Call(scope, body, str(uuid.uuid4()), time.monotonic())
        call.headers["x-request-id"] = call.request_id
        self._log.under_way += 1
        try:
            answer = self._refusal(call) or await self._answer(call)
        except Exception:
            _logger.exception("%s %s failed (request %s)", scope["method"], scope["path"], call.request_id)
            answer = call.error(server_error())
        finally:
            self._log.under_way -= 1
        # Written down before it is sent: who has the answer finds the request in the log.
        self._record(call, answer)
        await self._deliver(call, answer, receive, send)

    def _refusal(self, call: _Call) -> Answer | None:
        """The answer to a call that nobody looks at: too many of them, or without a token."""
        if call.scope["path"].startswith(_OAUTH_PREFIX):
            return None  # another site of DigitalOcean's, which looks at the token itself
        authorization = dict(call.scope["headers"]).get(b"authorization", b"").decode("latin-1")
        find = find_password if call.scope["path"] == LOGIN_PATH else find_token
        call.token = find(self._store, authorization)
        settings = self._store.get(Settings, "settings") or Settings()
        limits = Limits(settings.hourly_requests, settings.burst_requests, settings.burst_seconds)
        verdict = self._limiter.admit(call.token.id if call.token else _ANONYMOUS, limits)
        call.headers |= verdict.headers
        if not verdict.allowed:
            return call.error(too_many_requests())
        return call.error(unauthorized()) if call.token is None else None

    async def _answer(self, call: _Call) -> Answer | None:
        """The answer; None when the connection is to be ended, or left, without one."""
        fault = call.fault = self._faults.take(call.scope["method"], call.scope["path"])
        if fault is None:
            return await self._run(call)
        own: Answer | None = None
        if fault.kind is FaultKind.SLOW and fault.when is When.BEFORE:
            await asyncio.sleep(fault.seconds)
        if fault.when is When.AFTER or fault.kind not in WITHOUT_AN_EFFECT:
            read_before_last_write.set(fault.kind is FaultKind.STALE_READ)
            own = await self._run(call)
            if fault.kind is FaultKind.LAGGING_READ and call.scope["method"] == "GET" and own.is_list:
                read_seconds_ago.set(fault.seconds)
                lagging = await self._run(call)
                # The lists of an object that was just made are as empty as it is new.
                own = lagging if lagging.is_list else own
        if fault.kind in WITHOUT_AN_ANSWER:
            return None
        if fault.kind is FaultKind.ANSWER:
            _set_headers(call, fault)
            return faulty_answer(fault, own, call.error)
        if fault.kind is FaultKind.SLOW and fault.when is When.AFTER:
            await asyncio.sleep(fault.seconds)
        return own

    async def _run(self, call: _Call) -> Answer:
        """Let the application do its work; returns its answer."""
        if len(call.body) > _BODY_LIMIT:
            return call.error(bad_request("request body too large"))
        answer = Answer()
        call.scope["state"]["token"] = call.token
        call.scope["state"]["request_id"] = call.request_id
        # The server runs every request in a context of its own, so nothing needs to be set back.
        current_request.set(call.request_id)
        sent = False

        async def receive() -> Message:
            nonlocal sent
            if sent:
                # The application only asks again to learn of a disconnect, which a whole answer does not need.
                await asyncio.Event().wait()
            sent = True
            return {"type": "http.request", "body": call.body, "more_body": False}

        await self._app(dict(call.scope), receive, answer.collect)
        return answer

    async def _deliver(self, call: _Call, answer: Answer | None, receive: Receive, send: Send) -> None:
        if call.has_fault(FaultKind.TRUNCATED) and answer is not None and answer.body:
            await answer.send(send, call.headers, sent_bytes=len(answer.body) // 2)
            await cut(call.scope, receive, reset=False)
        elif answer is not None:
            await answer.send(send, call.headers)
        elif call.has_fault(FaultKind.HANG):
            await until_left(receive)
        else:
            await cut(call.scope, receive, reset=call.has_fault(FaultKind.RESET))

    def _record(self, call: _Call, answer: Answer | None) -> None:
        entry = LoggedRequest(
            time=now(),
            request_id=call.request_id,
            method=call.scope["method"],
            path=call.scope["path"],
            query=call.scope["query_string"].decode("latin-1"),
            status=answer.status if answer else None,
            token=call.token.name if call.token else None,
            duration_ms=round((time.monotonic() - call.started) * 1000, 1),
            fault=call.fault.name if call.fault else None,
        )
        if entry.mutating:
            entry.body = loggable_body(call.body)
        self._log.add(entry)


def _set_headers(call: _Call, fault: Fault) -> None:
    """The headers that go with the answer of a fault, beside its own."""
    if fault.bare or fault.content is Content.HTML:
        call.headers = {}
    elif fault.status == 429:
        call.headers["ratelimit-remaining"] = "0"
    # An order's own headers take the place of the API's.
    own = {name.lower() for name in fault.headers}
    call.headers = {name: value for name, value in call.headers.items() if name not in own}
    if fault.retry_after is not None:
        call.headers["retry-after"] = str(fault.retry_after)


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
