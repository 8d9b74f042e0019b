# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers: /v2/load_balancers. Records so far: they hold VPCs and belong to clusters, but carry no traffic."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api.catalogue import REGIONS, region_body
from slipway_lab.api.context import Body, Lab, LabDependency
from slipway_lab.api.errors import unprocessable
from slipway_lab.api.paging import paginate
from slipway_lab.api.records import Cluster, LoadBalancer, Vpc, new_id
from slipway_lab.api.resources.node_pools import service_tags
from slipway_lab.api.resources.projects import assign_to_default, unassign
from slipway_lab.api.resources.tags import check_tags, ensure_tags
from slipway_lab.api.resources.vpcs import default_vpc
from slipway_lab.api.scopes import Scopes

router = APIRouter()

# TEST-NET-3 (RFC 5737): addresses that reach nobody.
_ADDRESS = "203.0.113.{}"
_DEFAULT_HEALTH_CHECK = {
    "protocol": "http",
    "port": 80,
    "path": "/",
    "check_interval_seconds": 10,
    "response_timeout_seconds": 5,
    "healthy_threshold": 3,
    "unhealthy_threshold": 5,
}


class ForwardingRule(Body):
    entry_protocol: str
    entry_port: int
    target_protocol: str
    target_port: int
    certificate_id: str = ""
    tls_passthrough: bool = False


class LoadBalancerCreate(Body):
    name: str
    region: str
    forwarding_rules: list[ForwardingRule]
    tag: str = ""
    tags: list[str] | None = None
    droplet_ids: list[int] | None = None
    vpc_uuid: str | None = None
    size_unit: int = 1
    type: str = "REGIONAL"
    network: str = "EXTERNAL"


def _droplets_with_tag(lab: Lab, tag: str) -> list[int]:
    return [
        node.droplet_id
        for cluster in lab.store.all(Cluster)
        for pool in cluster.node_pools
        if tag in (*service_tags(cluster.id), *pool.tags)
        for node in pool.nodes
        if node.placed
    ]


def _balancer_body(lab: Lab, balancer: LoadBalancer) -> dict[str, Any]:
    return {
        "id": balancer.id,
        "name": balancer.name,
        "ip": balancer.ip,
        "status": "active",
        "created_at": balancer.created_at,
        # A slug in requests, an object in answers.
        "region": region_body(REGIONS[balancer.region]),
        "tag": balancer.tag,
        "droplet_ids": _droplets_with_tag(lab, balancer.tag) if balancer.tag else balancer.droplet_ids,
        "vpc_uuid": balancer.vpc_uuid,
        **balancer.settings,
    }


@router.get("/v2/load_balancers", dependencies=[Depends(Scopes("load_balancer:read"))])
def list_load_balancers(request: Request, lab: LabDependency) -> dict[str, Any]:
    bodies = [_balancer_body(lab, balancer) for balancer in lab.store.all(LoadBalancer)]
    return paginate(request, "load_balancers", bodies)


@router.post("/v2/load_balancers", status_code=202, dependencies=[Depends(Scopes("load_balancer:create"))])
def create_load_balancer(body: LoadBalancerCreate, lab: LabDependency) -> dict[str, Any]:
    tags = body.tags or []
    check_tags(tags, unprocessable)
    if body.region not in REGIONS:
        raise unprocessable(f"region {body.region!r} is not valid")
    if not body.forwarding_rules:
        raise unprocessable("forwarding_rules must have at least one rule")
    with lab.store.transaction():
        balancers = lab.store.all(LoadBalancer)
        if any(balancer.name == body.name for balancer in balancers):
            # digitalocean-cloud-controller-manager#910
            raise unprocessable("There is already a load balancer with that name")
        vpc = lab.store.get(Vpc, body.vpc_uuid) if body.vpc_uuid else default_vpc(lab, body.region)
        if vpc is None:
            raise unprocessable(f"VPC {body.vpc_uuid} not found")
        used = {balancer.ip for balancer in balancers}
        address = next((a for n in range(1, 255) if (a := _ADDRESS.format(n)) not in used), None)
        if address is None:
            raise unprocessable("the lab has no address left for another load balancer")
        balancer = LoadBalancer(
            id=new_id(),
            name=body.name,
            region=body.region,
            ip=address,
            vpc_uuid=vpc.id,
            tag=body.tag,
            tags=tags,
            droplet_ids=body.droplet_ids or [],
            settings={
                "algorithm": "round_robin",
                "forwarding_rules": [rule.model_dump() for rule in body.forwarding_rules],
                "health_check": _DEFAULT_HEALTH_CHECK,
                "sticky_sessions": {"type": "none"},
                "redirect_http_to_https": False,
                "enable_proxy_protocol": False,
                "enable_backend_keepalive": False,
                "disable_lets_encrypt_dns_records": False,
                "size_unit": body.size_unit,
                "type": body.type,
                "network": body.network,
                "network_stack": "IPV4",
            },
        )
        ensure_tags(lab.store, [*tags, *([body.tag] if body.tag else [])])
        lab.store.put(balancer)
        assign_to_default(lab, f"do:loadbalancer:{balancer.id}")
        return {"load_balancer": _balancer_body(lab, balancer)}


@router.get("/v2/load_balancers/{lb_id}", dependencies=[Depends(Scopes("load_balancer:read"))])
def get_load_balancer(lb_id: str, lab: LabDependency) -> dict[str, Any]:
    return {"load_balancer": _balancer_body(lab, lab.find(LoadBalancer, lb_id))}


@router.delete("/v2/load_balancers/{lb_id}", status_code=204, dependencies=[Depends(Scopes("load_balancer:delete"))])
def delete_load_balancer(lb_id: str, lab: LabDependency) -> None:
    with lab.store.transaction():
        balancer = lab.find(LoadBalancer, lb_id)
        lab.store.delete(LoadBalancer, balancer.id)
        unassign(lab, f"do:loadbalancer:{balancer.id}")
