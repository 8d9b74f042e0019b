# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Block storage volumes and their snapshots: /v2/volumes and /v2/snapshots. Records only: nothing is stored on them."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api.catalogue import REGIONS, region_body
from slipway_lab.api.context import Body, LabDependency
from slipway_lab.api.errors import conflict, unprocessable
from slipway_lab.api.paging import paginate
from slipway_lab.api.records import Volume, VolumeSnapshot, new_id
from slipway_lab.api.resources.projects import assign_to_default, unassign
from slipway_lab.api.resources.tags import check_tags, ensure_tags
from slipway_lab.api.scopes import Scopes

router = APIRouter()

_NAME = re.compile(r"^[a-z][a-z0-9-]{0,63}$")
_SIZE_MAX_GIB = 16_384


class VolumeCreate(Body):
    name: str
    size_gigabytes: int
    region: str
    description: str = ""
    filesystem_type: str = ""
    filesystem_label: str = ""
    tags: list[str] | None = None


class SnapshotCreate(Body):
    name: str
    tags: list[str] | None = None


def _volume_body(volume: Volume) -> dict[str, Any]:
    return volume.model_dump() | {"region": region_body(REGIONS[volume.region]), "droplet_ids": []}


def _snapshot_body(snapshot: VolumeSnapshot) -> dict[str, Any]:
    return {
        "id": snapshot.id,
        "name": snapshot.name,
        "regions": [snapshot.region],
        "created_at": snapshot.created_at,
        "resource_id": snapshot.volume_id,
        "resource_type": "volume",
        "min_disk_size": snapshot.size_gigabytes,
        "size_gigabytes": 0,
        "tags": snapshot.tags,
    }


@router.get("/v2/volumes", dependencies=[Depends(Scopes("block_storage:read"))])
def list_volumes(request: Request, lab: LabDependency) -> dict[str, Any]:
    name, region = request.query_params.get("name"), request.query_params.get("region")
    found = [v for v in lab.store.all(Volume) if name in (None, v.name) and region in (None, v.region)]
    return paginate(request, "volumes", [_volume_body(volume) for volume in found])


@router.post("/v2/volumes", status_code=201, dependencies=[Depends(Scopes("block_storage:create"))])
def create_volume(body: VolumeCreate, lab: LabDependency) -> dict[str, Any]:
    tags = body.tags or []
    check_tags(tags, unprocessable)
    if not _NAME.match(body.name):
        raise unprocessable("name must start with a letter and contain only lowercase letters, numbers and dashes")
    if body.region not in REGIONS:
        raise unprocessable(f"region {body.region!r} is not valid")
    if not 1 <= body.size_gigabytes <= _SIZE_MAX_GIB:
        raise unprocessable(f"size_gigabytes must be between 1 and {_SIZE_MAX_GIB}")
    with lab.store.transaction():
        if any(v.name == body.name and v.region == body.region for v in lab.store.all(Volume)):
            raise conflict("a volume with this name already exists in the region")
        volume = Volume(id=new_id(), **(body.model_dump() | {"tags": tags}))
        ensure_tags(lab.store, tags)
        lab.store.put(volume)
        assign_to_default(lab, f"do:volume:{volume.id}")
    return {"volume": _volume_body(volume)}


@router.get("/v2/volumes/{volume_id}", dependencies=[Depends(Scopes("block_storage:read"))])
def get_volume(volume_id: str, lab: LabDependency) -> dict[str, Any]:
    return {"volume": _volume_body(lab.find(Volume, volume_id))}


@router.delete("/v2/volumes/{volume_id}", status_code=204, dependencies=[Depends(Scopes("block_storage:delete"))])
def delete_volume(volume_id: str, lab: LabDependency) -> None:
    with lab.store.transaction():
        volume = lab.find(Volume, volume_id)
        lab.store.delete(Volume, volume.id)
        unassign(lab, f"do:volume:{volume.id}")


@router.get("/v2/volumes/{volume_id}/snapshots", dependencies=[Depends(Scopes("block_storage_snapshot:read"))])
def list_volume_snapshots(volume_id: str, request: Request, lab: LabDependency) -> dict[str, Any]:
    volume = lab.find(Volume, volume_id)
    found = [s for s in lab.store.all(VolumeSnapshot) if s.volume_id == volume.id]
    return paginate(request, "snapshots", [_snapshot_body(snapshot) for snapshot in found])


@router.post(
    "/v2/volumes/{volume_id}/snapshots",
    status_code=201,
    dependencies=[Depends(Scopes("block_storage_snapshot:create"))],
)
def create_volume_snapshot(volume_id: str, body: SnapshotCreate, lab: LabDependency) -> dict[str, Any]:
    tags = body.tags or []
    check_tags(tags, unprocessable)
    with lab.store.transaction():
        volume = lab.find(Volume, volume_id)
        snapshot = VolumeSnapshot(
            id=new_id(),
            name=body.name,
            volume_id=volume.id,
            region=volume.region,
            size_gigabytes=volume.size_gigabytes,
            tags=tags,
        )
        ensure_tags(lab.store, tags)
        lab.store.put(snapshot)
    return {"snapshot": _snapshot_body(snapshot)}


@router.get("/v2/snapshots", dependencies=[Depends(Scopes("snapshot:read"))])
def list_snapshots(request: Request, lab: LabDependency) -> dict[str, Any]:
    found = [] if request.query_params.get("resource_type") == "droplet" else lab.store.all(VolumeSnapshot)
    return paginate(request, "snapshots", [_snapshot_body(snapshot) for snapshot in found])


@router.get(
    "/v2/snapshots/{snapshot_id}", dependencies=[Depends(Scopes("snapshot:read", "block_storage_snapshot:read"))]
)
def get_snapshot(snapshot_id: str, lab: LabDependency) -> dict[str, Any]:
    return {"snapshot": _snapshot_body(lab.find(VolumeSnapshot, snapshot_id))}


@router.delete(
    "/v2/snapshots/{snapshot_id}",
    status_code=204,
    dependencies=[Depends(Scopes("snapshot:delete", "image:delete"))],
)
def delete_snapshot(snapshot_id: str, lab: LabDependency) -> None:
    with lab.store.transaction():
        lab.store.delete(VolumeSnapshot, lab.find(VolumeSnapshot, snapshot_id).id)
