# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What backends with a real control plane have in common: tokens, what is Ready, and how a cluster goes."""

from __future__ import annotations

from abc import ABC, abstractmethod

from slipway_lab.cluster.access_tokens import issue_token, revoke_tokens
from slipway_lab.cluster.cluster_files import ClusterFiles, ClusterRecord, known_clusters, remove_tree
from slipway_lab.cluster.errors import as_backend_errors
from slipway_lab.cluster.kubernetes_api import KubernetesApi, KubernetesUnreachableError
from slipway_lab.cluster.node_objects import ready_nodes
from slipway_lab.config import LabConfig


class KubernetesBackend(ABC):
    """Half of a ClusterBackend; the other half starts and stops processes."""

    def __init__(self, config: LabConfig) -> None:
        self._config = config

    @abstractmethod
    def _api(self, files: ClusterFiles, record: ClusterRecord) -> KubernetesApi:
        """The cluster's API, as administrator. FileNotFoundError when the cluster was never started."""

    @abstractmethod
    def stop_cluster(self, cluster_id: str) -> None: ...

    def ready_nodes(self, cluster_id: str) -> frozenset[str]:
        files = ClusterFiles(self._config, cluster_id)
        record = files.load()
        if record is None:
            return frozenset()
        with as_backend_errors(record.spec.name):
            try:
                return ready_nodes(self._api(files, record))
            except (KubernetesUnreachableError, FileNotFoundError):
                # Stopped, or not started yet: no node is Ready.
                return frozenset()

    def kubernetes_api(self, cluster_id: str) -> KubernetesApi | None:
        files = ClusterFiles(self._config, cluster_id)
        record = files.load()
        try:
            return None if record is None else self._api(files, record)
        except FileNotFoundError:
            return None

    def issue_token(self, cluster_id: str, expiry_seconds: int) -> str:
        files = ClusterFiles(self._config, cluster_id)
        record = files.require()
        with as_backend_errors(record.spec.name):
            return issue_token(self._api(files, record), files.pki / "service-account.key", expiry_seconds)

    def revoke_tokens(self, cluster_id: str) -> None:
        files = ClusterFiles(self._config, cluster_id)
        record = files.require()
        with as_backend_errors(record.spec.name):
            revoke_tokens(self._api(files, record))

    def delete_cluster(self, cluster_id: str) -> None:
        self.stop_cluster(cluster_id)
        remove_tree(ClusterFiles(self._config, cluster_id).directory)

    def known_clusters(self) -> frozenset[str]:
        return known_clusters(self._config)
