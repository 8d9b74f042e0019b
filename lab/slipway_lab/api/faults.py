# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that tests order: which call goes wrong, whether it had its effect, and what the caller gets.

An order says three things apart: `kind`, what happens; `when`, before or after the call's effect; and for an answer
in place of the API's, `status` and `content`. Combinations with a name (NAMED) can be ordered by it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Self

from pydantic import BaseModel, Field, model_validator


class FaultKind(StrEnum):
    """What happens to a call."""

    ANSWER = "answer"  # another answer than the API's own: `status` and `content`
    RESET = "reset"  # TCP reset
    CLOSE = "close"  # the connection ends without an answer
    HANG = "hang"  # no answer; the connection stays open until the caller ends it
    SLOW = "slow"  # the API's answer, after `seconds`
    TRUNCATED = "truncated"  # half of the body, then the connection ends
    STALE_READ = "stale_read"  # the answer is from before the last write of any request
    LAGGING_READ = "lagging_read"  # a list is as it was `seconds` ago; single objects are as they are


class When(StrEnum):
    BEFORE = "before"  # nothing is done
    AFTER = "after"  # it is done


class Content(StrEnum):
    """What an answer holds."""

    API = "api"  # what the API says: its error for `status`, or its own answer
    TEXT = "text"  # `body` as `content_type`
    HALF = "half"  # half of what the API says, as if it were all
    TRAILING = "trailing"  # what the API says, and something behind it
    HTML = "html"  # a web page, of a proxy or of another site


# Combinations that tests order by a name of their own.
NAMED: dict[str, dict[str, Any]] = {
    "too_many_requests": {"kind": FaultKind.ANSWER, "status": 429, "retry_after": 1},
    "too_many_requests_bare": {"kind": FaultKind.ANSWER, "status": 429, "bare": True},
    "error_before": {"kind": FaultKind.ANSWER},
    "error_after": {"kind": FaultKind.ANSWER, "when": When.AFTER, "status": 500},
    "answer_before": {"kind": FaultKind.ANSWER, "status": 200, "body": ""},
    "answer_after": {"kind": FaultKind.ANSWER, "when": When.AFTER, "status": 200, "body": ""},
    "reset_before": {"kind": FaultKind.RESET},
    "reset_after": {"kind": FaultKind.RESET, "when": When.AFTER},
    "html": {"kind": FaultKind.ANSWER, "status": 502, "content": Content.HTML},
}
# Kinds that come before the effect unless they are ordered after it, and those after which nothing is said.
WITHOUT_AN_EFFECT = (FaultKind.ANSWER, FaultKind.RESET, FaultKind.CLOSE, FaultKind.HANG)
WITHOUT_AN_ANSWER = (FaultKind.RESET, FaultKind.CLOSE, FaultKind.HANG)
_AFTER_BY_NATURE = (FaultKind.SLOW, FaultKind.TRUNCATED)


class FaultOrder(BaseModel):
    """One ordered fault.

    name: what it was ordered as: a kind or one of NAMED
    when: slow and truncated have their effect unless told otherwise (slow, before: it has it late), others have none
    method: HTTP method, or any
    path: pattern of the path where * stands for anything, such as /v2/kubernetes/clusters/*
    nth: the first matching call it hits, counted from when it was ordered (1: the next one)
    count: how many matching calls in a row it hits; None: every one from nth on
    lasts: seconds from the first hit on in which it hits (and count is None unless given)
    status, content: of answer. Before the effect the status is 500 unless given; after it, None is the API's own
    body, content_type: of an answer whose content is text, which it is when there is a body
    message, error_id: what the API's JSON of that answer says in place of its usual words
    headers: more headers of that answer, such as location or ratelimit-reset
    retry_after: seconds, of its header retry-after
    bare: it comes without the API's own headers (request id, rate limits)
    seconds: of slow and lagging_read (60 at the most)
    """

    kind: FaultKind
    name: str = ""
    when: When
    method: str | None = None
    path: str = "*"
    nth: int = Field(default=1, ge=1)
    count: int | None = Field(default=1, ge=1)
    lasts: float | None = Field(default=None, gt=0)
    status: int | None = Field(default=None, ge=200, le=599)
    content: Content = Content.API
    body: str = ""
    content_type: str = "application/json"
    message: str = ""
    error_id: str = ""
    headers: dict[str, str] = {}
    retry_after: int | None = Field(default=None, ge=0)
    bare: bool = False
    seconds: float = Field(default=1.0, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, order: Any) -> Any:
        """Put what a name stands for in its place, and what is not said."""
        if not isinstance(order, dict) or "kind" not in order:
            return order
        name = str(order["kind"])
        order = {**NAMED.get(name, {}), **order, "kind": NAMED.get(name, order)["kind"], "name": name}
        order.setdefault("when", When.AFTER if order["kind"] in _AFTER_BY_NATURE else When.BEFORE)
        if "body" in order:
            order.setdefault("content", Content.TEXT)
        if order.get("lasts") is not None:
            order.setdefault("count", None)
        if order["kind"] == FaultKind.ANSWER and order["when"] == When.BEFORE and order.get("status") is None:
            order["status"] = 500
        return order

    @model_validator(mode="after")
    def _is_a_fault(self) -> Self:
        if self.kind is FaultKind.ANSWER and self.status is None and self.content is Content.API:
            raise ValueError("an answer after the effect is the API's own unless status or content say otherwise")
        return self


class Fault(FaultOrder):
    """An ordered fault with its number and how many calls matched (seen) and were hit."""

    id: int
    seen: int = 0
    hits: int = 0
    first_hit: float | None = Field(default=None, exclude=True)

    def matches(self, method: str, path: str) -> bool:
        return self.method in (None, method) and fnmatchcase(path, self.path)

    def spent(self, now: float) -> bool:
        if self.lasts is not None and self.first_hit is not None and now - self.first_hit >= self.lasts:
            return True
        return self.count is not None and self.hits >= self.count

    def hit(self, now: float) -> None:
        self.hits += 1
        if self.first_hit is None:
            self.first_hit = now


class FaultPlan:
    """All ordered faults, in memory: a restart of the server clears them. clock: in seconds, replaced in tests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._faults: list[Fault] = []
        self._last_id = 0

    def add(self, order: FaultOrder) -> Fault:
        with self._lock:
            self._last_id += 1
            values = order.model_dump() | {"method": order.method.upper() if order.method else None}
            fault = Fault.model_construct(id=self._last_id, **values)
            self._faults.append(fault)
            return fault.model_copy()

    def all(self) -> list[Fault]:
        with self._lock:
            return [fault.model_copy() for fault in self._faults]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Count this call for every matching fault; the fault that hits it, the oldest one if several do."""
        with self._lock:
            taken: Fault | None = None
            now = self._clock()
            for fault in self._faults:
                if not fault.matches(method, path):
                    continue
                fault.seen += 1
                if taken is None and fault.seen >= fault.nth and not fault.spent(now):
                    fault.hit(now)
                    taken = fault
            return taken.model_copy() if taken else None
