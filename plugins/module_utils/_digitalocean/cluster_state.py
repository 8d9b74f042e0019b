# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""How far a cluster is: its state and its nodes, as a decision and as words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .._errors import ObjectFailedError
from .._reconcile import JsonObject
from .._waiter import Observation

RUNNING = "running"
DEGRADED = "degraded"
UNSETTLED = frozenset({"provisioning", "upgrading"})
DELETING = "deleting"
GONE = "deleted"


def state_of(cluster: Mapping[str, Any]) -> str:
    return str((cluster.get("status") or {}).get("state") or "unknown")


def is_leaving(cluster: Mapping[str, Any]) -> bool:
    """Whether the cluster is being deleted, or gone."""
    return state_of(cluster) in {DELETING, GONE}


def running_nodes(pool: Mapping[str, Any]) -> int:
    return sum(1 for node in pool.get("nodes") or [] if (node.get("status") or {}).get("state") == RUNNING)


def pool_is_settled(pool: Mapping[str, Any]) -> bool:
    """Whether all nodes asked for run and no other is left. An autoscaled pool is settled with its least nodes: the
    autoscaler adds and removes at any time."""
    running, present = running_nodes(pool), len(pool.get("nodes") or [])
    if pool.get("auto_scale"):
        return running >= int(pool.get("min_nodes") or 0)
    return running == present == int(pool.get("count") or 0)


def wanted_nodes(pool: Mapping[str, Any]) -> int:
    if pool.get("auto_scale"):
        return max(int(pool.get("min_nodes") or 0), len(pool.get("nodes") or []))
    return int(pool.get("count") or 0)


def watched_pools(cluster: Mapping[str, Any], names: Collection[str] | None) -> list[JsonObject]:
    pools = cluster.get("node_pools") or []
    return [pool for pool in pools if names is None or pool.get("name") in names]


def refuse_broken(cluster: Mapping[str, Any]) -> None:
    """Raises ObjectFailedError for a cluster in state error, with what the service says about it."""
    status = cluster.get("status") or {}
    if status.get("state") == "error":
        raise ObjectFailedError(
            f"Cluster {cluster.get('name')!r} ({cluster.get('id')}) is in state error: "
            f"{status.get('message') or 'the service gives no reason'}.",
            "Look at it in the control panel; when it holds nothing, remove it (state: absent) and run again.",
        )


def observe(
    cluster: JsonObject, pools: Collection[str] | None = None, *, version: str = "", gone_pools: Collection[str] = ()
) -> Observation[JsonObject]:
    """Whether the cluster runs with all nodes of the named pools (None: of every pool).

    version: the slug an upgrade shall end at, "" for any
    gone_pools: names of pools that shall be gone
    Raises ObjectFailedError when the service reports the cluster broken, or when somebody is deleting it.
    """
    refuse_broken(cluster)
    state = state_of(cluster)
    if is_leaving(cluster):
        raise ObjectFailedError(
            f"Cluster {cluster.get('name')!r} ({cluster.get('id')}) is {state}: somebody deletes it during this run.",
            "Run again when it is gone.",
        )
    watched = watched_pools(cluster, pools)
    left = [pool for pool in cluster.get("node_pools") or [] if pool.get("name") in gone_pools]
    at_version = not version or cluster.get("version") == version
    done = state == RUNNING and at_version and not left and all(pool_is_settled(pool) for pool in watched)
    ready, total = sum(map(running_nodes, watched)), sum(map(wanted_nodes, watched))
    text = f"cluster {state}"
    if not at_version:
        text += f" at {cluster.get('version')}, going to {version}"
    if total:
        text += f", {ready} of {total} nodes ready"
    leaving = sum(len(pool.get("nodes") or []) for pool in left) + sum(
        max(0, len(pool.get("nodes") or []) - wanted_nodes(pool)) for pool in watched
    )
    if leaving:
        text += f", {leaving} leaving"
    return Observation(done, text, cluster)
