# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes clusters: /v2/kubernetes/clusters."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api import versions
from slipway_lab.api.catalogue import REGIONS
from slipway_lab.api.context import Lab, LabDependency
from slipway_lab.api.errors import unprocessable, validation_error
from slipway_lab.api.paging import paginate
from slipway_lab.api.records import Cluster, ClusterState, Vpc, new_id
from slipway_lab.api.resources.cluster_settings import (
    DEFAULT_MAINTENANCE,
    PLUGINS,
    ClusterSettings,
    apply_settings,
    check_cluster_name,
    demand_scopes,
)
from slipway_lab.api.resources.node_pools import (
    PoolCreate,
    check_droplet_limit,
    droplet_count,
    find_open_cluster,
    headroom,
    make_pool,
    pool_body,
    service_tags,
)
from slipway_lab.api.resources.projects import assign_to_default
from slipway_lab.api.resources.tags import ensure_tags
from slipway_lab.api.resources.vpcs import default_vpc
from slipway_lab.api.scopes import Scopes
from slipway_lab.api.subnets import cluster_ranges

router = APIRouter()

_CLUSTERS = "/v2/kubernetes/clusters"


class ClusterCreate(ClusterSettings):
    name: str
    region: str
    version: str
    node_pools: list[PoolCreate]
    vpc_uuid: str | None = None
    worker_subnet_uuid: str | None = None
    cluster_subnet: str | None = None
    service_subnet: str | None = None
    isolated_workers: bool = False


class ClusterUpdate(ClusterSettings):
    """Region, version, networks and node pools are no keys of an update; they are ignored (OpenAPI, cluster_update)."""

    name: str


def cluster_body(cluster: Cluster) -> dict[str, Any]:
    optional = {"worker_subnet_uuid": cluster.worker_subnet_uuid} if cluster.worker_subnet_uuid else {}
    return {
        "id": cluster.id,
        "name": cluster.name,
        "region": cluster.region,
        "version": cluster.version,
        "cluster_subnet": cluster.cluster_subnet,
        "service_subnet": cluster.service_subnet,
        "vpc_uuid": cluster.vpc_uuid,
        # A highly available control plane has no single address (OpenAPI, cluster.ipv4).
        "ipv4": "" if cluster.ha else cluster.ipv4,
        "endpoint": cluster.endpoint,
        "tags": [*service_tags(cluster.id)[:2], *cluster.tags],
        "node_pools": [pool_body(cluster, pool) for pool in cluster.node_pools],
        "maintenance_policy": cluster.maintenance_policy,
        "auto_upgrade": cluster.auto_upgrade,
        "surge_upgrade": cluster.surge_upgrade,
        "ha": cluster.ha,
        "isolated_workers": cluster.isolated_workers,
        "registry_enabled": bool(cluster.registries),
        "control_plane_firewall": cluster.control_plane_firewall,
        "cluster_autoscaler_configuration": cluster.cluster_autoscaler_configuration,
        "sso": cluster.sso,
        **{plugin: {"enabled": cluster.plugins.get(plugin, False)} for plugin in PLUGINS},
        "status": {"state": cluster.state.value} | ({"message": cluster.message} if cluster.message else {}),
        "created_at": cluster.created_at,
        "updated_at": cluster.updated_at,
    } | optional


def _check_name(lab: Lab, name: str, own_id: str | None = None) -> None:
    check_cluster_name(name)
    if lab.settings.unique_cluster_names and any(
        cluster.name == name and cluster.id != own_id for cluster in lab.store.all(Cluster)
    ):
        raise validation_error(f"a cluster named {name!r} already exists in your account")


def _version(lab: Lab, text: str) -> versions.Slug:
    slug = versions.resolve(lab.store, text)
    if slug is None:
        # Text of 2025: digitalocean/terraform-provider-digitalocean#1443.
        raise unprocessable(
            f'failed to test requested version slug "{text}" for VersionFeatureDockerVpcBugFixed feature: '
            "invalid version slug"
        )
    return slug


def _vpc(lab: Lab, vpc_uuid: str | None, region: str) -> Vpc:
    if not vpc_uuid:
        return default_vpc(lab, region)
    vpc = lab.store.get(Vpc, vpc_uuid)
    if vpc is None:
        raise validation_error(f"VPC {vpc_uuid} not found")
    if vpc.region != region:
        raise validation_error(f"VPC {vpc.name} is in region {vpc.region}, the cluster in {region}")
    return vpc


