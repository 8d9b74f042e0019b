# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC networks: /v2/vpcs."""

from __future__ import annotations

import re
import uuid
from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api.catalogue import REGIONS
from slipway_lab.api.context import Body, Lab, LabDependency
from slipway_lab.api.errors import conflict, forbidden, unprocessable
from slipway_lab.api.paging import paginate
from slipway_lab.api.records import Cluster, LoadBalancer, Vpc, new_id
from slipway_lab.api.scopes import Scopes
from slipway_lab.api.subnets import vpc_range

router = APIRouter()

_NAME = re.compile(r"^[a-zA-Z0-9\-.]+$")


class VpcCreate(Body):
    name: str
    region: str
    description: str = ""
    ip_range: str | None = None


class VpcUpdate(Body):
    name: str
    description: str | None = None
    default: bool | None = None


class VpcPatch(Body):
    name: str | None = None
    description: str | None = None
    default: bool | None = None


def vpc_body(vpc: Vpc) -> dict[str, Any]:
    return vpc.model_dump() | {"urn": f"do:vpc:{vpc.id}"}


def default_vpc(lab: Lab, region: str) -> Vpc:
    """The default VPC of a region; made when the region has none, as DigitalOcean does on first use."""
    with lab.store.transaction():
        for vpc in lab.store.all(Vpc):
            if vpc.region == region and vpc.default:
                return vpc
        vpc = Vpc(
            id=new_id(), name=f"default-{region}", region=region, ip_range=vpc_range(lab.store, None), default=True
        )
        lab.store.put(vpc)
        return vpc


def _members(lab: Lab, vpc: Vpc) -> list[dict[str, Any]]:
    members: list[dict[str, Any]] = []
    for cluster in lab.store.all(Cluster):
        if cluster.vpc_uuid != vpc.id:
            continue
        members.append({"urn": f"do:kubernetes:{cluster.id}", "name": cluster.name, "created_at": cluster.created_at})
        for node in cluster.all_nodes:
            if node.placed:
                # A Droplet's URN here carries a UUID that has nothing to do with its number.
                urn = f"do:droplet:{uuid.uuid5(uuid.UUID(cluster.id), str(node.droplet_id))}"
                members.append({"urn": urn, "name": node.name, "created_at": node.created_at})
    for balancer in lab.store.all(LoadBalancer):
        if balancer.vpc_uuid == vpc.id:
            urn = f"do:loadbalancer:{balancer.id}"
            members.append({"urn": urn, "name": balancer.name, "created_at": balancer.created_at})
    return members


def _check_name(lab: Lab, name: str, own_id: str | None = None) -> None:
    if not _NAME.match(name):
        raise unprocessable("Name may only contain alphanumeric characters, dashes, and periods.")
    if any(vpc.name == name and vpc.id != own_id for vpc in lab.store.all(Vpc)):
        raise unprocessable("A VPC with this name already exists in your account.")


def _check_description(description: str) -> None:
    if len(description) > 255:
        raise unprocessable("Description is too long (maximum is 255 characters)")


@router.get("/v2/vpcs", dependencies=[Depends(Scopes("vpc:read"))])
def list_vpcs(request: Request, lab: LabDependency) -> dict[str, Any]:
    return paginate(request, "vpcs", [vpc_body(vpc) for vpc in lab.store.all(Vpc)])


@router.post("/v2/vpcs", status_code=201, dependencies=[Depends(Scopes("vpc:create"))])
def create_vpc(body: VpcCreate, lab: LabDependency) -> dict[str, Any]:
    with lab.store.transaction():
        _check_name(lab, body.name)
        _check_description(body.description)
        region = REGIONS.get(body.region)
        if region is None or not region.available:
            raise unprocessable(f"Region {body.region!r} is not available.")
        vpc = Vpc(
            id=new_id(),
            name=body.name,
            description=body.description,
            region=body.region,
            ip_range=vpc_range(lab.store, body.ip_range),
            # OpenAPI, vpcs_create: the first VPC of a region becomes its default.
            default=not any(v.region == body.region for v in lab.store.all(Vpc)),
        )
        lab.store.put(vpc)
    return {"vpc": vpc_body(vpc)}


@router.get("/v2/vpcs/{vpc_id}", dependencies=[Depends(Scopes("vpc:read"))])
def get_vpc(vpc_id: str, lab: LabDependency) -> dict[str, Any]:
    return {"vpc": vpc_body(lab.find(Vpc, vpc_id))}


def _update(lab: Lab, vpc_id: str, name: str | None, description: str | None, default: bool | None) -> dict[str, Any]:
    with lab.change(Vpc, vpc_id) as vpc:
        if name is not None:
            _check_name(lab, name, vpc.id)
            vpc.name = name
        if description is not None:
            _check_description(description)
            vpc.description = description
        if default is False and vpc.default:
            raise unprocessable("The default VPC of a region can not be unset; make another VPC the default.")
        if default and not vpc.default:
            for other in lab.store.all(Vpc):
                if other.region == vpc.region and other.default:
                    other.default = False
                    lab.store.put(other)
            vpc.default = True
    return {"vpc": vpc_body(vpc)}


@router.put("/v2/vpcs/{vpc_id}", dependencies=[Depends(Scopes("vpc:update"))])
def update_vpc(vpc_id: str, body: VpcUpdate, lab: LabDependency) -> dict[str, Any]:
    return _update(lab, vpc_id, body.name, body.description, body.default)


@router.patch("/v2/vpcs/{vpc_id}", dependencies=[Depends(Scopes("vpc:update"))])
def patch_vpc(vpc_id: str, body: VpcPatch, lab: LabDependency) -> dict[str, Any]:
    return _update(lab, vpc_id, body.name, body.description, body.default)


@router.delete("/v2/vpcs/{vpc_id}", status_code=204, dependencies=[Depends(Scopes("vpc:delete"))])
def delete_vpc(vpc_id: str, lab: LabDependency) -> None:
    with lab.store.transaction():
        vpc = lab.find(Vpc, vpc_id)
        if vpc.default:
            raise forbidden("Can not delete default VPCs")
        if _members(lab, vpc):
            # The OpenAPI says 403; the API answers 409 (terraform-provider-digitalocean#488).
            raise conflict("Can not delete VPC with members")
        lab.store.delete(Vpc, vpc.id)


@router.get("/v2/vpcs/{vpc_id}/members", dependencies=[Depends(Scopes("vpc:read"))])
def list_vpc_members(vpc_id: str, request: Request, lab: LabDependency) -> dict[str, Any]:
    members = _members(lab, lab.find(Vpc, vpc_id))
    wanted = request.query_params.get("resource_type")
    if wanted:
        members = [member for member in members if member["urn"].startswith(f"do:{wanted}:")]
    return paginate(request, "members", members)
