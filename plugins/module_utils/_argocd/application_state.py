# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""How an application is doing, read from its object with the lags and lies of its status in mind. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from .._reconcile import JsonObject
from .application import error_conditions

HEALTHY, SYNCED, UNKNOWN = "Healthy", "Synced", "Unknown"
FAILED_PHASES = frozenset({"Failed", "Error"})
# What the Sealed Secrets controller says (upstream: pkg/crypto/crypto.go), which Argo CD passes on.
_NO_KEY = "no key could decrypt secret"
_FOREIGN = "it was sealed for another cluster, namespace or name, so seal it again with this cluster's certificate"


@dataclass(frozen=True)
class State:
    """What the status of an application amounts to.

    operating: an operation runs or is queued
    settled: the comparison is newer than the end of the last operation, so sync and health can be believed
    started: when the last operation started, "" when there was none
    phase, message: how that operation ended or is going
    """

    sync: str
    health: str
    operating: bool
    settled: bool
    started: str
    phase: str
    message: str
    errors: tuple[str, ...]
    revision: str
    out_of_sync: tuple[JsonObject, ...]
    unhealthy: tuple[JsonObject, ...]

    @property
    def failed(self) -> bool:
        """The last operation failed, and none runs.

        Then it did not do what it was for, whatever sync and health say: a hook that fails, such as a migration, leaves
        everything Synced and Healthy. Argo CD does not try again by itself for the same revision.
        """
        return not self.operating and self.phase in FAILED_PHASES

    @property
    def good(self) -> bool:
        """Synced and healthy, with nothing wrong: an application whose cluster cannot be reached is Healthy too."""
        return self.sync == SYNCED and self.health == HEALTHY and not self.errors and not self.failed

    @property
    def only_pruning_left(self) -> bool:
        """Nothing but resources to remove makes it OutOfSync."""
        return bool(self.out_of_sync) and all(item.get("requiresPruning") for item in self.out_of_sync)

    def describe(self) -> str:
        operation = f", operation {self.phase or 'queued'}" if self.operating else ""
        failure = f", last operation {self.phase}" if self.failed else ""
        return f"{self.sync or 'not compared'}, {self.health or 'health unknown'}{operation}{failure}"


def state_of(application: JsonObject) -> State:
    """The state of an application as the API shows it."""
    status: Any = application.get("status") or {}
    operation: Any = status.get("operationState") or {}
    sync: Any = status.get("sync") or {}
    resources: list[JsonObject] = list(status.get("resources") or [])
    finished = operation.get("finishedAt")
    operating = bool(application.get("operation")) or (bool(operation) and not finished)
    return State(
        sync=str(sync.get("status", "")),
        health=str((status.get("health") or {}).get("status", "")),
        operating=operating,
        # Times have whole seconds: an equal one can be of the comparison before the operation's last change.
        settled=not operating and (not finished or _time(status.get("reconciledAt")) > _time(finished)),
        started=str(operation.get("startedAt", "")),
        phase=str(operation.get("phase", "")),
        message=str(operation.get("message", "")),
        errors=tuple(error_conditions(application)),
        revision=str(sync.get("revision") or ", ".join(sync.get("revisions") or [])),
        out_of_sync=tuple(item for item in resources if item.get("status") == "OutOfSync"),
        unhealthy=tuple(item for item in resources if _health(item) not in ("", HEALTHY)),
    )


def follows_its_source(spec: JsonObject) -> bool:
    """Whether an application syncs by itself."""
    policy: Any = (spec.get("syncPolicy") or {}).get("automated")
    return policy is not None and policy.get("enabled") is not False


def prunes(spec: JsonObject) -> bool:
    """Whether an application removes by itself what its source has not."""
    return follows_its_source(spec) and bool(spec["syncPolicy"]["automated"].get("prune"))


def is_where_it_should_be(application: JsonObject) -> bool:
    """Whether nothing is to be waited for: it has been compared with the source that it has now, and, if it follows
    that by itself, it is good and the comparison is newer than the end of the last operation. Where it does not prune,
    what is only left to be pruned is no difference. Where people sync, the rest is theirs.
    """
    state, spec = state_of(application), application["spec"]
    compared: Any = ((application.get("status") or {}).get("sync") or {}).get("comparedTo") or {}
    if state.sync in ("", UNKNOWN) or any(
        compared.get(key) != spec[key] for key in ("source", "sources") if key in spec
    ):
        return False
    if not follows_its_source(spec):
        return True
    if state.only_pruning_left and not prunes(spec):
        state = replace(state, sync=SYNCED)
    return state.settled and state.good


def _health(resource: JsonObject) -> str:
    return str((resource.get("health") or {}).get("status", ""))


def _time(text: Any) -> float:
    return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp() if text else 0.0


def resource_name(resource: JsonObject) -> str:
    """Deployment web/frontend"""
    namespace = f"{resource['namespace']}/" if resource.get("namespace") else ""
    return f"{resource.get('kind', 'resource')} {namespace}{resource.get('name', '')}"


def health_reason(resource: JsonObject) -> str:
    """Why a resource has the health it has, in the controller's words and ours; "" when nothing is said."""
    reason = str((resource.get("health") or {}).get("message", ""))
    if resource.get("kind") == "SealedSecret" and _NO_KEY in reason:
        reason += f": {_FOREIGN}"
    return reason


def describe_resources(resources: Collection[JsonObject], limit: int = 5) -> str:
    """Resources with their health and its reason, in short."""
    texts = []
    for item in list(resources)[:limit]:
        reason = health_reason(item)
        texts.append(
            f"{resource_name(item)} is {_health(item) or item.get('status', '')}" + f" ({reason})" * bool(reason)
        )
    more = len(resources) - limit
    return "; ".join(texts) + (f"; and {more} more" if more > 0 else "")


def failed_resources(application: JsonObject) -> str:
    """What the last operation could not apply, one sentence."""
    status: Any = application.get("status") or {}
    result: Any = ((status.get("operationState") or {}).get("syncResult") or {}).get("resources") or []
    bad = [r for r in result if r.get("status") == "SyncFailed" or r.get("hookPhase") in FAILED_PHASES]
    return "; ".join(f"{resource_name(item)}: {item.get('message', '')}" for item in bad)
