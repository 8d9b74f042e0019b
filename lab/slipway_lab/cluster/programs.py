# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The binaries a cluster needs, made when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from slipway_lab.backend import BackendError, ClusterSpec
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.upstreams import UPSTREAMS, available_kubernetes_versions, kubernetes

Progress = Callable[[str], None]
Binaries = Mapping[str, Path]

_NODE_UPSTREAMS = ("containerd", "runc", "cni-plugins")


class Programs:
    """Binaries by name; raises BuildError, or BackendError for a Kubernetes version the lab cannot run."""

    def __init__(self, cache: Path) -> None:
        self._cache = BinaryCache(cache)

    def control_plane(self, spec: ClusterSpec, progress: Progress) -> tuple[Binaries, Binaries]:
        """etcd, and everything of Kubernetes."""
        return self.upstream("etcd", progress), self._kubernetes(spec.name, spec.version, progress)

    def node(self, cluster: str, version: str, progress: Progress) -> Binaries:
        """What a real node of a Kubernetes version runs."""
        found = dict(self._kubernetes(cluster, version, progress))
        for name in _NODE_UPSTREAMS:
            found |= self.upstream(name, progress)
        return found

    def upstream(self, name: str, progress: Progress) -> Binaries:
        return self._cache.ensure(UPSTREAMS[name], progress)

    def _kubernetes(self, cluster: str, version: str, progress: Progress) -> Binaries:
        try:
            upstream = kubernetes(version)
        except KeyError:
            offered = ", ".join(available_kubernetes_versions())
            raise BackendError(
                f"Cluster {cluster}: the lab cannot run Kubernetes {version}; it can run {offered}."
            ) from None
        return self._cache.ensure(upstream, progress)
