# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches lists of a cluster's objects and says when to look again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from slipway_lab.cluster.kubernetes_api import KubernetesApi, KubernetesApiError, KubernetesUnreachableError

_logger = logging.getLogger(__name__)

_WATCH_SECONDS = 60
_PAUSE_SECONDS = 1.0


class Watch:
    """A thread that calls `changed` for every change in a list, and once in the beginning.

    A change may be told twice, and is never missed: after every break it is told again.
    """

    def __init__(self, api: KubernetesApi, path: str, changed: Callable[[], None]) -> None:
        self._api = api
        self._path = path
        self._changed = changed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch{path.replace('/', '-')}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Have the thread end; it does so with the next change, or when the watch runs out."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                listed = self._api.request("GET", self._path, query={"limit": "1"})
                version = listed["metadata"]["resourceVersion"]
                self._changed()
                for _ in self._api.watch(self._path, version, _WATCH_SECONDS):
                    if self._stopping.is_set():
                        return
                    self._changed()
            except (KubernetesApiError, KubernetesUnreachableError, KeyError) as error:
                _logger.debug("watching %s: %s", self._path, error)
                self._stopping.wait(_PAUSE_SECONDS)
