# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""An action that runs its module as any other, and prints the module's progress lines on the controller meanwhile."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.utils.display import Display
from ansible_collections.slipway.gitops.plugins.module_utils._progress import PROGRESS_FILE_VARIABLE

POLL_SECONDS = 0.3


class ProgressPrinter:
    """Prints the lines that somebody appends to a file, until told to stop; none is lost at the end."""

    def __init__(self, path: Path, host: str) -> None:
        self.path = path
        self.host = host
        self._position = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> ProgressPrinter:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            self._print_new_lines()
        self._print_new_lines()

    def _print_new_lines(self) -> None:
        with self.path.open("rb") as stream:
            stream.seek(self._position)
            new = stream.read()
        complete = new[: new.rfind(b"\n") + 1]
        self._position += len(complete)
        for line in complete.decode("utf-8", "replace").splitlines():
            # Not to stdout: what a callback writes there may be read by a program.
            Display().display(f"{self.host}: {line}", stderr=True)


class ProgressAction(NormalAction):  # type: ignore[misc]  # ansible-core has no types for it
    """The action of a module that takes long."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        if not self._can_watch():
            return dict(super().run(tmp, task_vars))
        host = str((task_vars or {}).get("inventory_hostname") or self._task.get_name())
        with self._progress_file() as path, ProgressPrinter(path, host):
            return dict(super().run(tmp, task_vars))

    def _can_watch(self) -> bool:
        """Only where the module's files are the controller's, the task is awaited, and its words may be shown."""
        return self._connection.transport == "local" and not self._task.async_val and not self._task.no_log

    @contextmanager
    def _progress_file(self) -> Iterator[Path]:
        """A file that the module is told of in its environment."""
        before = self._task.environment
        with tempfile.TemporaryDirectory(prefix="slipway-progress-") as folder:
            path = Path(folder) / "lines"
            path.touch(mode=0o600)
            self._task.environment = [*(before or []), {PROGRESS_FILE_VARIABLE: str(path)}]
            try:
                yield path
            finally:
                self._task.environment = before
