# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrades, status messages and clusterlint of a cluster."""

from __future__ import annotations

import datetime
from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api import nodes, versions
from slipway_lab.api.context import Body, Lab, LabDependency
from slipway_lab.api.errors import not_found, validation_error
from slipway_lab.api.records import Cluster, ClusterlintRun, ClusterState, new_id
from slipway_lab.api.resources.node_pools import find_open_cluster
from slipway_lab.api.scopes import Scopes

router = APIRouter()

_CLUSTER = "/v2/kubernetes/clusters/{cluster_id}"


class Upgrade(Body):
    version: str


def _available(lab: Lab, cluster: Cluster) -> list[versions.Slug]:
    current = versions.Slug.parse(cluster.version)
    return versions.upgrades(lab.store, current) if current else []


def begin_upgrade(lab: Lab, cluster_id: str, version: str) -> None:
    """Take a cluster to another version: the control plane first, then its nodes are exchanged.

    The cluster shows the new version at once, in state upgrading.
    """
    with lab.store.transaction():
        cluster = find_open_cluster(lab, cluster_id)
        if version not in [str(slug) for slug in _available(lab, cluster)]:
            raise validation_error(f"cluster can not be upgraded from {cluster.version} to {version}")
        if cluster.state not in (ClusterState.RUNNING, ClusterState.DEGRADED):
            raise validation_error(f"cluster can not be upgraded while it is {cluster.state.value}")
        cluster.version = version
        nodes.mark_outdated(cluster)
        cluster.turn(ClusterState.UPGRADING, f"upgrading to {version}")
        lab.store.put(cluster)
    lab.provisioner.wake(cluster_id)


@router.get(_CLUSTER + "/upgrades", dependencies=[Depends(Scopes("kubernetes:read"))])
def list_upgrades(cluster_id: str, lab: LabDependency) -> dict[str, Any]:
    """null, not an empty list, when there is nothing to upgrade to (OpenAPI, kubernetes_get_availableUpgrades)."""
    slugs = _available(lab, lab.find(Cluster, cluster_id))
    return {"available_upgrade_versions": [versions.version_body(slug) for slug in slugs] or None}


@router.post(_CLUSTER + "/upgrade", status_code=202, dependencies=[Depends(Scopes("kubernetes:update"))])
def upgrade_cluster(cluster_id: str, body: Upgrade, lab: LabDependency) -> None:
    begin_upgrade(lab, cluster_id, body.version)


@router.get(_CLUSTER + "/status_messages", dependencies=[Depends(Scopes("kubernetes:read"))])
def list_status_messages(cluster_id: str, request: Request, lab: LabDependency) -> dict[str, Any]:
    cluster = lab.find(Cluster, cluster_id)
    messages = cluster.messages
    since = request.query_params.get("since")
    if since:
        try:
            moment = datetime.datetime.fromisoformat(since)
        except ValueError as error:
            raise validation_error(f"since: {since!r} is not a time in ISO 8601 format") from error
        moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        messages = [m for m in messages if datetime.datetime.fromisoformat(m.timestamp) >= moment]
    return {"messages": [message.model_dump() for message in messages]}


@router.post(_CLUSTER + "/clusterlint", status_code=202, dependencies=[Depends(Scopes("kubernetes:update"))])
def run_clusterlint(cluster_id: str, lab: LabDependency) -> dict[str, Any]:
    """The lab checks nothing, whatever the body asks for: a run is complete at once and has no diagnostics."""
    cluster = lab.find(Cluster, cluster_id)
    run = ClusterlintRun(id=new_id(), cluster_id=cluster.id)
    lab.store.put(run)
    return {"run_id": run.id}


@router.get(_CLUSTER + "/clusterlint", dependencies=[Depends(Scopes("kubernetes:read"))])
def get_clusterlint(cluster_id: str, request: Request, lab: LabDependency) -> dict[str, Any]:
    lab.find(Cluster, cluster_id)
    wanted = request.query_params.get("run_id")
    runs = [run for run in lab.store.all(ClusterlintRun) if run.cluster_id == cluster_id and wanted in (None, run.id)]
    if not runs:
        raise not_found()
    run = runs[-1]
    return {"run_id": run.id, "requested_at": run.requested_at, "completed_at": run.requested_at, "diagnostics": []}
