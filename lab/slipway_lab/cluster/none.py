# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: ARG002 - a protocol gives the arguments, records need few of them
"""Clusters that are records only: the API answers, no Kubernetes runs. For tests of the API itself."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from slipway_lab.backend import ClusterSpec, Endpoint, NodeSpec
from slipway_lab.config import LabConfig
from slipway_lab.pki import CertificateAuthority

# Documentation addresses (RFC 5737) and a reserved name (RFC 2606): nothing can answer there.
_ADDRESS = "192.0.2.10"
_DOMAIN = "k8s.lab.invalid"


class RecordsBackend:
    """Keeps the node names of every cluster in LAB_HOME/clusters/<id>/nodes.json; those listed count as Ready."""

    def __init__(self, config: LabConfig) -> None:
        self._clusters = config.home / "clusters"

    def _nodes_file(self, cluster_id: str) -> Path:
        return self._clusters / cluster_id / "nodes.json"

    def start_cluster(self, spec: ClusterSpec, progress: Callable[[str], None]) -> Endpoint:
        directory = self._clusters / spec.id
        directory.mkdir(parents=True, exist_ok=True)
        authority = CertificateAuthority.load_or_create(directory / "pki", spec.name)
        return Endpoint(f"https://{spec.id}.{_DOMAIN}", _ADDRESS, authority.certificate_pem.decode())

    def set_nodes(self, spec: ClusterSpec, nodes: Sequence[NodeSpec], progress: Callable[[str], None]) -> None:
        temporary = self._nodes_file(spec.id).with_suffix(".new")
        temporary.write_text(json.dumps([node.name for node in nodes]))
        temporary.replace(self._nodes_file(spec.id))

    def ready_nodes(self, cluster_id: str) -> frozenset[str]:
        file = self._nodes_file(cluster_id)
        return frozenset(json.loads(file.read_text())) if file.exists() else frozenset()

    def node_addresses(self, cluster_id: str) -> dict[str, str]:
        return {}

    def kubernetes_api(self, cluster_id: str) -> None:
        return None

    def issue_token(self, cluster_id: str, expiry_seconds: int) -> str:
        # Its beginning tells tests that look for leaked secrets what it is.
        return f"lab_k8s_v1_{secrets.token_urlsafe(32)}"

    def revoke_tokens(self, cluster_id: str) -> None:
        return

    def stop_cluster(self, cluster_id: str) -> None:
        return

    def delete_cluster(self, cluster_id: str) -> None:
        shutil.rmtree(self._clusters / cluster_id, ignore_errors=True)

    def known_clusters(self) -> frozenset[str]:
        if not self._clusters.is_dir():
            return frozenset()
        return frozenset(entry.name for entry in self._clusters.iterdir() if entry.is_dir())

    def shut_down(self) -> None:
        """Nothing runs."""
