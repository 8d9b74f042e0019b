# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's server as a process: started in the background, found again, ended."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from slipway_lab.api.admin import AdminClient, AdminError
from slipway_lab.config import LabConfig
from slipway_lab.detached_process import start_detached
from slipway_lab.process_identity import ProcessIdentity

_START_SECONDS = 30.0
_STOP_SECONDS = 15.0


class ServerProcessError(Exception):
    """The server did not start or end; the message says why."""


class ServerProcess:
    """The server of one lab, remembered in LAB_HOME/server.json, its log in LAB_HOME/log/server.log."""

    def __init__(self, config: LabConfig) -> None:
        self._config = config
        self._note = config.home / "server.json"
        self.log = config.logs / "server.log"

    def identity(self) -> ProcessIdentity | None:
        """The running server, None when there is none."""
        identity = ProcessIdentity.load(self._note)
        return identity if identity and identity.is_alive() else None

    def start(self) -> None:
        """Start it unless it runs, and wait until it answers."""
        if self.identity() is None:
            size = self.log.stat().st_size if self.log.exists() else 0
            environment = os.environ | self._config.environment()
            identity = start_detached(
                [sys.executable, "-m", "slipway_lab.api.server"], self.log, self._note, environment
            )
            if identity is None:
                raise ServerProcessError(f"The lab's server ended at once: {self._last_words(size)}")
        else:
            size = self.log.stat().st_size
        self._wait(size)

    def _wait(self, log_size: int) -> None:
        client = AdminClient(self._config, timeout=5.0)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                client.status()
                return
            except AdminError as error:
                if self.identity() is None:
                    raise ServerProcessError(f"The lab's server ended: {self._last_words(log_size)}") from error
                if time.monotonic() > deadline:
                    raise ServerProcessError(f"{error} (log: {self.log})") from error
            time.sleep(0.1)

    def stop(self) -> bool:
        """End it and wait; machines stay. False when it was not running."""
        identity = self.identity()
        if identity is not None:
            identity.send(signal.SIGTERM)
            if not identity.wait_gone(_STOP_SECONDS):
                identity.send(signal.SIGKILL)
                if not identity.wait_gone(_STOP_SECONDS):
                    raise ServerProcessError(f"The lab's server (process {identity.pid}) does not end.")
        self._note.unlink(missing_ok=True)
        return identity is not None

    def _last_words(self, log_size: int) -> str:
        """Last line that was logged after the log had this size."""
        return last_line(self.log, log_size) or f"it said nothing (log: {self.log})"


def last_line(log: Path, skip: int = 0) -> str:
    """Last line of a log file beyond its first skip bytes; "" when there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(skip)
        lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
