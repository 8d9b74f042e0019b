# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node pools and nodes: /v2/kubernetes/clusters/{id}/node_pools."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api import nodes
from slipway_lab.api.catalogue import SIZES
from slipway_lab.api.context import Body, Lab, LabDependency
from slipway_lab.api.errors import not_found, validation_error
from slipway_lab.api.records import Cluster, ClusterState, Node, NodePool, Taint
from slipway_lab.api.resources.tags import check_tags, ensure_tags
from slipway_lab.api.scopes import Scopes

router = APIRouter()

_POOLS = "/v2/kubernetes/clusters/{cluster_id}/node_pools"
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_POOL_NAME = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
# Kubernetes' syntax of label keys and values.
_LABEL_PART = r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
_DNS_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_KEY = re.compile(rf"({_DNS_LABEL}(\.{_DNS_LABEL})*/)?{_LABEL_PART}", re.ASCII)
_LABEL_VALUE = re.compile(rf"({_LABEL_PART})?", re.ASCII)


class TaintBody(Body):
    key: str = ""
    value: str = ""
    effect: str = ""


class PoolCreate(Body):
    name: str
    size: str
    # Required by the OpenAPI; without it an autoscaled pool starts with min_nodes, as DigitalOcean's own tools rely on.
    count: int | None = None
    tags: list[str] | None = None
    labels: dict[str, str] | None = None
    taints: list[TaintBody] | None = None
    auto_scale: bool = False
    min_nodes: int = 0
    max_nodes: int = 0


class PoolUpdate(Body):
    name: str
    count: int
    tags: list[str] | None = None
    labels: dict[str, str] | None = None
    taints: list[TaintBody] | None = None
    auto_scale: bool | None = None
    min_nodes: int | None = None
    max_nodes: int | None = None


class Recycle(Body):
    nodes: list[str] | None = None


def node_body(node: Node) -> dict[str, Any]:
    status = {"state": node.state.value} | ({"message": node.message} if node.message else {})
    return {
        "id": node.id,
        # A new node has neither name nor Droplet for a moment (OpenAPI, kubernetes_create_cluster example).
        "name": node.name if node.placed else "",
        "status": status,
        "droplet_id": str(node.droplet_id) if node.placed else "",
        "created_at": node.created_at,
        "updated_at": node.updated_at,
    }


def service_tags(cluster_id: str) -> list[str]:
    """The tags every worker carries."""
    return ["k8s", f"k8s:{cluster_id}", "k8s:worker"]


def pool_body(cluster: Cluster, pool: NodePool) -> dict[str, Any]:
    return {
        "id": pool.id,
        "name": pool.name,
        "size": pool.size,
        "count": pool.count,
        "tags": [*service_tags(cluster.id), *pool.tags],
        "labels": pool.labels or None,
        "taints": [taint.model_dump() for taint in pool.taints],
        "auto_scale": pool.auto_scale,
        "min_nodes": pool.min_nodes,
        "max_nodes": pool.max_nodes,
        "nodes": [node_body(node) for node in pool.nodes],
    }


def user_tags(tags: list[str]) -> list[str]:
    """The tags without those the service adds itself, each once."""
    return [tag for tag in dict.fromkeys(tags) if tag not in ("k8s", "k8s-worker") and not tag.startswith("k8s:")]


def _check_pair(where: str, kind: str, key: str, value: str) -> None:
    prefix, _slash, name = key.rpartition("/")
    if len(prefix) > 253 or len(name) > 63 or not _LABEL_KEY.fullmatch(key):
        raise validation_error(f"{where}invalid {kind} key {key!r}")
    if len(value) > 63 or not _LABEL_VALUE.fullmatch(value):
        raise validation_error(f"{where}invalid {kind} value {value!r}")


def _check_labels(where: str, labels: dict[str, str]) -> None:
    for key, value in labels.items():
        _check_pair(where, "label", key, value)


def _taints(where: str, bodies: list[TaintBody]) -> list[Taint]:
    for taint in bodies:
        _check_pair(where, "taint", taint.key, taint.value)
        if taint.effect not in _EFFECTS:
            raise validation_error(f"{where}invalid taint effect {taint.effect!r}")
    if len({(taint.key, taint.effect) for taint in bodies}) < len(bodies):
        # Kubernetes: a node has one taint for each key and effect (validateNodeTaints).
        raise validation_error(f"{where}taints must be unique by key and effect")
    return [Taint(key=t.key, value=t.value, effect=t.effect) for t in bodies]


