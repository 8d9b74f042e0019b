# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module in a process of its own, which can be killed, or run beside another one."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from judging import Outcome

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["apart_preload"])


def _run(module: str, options: Mapping[str, Any], folder: str) -> None:
    """In the process: leaves the result in the folder."""
    os.environ["SLIPWAY_PROGRESS_FILE"] = f"{folder}/progress"
    from fast_time import fast_time
    from module_runner import run_module

    with fast_time():
        result = run_module(module, **options)
    Path(folder, "result").write_text(json.dumps(result))


class Apart:
    """One module run. folder: a new one, for what it says."""

    def __init__(self, module: str, options: Mapping[str, Any], folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._begin = time.monotonic()
        self._process = _CONTEXT.Process(target=_run, args=(module, dict(options), str(folder)))

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.is_alive():
            self.kill()

    @property
    def running(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()

    def outcome(self, seconds: float = 60) -> Outcome:
        """What the run said when it had ended; fails when it does not in that time."""
        self._process.join(seconds)
        assert not self._process.is_alive(), f"still running after {seconds} s"
        result, progress = self._folder / "result", self._folder / "progress"
        text = result.read_text() if result.exists() else "{}"
        told = progress.read_text() if progress.exists() else ""
        crashed = "" if result.exists() else f"the process ended with {self._process.exitcode}"
        return Outcome(json.loads(text), text + told + crashed, time.monotonic() - self._begin, crashed)