@router.get(_CLUSTERS, dependencies=[Depends(Scopes("kubernetes:read"))])
def list_clusters(request: Request, lab: LabDependency) -> dict[str, Any]:
    return paginate(request, "kubernetes_clusters", [cluster_body(c) for c in lab.store.all(Cluster)])


@router.post(_CLUSTERS, status_code=201, dependencies=[Depends(Scopes("kubernetes:create"))])
def create_cluster(body: ClusterCreate, request: Request, lab: LabDependency) -> dict[str, Any]:
    demand_scopes(request, body.tags, body.vpc_uuid)
    with lab.store.transaction():
        _check_name(lab, body.name)
        region = REGIONS.get(body.region)
        if region is None or not region.kubernetes:
            raise validation_error(f"invalid region {body.region!r}")
        slug = _version(lab, body.version)
        if not body.node_pools:
            raise validation_error("node_pools must contain at least one node pool")
        if body.worker_subnet_uuid and not body.vpc_uuid:
            raise validation_error("worker_subnet_uuid needs vpc_uuid")
        if body.isolated_workers:
            raise validation_error("isolated_workers needs a NAT gateway in the VPC")
        vpc = _vpc(lab, body.vpc_uuid, body.region)
        pods, services = cluster_ranges(lab.store, vpc, body.cluster_subnet, body.service_subnet)
        cluster = Cluster(
            id=new_id(),
            name=body.name,
            region=body.region,
            version=str(slug),
            vpc_uuid=vpc.id,
            worker_subnet_uuid=body.worker_subnet_uuid,
            cluster_subnet=pods,
            service_subnet=services,
            maintenance_policy=dict(DEFAULT_MAINTENANCE),
            ha=slug.highly_available_by_default if body.ha is None else body.ha,
        )
        apply_settings(cluster, body)
        before = droplet_count(lab)
        for number, pool in enumerate(body.node_pools):
            make_pool(lab, cluster, pool, f"worker_node_pool_specs[{number}].")
        wanted = sum(pool.count for pool in cluster.node_pools)
        if wanted < 1:
            raise validation_error("cluster must have at least one worker node")
        check_droplet_limit(lab, before, wanted, sum(headroom(pool) for pool in cluster.node_pools))
        ensure_tags(lab.store, cluster.tags)
        assign_to_default(lab, f"do:kubernetes:{cluster.id}")
        lab.store.put(cluster)
        answer = {"kubernetes_cluster": cluster_body(cluster)}
    lab.provisioner.wake(cluster.id)
    return answer


@router.get(_CLUSTERS + "/{cluster_id}", dependencies=[Depends(Scopes("kubernetes:read"))])
def get_cluster(cluster_id: str, lab: LabDependency) -> dict[str, Any]:
    return {"kubernetes_cluster": cluster_body(lab.find(Cluster, cluster_id))}


@router.put(_CLUSTERS + "/{cluster_id}", status_code=202, dependencies=[Depends(Scopes("kubernetes:update"))])
def update_cluster(cluster_id: str, body: ClusterUpdate, request: Request, lab: LabDependency) -> dict[str, Any]:
    demand_scopes(request, body.tags)
    with lab.store.transaction():
        cluster = find_open_cluster(lab, cluster_id)
        _check_name(lab, body.name, cluster.id)
        if body.ha is False and cluster.ha:
            raise validation_error("a highly available control plane can not be disabled")
        cluster.name = body.name
        cluster.ha = cluster.ha or bool(body.ha)
        apply_settings(cluster, body)
        ensure_tags(lab.store, cluster.tags)
        cluster.turn(cluster.state, cluster.message)
        lab.store.put(cluster)
        answer = {"kubernetes_cluster": cluster_body(cluster)}
    lab.provisioner.wake(cluster_id)
    return answer


def begin_delete(lab: Lab, cluster_id: str) -> None:
    """Have a cluster deleted; it is there in state deleting until its machines are gone."""
    with lab.change(Cluster, cluster_id) as cluster:
        if cluster.state is not ClusterState.DELETING:
            cluster.deleting_since = time.time()
            cluster.turn(ClusterState.DELETING, "deleting")
    lab.provisioner.wake(cluster_id)


@router.delete(_CLUSTERS + "/{cluster_id}", status_code=204, dependencies=[Depends(Scopes("kubernetes:delete"))])
def delete_cluster(cluster_id: str, lab: LabDependency) -> None:
    """Load balancers, volumes and snapshots that belong to the cluster stay."""
    begin_delete(lab, cluster_id)
