# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers: /v2/load_balancers. The records, which the edge carries traffic by (load_balancers/)."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api.catalogue import REGIONS, region_body
from slipway_lab.api.context import Body, Lab, LabDependency
from slipway_lab.api.errors import forbidden, unprocessable
from slipway_lab.api.paging import paginate
from slipway_lab.api.records import Assignment, Cluster, LoadBalancer, Project, Vpc, new_id
from slipway_lab.api.resources.load_balancer_settings import (
    IMMUTABLE,
    BalancerCreate,
    BalancerSettings,
    BalancerUpdate,
    ForwardingRule,
    check,
)
from slipway_lab.api.resources.node_pools import service_tags
from slipway_lab.api.resources.projects import assign_to_default, unassign
from slipway_lab.api.resources.tags import ensure_tags
from slipway_lab.api.resources.vpcs import default_vpc
from slipway_lab.api.scopes import Scopes
from slipway_lab.cluster.addresses import LAST_LOAD_BALANCER, LabAddresses
from slipway_lab.config import NodeKind

router = APIRouter()

_PATH = "/v2/load_balancers/{lb_id}"
# TEST-NET-3 (RFC 5737): addresses that reach nobody, for labs in which nothing carries traffic.
_ADDRESS = "203.0.113.{}"
_ADDRESS_V6 = "2001:db8:10b::{:x}"


class Droplets(Body):
    droplet_ids: list[int]


class ForwardingRules(Body):
    forwarding_rules: list[ForwardingRule]


def _urn(balancer: LoadBalancer) -> str:
    return f"do:loadbalancer:{balancer.id}"


def target_droplets(clusters: Iterable[Cluster], balancer: LoadBalancer) -> list[int]:
    """The Droplets behind a load balancer: those it names, or those with its tag."""
    if not balancer.tag:
        return balancer.droplet_ids
    return [
        node.droplet_id
        for cluster in clusters
        for pool in cluster.node_pools
        if balancer.tag in (*service_tags(cluster.id), *pool.tags)
        for node in pool.nodes
        if node.placed
    ]


def _balancer_body(lab: Lab, balancer: LoadBalancer) -> dict[str, Any]:
    active = time.time() >= balancer.active_at
    assignment = lab.store.get(Assignment, _urn(balancer))
    body = {
        "id": balancer.id,
        "name": balancer.name,
        "ip": balancer.ip if active else "",
        "status": "active" if active else "new",
        "created_at": balancer.created_at,
        "tag": balancer.tag,
        "tags": balancer.tags,
        "droplet_ids": target_droplets(lab.store.all(Cluster), balancer),
        "type": balancer.type,
        "network": balancer.network,
        "network_stack": balancer.network_stack,
        **balancer.settings,
    }
    if balancer.region is not None:
        # A slug in requests, an object in answers.
        body["region"] = region_body(REGIONS[balancer.region])
    if balancer.vpc_uuid is not None:
        body["vpc_uuid"] = balancer.vpc_uuid
    if balancer.network_stack == "DUALSTACK":
        body["ipv6"] = balancer.ipv6 if active else ""
    return body | ({"project_id": assignment.project_id} if assignment else {})


def _refuse_while_busy(balancer: LoadBalancer) -> None:
    """A new one takes no change before it is active. Words and status as seen in digitalocean/openapi#1173 and
    community.digitalocean#185."""
    if time.time() < balancer.active_at:
        raise forbidden("Load Balancer can't be updated while it processes previous actions")


def _check_name(lab: Lab, name: str, own_id: str | None = None) -> None:
    if any(other.name == name and other.id != own_id for other in lab.store.all(LoadBalancer)):
        # digitalocean-cloud-controller-manager#910
        raise unprocessable("There is already a load balancer with that name")


def _assign(lab: Lab, balancer: LoadBalancer, project_id: str | None) -> None:
    """Put it into the project; without one a new one goes into the default project, and an old one stays."""
    if project_id is None:
        if lab.store.get(Assignment, _urn(balancer)) is None:
            assign_to_default(lab, _urn(balancer))
        return
    if lab.store.get(Project, project_id) is None:
        raise unprocessable(f"project {project_id} not found")
    lab.store.put(Assignment(id=_urn(balancer), project_id=project_id))


