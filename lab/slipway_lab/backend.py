# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam between the simulated API and what runs Kubernetes: the API asks, a backend does.

The API owns ids, names, states and the database; a backend owns processes, machines and addresses. A backend
keeps what it needs to resume below LAB_HOME/clusters/<cluster id> and knows nothing of the database.
Every call blocks until done, may be called from any thread (never twice at once for one cluster), and is
idempotent: after a crash the API calls it again with the same arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from slipway_lab.cluster.kubernetes_api import KubernetesApi


class BackendError(Exception):
    """A cluster or node could not be brought to the asked state; the message says which, why and where the log is."""


@dataclass(frozen=True)
class Taint:
    key: str
    value: str
    effect: str  # NoSchedule, PreferNoSchedule or NoExecute


@dataclass(frozen=True)
class NodeSpec:
    """One node as the API promises it.

    labels: every label the node must carry (DOKS's own and the pool's). Labels that vanish from here stay
        on the node, as DOKS leaves them.
    taints: all taints the pool puts on the node; one that vanishes from here is removed from the node,
        taints set by others stay.
    """

    id: str
    name: str  # for example tools-abc12; unique in the cluster
    droplet_id: str
    pool_name: str
    vcpus: int
    memory_mib: int
    labels: dict[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()


@dataclass(frozen=True)
class ClusterSpec:
    """One cluster as the API promises it.

    version: Kubernetes version without DOKS's suffix, such as 1.36.3
    pod_subnet, service_subnet: CIDRs
    firewall_addresses: sources allowed to reach the Kubernetes API (addresses or CIDRs), None when the
        control plane firewall is off
    """

    id: str
    name: str
    region: str
    version: str
    pod_subnet: str
    service_subnet: str
    firewall_addresses: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Endpoint:
    """How to reach a cluster's Kubernetes API."""

    url: str  # https://172.30.1.10:6443
    ipv4: str
    ca_pem: str


class ClusterBackend(Protocol):
    """Runs Kubernetes clusters."""

    def start_cluster(self, spec: ClusterSpec, progress: Callable[[str], None]) -> Endpoint:
        """Start the control plane (or resume it, or bring version and firewall to the spec) until /readyz answers."""
        ...

    def set_nodes(self, spec: ClusterSpec, nodes: Sequence[NodeSpec], progress: Callable[[str], None]) -> None:
        """Bring the cluster to exactly these nodes, labels and taints; returns when all are Ready.

        Nodes that vanish are cordoned, drained (eviction, 30 s at most) and removed.
        """
        ...

    def ready_nodes(self, cluster_id: str) -> frozenset[str]:
        """Names of the nodes that Kubernetes reports Ready now."""
        ...

    def node_addresses(self, cluster_id: str) -> Mapping[str, str]:
        """Addresses of the cluster's machines by node name; none where nodes have no network."""
        ...

    def kubernetes_api(self, cluster_id: str) -> KubernetesApi | None:
        """The cluster's API with the lab's own rights, None when no Kubernetes was started."""
        ...

    def issue_token(self, cluster_id: str, expiry_seconds: int) -> str:
        """A new bearer token with cluster-admin rights that the cluster stops accepting after expiry_seconds."""
        ...

    def revoke_tokens(self, cluster_id: str) -> None:
        """Make every token issued so far invalid."""
        ...

    def stop_cluster(self, cluster_id: str) -> None:
        """End all processes of the cluster; its data stays for a later start_cluster and set_nodes."""
        ...

    def delete_cluster(self, cluster_id: str) -> None:
        """End all processes of the cluster and remove its data. Unknown ids are fine."""
        ...

    def known_clusters(self) -> frozenset[str]:
        """Ids of the clusters with data below LAB_HOME (so that the API can remove what it does not know)."""
        ...
