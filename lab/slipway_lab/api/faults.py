# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that tests order: which call of the API goes wrong, and how."""

from __future__ import annotations

import threading
from enum import StrEnum
from fnmatch import fnmatchcase

from pydantic import BaseModel, Field


class FaultKind(StrEnum):
    """What happens to a call."""

    TOO_MANY_REQUESTS = "too_many_requests"  # 429 before the effect, with ratelimit headers and retry-after
    TOO_MANY_REQUESTS_BARE = "too_many_requests_bare"  # 429 before the effect, without any of these headers
    ERROR_BEFORE = "error_before"  # 5xx, nothing was done
    ERROR_AFTER = "error_after"  # 5xx, though it was done
    RESET_BEFORE = "reset_before"  # TCP reset, nothing was done
    RESET_AFTER = "reset_after"  # TCP reset, though it was done
    STALE_READ = "stale_read"  # the answer is from before the last write of any request
    LAGGING_READ = "lagging_read"  # the answer is as it was `seconds` ago, as lists are for a moment
    ANSWER_BEFORE = "answer_before"  # `status` with `body` as `content_type`, nothing was done
    ANSWER_AFTER = "answer_after"  # the same, though it was done
    SLOW = "slow"  # the answer comes after `seconds`
    HTML = "html"  # an HTML page of a proxy with `status`, nothing was done
    TRUNCATED = "truncated"  # half of the body, then the connection ends; it was done


class FaultOrder(BaseModel):
    """One ordered fault.

    method: HTTP method, or any
    path: pattern of the path where * stands for anything, such as /v2/kubernetes/clusters/*
    nth: the first matching call it hits, counted from when it was ordered (1: the next one)
    count: how many matching calls in a row it hits; None: every one from nth on
    status: of error_before, error_after (500), html (502), answer_before, answer_after (200)
    body, content_type: of answer_before and answer_after
    retry_after: seconds, of too_many_requests
    seconds: of slow, and of lagging_read (60 at the most)
    """

    kind: FaultKind
    method: str | None = None
    path: str = "*"
    nth: int = Field(default=1, ge=1)
    count: int | None = Field(default=1, ge=1)
    status: int | None = Field(default=None, ge=200, le=599)
    body: str = ""
    content_type: str = "application/json"
    retry_after: int = Field(default=1, ge=0)
    seconds: float = Field(default=1.0, ge=0)


class Fault(FaultOrder):
    """An ordered fault with its number and how many calls matched (seen) and were hit."""

    id: int
    seen: int = 0
    hits: int = 0

    @property
    def spent(self) -> bool:
        return self.count is not None and self.hits >= self.count

    def matches(self, method: str, path: str) -> bool:
        return self.method in (None, method) and fnmatchcase(path, self.path)


class FaultPlan:
    """All ordered faults, in memory: a restart of the server clears them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._last_id = 0

    def add(self, order: FaultOrder) -> Fault:
        with self._lock:
            self._last_id += 1
            values = order.model_dump() | {"method": order.method.upper() if order.method else None}
            fault = Fault(id=self._last_id, **values)
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
            for fault in self._faults:
                if not fault.matches(method, path):
                    continue
                fault.seen += 1
                if taken is None and fault.seen >= fault.nth and not fault.spent:
                    fault.hits += 1
                    taken = fault
            return taken.model_copy() if taken else None
