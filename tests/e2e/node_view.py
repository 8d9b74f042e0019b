# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a cluster, as Kubernetes says."""

from __future__ import annotations

from typing import Any

from ansible_runs import Workplace
from kubernetes import client
from kubernetes.config import new_client_from_config

POOL_LABEL = "doks.digitalocean.com/node-pool"


def nodes_by_pool(workplace: Workplace, cluster: str) -> dict[str, list[Any]]:
    """What Kubernetes says of the cluster's nodes, by the pool their label names."""
    api = client.CoreV1Api(new_client_from_config(str(workplace.kubeconfigs / f"{cluster}.yaml")))
    pools: dict[str, list[Any]] = {}
    for node in api.list_node().items:
        pools.setdefault(node.metadata.labels[POOL_LABEL], []).append(node)
    return pools
