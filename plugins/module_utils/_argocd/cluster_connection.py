# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Wait until Argo CD has used a cluster's credentials, and not only those that it had before.

What Argo CD says of a connection comes from its application controller, every ten seconds, without a word on which
credentials it is about (3.5.7: controller/clusterinfoupdater.go, controller/cache/cache.go, and gitops-engine
pkg/cache/cluster.go). The controller reads a whole cluster, a "sync", at most one at a time. It hears of writes in
their order; a write of other credentials, or of a refresh request that is younger than the last sync, makes it read
again with what is stored then. So of syncs that end after new credentials were written, the first may have begun with
the old ones. One that ends after that and was asked for later has the new ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .._errors import ObjectFailedError
from .._reconcile import JsonObject
from .._waiter import Observation, Waiter
from .client import Client
from .module import Run

# Argo CD keeps times in whole seconds. Two that are further apart than this are never taken for the same one.
CLOCK_STEP_SECONDS = 1.1
# The controller speaks every ten seconds.
LONGEST_INTERVAL_SECONDS = 2.0


@dataclass(frozen=True)
class Connection:
    """What Argo CD says of its connection to a cluster.

    status: Successful, Failed, Unknown, or "" when nothing was looked at yet
    told_at: when the controller said so; synced_at: end of the last sync, "" when it failed or there was none.
    Both are RFC 3339 in UTC and whole seconds, so they compare as texts.
    """

    status: str = ""
    message: str = ""
    told_at: str = ""
    synced_at: str = ""

    @classmethod
    def of(cls, cluster: JsonObject) -> Connection:
        """That of a cluster as the API returns it."""
        info: Any = cluster.get("info") or {}
        state: Any = info.get("connectionState") or {}
        synced: Any = (info.get("cacheInfo") or {}).get("lastCacheSyncTime")
        status = str(state.get("status") or "")
        return cls(
            status,
            str(state.get("message") or ""),
            str(state.get("attemptedAt") or ""),
            # Argo CD itself writes Successful after a read of /version, which needs no rights; there is no sync then.
            str(synced or "") if status == "Successful" else "",
        )

    @property
    def unused(self) -> bool:
        """Whether the controller has no reason to use the cluster."""
        return self.status == "Unknown" and "no applications" in self.message

    def __str__(self) -> str:
        return f"{self.status or 'not looked at'}{': ' + self.message if self.message else ''}"


class ConnectionWait:
    """Waits for one cluster.

    replaced: whether Argo CD had an entry for this server before, so that it may still speak of other credentials
    read: gives the entry as it is now
    """

    def __init__(self, run: Run, server: str, name: str, *, replaced: bool, read: Callable[[], JsonObject]) -> None:
        self.client: Client = run.client
        self.server, self.name, self.replaced, self.read = server, name, replaced, read
        self.waiter = Waiter(run.params["wait_timeout"], run.progress, longest_interval=LONGEST_INTERVAL_SECONDS)
        self._failure_told_at = ""

    def until_used(self) -> None:
        """Return when the controller has used the credentials, or says that it has no reason to.

        Raises ObjectFailedError when it cannot use them, WaitTimeoutError when it does not say.
        """
        if not self.replaced:
            self._until(lambda connection: bool(connection.synced_at))
            return
        requested_at = self._request_sync()
        first = self._until(lambda connection: connection.synced_at >= requested_at)
        if first.unused:
            return
        self._request_sync()
        self._until(lambda connection: connection.synced_at > first.synced_at)

    def _request_sync(self) -> str:
        """Ask for a sync, in a second of its own: Argo CD ignores a request in the second of the last sync.

        Returns when Argo CD was asked, by its own clock.
        """
        self.waiter.sleep(CLOCK_STEP_SECONDS)
        answer = self.client.change(
            f"refresh cluster {self.name}", "POST", "clusters", self.server, "invalidate-cache",
            query={"id.type": "url"},
        )  # fmt: skip
        return str(answer.get("refreshRequestedAt", ""))

    def _until(self, used: Callable[[Connection], bool]) -> Connection:
        def look() -> Observation[Connection]:
            connection = Connection.of(self.read())
            self._stop_on_failure(connection)
            done = connection.unused or (bool(connection.synced_at) and used(connection))
            doubt = "" if done or connection.status != "Successful" else ", which may be from before it used them"
            return Observation(done, f"cluster {self.name} is {connection}{doubt}", connection)

        return self.waiter.until(f"Argo CD to use the credentials of cluster {self.name}", look)

    def _stop_on_failure(self, connection: Connection) -> None:
        """Raise ObjectFailedError for a failure of the new credentials.

        The first one that is told may have been seen with the old ones. Ten seconds later the controller has heard.
        """
        if connection.status != "Failed":
            return
        self._failure_told_at = self._failure_told_at or connection.told_at
        if not self.replaced or connection.told_at > self._failure_told_at:
            raise ObjectFailedError(
                f"Argo CD cannot use cluster {self.name} at {self.server}: {connection.message}.",
                "The entry was written. Give credentials that work, and run again.",
            )
