# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time for modules that wait: their pauses are short, and count as if they had been long.

Nothing of what they decide changes: a wait of ten minutes still looks as often as in ten minutes, and gives up after
them. Work takes its real time, so a busy machine brings no deadline nearer.
"""

from __future__ import annotations

import importlib
import pkgutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from unittest import mock

from ansible_collections.slipway.gitops.plugins import module_utils

FASTER = 100.0
SHORTEST_PAUSE_SECONDS = 0.002


class FastTime:
    """Stands where a module has imported `time`. faster: how many times shorter a pause is than it is asked for."""

    def __init__(self, faster: float = FASTER) -> None:
        self.faster = faster
        self._lock = threading.Lock()
        self._skipped = 0.0

    def sleep(self, seconds: float) -> None:
        slept = min(seconds, max(seconds / self.faster, SHORTEST_PAUSE_SECONDS))
        time.sleep(slept)
        with self._lock:
            self._skipped += seconds - slept

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped

    def time(self) -> float:
        return time.time()

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def modules_with_time() -> Iterator[ModuleType]:
    """All of the collection's module_utils that have imported `time`."""
    for found in pkgutil.walk_packages(module_utils.__path__, f"{module_utils.__name__}."):
        module = importlib.import_module(found.name)
        if getattr(module, "time", None) is time:
            yield module


@contextmanager
def fast_time(faster: float = FASTER) -> Iterator[FastTime]:
    """While inside, every pause of the collection in this process is that many times shorter."""
    clock = FastTime(faster)
    patches = [mock.patch.object(module, "time", clock) for module in modules_with_time()]
    for patch in patches:
        patch.start()
    try:
        yield clock
    finally:
        for patch in patches:
            patch.stop()
