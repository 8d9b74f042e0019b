# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Droplets: /v2/droplets. The lab's Droplets are the workers of clusters; they are made and deleted through those."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api.catalogue import REGIONS, SIZES, region_body, size_body
from slipway_lab.api.context import Lab, LabDependency
from slipway_lab.api.errors import not_found
from slipway_lab.api.paging import paginate
from slipway_lab.api.records import Cluster, Node, NodePool, NodeState
from slipway_lab.api.resources.node_pools import service_tags
from slipway_lab.api.scopes import Scopes

router = APIRouter()

_IMAGE_ID = 136_513_542


def _droplet_body(cluster: Cluster, pool: NodePool, node: Node) -> dict[str, Any]:
    size = SIZES[pool.size]
    return {
        "id": node.droplet_id,
        "name": node.name,
        "memory": size.memory,
        "vcpus": size.vcpus,
        "disk": size.disk,
        "locked": False,
        "status": "new" if node.state is NodeState.PROVISIONING else "active",
        "kernel": None,
        "created_at": node.created_at,
        "features": ["private_networking"],
        "backup_ids": [],
        "next_backup_window": None,
        "snapshot_ids": [],
        "image": {
            "id": _IMAGE_ID,
            "name": f"do-kube-{node.version}",
            "distribution": "Debian",
            "slug": None,
            "public": False,
            "regions": [cluster.region],
            "created_at": cluster.created_at,
            "min_disk_size": 20,
            "type": "snapshot",
            "size_gigabytes": 4.0,
            "description": "",
            "tags": [],
            "status": "available",
        },
        "volume_ids": [],
        "size": size_body(size),
        "size_slug": size.slug,
        # The lab's nodes have no addresses of a DigitalOcean network; their Kubernetes node object has the real ones.
        "networks": {"v4": [], "v6": []},
        "region": region_body(REGIONS[cluster.region]),
        "tags": [*service_tags(cluster.id), *pool.tags],
        "vpc_uuid": cluster.vpc_uuid,
    }


def _droplets(lab: Lab) -> list[dict[str, Any]]:
    return [
        _droplet_body(cluster, pool, node)
        for cluster in lab.store.all(Cluster)
        for pool in cluster.node_pools
        for node in pool.nodes
        if node.placed
    ]


@router.get("/v2/droplets", dependencies=[Depends(Scopes("droplet:read"))])
def list_droplets(request: Request, lab: LabDependency) -> dict[str, Any]:
    droplets = _droplets(lab)
    tag, name = request.query_params.get("tag_name"), request.query_params.get("name")
    if tag:
        droplets = [droplet for droplet in droplets if tag in droplet["tags"]]
    if name:
        droplets = [droplet for droplet in droplets if droplet["name"].lower() == name.lower()]
    if request.query_params.get("type") == "gpus":
        droplets = []
    return paginate(request, "droplets", droplets)


@router.get("/v2/droplets/{droplet_id}", dependencies=[Depends(Scopes("droplet:read"))])
def get_droplet(droplet_id: str, lab: LabDependency) -> dict[str, Any]:
    for droplet in _droplets(lab):
        if str(droplet["id"]) == droplet_id:
            return {"droplet": droplet}
    raise not_found()
