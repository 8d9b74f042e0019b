# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Which clusters shall, and shall not, pull from a container registry.

The API shows of a cluster only that it is integrated with some registry (registry_enabled), not with which. So what
it shows is the whole truth only while the account has one registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._errors import InvalidInputError, raise_all
from .._reconcile import JsonObject
from . import cluster_state
from .client import DigitalOcean
from .lookup import find_by_name
from .suggest import suggest
from .vpc import is_uuid


@dataclass
class Integration:
    """What is to be done. attach, detach: cluster ids and names; the rest is for people."""

    attach: dict[str, str] = field(default_factory=dict)
    detach: dict[str, str] = field(default_factory=dict)
    attach_changes: list[str] = field(default_factory=list)
    detach_changes: list[str] = field(default_factory=list)
    before: JsonObject = field(default_factory=dict)
    after: JsonObject = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def changes(self) -> list[str]:
        return self.attach_changes + self.detach_changes


def plan_integration(
    api: DigitalOcean,
    registry: str,
    params: Mapping[str, Any],
    *,
    alone: bool,
    is_new: bool,
    check_mode: bool,
) -> Integration:
    """Compare the declared clusters with what the API shows.

    alone: the account has no other registry. is_new: the registry is about to be made, so no cluster can have it.
    In check mode a cluster that is not there yet counts as one to attach: a task before may be about to make it.
    Raises InvalidInputError naming every cluster that is not there, or that is declared both ways.
    """
    wanted, unwanted = params.get("clusters") or [], params.get("detached_clusters") or []
    if not wanted and not unwanted:
        return Integration()
    clusters = [item for item in api.clusters() if cluster_state.state_of(item) != cluster_state.GONE]
    names = [str(item.get("name")) for item in clusters]
    plan, problems = Integration(), []
    seen: dict[str, str] = {}
    shown: dict[str, dict[str, bool]] = {"before": {}, "after": {}}
    for option, reference in [("clusters", one) for one in wanted] + [("detached_clusters", one) for one in unwanted]:
        attaching = option == "clusters"
        cluster = find_cluster(reference, clusters)
        if cluster is None and not attaching:
            continue
        if cluster is None and check_mode:
            plan.attach_changes.append(f"integrate cluster {reference} with container registry {registry}")
            shown["before"][reference], shown["after"][reference] = False, True
            continue
        if cluster is None:
            problems.append(f"{option}: there is no cluster {reference!r}{suggest(reference, names)}")
            continue
        identity, name = str(cluster["id"]), str(cluster.get("name"))
        if seen.get(identity, option) != option:
            problems.append(f"{option}: cluster {name!r} is in clusters and in detached_clusters")
        elif identity not in seen:
            _plan_one(plan, shown, registry, cluster, attaching=attaching, sure=alone, is_new=is_new, params=params)
        seen[identity] = option
    raise_all(problems, InvalidInputError, f"Container registry {registry!r}")
    plan.before, plan.after = {"clusters": shown["before"]}, {"clusters": shown["after"]}
    return plan


def _plan_one(
    plan: Integration,
    shown: dict[str, dict[str, bool]],
    registry: str,
    cluster: JsonObject,
    *,
    attaching: bool,
    sure: bool,
    is_new: bool,
    params: Mapping[str, Any],
) -> None:
    identity, name = str(cluster["id"]), str(cluster.get("name"))
    enabled = bool(cluster.get("registry_enabled"))
    known = not enabled or sure or is_new
    has_it = enabled and not is_new
    shown["before"][name] = shown["after"][name] = has_it
    if not known and not params.get("force_integration"):
        plan.warnings.append(
            f"Cluster {name!r} is integrated with some container registry; the account has several, and the API does "
            f"not show whether {registry!r} is among them. Nothing was sent; force_integration: true sends it."
        )
        return
    if known and has_it == attaching:
        return
    shown["before"][name], shown["after"][name] = has_it if known else not attaching, attaching
    if attaching:
        plan.attach[identity] = name
        plan.attach_changes.append(f"integrate cluster {name} with container registry {registry}")
    else:
        plan.detach[identity] = name
        plan.detach_changes.append(f"end the integration of cluster {name} with container registry {registry}")


def find_cluster(reference: str, clusters: list[JsonObject]) -> JsonObject | None:
    """The cluster with this name or UUID. Raises AmbiguousNameError for a name that several have."""
    if is_uuid(reference):
        return next((item for item in clusters if item.get("id") == reference), None)
    return find_by_name("cluster", reference, clusters)