def _set_scaling(where: str, pool: NodePool, auto_scale: bool, min_nodes: int, max_nodes: int) -> None:
    if auto_scale and not 0 <= min_nodes <= max_nodes:
        raise validation_error(f"{where}auto_scale needs min_nodes <= max_nodes")
    pool.auto_scale = auto_scale
    # They read back 0 when auto_scale is off (OpenAPI, kubernetes_node_pool_base).
    pool.min_nodes, pool.max_nodes = (min_nodes, max_nodes) if auto_scale else (0, 0)


def _check_pool_name(where: str, name: str, taken: list[str]) -> None:
    if not _POOL_NAME.match(name) or len(name) > 57:
        raise validation_error(f"{where}invalid node pool name {name!r}")
    if name in taken:
        raise validation_error(f"{where}a node pool named {name!r} already exists in the cluster")


def make_pool(lab: Lab, cluster: Cluster, body: PoolCreate, where: str = "") -> NodePool:
    """Add a pool and its first nodes to a cluster; where: prefix of messages, such as worker_node_pool_specs[0]."""
    _check_pool_name(where, body.name, [pool.name for pool in cluster.open_pools])
    size = SIZES.get(body.size)
    if size is None or not size.kubernetes:
        raise validation_error(f"{where}invalid droplet size")
    tags, labels = body.tags or [], body.labels or {}
    check_tags(tags, validation_error)
    _check_labels(where, labels)
    taints = _taints(where, body.taints or [])
    pool = NodePool(name=body.name, size=body.size, count=0, tags=user_tags(tags), labels=labels, taints=taints)
    _set_scaling(where, pool, body.auto_scale, body.min_nodes, body.max_nodes)
    count = pool.min_nodes if body.count is None and pool.auto_scale else body.count
    if count is None or count < 0:
        raise validation_error(f"{where}count is required")
    cluster.node_pools.append(pool)
    nodes.set_count(cluster, pool, nodes.clamp(count, pool), lab.store.next_droplet_id)
    ensure_tags(lab.store, [*service_tags(cluster.id), *pool.tags])
    return pool


def check_droplet_limit(lab: Lab, before: int, additional: int, autoscaled: int) -> None:
    """Refuse what the account's Droplet limit does not allow.

    before: Droplets there are. additional: Droplets asked for now. autoscaled: Droplets that autoscaled pools may
    add on top; they count in full (digitalocean/doctl#1619 and #793 have the texts).
    """
    available = lab.settings.droplet_limit - before
    if additional > available:
        raise validation_error(f"{additional} additional nodes but not enough available droplet limit")
    if autoscaled and additional + autoscaled > available:
        raise validation_error(
            f"autoscale desired max nodes exceed limits, {additional + autoscaled} additional nodes "
            "but not enough available droplet limit"
        )


def droplet_count(lab: Lab) -> int:
    return sum(len(cluster.all_nodes) for cluster in lab.store.all(Cluster))


def headroom(pool: NodePool) -> int:
    """Droplets an autoscaled pool may still add."""
    return max(0, pool.max_nodes - pool.count) if pool.auto_scale else 0


def find_open_cluster(lab: Lab, cluster_id: str) -> Cluster:
    """A cluster that can be changed."""
    cluster = lab.find(Cluster, cluster_id)
    if cluster.state is ClusterState.DELETING:
        raise validation_error("cluster is being deleted")
    return cluster


def _find_pool(cluster: Cluster, pool_id: str) -> NodePool:
    for pool in cluster.node_pools:
        if pool.id == pool_id:
            return pool
    raise not_found()


@router.get(_POOLS, dependencies=[Depends(Scopes("kubernetes:read"))])
def list_node_pools(cluster_id: str, lab: LabDependency) -> dict[str, Any]:
    """Not paginated, like DigitalOcean's."""
    cluster = lab.find(Cluster, cluster_id)
    return {"node_pools": [pool_body(cluster, pool) for pool in cluster.node_pools]}


@router.post(_POOLS, status_code=201, dependencies=[Depends(Scopes("kubernetes:update"))])
def add_node_pool(cluster_id: str, body: PoolCreate, lab: LabDependency) -> dict[str, Any]:
    with lab.store.transaction():
        cluster = find_open_cluster(lab, cluster_id)
        before = droplet_count(lab)
        pool = make_pool(lab, cluster, body)
        check_droplet_limit(lab, before, pool.count, headroom(pool))
        lab.store.put(cluster)
        answer = {"node_pool": pool_body(cluster, pool)}
    lab.provisioner.wake(cluster_id)
    return answer


