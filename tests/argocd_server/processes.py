# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start programs for a test session and end exactly those, by pid."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1


class StartError(Exception):
    """A program of the harness did not come up; the message ends with the tail of its log."""


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end_with_parent() -> None:
    """Ask Linux to end this process when the test run dies without a chance to clean up."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Processes:
    """Programs started by the harness, each with its own log file and process group."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        logs.mkdir(parents=True, exist_ok=True)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, tuple[Sequence[str | Path], Mapping[str, str] | None]] = {}

    def start(self, name: str, command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
        """Start a program; its output goes to <logs>/<name>.log."""
        self._commands[name] = (command, env)
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [str(part) for part in command],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **(env or {})},
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - starts come from the main thread only
            )

    def wait_until(self, name: str, ready: Callable[[], bool], timeout: float = 60) -> None:
        """Wait until ready() is true; fail early when the program has ended."""
        end = time.monotonic() + timeout
        while True:
            with contextlib.suppress(OSError):
                if ready():
                    return
            status = self._running[name].poll()
            if status is not None or time.monotonic() > end:
                why = f"ended with status {status}" if status is not None else f"was not ready in {timeout:.0f} s"
                raise StartError(f"{name} {why}; its log ends with:\n{self.log_tail(name)}")
            time.sleep(0.1)

    def log_tail(self, name: str, characters: int = 3000) -> str:
        return (self._logs / f"{name}.log").read_text(errors="replace")[-characters:]

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def stop(self, name: str) -> None:
        """End one program and its children: SIGTERM, after 5 s SIGKILL."""
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)

    @contextlib.contextmanager
    def away(self, name: str) -> Iterator[None]:
        """End a program and start it again at the end of the block."""
        self.stop(name)
        try:
            yield
        finally:
            self.start(name, *self._commands[name])

    def stop_all(self) -> None:
        """End everything, last started first."""
        for name in reversed(list(self._running)):
            self.stop(name)
