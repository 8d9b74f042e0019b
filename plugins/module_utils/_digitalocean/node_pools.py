# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Node pools: what is asked of them, and what has to be sent. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import InvalidInputError
from .._reconcile import Change, JsonObject, canonical_values, compare
from . import canonical
from .cluster_fields import POOL_FIELDS


@dataclass(frozen=True)
class PoolPlan:
    """One pool: pool_id is None for one to be created. body is what is sent, empty when nothing is."""

    name: str
    pool_id: str | None
    changes: tuple[Change, ...]
    before: JsonObject
    after: JsonObject
    body: JsonObject

    def describe(self) -> list[str]:
        if self.pool_id is None:
            return [f"create node pool {self.name}: {describe_size(self.body)}"]
        return [f"node pool {self.name}: {change.describe()}" for change in self.changes]


def describe_size(pool: Mapping[str, Any]) -> str:
    if pool.get("auto_scale"):
        return f"{pool.get('min_nodes')} to {pool.get('max_nodes')} x {pool.get('size')}"
    return f"{pool.get('count')} x {pool.get('size')}"


def pool_problems(pools: Sequence[Mapping[str, Any]]) -> list[str]:
    """Everything in a list of pools that does not go together, in words that name pool and field."""
    problems = []
    names = [str(pool.get("name")) for pool in pools]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"two node pools are named {name!r}; give each pool its own name")
    for pool in pools:
        where = f"node pool {pool.get('name')!r}"
        low, high = pool.get("min_nodes"), pool.get("max_nodes")
        if low is not None and high is not None and low > high:
            problems.append(f"{where}: min_nodes {low} is more than max_nodes {high}")
        if pool.get("auto_scale") and (low is None or high is None):
            problems.append(f"{where}: auto_scale needs min_nodes and max_nodes")
        for taint in pool.get("taints") or []:
            if taint.get("key") is None:
                problems.append(f"{where}: a taint has no key")
            if not taint.get("effect"):
                problems.append(f"{where}: taint {taint.get('key')!r} has no effect")
    return problems


def sendable(pool: Mapping[str, Any]) -> JsonObject:
    """A declared pool in the form the API takes."""
    body = dict(pool)
    if "labels" in body:
        body["labels"] = {str(key): canonical.text(value) for key, value in body["labels"].items()}
    if "taints" in body:
        body["taints"] = canonical.taints(body["taints"])
    return body


def create_body(pool: Mapping[str, Any]) -> JsonObject:
    """What creates the pool. The API wants a count always: an autoscaled pool starts with its least, but one node.

    Raises InvalidInputError naming what is missing.
    """
    body = sendable(pool)
    if body.get("auto_scale"):
        body.setdefault("count", max(1, int(body["min_nodes"])))
    else:
        body.pop("min_nodes", None)
        body.pop("max_nodes", None)
    missing = [name for name in ("size", "count") if name not in body]
    if missing:
        raise InvalidInputError(f"Node pool {pool['name']!r} does not exist yet and has no {' and no '.join(missing)}.")
    return body


def plan_new_pool(pool: Mapping[str, Any]) -> PoolPlan:
    body = create_body(pool)
    return PoolPlan(str(pool["name"]), None, (), {}, canonical_values(POOL_FIELDS, body), body)


def owned_by_user(desired: Mapping[str, Any], actual: Mapping[str, Any]) -> JsonObject:
    """The declared values without those that someone else decides: the count of an autoscaled pool is the
    autoscaler's, and the bounds of any other pool mean nothing (the API shows them as 0)."""
    auto_scale = desired.get("auto_scale", bool(actual.get("auto_scale")))
    left_alone = {"count"} if auto_scale else {"min_nodes", "max_nodes"}
    return {key: value for key, value in desired.items() if key not in left_alone}


def update_body(desired: Mapping[str, Any], actual: Mapping[str, Any]) -> JsonObject:
    """The whole pool as it shall be: the API wants name and count, and does not say what an omitted key does."""
    merged: JsonObject = {
        "name": actual["name"],
        "count": actual.get("count"),
        "auto_scale": bool(actual.get("auto_scale")),
        "tags": [tag for tag in actual.get("tags") or [] if not canonical.is_service_tag(str(tag).lower())],
        "labels": dict(actual.get("labels") or {}),
        "taints": canonical.taints(actual.get("taints")),
    }
    merged.update(sendable({key: value for key, value in desired.items() if key != "size"}))
    if merged["auto_scale"]:
        low = merged.setdefault("min_nodes", actual.get("min_nodes") or 0)
        high = merged.setdefault("max_nodes", actual.get("max_nodes") or merged["count"])
        merged["count"] = min(max(int(merged["count"] or 0), low), high)
    else:
        merged.pop("min_nodes", None)
        merged.pop("max_nodes", None)
    return merged


def plan_pool(pool: Mapping[str, Any], actual: Mapping[str, Any]) -> PoolPlan:
    """What of the declared pool differs from the one that is there."""
    desired = owned_by_user(pool, actual)
    comparison = compare(POOL_FIELDS, desired, actual)
    body = update_body(desired, actual) if comparison.changes else {}
    return PoolPlan(str(pool["name"]), str(actual["id"]), comparison.changes, comparison.before, comparison.after, body)
