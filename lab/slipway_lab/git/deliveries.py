# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells webhooks of pushes: signed, again when it fails, and kept in a database until it is done.

Headers and signature as GitHub's: https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway_lab.git.repositories import Repositories, Webhook
from slipway_lab.git.webhook_request import post

_logger = logging.getLogger(__name__)

# Seconds before each further try; after the last one a delivery has failed.
_RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 60.0)
_KEPT = 200
_TABLE = """
create table if not exists deliveries (
  number integer primary key autoincrement, id text not null unique, repository text not null,
  webhook integer not null, event text not null, body blob not null, created real not null,
  attempts integer not null default 0, due real, status integer, error text not null default '')
"""
_COLUMNS = "id, repository, webhook, event, created, attempts, due, status, error"


@dataclass(frozen=True)
class _Delivery:
    """A delivery that is not done; the fields are those of the table."""

    number: int
    id: str
    repository: str
    webhook: int
    event: str
    body: bytes
    attempts: int
    due: float


class Deliveries:
    """The queue of deliveries and the thread that works it off.

    A delivery is done with an answer of 2xx; it is tried again after no answer, 408, 429 and 5xx.

    find_address: where a host is, as an address or as a name that this machine's resolver knows
    """

    def __init__(self, database: Path, repositories: Repositories, find_address: Callable[[str], str]) -> None:
        self._repositories = repositories
        self._find_address = find_address
        database.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._connection.execute(_TABLE)
        self._wake = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="git-webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what is not done goes on after the next start."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        self._thread.join()
        self._connection.close()

    def add(self, repository: str, webhook: Webhook, event: str, payload: Mapping[str, Any]) -> None:
        """Queue one delivery. payload: what the body says; it is kept as it is sent."""
        now = time.time()
        body = json.dumps(payload).encode()
        with self._wake:
            self._connection.execute(
                "insert into deliveries (id, repository, webhook, event, body, created, due) values (?,?,?,?,?,?,?)",
                (str(uuid.uuid4()), repository, webhook.id, event, body, now, now),
            )
            self._connection.execute(
                "delete from deliveries where due is null and number <= (select max(number) from deliveries) - ?",
                (_KEPT,),
            )
            self._wake.notify()

    def forget(self, repository: str) -> None:
        """Drop all deliveries of a repository: another one may get its name."""
        with self._wake:
            self._connection.execute("delete from deliveries where repository = ?", (repository,))

    def list(self, repository: str) -> list[dict[str, Any]]:
        """Deliveries of a repository, newest first.

        state: pending, delivered, failed; status: of the last answer; error: why the last try failed
        """
        with self._wake:
            rows = self._connection.execute(
                f"select {_COLUMNS} from deliveries where repository = ? order by number desc",  # noqa: S608 - constant
                (repository,),
            ).fetchall()
        return [_described(dict(zip(_COLUMNS.split(", "), row, strict=True))) for row in rows]

    def _run(self) -> None:
        while True:
            with self._wake:
                row = self._connection.execute(
                    "select number, id, repository, webhook, event, body, attempts, due from deliveries "
                    "where due is not null order by due, number limit 1"
                ).fetchone()
                delivery = None if row is None else _Delivery(*row)
                wait = None if delivery is None else delivery.due - time.time()
                if self._stopped:
                    return
                if delivery is None or (wait is not None and wait > 0):
                    self._wake.wait(wait)
                    continue
            self._deliver(delivery)

    def _deliver(self, delivery: _Delivery) -> None:
        repository = self._repositories.find(delivery.repository)
        webhooks = repository.settings.webhooks if repository else []
        webhook = next((hook for hook in webhooks if hook.id == delivery.webhook), None)
        if webhook is None:
            status, error, again = None, "the webhook was removed", False
        else:
            status, error = _send(webhook, delivery, self._find_address)
            again = bool(error) and (status is None or status in (408, 429) or status >= 500)
            outcome = error or f"answered {status}"
            _logger.info("%s: %s to %s: %s", delivery.repository, delivery.event, webhook.url, outcome)
        tries = delivery.attempts
        due = time.time() + _RETRY_SECONDS[tries] if again and tries < len(_RETRY_SECONDS) else None
        with self._wake:
            self._connection.execute(
                "update deliveries set attempts = ?, due = ?, status = ?, error = ? where number = ?",
                (tries + 1, due, status, error, delivery.number),
            )


def _described(row: dict[str, Any]) -> dict[str, Any]:
    due = row.pop("due")
    state = "pending" if due is not None else "failed" if row["error"] else "delivered"
    return {**row, "state": state}


def _send(webhook: Webhook, delivery: _Delivery, find_address: Callable[[str], str]) -> tuple[int | None, str]:
    """Status of the answer, None when there was none; and why the delivery failed, "" when it did not."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "slipway-lab",
        "X-GitHub-Delivery": delivery.id,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(webhook.id),
    }
    if webhook.secret:
        headers["X-Hub-Signature-256"] = signature(webhook.secret, delivery.body)
    return post(webhook.url, delivery.body, headers, insecure_ssl=webhook.insecure_ssl, find_address=find_address)


def signature(secret: str, body: bytes) -> str:
    """Value of X-Hub-Signature-256."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
