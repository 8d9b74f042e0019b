# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP answer before it is sent, and what an ordered fault makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from starlette.types import Message, Send

from slipway_lab.api.errors import ApiError, error_of
from slipway_lab.api.faults import Content, Fault

_JSON = (b"content-type", b"application/json")


@dataclass
class Answer:
    """An HTTP answer before it is sent."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def of_error(cls, error: ApiError, request_id: str) -> Answer:
        return cls(error.status, [_JSON], json.dumps({**error.body, "request_id": request_id}).encode())

    @property
    def is_list(self) -> bool:
        """Whether this is the API's answer to a call that lists objects."""
        try:
            content = json.loads(self.body) if self.status == 200 else None
        except ValueError:
            return False
        return isinstance(content, dict) and any(isinstance(value, list) for value in content.values())

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


def web_page(status: int) -> bytes:
    """What a proxy, or another site, answers in place of an API."""
    title = "Sign in" if status < 300 else f"{status} {HTTPStatus(status).phrase}"
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n".encode()


def faulty_answer(fault: Fault, own: Answer | None, describe: Callable[[ApiError], Answer]) -> Answer:
    """The answer that a fault of kind `answer` puts in place of the API's.

    own: the API's answer; None when the fault comes before the effect
    describe: the API's form of an error
    """
    answer = replace(own or Answer(200, [_JSON], b"{}"))
    if fault.status is not None and fault.status < 300:
        answer.status = fault.status
    elif fault.status is not None:
        usual = error_of(fault.status)
        answer = describe(ApiError(fault.status, fault.error_id or usual.id, fault.message or usual.message))
    if fault.content is Content.HTML:
        answer.headers, answer.body = [(b"content-type", b"text/html")], web_page(answer.status)
    elif fault.content is Content.TEXT:
        answer.headers, answer.body = [(b"content-type", fault.content_type.encode())], fault.body.encode()
    elif fault.content is Content.HALF:
        answer.body = answer.body[: len(answer.body) // 2]
    elif fault.content is Content.TRAILING:
        answer.body += b"\n<!-- served by cache -->\n"
    if answer.status == 204 and answer.body:
        answer.status = 200
    answer.headers = [*answer.headers, *((k.lower().encode(), v.encode()) for k, v in fault.headers.items())]
    return answer
