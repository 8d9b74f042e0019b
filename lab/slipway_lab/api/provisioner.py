# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what the account says come true: one worker a cluster brings it to the state its record asks for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from slipway_lab.api import nodes
from slipway_lab.api.records import Assignment, Cluster, ClusterState, NodeState, Tag
from slipway_lab.api.store import Store
from slipway_lab.api.versions import Slug
from slipway_lab.backend import BackendError, ClusterBackend, ClusterSpec, NodeSpec

_logger = logging.getLogger(__name__)
_HEALTH_SECONDS = 3.0
_RETRY_SECONDS = (2.0, 5.0, 15.0, 60.0)


def cluster_spec(cluster: Cluster) -> ClusterSpec:
    slug = Slug.parse(cluster.version)
    if slug is None:
        raise ValueError(f"cluster {cluster.name} has version {cluster.version!r}, which is not a DOKS slug")
    firewall = cluster.control_plane_firewall or {}
    return ClusterSpec(
        id=cluster.id,
        name=cluster.name,
        region=cluster.region,
        version=slug.kubernetes,
        pod_subnet=cluster.cluster_subnet,
        service_subnet=cluster.service_subnet,
        firewall_addresses=tuple(firewall.get("allowed_addresses") or ()) if firewall.get("enabled") else None,
    )


class ClusterWorker:
    """The thread of one cluster. All of its state is in the store, so that a new worker can go on from there."""

    def __init__(self, cluster_id: str, store: Store, backend: ClusterBackend, provision_seconds: float) -> None:
        self.cluster_id = cluster_id
        self._store = store
        self._backend = backend
        self._provision_seconds = provision_seconds
        self._wake = threading.Event()
        self._stopping = False
        self._started: ClusterSpec | None = None
        self._applied: list[NodeSpec] | None = None
        self._failures = 0
        self._idle = False
        self.stop_error: str | None = None
        # A daemon thread: the server ends without waiting for a backend that is at work.
        self.thread = threading.Thread(target=self._run, name=f"cluster-{cluster_id[:8]}", daemon=True)

    def wake(self) -> None:
        """Look at the record again: it was changed."""
        self._wake.set()

    @property
    def busy(self) -> bool:
        """Whether the cluster is not yet as its record asks for."""
        return self.thread.is_alive() and (self._wake.is_set() or not self._idle)

    def stop(self) -> None:
        """End the cluster's processes after the present step, keep its data, and end this worker."""
        self._stopping = True
        self._wake.set()

    def _run(self) -> None:
        resuming = True
        while not self._stopping:
            pause = _HEALTH_SECONDS
            try:
                if resuming:
                    self._check_health(resuming=True)
                    resuming = False
                if not self._converge():
                    return
                self._failures = 0
            except BackendError as error:
                pause = self._fail(str(error))
            except Exception:
                _logger.exception("cluster %s: the provisioner failed", self.cluster_id)
                pause = self._fail("internal error of the lab, see its log")
            if self._wake.wait(pause):
                self._idle = False
        try:
            self._backend.stop_cluster(self.cluster_id)
        except BackendError as error:
            self.stop_error = str(error)

    def _fail(self, message: str) -> float:
        """Write a failure down; returns the seconds to wait before the next try."""
        _logger.error("cluster %s: %s", self.cluster_id, message)
        self._started = self._applied = None
        with self._changing() as cluster:
            if cluster is not None:
                fresh = cluster.state in (ClusterState.PROVISIONING, ClusterState.ERROR)
                if cluster.state is not ClusterState.DELETING:
                    cluster.turn(ClusterState.ERROR if fresh else ClusterState.DEGRADED, message)
                cluster.report(message)
        self._failures += 1
        return _RETRY_SECONDS[min(self._failures, len(_RETRY_SECONDS)) - 1]

    @contextmanager
    def _changing(self) -> Iterator[Cluster | None]:
        """The cluster's record in a transaction; what is changed in it is kept. None when it is gone."""
        with self._store.transaction():
            cluster = self._store.get(Cluster, self.cluster_id)
            yield cluster
            if cluster is not None:
                self._store.put(cluster)

    def _progress(self, message: str) -> None:
        with self._changing() as cluster:
            if cluster is not None and cluster.state in (ClusterState.PROVISIONING, ClusterState.UPGRADING):
                cluster.message = message

    def _converge(self) -> bool:
        """Bring the cluster to its record, step by step; False when it is deleted."""
        while not self._stopping:
            self._wake.clear()
            cluster = self._store.get(Cluster, self.cluster_id)
            if cluster is None:
                return False
            if cluster.state is ClusterState.DELETING:
                return self._delete(cluster)
            if not self._step(cluster):
                self._check_health()
                self._idle = True
                return True
        return True

    def _step(self, cluster: Cluster) -> bool:
        """One step towards the record; False when there is nothing left to do."""
        spec = cluster_spec(cluster)
        if spec != self._started:
            self._start(spec)
            return True
        with self._changing() as current:
            if current is None or current.state is ClusterState.DELETING:
                return True
            for node in current.all_nodes:
                node.placed = True
            nodes.begin_exchange(current, self._store.next_droplet_id)
            cluster = current
        staying = [(pool, node) for pool in cluster.node_pools for node in pool.staying_nodes]
        gone = frozenset(node.id for node in cluster.all_nodes if node.leaving)
        specs = [nodes.node_spec(cluster, pool, node) for pool, node in staying]
        starting = [node for _, node in staying if node.state is NodeState.PROVISIONING]
        if specs == self._applied and not gone and not starting:
            return False
        self._backend.set_nodes(spec, specs, self._progress)
        self._applied = specs
        self._wait_until(max((node.born for node in starting), default=0.0) + self._provision_seconds)
        present = frozenset(node.id for _, node in staying)
        with self._changing() as current:
            if current is not None:
                nodes.settle(current, present, gone, self._store.next_droplet_id)
        return True

    def _start(self, spec: ClusterSpec) -> None:
        endpoint = self._backend.start_cluster(spec, self._progress)
        self._started = spec
        # The backend may have started machines anew that it was told to have before.
        self._applied = None
        with self._changing() as cluster:
            if cluster is not None:
                cluster.endpoint, cluster.ipv4, cluster.ca_pem = endpoint.url, endpoint.ipv4, endpoint.ca_pem

    def _wait_until(self, moment: float) -> None:
        """Let the least time of provisioning pass; a cluster that is to be deleted or stopped does not wait."""
        while (left := moment - time.time()) > 0 and not self._stopping:
            cluster = self._store.get(Cluster, self.cluster_id)
            if cluster is None or cluster.state is ClusterState.DELETING:
                return
            time.sleep(min(left, 0.2))

    def _delete(self, cluster: Cluster) -> bool:
        self._backend.delete_cluster(cluster.id)
        left = (cluster.deleting_since or 0.0) + self._provision_seconds - time.time()
        if left > 0 and not self._stopping:
            time.sleep(left)
        with self._store.transaction():
            self._store.delete(Cluster, cluster.id)
            self._store.delete(Assignment, f"do:kubernetes:{cluster.id}")
            self._store.delete(Tag, f"k8s:{cluster.id}")
        return False

    def _check_health(self, *, resuming: bool = False) -> None:
        """Running when all nodes are Ready and nothing is under way, degraded when some are not."""
        cluster = self._store.get(Cluster, self.cluster_id)
        if cluster is None or (resuming and cluster.state is not ClusterState.RUNNING):
            return
        try:
            ready = self._backend.ready_nodes(self.cluster_id)
        except BackendError as error:
            _logger.warning("cluster %s: %s", cluster.name, error)
            ready = frozenset()
        with self._changing() as current:
            if current is None or current.state is ClusterState.DELETING:
                return
            running = [node.name for node in current.all_nodes if node.state is NodeState.RUNNING]
            down = sorted(name for name in running if name not in ready)
            if down:
                message = f"{len(down)} of {len(running)} nodes not ready: {', '.join(down)}"
                if current.state is ClusterState.RUNNING:
                    current.report(message)
                if current.state in (ClusterState.RUNNING, ClusterState.DEGRADED) and current.message != message:
                    current.turn(ClusterState.DEGRADED, message)
            elif current.state is not ClusterState.RUNNING and all(
                node.state is NodeState.RUNNING for node in current.all_nodes
            ):
                current.turn(ClusterState.RUNNING)


