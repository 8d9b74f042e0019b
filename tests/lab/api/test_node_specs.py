# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the backend is told about nodes."""

from __future__ import annotations

import itertools

from slipway_lab.api import nodes
from slipway_lab.api.provisioner import cluster_spec
from slipway_lab.api.records import Cluster, NodePool, Taint
from slipway_lab.backend import Taint as BackendTaint


def make_cluster(count: int) -> tuple[Cluster, NodePool]:
    cluster = Cluster(
        id="11111111-0000-4000-8000-000000000000",
        name="dev",
        region="fra1",
        version="1.36.3-do.1",
        vpc_uuid="22222222-0000-4000-8000-000000000000",
        cluster_subnet="10.128.0.0/17",
        service_subnet="10.192.0.0/20",
        maintenance_policy={},
        ha=True,
    )
    pool = NodePool(name="tools", size="s-2vcpu-4gb", count=0, labels={"tier": "one"})
    cluster.node_pools.append(pool)
    numbers = itertools.count(1)
    nodes.set_count(cluster, pool, count, lambda: next(numbers))
    return cluster, pool


def test_a_node_has_the_labels_of_doks_and_of_its_pool() -> None:
    cluster, pool = make_cluster(1)
    node = pool.nodes[0]
    spec = nodes.node_spec(cluster, pool, node)
    assert spec.labels == {
        "tier": "one",
        "doks.digitalocean.com/managed": "true",
        "doks.digitalocean.com/node-id": node.id,
        "doks.digitalocean.com/node-pool": "tools",
        "doks.digitalocean.com/node-pool-id": pool.id,
        "doks.digitalocean.com/version": "1.36.3-do.1",
        "beta.kubernetes.io/instance-type": "s-2vcpu-4gb",
        "node.kubernetes.io/instance-type": "s-2vcpu-4gb",
        "failure-domain.beta.kubernetes.io/region": "fra1",
        "topology.kubernetes.io/region": "fra1",
        "region": "fra1",
    }
    assert (spec.vcpus, spec.memory_mib, spec.droplet_id) == (2, 4096, "1")


def test_taints_and_labels_of_the_pool_reach_its_nodes_a_new_name_does_not() -> None:
    cluster, pool = make_cluster(1)
    pool.name = "renamed"
    pool.taints = [Taint(key="tools", value="true", effect="NoSchedule")]
    pool.labels = {"tier": "two"}
    spec = nodes.node_spec(cluster, pool, pool.nodes[0])
    assert spec.taints == (BackendTaint("tools", "true", "NoSchedule"),)
    assert spec.labels["tier"] == "two"
    assert spec.labels["doks.digitalocean.com/node-pool"] == "tools"
    assert spec.name.startswith("tools-")


def test_the_firewall_reaches_the_cluster() -> None:
    cluster, _ = make_cluster(1)
    assert cluster_spec(cluster).firewall_addresses is None
    assert cluster_spec(cluster).version == "1.36.3"
    cluster.control_plane_firewall = {"enabled": True, "allowed_addresses": ["10.0.0.0/8"]}
    assert cluster_spec(cluster).firewall_addresses == ("10.0.0.0/8",)
    cluster.control_plane_firewall["enabled"] = False
    assert cluster_spec(cluster).firewall_addresses is None


def test_scaling_down_spares_the_oldest_and_takes_the_outdated_first() -> None:
    cluster, pool = make_cluster(3)
    first, second, third = pool.nodes
    nodes.set_count(cluster, pool, 2, lambda: 9)
    assert pool.staying_nodes == [first, second]
    second.replace = False
    first.replace = True
    nodes.set_count(cluster, pool, 1, lambda: 9)
    assert pool.staying_nodes == [second]
    assert not any(node.replace for node in (first, third))
