# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of all requests to the API, for tests and for people who wonder what a program did."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from slipway_lab.api.store import Store

_KEPT = 50_000
_BODY_LIMIT = 65_536
_READS = ("GET", "HEAD", "OPTIONS")
# Asks whether a name is free.
_QUESTION = "/v2/registries/validate-name"
_SECRET_WORDS = ("token", "secret", "password", "key_data", "private_key")


class LoggedRequest(BaseModel):
    """One request.

    sequence: number, without gaps, going on over restarts
    status: HTTP status; None when the connection was reset instead of an answer
    token: name of the access token, None when it was not known
    duration_ms: from the request's arrival to the answer's last byte
    fault: kind of the fault that hit it
    body: the request's JSON without secrets, for methods that write
    """

    sequence: int = 0
    time: str
    request_id: str
    method: str
    path: str
    query: str
    status: int | None
    token: str | None
    duration_ms: float
    fault: str | None = None
    body: Any = None

    @property
    def mutating(self) -> bool:
        return self.method not in _READS and self.path != _QUESTION


def without_secrets(value: Any) -> Any:
    """A copy of JSON data in which values of keys that name a secret are blotted out."""
    if isinstance(value, dict):
        return {
            key: "***" if any(word in key.lower() for word in _SECRET_WORDS) else without_secrets(item)
            for key, item in value.items()
        }
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


def loggable_body(raw: bytes) -> Any:
    """The JSON of a request body without secrets; a remark in its place when it is not JSON or too long."""
    if not raw:
        return None
    if len(raw) > _BODY_LIMIT:
        return f"({len(raw)} bytes)"
    try:
        return without_secrets(json.loads(raw))
    except ValueError:
        return "(not JSON)"


class RequestLog:
    """Requests in the account's database; the last 50,000 stay.

    under_way: how many have come and may still have an effect, whether their callers wait for it or not
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.under_way = 0

    def add(self, request: LoggedRequest) -> None:
        body = request.model_dump_json(exclude={"sequence"})
        with self._store.transaction():
            self._store.execute("INSERT INTO requests (body) VALUES (?)", (body,))
            self._store.execute(
                "DELETE FROM requests WHERE sequence <= (SELECT MAX(sequence) FROM requests) - ?", (_KEPT,)
            )

    def since(self, sequence: int) -> list[LoggedRequest]:
        """Requests with a greater number than this one, oldest first."""
        rows = self._store.execute(
            "SELECT sequence, body FROM requests WHERE sequence > ? ORDER BY sequence", (sequence,)
        )
        return [LoggedRequest.model_validate({**json.loads(body), "sequence": number}) for number, body in rows]

    def last_sequence(self) -> int:
        """The number of the newest request; 0 when there was none."""
        rows = self._store.execute("SELECT seq FROM sqlite_sequence WHERE name = 'requests'")
        return int(rows[0][0]) if rows else 0
