# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags: /v2/tags."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api.context import Body, Lab, LabDependency
from slipway_lab.api.errors import ApiError, TagError, unprocessable
from slipway_lab.api.paging import paginate
from slipway_lab.api.records import Cluster, Tag, Volume, VolumeSnapshot
from slipway_lab.api.scopes import Scopes
from slipway_lab.api.store import Store

router = APIRouter()

_NAME = re.compile(r"^[a-zA-Z0-9_\-:]{1,255}$")


class TagCreate(Body):
    name: str


class TaggedResource(Body):
    resource_id: str
    resource_type: str


class TaggedResources(Body):
    resources: list[TaggedResource]


def check_tags(tags: Iterable[str], refuse: Callable[[str], ApiError]) -> None:
    """Raise what `refuse` makes of the message when a tag can not be one."""
    for tag in tags:
        if not _NAME.match(tag):
            raise refuse(f'Error validating resource tag: "{tag}" contains invalid characters')


def ensure_tags(store: Store, tags: Iterable[str]) -> None:
    """Make the tags that do not exist yet, as using a tag does."""
    for tag in tags:
        if store.get(Tag, tag) is None:
            store.put(Tag(id=tag))


def _statistics(lab: Lab, request: Request, tag: str) -> dict[str, Any]:
    base = f"{request.url.scheme}://{request.url.netloc}/v2"
    droplets: list[int] = []
    for cluster in lab.store.all(Cluster):
        for pool in cluster.node_pools:
            if tag in ("k8s", "k8s:worker", f"k8s:{cluster.id}", *pool.tags):
                droplets += [node.droplet_id for node in pool.nodes if node.placed]
    uris = {
        "droplets": [f"{base}/droplets/{droplet}" for droplet in droplets],
        "volumes": [f"{base}/volumes/{v.id}" for v in lab.store.all(Volume) if tag in v.tags],
        "volume_snapshots": [f"{base}/snapshots/{s.id}" for s in lab.store.all(VolumeSnapshot) if tag in s.tags],
        "images": [],
        "databases": [],
    }
    statistics: dict[str, Any] = {"count": sum(len(found) for found in uris.values())}
    for kind, found in uris.items():
        statistics[kind] = {"count": len(found)} | ({"last_tagged_uri": found[-1]} if found else {})
        if found:
            statistics["last_tagged_uri"] = found[-1]
    return statistics


def _tag_body(lab: Lab, request: Request, tag: Tag) -> dict[str, Any]:
    return {"name": tag.id, "resources": _statistics(lab, request, tag.id)}


@router.get("/v2/tags", dependencies=[Depends(Scopes("tag:read"))])
def list_tags(request: Request, lab: LabDependency) -> dict[str, Any]:
    return paginate(request, "tags", [_tag_body(lab, request, tag) for tag in lab.store.all(Tag)])


@router.post("/v2/tags", status_code=201, dependencies=[Depends(Scopes("tag:create"))])
def create_tag(body: TagCreate, request: Request, lab: LabDependency) -> dict[str, Any]:
    check_tags([body.name], TagError)
    with lab.store.transaction():
        ensure_tags(lab.store, [body.name])
        return {"tag": _tag_body(lab, request, lab.find(Tag, body.name))}


@router.get("/v2/tags/{tag_id}", dependencies=[Depends(Scopes("tag:read"))])
def get_tag(tag_id: str, request: Request, lab: LabDependency) -> dict[str, Any]:
    return {"tag": _tag_body(lab, request, lab.find(Tag, tag_id))}


@router.delete("/v2/tags/{tag_id}", status_code=204, dependencies=[Depends(Scopes("tag:delete"))])
def delete_tag(tag_id: str, lab: LabDependency) -> None:
    """Deleting a tag untags what carries it."""
    with lab.store.transaction():
        tag = lab.find(Tag, tag_id)
        lab.store.delete(Tag, tag.id)
        tagged: list[Volume | VolumeSnapshot] = [*lab.store.all(Volume), *lab.store.all(VolumeSnapshot)]
        for record in tagged:
            if tag.id in record.tags:
                record.tags.remove(tag.id)
                lab.store.put(record)


def _change_tagged(lab: Lab, tag_id: str, body: TaggedResources, *, present: bool) -> None:
    kinds: dict[str, type[Volume | VolumeSnapshot]] = {"volume": Volume, "volume_snapshot": VolumeSnapshot}
    with lab.store.transaction():
        tag = lab.find(Tag, tag_id)
        for resource in body.resources:
            if resource.resource_type not in kinds:
                raise unprocessable(f"the lab can not tag resources of type {resource.resource_type!r}")
            record = lab.find(kinds[resource.resource_type], resource.resource_id)
            record.tags = [t for t in record.tags if t != tag.id] + ([tag.id] if present else [])
            lab.store.put(record)


@router.post("/v2/tags/{tag_id}/resources", status_code=204, dependencies=[Depends(Scopes("tag:create"))])
def tag_resources(tag_id: str, body: TaggedResources, lab: LabDependency) -> None:
    _change_tagged(lab, tag_id, body, present=True)


@router.delete("/v2/tags/{tag_id}/resources", status_code=204, dependencies=[Depends(Scopes("tag:delete"))])
def untag_resources(tag_id: str, body: TaggedResources, lab: LabDependency) -> None:
    _change_tagged(lab, tag_id, body, present=False)
