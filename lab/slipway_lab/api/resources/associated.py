# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Billable resources that a cluster made, and deleting them with it: /destroy_with_associated_resources.

What belongs to a cluster carries its tag k8s:<cluster id>, which the cloud controller and the volume driver set.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from slipway_lab.api.context import Body, Lab, LabDependency
from slipway_lab.api.errors import validation_error
from slipway_lab.api.records import Cluster, LoadBalancer, Volume, VolumeSnapshot
from slipway_lab.api.resources.clusters import begin_delete
from slipway_lab.api.resources.projects import unassign
from slipway_lab.api.scopes import Scopes
from slipway_lab.api.store import Record

router = APIRouter()

_PATH = "/v2/kubernetes/clusters/{cluster_id}/destroy_with_associated_resources"
_KINDS: dict[str, type[LoadBalancer | Volume | VolumeSnapshot]] = {
    "load_balancers": LoadBalancer,
    "volumes": Volume,
    "volume_snapshots": VolumeSnapshot,
}
_URN_TYPES: dict[type[Record], str] = {LoadBalancer: "loadbalancer", Volume: "volume"}


class Selection(Body):
    load_balancers: list[str] | None = None
    volumes: list[str] | None = None
    volume_snapshots: list[str] | None = None


def _associated(lab: Lab, cluster: Cluster) -> dict[str, list[dict[str, str]]]:
    tag = f"k8s:{cluster.id}"
    return {
        key: [{"id": record.id, "name": record.name} for record in lab.store.all(kind) if tag in record.tags]
        for key, kind in _KINDS.items()
    }


def _delete(lab: Lab, chosen: dict[str, list[str]]) -> None:
    for key, ids in chosen.items():
        kind = _KINDS[key]
        for id_ in ids:
            lab.store.delete(kind, id_)
            if kind in _URN_TYPES:
                unassign(lab, f"do:{_URN_TYPES[kind]}:{id_}")


@router.get(_PATH, dependencies=[Depends(Scopes("kubernetes:read"))])
def list_associated(cluster_id: str, lab: LabDependency) -> dict[str, Any]:
    return _associated(lab, lab.find(Cluster, cluster_id))


@router.delete(_PATH + "/selective", status_code=204, dependencies=[Depends(Scopes("kubernetes:delete"))])
def destroy_selective(cluster_id: str, body: Selection, lab: LabDependency) -> None:
    with lab.store.transaction():
        associated = _associated(lab, lab.find(Cluster, cluster_id))
        chosen: dict[str, list[str]] = {key: getattr(body, key) or [] for key in _KINDS}
        for key, ids in chosen.items():
            strangers = set(ids) - {resource["id"] for resource in associated[key]}
            if strangers:
                raise validation_error(f"{key}: {', '.join(sorted(strangers))} not associated with the cluster")
        _delete(lab, chosen)
        begin_delete(lab, cluster_id)


@router.delete(_PATH + "/dangerous", status_code=204, dependencies=[Depends(Scopes("kubernetes:delete"))])
def destroy_dangerous(cluster_id: str, lab: LabDependency) -> None:
    with lab.store.transaction():
        associated = _associated(lab, lab.find(Cluster, cluster_id))
        _delete(lab, {key: [resource["id"] for resource in found] for key, found in associated.items()})
        begin_delete(lab, cluster_id)
