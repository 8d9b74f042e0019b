# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes a pool has and will have: adding, removing and exchanging them, and what the backend is told."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable

from slipway_lab.api.catalogue import SIZES
from slipway_lab.api.records import Cluster, Node, NodePool, NodeState
from slipway_lab.backend import NodeSpec, Taint

_NAME_LETTERS = string.ascii_lowercase + string.digits
# DOKS makes up to ten new nodes at a time in a surge upgrade.
# https://docs.digitalocean.com/products/kubernetes/how-to/upgrade-cluster/
_SURGE = 10

DropletIds = Callable[[], int]


def clamp(count: int, pool: NodePool) -> int:
    """The count a pool gets: as asked, but inside [min_nodes, max_nodes] when it scales by itself."""
    return max(pool.min_nodes, min(count, pool.max_nodes)) if pool.auto_scale else count


def new_node(cluster: Cluster, pool: NodePool, droplet_id: int) -> Node:
    taken = {node.name for node in cluster.all_nodes}
    while True:
        name = f"{pool.name}-{''.join(secrets.choice(_NAME_LETTERS) for _ in range(5))}"
        if name not in taken:
            return Node(name=name, droplet_id=droplet_id, version=cluster.version, pool_name=pool.name)


def set_count(cluster: Cluster, pool: NodePool, count: int, droplet_ids: DropletIds) -> None:
    """Make a pool have this many nodes: add new ones, or send the youngest away."""
    pool.count = count
    members = [n for n in pool.nodes if (n.replace if n.leaving else n.successor is None)]
    missing = count - len(members)
    for _ in range(missing):
        pool.nodes.append(new_node(cluster, pool, droplet_ids()))
    # Nodes on their way out anyway go first: they just get no replacement.
    members.sort(key=lambda node: (node.leaving, node.replace, node.born), reverse=True)
    for node in members[: max(0, -missing)]:
        dismiss(pool, node)


def dismiss(pool: NodePool, node: Node, *, replace: bool = False, drain: bool = True) -> None:
    """Send a node away; replace: a new one comes when it is gone."""
    node.replace = replace
    if drain:
        node.turn(NodeState.DRAINING, "draining the node")
    else:
        node.turn(NodeState.DELETING, "deleting the node")
    for predecessor in pool.nodes:
        if predecessor.successor == node.id:
            predecessor.successor = None
            dismiss(pool, predecessor)


def close_pool(pool: NodePool) -> None:
    """Send all nodes of a pool away, and the pool with them."""
    pool.leaving = True
    for node in pool.nodes:
        if not node.leaving:
            node.turn(NodeState.DRAINING, "draining the node")
        node.replace, node.successor = False, None


def mark_outdated(cluster: Cluster) -> None:
    """Have every node exchanged that was made with another version than the cluster's."""
    for pool in cluster.open_pools:
        for node in pool.staying_nodes:
            node.replace = node.version != cluster.version and node.successor is None


def begin_exchange(cluster: Cluster, droplet_ids: DropletIds) -> None:
    """Take the next step of exchanging nodes, if there is one and the last one is done.

    With surge upgrade new nodes come before the old ones go; without, one node at a time goes first.
    """
    if any(node.leaving or node.state is NodeState.PROVISIONING for node in cluster.all_nodes):
        return
    for pool in cluster.open_pools:
        relieved = [node for node in pool.nodes if node.successor is not None]
        for node in relieved:
            node.successor = None
            dismiss(pool, node)
        if relieved:
            return
        outdated = [node for node in pool.nodes if node.replace]
        if not outdated:
            continue
        if not cluster.surge_upgrade:
            dismiss(pool, outdated[0], replace=True)
            return
        for node in outdated[:_SURGE]:
            fresh = new_node(cluster, pool, droplet_ids())
            pool.nodes.append(fresh)
            node.replace, node.successor = False, fresh.id
        return


def settle(cluster: Cluster, present: frozenset[str], gone: frozenset[str], droplet_ids: DropletIds) -> None:
    """Write down what the backend did: nodes that are there now run, those that are gone leave their pool."""
    for pool in cluster.node_pools:
        for node in pool.nodes:
            if node.id in present and node.state is NodeState.PROVISIONING:
                node.turn(NodeState.RUNNING)
        respawned = [new_node(cluster, pool, droplet_ids()) for node in pool.nodes if node.id in gone and node.replace]
        pool.nodes = [node for node in pool.nodes if node.id not in gone] + respawned
    cluster.node_pools = [pool for pool in cluster.node_pools if pool.nodes or not pool.leaving]


def labels_of(cluster: Cluster, pool: NodePool, node: Node) -> dict[str, str]:
    """The labels DOKS puts on a node: its own, the cloud controller's, and the pool's.

    As public dumps of DOKS nodes show them; the renaming of a pool does not reach nodes that are there. Kubernetes
    adds its own (kubernetes.io/arch, hostname, os).
    """
    return pool.labels | {
        "doks.digitalocean.com/managed": "true",
        "doks.digitalocean.com/node-id": node.id,
        "doks.digitalocean.com/node-pool": node.pool_name,
        "doks.digitalocean.com/node-pool-id": pool.id,
        "doks.digitalocean.com/version": node.version,
        "beta.kubernetes.io/instance-type": pool.size,
        "node.kubernetes.io/instance-type": pool.size,
        "failure-domain.beta.kubernetes.io/region": cluster.region,
        "topology.kubernetes.io/region": cluster.region,
        "region": cluster.region,
    }


def node_spec(cluster: Cluster, pool: NodePool, node: Node) -> NodeSpec:
    size = SIZES[pool.size]
    return NodeSpec(
        id=node.id,
        name=node.name,
        droplet_id=str(node.droplet_id),
        pool_name=pool.name,
        vcpus=size.vcpus,
        memory_mib=size.memory,
        labels=labels_of(cluster, pool, node),
        taints=tuple(Taint(key=t.key, value=t.value, effect=t.effect) for t in pool.taints),
    )