def _apply(lab: Lab, balancer: LoadBalancer, settings: BalancerSettings) -> None:
    balancer.name = settings.name
    balancer.tag, balancer.tags, balancer.droplet_ids = settings.tag, settings.tags, settings.droplet_ids
    balancer.settings = settings.shown()
    ensure_tags(lab.store, [*settings.tags, *([settings.tag] if settings.tag else [])])
    lab.store.put(balancer)
    _assign(lab, balancer, settings.project_id)


def _free_number(lab: Lab) -> int:
    """Of an address that no other load balancer has."""
    used = {balancer.number for balancer in lab.store.all(LoadBalancer)}
    number = next((n for n in range(1, LAST_LOAD_BALANCER + 1) if n not in used), None)
    if number is None:
        raise unprocessable("the lab has no address left for another load balancer")
    return number


def _address(lab: Lab, number: int, vpc: Vpc | None, network: str) -> str:
    """A public one, or for an internal load balancer one of its VPC.

    With real nodes always one of the lab's own network, which all machines can reach.
    """
    if vpc is not None and lab.config.nodes is NodeKind.REAL:
        return LabAddresses(lab.config.network).load_balancer(number)
    if network == "INTERNAL" and vpc is not None:
        return str(ipaddress.ip_network(vpc.ip_range)[-1 - number])
    return _ADDRESS.format(number)


def _vpc(lab: Lab, vpc_uuid: str | None, region: str) -> Vpc:
    vpc = lab.store.get(Vpc, vpc_uuid) if vpc_uuid else default_vpc(lab, region)
    if vpc is None or vpc.region != region:
        raise unprocessable(f"VPC {vpc_uuid} not found in region {region}")
    return vpc


@router.get("/v2/load_balancers", dependencies=[Depends(Scopes("load_balancer:read"))])
def list_load_balancers(request: Request, lab: LabDependency) -> dict[str, Any]:
    bodies = [_balancer_body(lab, balancer) for balancer in lab.store.all(LoadBalancer)]
    return paginate(request, "load_balancers", bodies)


@router.post("/v2/load_balancers", status_code=202, dependencies=[Depends(Scopes("load_balancer:create"))])
def create_load_balancer(body: BalancerCreate, lab: LabDependency) -> dict[str, Any]:
    """The answer is in state `new` and has no address yet."""
    check(body, body.type)
    if body.type != "GLOBAL" and body.region not in REGIONS:
        raise unprocessable(f"region {body.region!r} is not valid")
    with lab.store.transaction():
        _check_name(lab, body.name)
        region = body.region if body.type != "GLOBAL" else None
        vpc = _vpc(lab, body.vpc_uuid, region) if region else None
        number = _free_number(lab)
        balancer = LoadBalancer(
            id=new_id(),
            name=body.name,
            region=region,
            number=number,
            ip=_address(lab, number, vpc, body.network),
            ipv6=_ADDRESS_V6.format(number),
            vpc_uuid=vpc.id if vpc else None,
            type=body.type,
            network=body.network,
            network_stack=body.network_stack,
            active_at=time.time() + lab.config.provision_seconds,
        )
        _apply(lab, balancer, body)
        answer = _balancer_body(lab, balancer)
    return {"load_balancer": answer | {"status": "new", "ip": ""} | ({"ipv6": ""} if "ipv6" in answer else {})}


@router.get(_PATH, dependencies=[Depends(Scopes("load_balancer:read"))])
def get_load_balancer(lb_id: str, lab: LabDependency) -> dict[str, Any]:
    return {"load_balancer": _balancer_body(lab, lab.find(LoadBalancer, lb_id))}


