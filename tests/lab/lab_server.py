# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server process of the lab for tests: real HTTP over TLS on a free port, in a home of its own.

The fixtures are here so that the conftest.py of another folder can import them too.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Self, TypeVar

import httpx
import pytest
from lab_instance import free_port
from slipway_lab.api.admin import AdminClient, AdminError
from slipway_lab.config import LabConfig

T = TypeVar("T")
# Kind, id and body of every record.
Snapshot = list[tuple[str, str, str]]
_START_SECONDS = 30.0


class LabServer:
    """Starts the server on entry and ends it on exit.

    home: its LAB_HOME. settings: more of the lab's environment, such as LAB_PROVISION_SECONDS="2".
    """

    def __init__(self, home: Path, **settings: str) -> None:
        self.environment = {
            "LAB_HOME": str(home),
            "LAB_PORT": str(free_port()),
            "LAB_NODES": "none",
            **settings,
        }
        self.config = LabConfig.from_environment({**os.environ, **self.environment})
        self.admin = AdminClient(self.config, timeout=60)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.config.api_url

    @property
    def ca_cert(self) -> str:
        """Path of the certificate that vouches for the server."""
        return str(self.config.ca_file)

    @property
    def token(self) -> str:
        """An access token with full access."""
        return (self.config.home / "token").read_text()

    @property
    def log(self) -> str:
        return (self.config.home / "server.log").read_text()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.config.home.mkdir(parents=True, exist_ok=True)
        with (self.config.home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "slipway_lab.api.server"],
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.admin.status()
                return
            except AdminError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    # Nobody enters, so nobody leaves.
                    self._process.kill()
                    self._process.wait()
                    raise AssertionError(f"the lab's server did not come up: {error}\n{self.log}") from error
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the server with a signal; returns its exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(timeout=15)

    def snapshot(self) -> Snapshot:
        """All that the account is and has, at rest."""
        with closing(sqlite3.connect(self.config.database)) as database:
            return database.execute("SELECT kind, id, body FROM records ORDER BY number").fetchall()

    def restore(self, snapshot: Snapshot) -> None:
        """Make the account what a snapshot of this server says. Clusters are to be records only."""
        with closing(sqlite3.connect(self.config.database, timeout=30)) as database, database:
            database.execute("DELETE FROM records")
            database.executemany("INSERT INTO records (kind, id, body) VALUES (?, ?, ?)", snapshot)

    def client(self, token: str | None = None) -> httpx.Client:
        """An HTTP client with a token (the one with full access unless another is given)."""
        return httpx.Client(
            base_url=self.url,
            verify=ssl.create_default_context(cafile=self.ca_cert),
            headers={"Authorization": f"Bearer {self.token if token is None else token}"},
            timeout=30,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()


def wait_for(ask: Callable[[], T], until: Callable[[T], bool], seconds: float = 20.0) -> T:
    """Ask until the answer is as wanted, and return it; fails with the last answer after so many seconds."""
    deadline = time.monotonic() + seconds
    while not until(answer := ask()):
        assert time.monotonic() < deadline, f"still not after {seconds} s: {answer!r}"
        time.sleep(0.05)
    return answer


@pytest.fixture(scope="module")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """The lab's API over TLS on a free port, clusters as records only, one for all tests of a module.

    .url .ca_cert .token .admin; call .admin.reset() to start from an empty account.
    """
    with LabServer(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def own_lab_server(tmp_path: Path) -> Iterator[LabServer]:
    """Like lab_server, but for one test alone: for tests that restart or break it."""
    with LabServer(tmp_path / "lab") as server:
        yield server