@router.get(_POOLS + "/{pool_id}", dependencies=[Depends(Scopes("kubernetes:read"))])
def get_node_pool(cluster_id: str, pool_id: str, lab: LabDependency) -> dict[str, Any]:
    cluster = lab.find(Cluster, cluster_id)
    return {"node_pool": pool_body(cluster, _find_pool(cluster, pool_id))}


@router.put(_POOLS + "/{pool_id}", status_code=202, dependencies=[Depends(Scopes("kubernetes:update"))])
def update_node_pool(cluster_id: str, pool_id: str, body: PoolUpdate, lab: LabDependency) -> dict[str, Any]:
    """size is ignored: a pool's size can not be changed."""
    with lab.store.transaction():
        cluster = find_open_cluster(lab, cluster_id)
        pool = _find_pool(cluster, pool_id)
        if pool.leaving:
            raise validation_error("node pool is being deleted")
        before, old_count = droplet_count(lab), pool.count
        _check_pool_name("", body.name, [p.name for p in cluster.open_pools if p.id != pool.id])
        pool.name = body.name
        if body.tags is not None:
            check_tags(body.tags, validation_error)
            pool.tags = user_tags(body.tags)
        if body.labels is not None:
            _check_labels("", body.labels)
            pool.labels = body.labels
        if body.taints is not None:
            pool.taints = _taints("", body.taints)
        auto_scale = pool.auto_scale if body.auto_scale is None else body.auto_scale
        min_nodes = pool.min_nodes if body.min_nodes is None else body.min_nodes
        max_nodes = pool.max_nodes if body.max_nodes is None else body.max_nodes
        _set_scaling("", pool, auto_scale, min_nodes, max_nodes)
        if body.count < 0:
            raise validation_error("count must not be negative")
        count = nodes.clamp(body.count, pool)
        nodes.set_count(cluster, pool, count, lab.store.next_droplet_id)
        check_droplet_limit(lab, before, max(0, count - old_count), headroom(pool))
        ensure_tags(lab.store, pool.tags)
        lab.store.put(cluster)
        answer = {"node_pool": pool_body(cluster, pool)}
    lab.provisioner.wake(cluster_id)
    return answer


@router.delete(_POOLS + "/{pool_id}", status_code=204, dependencies=[Depends(Scopes("kubernetes:update"))])
def delete_node_pool(cluster_id: str, pool_id: str, lab: LabDependency) -> None:
    with lab.store.transaction():
        cluster = find_open_cluster(lab, cluster_id)
        pool = _find_pool(cluster, pool_id)
        if cluster.open_pools == [pool]:
            raise validation_error("cluster must have at least one node pool")
        nodes.close_pool(pool)
        if not pool.nodes:
            cluster.node_pools.remove(pool)
        lab.store.put(cluster)
    lab.provisioner.wake(cluster_id)


@router.delete(
    _POOLS + "/{pool_id}/nodes/{node_id}", status_code=202, dependencies=[Depends(Scopes("kubernetes:update"))]
)
def delete_node(cluster_id: str, pool_id: str, node_id: str, request: Request, lab: LabDependency) -> None:
    skip_drain = request.query_params.get("skip_drain", "0") not in ("0", "false", "")
    replace = request.query_params.get("replace", "0") not in ("0", "false", "")
    with lab.store.transaction():
        cluster = find_open_cluster(lab, cluster_id)
        pool = _find_pool(cluster, pool_id)
        node = next((node for node in pool.nodes if node.id == node_id), None)
        if node is None:
            raise not_found()
        if not node.leaving:
            if not replace:
                pool.count -= 1
            nodes.dismiss(pool, node, replace=replace, drain=not skip_drain)
        lab.store.put(cluster)
    lab.provisioner.wake(cluster_id)


@router.post(_POOLS + "/{pool_id}/recycle", status_code=202, dependencies=[Depends(Scopes("kubernetes:delete"))])
def recycle_node_pool(cluster_id: str, pool_id: str, body: Recycle, lab: LabDependency) -> None:
    """Deprecated by DigitalOcean: exchanges the named nodes, or all of the pool."""
    with lab.store.transaction():
        cluster = find_open_cluster(lab, cluster_id)
        pool = _find_pool(cluster, pool_id)
        if body.nodes and not set(body.nodes) <= {node.id for node in pool.nodes}:
            raise not_found()
        for node in pool.staying_nodes:
            if not body.nodes or node.id in body.nodes:
                nodes.dismiss(pool, node, replace=True)
        lab.store.put(cluster)
    lab.provisioner.wake(cluster_id)