@router.put(_PATH, dependencies=[Depends(Scopes("load_balancer:update"))])
def update_load_balancer(lb_id: str, body: BalancerUpdate, lab: LabDependency) -> dict[str, Any]:
    """Replaces everything: what is not said gets its default again. What is immutable stays, and may not differ."""
    with lab.change(LoadBalancer, lb_id) as balancer:
        _refuse_while_busy(balancer)
        for field in IMMUTABLE:
            wanted, present = getattr(body, field), getattr(balancer, field)
            if wanted not in (None, present):
                raise unprocessable(f"{field} can not be changed from {present!r} to {wanted!r}")
        check(body, balancer.type)
        _check_name(lab, body.name, balancer.id)
        now = time.time()
        if body.size_unit != balancer.settings["size_unit"]:
            # OpenAPI, size: not within an hour of its creation, nor of the last time.
            if now - balancer.resized_at < lab.settings.load_balancer_resize_seconds:
                raise unprocessable("a load balancer can be resized once an hour")
            balancer.resized_at = now
        _apply(lab, balancer, body)
    return {"load_balancer": _balancer_body(lab, lab.find(LoadBalancer, lb_id))}


@router.delete(_PATH, status_code=204, dependencies=[Depends(Scopes("load_balancer:delete"))])
def delete_load_balancer(lb_id: str, lab: LabDependency) -> None:
    with lab.store.transaction():
        balancer = lab.find(LoadBalancer, lb_id)
        lab.store.delete(LoadBalancer, balancer.id)
        unassign(lab, _urn(balancer))


@router.delete(_PATH + "/cache", status_code=204, dependencies=[Depends(Scopes("load_balancer:delete"))])
def delete_cache(lb_id: str, lab: LabDependency) -> None:
    """There is no cache in the lab that could be emptied."""
    if lab.find(LoadBalancer, lb_id).type != "GLOBAL":
        raise unprocessable("only a global load balancer has a cache")


def _change_droplets(lab: Lab, lb_id: str, body: Droplets, *, present: bool) -> None:
    with lab.change(LoadBalancer, lb_id) as balancer:
        _refuse_while_busy(balancer)
        if balancer.tag:
            raise unprocessable("Droplets can not be changed on a load balancer that has a tag")
        kept = [id_ for id_ in balancer.droplet_ids if id_ not in body.droplet_ids]
        balancer.droplet_ids = kept + (body.droplet_ids if present else [])


@router.post(_PATH + "/droplets", status_code=204, dependencies=[Depends(Scopes("load_balancer:update"))])
def add_droplets(lb_id: str, body: Droplets, lab: LabDependency) -> None:
    _change_droplets(lab, lb_id, body, present=True)


@router.delete(_PATH + "/droplets", status_code=204, dependencies=[Depends(Scopes("load_balancer:update"))])
def remove_droplets(lb_id: str, body: Droplets, lab: LabDependency) -> None:
    _change_droplets(lab, lb_id, body, present=False)


def _change_rules(lab: Lab, lb_id: str, body: ForwardingRules, *, present: bool) -> None:
    with lab.change(LoadBalancer, lb_id) as balancer:
        _refuse_while_busy(balancer)
        given = [rule.model_dump() for rule in body.forwarding_rules]
        rules = [rule for rule in balancer.settings["forwarding_rules"] if rule not in given]
        rules += given if present else []
        # The checks of a whole load balancer hold for its rules.
        check(
            BalancerSettings(name=balancer.name, forwarding_rules=[ForwardingRule(**r) for r in rules]), balancer.type
        )
        balancer.settings["forwarding_rules"] = rules


@router.post(_PATH + "/forwarding_rules", status_code=204, dependencies=[Depends(Scopes("load_balancer:update"))])
def add_forwarding_rules(lb_id: str, body: ForwardingRules, lab: LabDependency) -> None:
    _change_rules(lab, lb_id, body, present=True)


@router.delete(_PATH + "/forwarding_rules", status_code=204, dependencies=[Depends(Scopes("load_balancer:update"))])
def remove_forwarding_rules(lb_id: str, body: ForwardingRules, lab: LabDependency) -> None:
    _change_rules(lab, lb_id, body, present=False)