class Provisioner:
    """The workers of all clusters."""

    def __init__(self, store: Store, backend: ClusterBackend, provision_seconds: float) -> None:
        self._store = store
        self._backend = backend
        self._provision_seconds = provision_seconds
        self._lock = threading.Lock()
        self._workers: dict[str, ClusterWorker] = {}

    def resume(self) -> None:
        """Start a worker for every cluster of the account; remove clusters the account does not know."""
        known = {cluster.id for cluster in self._store.all(Cluster)}
        for cluster_id in known:
            self.wake(cluster_id)
        strangers = self._backend.known_clusters() - known
        if strangers:
            threading.Thread(target=self._remove, args=(strangers,), name="strangers", daemon=True).start()

    def _remove(self, cluster_ids: frozenset[str]) -> None:
        for cluster_id in sorted(cluster_ids):
            _logger.info("removing cluster %s, which the account does not know", cluster_id)
            try:
                self._backend.delete_cluster(cluster_id)
            except BackendError:
                _logger.exception("cluster %s could not be removed", cluster_id)

    def wake(self, cluster_id: str) -> None:
        """A cluster's record was made or changed: have its worker look at it."""
        with self._lock:
            worker = self._workers.get(cluster_id)
            if worker is None or not worker.thread.is_alive():
                worker = ClusterWorker(cluster_id, self._store, self._backend, self._provision_seconds)
                self._workers[cluster_id] = worker
                worker.thread.start()
        worker.wake()

    def busy(self) -> list[str]:
        """Ids of clusters whose worker is not done with what the record asks for."""
        with self._lock:
            return [worker.cluster_id for worker in self._workers.values() if worker.busy]

    def stop_all(self) -> None:
        """Stop every cluster's processes, keeping their data. Raises BackendError when some could not be stopped."""
        errors = [worker.stop_error for worker in self._end(lambda worker: worker.stop()) if worker.stop_error]
        if errors:
            raise BackendError("; ".join(errors))

    def delete_all(self) -> None:
        """Delete every cluster; returns when all are gone."""
        with self._store.transaction():
            for cluster in self._store.all(Cluster):
                cluster.deleting_since = 0.0
                cluster.turn(ClusterState.DELETING, "deleting")
                self._store.put(cluster)
        for cluster in self._store.all(Cluster):
            self.wake(cluster.id)
        self._end(lambda worker: worker.wake())

    def _end(self, order: Callable[[ClusterWorker], None]) -> list[ClusterWorker]:
        """Give every worker an order that ends it, and wait until all have ended; returns them."""
        with self._lock:
            workers = list(self._workers.values())
        for worker in workers:
            order(worker)
        for worker in workers:
            worker.thread.join()
        with self._lock:
            self._workers = {i: w for i, w in self._workers.items() if w.thread.is_alive()}
        return workers
