# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account's state: JSON records in one SQLite file, with transactions, safe to use from any thread."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel

_SCHEMA_VERSION = 1
# About where DigitalOcean is; what matters is that ids are unique and do not fit 16 bits.
_FIRST_DROPLET_ID = 500_000_001
_FIRST_DOMAIN_RECORD_ID = 1_700_000_001
_SCHEMA = """
CREATE TABLE records (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE requests (sequence INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
"""

# Id of the API request in whose context code runs; None in the provisioner. Writes of a request are what a
# stale read goes back behind.
current_request: ContextVar[str | None] = ContextVar("current_request", default=None)
# True while a read must answer the state before the last write of an API request (a fault that tests order).
read_before_last_write: ContextVar[bool] = ContextVar("read_before_last_write", default=False)
# More than 0 while a read must answer the state of so many seconds ago (another one).
read_seconds_ago: ContextVar[float] = ContextVar("read_seconds_ago", default=0.0)
# How far back that can go.
REMEMBERED_SECONDS = 60.0


class StoreError(Exception):
    """The database cannot be used; the message says which and what to do."""


class Record(BaseModel):
    """Something kept in the store under its kind and id."""

    kind: ClassVar[str]
    id: str


R = TypeVar("R", bound=Record)
_Key = tuple[str, str]


class Store:
    """Records by kind and id, in the order they were made."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # With WAL a power cut may lose the last commits but never corrupts; a killed process loses nothing.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;")
        elif version != _SCHEMA_VERSION:
            self._connection.close()
            raise StoreError(
                f"{path} was written by another version of the lab (schema {version}, this one needs "
                f"{_SCHEMA_VERSION}); remove it with `lab reset`"
            )
        self._written: dict[_Key, str | None] = {}
        self._before: dict[_Key, str | None] = {}
        self._before_owner: str | None = None
        # When each transaction was, and what its records were before it.
        self._past: deque[tuple[float, dict[_Key, str | None]]] = deque()
        self._written_by_others = self._data_version()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and nobody else reads or writes meanwhile. May be nested."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
                self._written = {}
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")
                self._remember_before_images()

    def get(self, type_: type[R], id_: str) -> R | None:
        body = self._read(type_.kind, id_)
        return None if body is None else type_.model_validate_json(body)

    def all(self, type_: type[R]) -> list[R]:
        """Every record of a kind, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id, body FROM records WHERE kind = ? ORDER BY number", (type_.kind,)
            ).fetchall()
            bodies: dict[str, str | None] = dict(rows)
            bodies |= {id_: body for (kind, id_), body in self._as_it_was().items() if kind == type_.kind}
        return [type_.model_validate_json(body) for body in bodies.values() if body is not None]

    def put(self, record: Record) -> None:
        with self.transaction():
            self._note_before(record.kind, record.id)
            self._connection.execute(
                "INSERT INTO records (kind, id, body) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                (record.kind, record.id, record.model_dump_json()),
            )

    def delete(self, type_: type[Record], id_: str) -> None:
        """Remove a record; an unknown id is fine."""
        with self.transaction():
            self._note_before(type_.kind, id_)
            self._connection.execute("DELETE FROM records WHERE kind = ? AND id = ?", (type_.kind, id_))

    def forget_the_past(self) -> None:
        """No later read can look back to before now."""
        with self._lock:
            self._past.clear()
            self._before, self._before_owner = {}, None

    def next_droplet_id(self) -> int:
        """A number that was never given before."""
        return self._next("droplet", _FIRST_DROPLET_ID)

    def next_domain_record_id(self) -> int:
        """A number that was never given before."""
        return self._next("domain_record", _FIRST_DOMAIN_RECORD_ID)

    def _next(self, counter: str, first: int) -> int:
        with self.transaction():
            self._connection.execute("INSERT OR IGNORE INTO counters VALUES (?, ?)", (counter, first - 1))
            self._connection.execute("UPDATE counters SET value = value + 1 WHERE name = ?", (counter,))
            value: int = self._connection.execute("SELECT value FROM counters WHERE name = ?", (counter,)).fetchone()[0]
            return value

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        """One SQL statement on a table of another module (the request log), and its rows."""
        with self.transaction():
            return self._connection.execute(statement, parameters).fetchall()

    def _read(self, kind: str, id_: str) -> str | None:
        with self._lock:
            past = self._as_it_was()
            return past[kind, id_] if (kind, id_) in past else self._current(kind, id_)

    def _as_it_was(self) -> dict[_Key, str | None]:
        """Records as a read that must look back finds them, where that differs from now."""
        self._forget_another_account()
        if read_before_last_write.get():
            return self._before
        found: dict[_Key, str | None] = {}
        if read_seconds_ago.get():
            since = time.monotonic() - read_seconds_ago.get()
            for when, before in reversed(self._past):
                if when < since:
                    break
                found |= before
        return found

    def _current(self, kind: str, id_: str) -> str | None:
        row = self._connection.execute("SELECT body FROM records WHERE kind = ? AND id = ?", (kind, id_)).fetchone()
        return None if row is None else str(row[0])

    def _note_before(self, kind: str, id_: str) -> None:
        if (kind, id_) not in self._written:
            self._written[kind, id_] = self._current(kind, id_)

    def _remember_before_images(self) -> None:
        if not self._written:
            return
        self._forget_another_account()
        now = time.monotonic()
        self._past.append((now, self._written))
        while self._past[0][0] < now - REMEMBERED_SECONDS:
            self._past.popleft()
        if current_request.get() is None:
            return
        if self._before_owner != current_request.get():
            self._before_owner = current_request.get()
            self._before = {}
        for key, body in self._written.items():
            self._before.setdefault(key, body)

    def _forget_another_account(self) -> None:
        """When somebody else wrote the file, as a test does that puts an account back, nothing is before that."""
        version = self._data_version()
        if version != self._written_by_others:
            self._written_by_others = version
            self.forget_the_past()

    def _data_version(self) -> int:
        """Changes when another connection has written the database."""
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version
