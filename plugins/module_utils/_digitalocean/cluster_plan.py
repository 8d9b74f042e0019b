# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What a change of a cluster needs, computed once for check mode, the diff and the run. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._errors import InvalidInputError
from .._reconcile import JsonObject, canonical_values, compare, drift_problems, refuse_immutable_drift
from . import canonical
from .cluster_fields import CLUSTER_FIELDS
from .node_pools import PoolPlan, describe_size, plan_new_pool, plan_pool
from .vpc import with_vpc_as_asked


@dataclass(frozen=True)
class ClusterPlan:
    """Steps in their order: settings, new pools, changed pools, pools to remove, upgrade, project.

    changes: everything, in sentences; settings: those of them that one call to the cluster itself does
    body: what the update call sends, empty when no setting changes
    upgrade_to: the slug to end at, "" for none
    project_id: the project to move the cluster to, "" for none
    """

    changes: list[str]
    before: JsonObject
    after: JsonObject
    settings: tuple[str, ...] = ()
    body: JsonObject = field(default_factory=dict)
    pools: tuple[PoolPlan, ...] = ()
    removed_pools: tuple[JsonObject, ...] = ()
    upgrade_to: str = ""
    project_id: str = ""
    warnings: tuple[str, ...] = ()

    def predicted(self, actual: Mapping[str, Any]) -> JsonObject:
        """The cluster as it will be, from the cluster as it is and what is sent."""
        gone = {pool["id"] for pool in self.removed_pools}
        bodies = {plan.pool_id: plan.body for plan in self.pools if plan.pool_id}
        pools = [
            {**pool, **bodies.get(pool.get("id"), {})}
            for pool in actual.get("node_pools") or []
            if pool["id"] not in gone
        ]
        pools += [plan.body for plan in self.pools if plan.pool_id is None]
        version = {"version": self.upgrade_to} if self.upgrade_to else {}
        return {**actual, **self.body, **version, "node_pools": pools}


def settings_of(params: Mapping[str, Any], vpc_uuid: str) -> JsonObject:
    """The declared values that a cluster's fields are compared with."""
    names = {item.name for item in CLUSTER_FIELDS}
    settings = {key: value for key, value in params.items() if key in names}
    if "start_time" in (settings.get("maintenance_policy") or {}):
        # The API takes HH:MM only, and people write 3:00.
        policy = settings["maintenance_policy"]
        settings["maintenance_policy"] = {**policy, "start_time": canonical.time_of_day(policy["start_time"])}
    return {**settings, "vpc_uuid": vpc_uuid} if vpc_uuid else settings


def creation_body(params: Mapping[str, Any], settings: Mapping[str, Any], slug: str) -> JsonObject:
    """What creates the cluster with all its pools."""
    pools = [plan_new_pool(pool).body for pool in params["node_pools"]]
    return {"name": params["name"], "version": slug, **settings, "node_pools": pools}


def plan_creation(body: Mapping[str, Any], project: Mapping[str, Any] | None, *, vpc: str | None = None) -> ClusterPlan:
    """vpc: as it was asked for, by name or UUID."""
    changes = [f"create cluster {body['name']} in {body['region']} with Kubernetes {body['version']}"]
    changes += [f"create node pool {pool['name']}: {describe_size(pool)}" for pool in body["node_pools"]]
    settings = tuple(changes)
    fields = with_vpc_as_asked(canonical_values(CLUSTER_FIELDS, body), vpc)
    after = {"name": body["name"], "version": body["version"], **fields}
    after["node_pools"] = {pool["name"]: plan_new_pool(pool).after for pool in body["node_pools"]}
    if project:
        changes.append(f"put cluster {body['name']} into project {project['name']}")
        after["project"] = project["name"]
    return ClusterPlan(changes, {}, after, settings, project_id=str(project["id"]) if project else "")


def plan_update(
    params: Mapping[str, Any],
    settings: Mapping[str, Any],
    actual: Mapping[str, Any],
    *,
    upgrade_to: str = "",
    project: Mapping[str, Any] | None = None,
) -> ClusterPlan:
    """What of the declared values differs from the cluster that is there.

    upgrade_to: the slug to upgrade to, "" when the version is as asked
    project: the project to move the cluster to, None when it is there already or none is asked for
    Raises ImmutableDriftError naming every field that cannot be changed, InvalidInputError for a new pool that lacks
    size or count.
    """
    name = str(actual["name"])
    comparison = compare(CLUSTER_FIELDS, settings, actual)
    existing = {str(pool.get("name")): pool for pool in actual.get("node_pools") or []}
    wanted: Sequence[Mapping[str, Any]] = params.get("node_pools") or []
    pools = tuple(
        plan_pool(pool, existing[pool["name"]]) if pool["name"] in existing else plan_new_pool(pool) for pool in wanted
    )
    problems = drift_problems(f"cluster {name!r}", comparison.changes)
    for pool in pools:
        problems += drift_problems(f"cluster {name!r}, node pool {pool.name!r}", pool.changes)
    refuse_immutable_drift(problems)
    undeclared = undeclared_pools(params, existing)
    removed = undeclared if params.get("purge_node_pools") else []

    setting_changes = tuple(f"cluster {name}: {change.describe()}" for change in comparison.changes)
    changes = [*setting_changes]
    changes += [sentence for pool in pools for sentence in pool.describe()]
    changes += [f"remove node pool {pool['name']}: {describe_size(pool)}" for pool in removed]
    before, after = dict(comparison.before), dict(comparison.after)
    if "node_pools" in params:
        before["node_pools"] = {pool.name: pool.before for pool in pools if pool.pool_id}
        after["node_pools"] = {pool.name: pool.after for pool in pools}
        before["node_pools"].update({pool["name"]: existing_pool_view(pool) for pool in removed})
    if "version" in params:
        before["version"], after["version"] = actual.get("version"), upgrade_to or actual.get("version")
    if upgrade_to:
        changes.append(f"upgrade cluster {name} from Kubernetes {actual.get('version')} to {upgrade_to}")
    if project:
        changes.append(f"put cluster {name} into project {project['name']}")
        after["project"] = project["name"]
    return ClusterPlan(
        changes,
        before,
        after,
        setting_changes,
        body={"name": name, **comparison.body} if comparison.changes else {},
        pools=pools,
        removed_pools=tuple(removed),
        upgrade_to=upgrade_to,
        project_id=str(project["id"]) if project else "",
        warnings=() if removed else left_alone(name, undeclared),
    )


def existing_pool_view(pool: Mapping[str, Any]) -> JsonObject:
    """An existing pool in the form of the diff."""
    return {"size": pool.get("size"), "count": pool.get("count")}


def undeclared_pools(params: Mapping[str, Any], existing: Mapping[str, JsonObject]) -> list[JsonObject]:
    """Pools of the cluster that the list does not name; none when no list was given."""
    if "node_pools" not in params:
        return []
    names = {pool["name"] for pool in params["node_pools"]}
    undeclared = [pool for name, pool in existing.items() if name not in names]
    if undeclared and not names and params.get("purge_node_pools"):
        raise InvalidInputError(
            "purge_node_pools with an empty node_pools would remove every node pool, and a cluster needs one.",
            "Name the pools to keep, or remove the cluster (state: absent).",
        )
    return undeclared


def left_alone(name: str, pools: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    if not pools:
        return ()
    listed = ", ".join(f"{pool['name']} ({describe_size(pool)})" for pool in pools)
    return (f"cluster {name} has node pools that node_pools does not name, left alone: {listed} (purge_node_pools)",)
