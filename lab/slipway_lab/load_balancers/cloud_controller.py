# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cloud controller of clusters: load balancers for their Services, as DigitalOcean's makes them."""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slipway_lab.api.context import Lab
from slipway_lab.api.records import Cluster, ClusterState
from slipway_lab.cluster.kubernetes_api import KubernetesApi, KubernetesApiError, KubernetesUnreachableError
from slipway_lab.load_balancers.account import ClusterAccount
from slipway_lab.load_balancers.admission_webhook import register_webhook
from slipway_lab.load_balancers.errors import LoadBalancerError
from slipway_lab.load_balancers.service_request import Service, wants_load_balancer
from slipway_lab.load_balancers.service_sync import FINALIZER, ServiceSync
from slipway_lab.load_balancers.watching import Watch

_logger = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
# Upstream's service controller begins with 5 s and ends at 5 min; the lab is in more of a hurry.
_RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
_SERVICES, _NODES = "/api/v1/services", "/api/v1/nodes"
_EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"
_LEAVING_TAINT = "ToBeDeletedByClusterAutoscaler"
_PROVIDER = "digitalocean://"
_RUNNING = (ClusterState.RUNNING, ClusterState.DEGRADED, ClusterState.UPGRADING)


@dataclass
class _Seen:
    """What a Service was like when it was last looked at, and when it is due again (time.monotonic())."""

    look: str = ""
    due: float = 0.0
    failures: int = 0


class ClusterController:
    """The thread of one cluster."""

    def __init__(self, lab: Lab, cluster_id: str, api: KubernetesApi) -> None:
        self._lab = lab
        self._cluster_id = cluster_id
        self._api = api
        self._sync = ServiceSync(api, ClusterAccount(lab, cluster_id))
        self._seen: dict[str, _Seen] = {}
        self._wake = threading.Event()
        self._stopping = False
        self._watches = [Watch(api, path, self._wake.set) for path in (_SERVICES, _NODES)]
        self._thread = threading.Thread(target=self._run, name=f"ccm-{cluster_id[:8]}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Have the thread end after what it is doing."""
        self._stopping = True
        self._wake.set()
        for watch in self._watches:
            watch.stop()

    def _run(self) -> None:
        registered = False
        for watch in self._watches:
            watch.start()
        while not self._stopping:
            self._wake.clear()
            pause: float | None = _LOOK_SECONDS
            try:
                if not registered:
                    register_webhook(self._lab.config, self._api, self._cluster_id)
                    registered = True
                self._look()
                pause = self._pause()
            except (KubernetesApiError, KubernetesUnreachableError) as error:
                _logger.info("cloud controller of cluster %s: %s", self._cluster_id, error)
            except Exception:
                _logger.exception("cloud controller of cluster %s", self._cluster_id)
            self._wake.wait(pause)

    def _pause(self) -> float | None:
        """Seconds until a Service is due again; None when none is."""
        due = min((one.due for one in self._seen.values()), default=math.inf)
        return None if due == math.inf else max(0.0, due - time.monotonic())

    def _look(self) -> None:
        services = [one for one in self._api.list(_SERVICES) if _concerns(one)]
        droplets = _droplets(self._api.list(_NODES)) if services else []
        uids = {one["metadata"]["uid"] for one in services}
        self._seen = {uid: seen for uid, seen in self._seen.items() if uid in uids}
        for service in services:
            if not self._stopping:
                self._bring(service, droplets)

    def _bring(self, service: Service, droplets: Sequence[int]) -> None:
        seen = self._seen.setdefault(service["metadata"]["uid"], _Seen())
        look = _look_of(service, droplets)
        if look == seen.look and time.monotonic() < seen.due:
            return
        if look != seen.look:
            seen.look, seen.failures = look, 0
        try:
            self._sync.sync(service, droplets)
            seen.due = math.inf
        except LoadBalancerError as error:
            pause = error.retry_seconds or _RETRY_SECONDS[min(seen.failures, len(_RETRY_SECONDS) - 1)]
            seen.failures += 1
            seen.due = time.monotonic() + pause
            if error.retry_seconds is None:
                self._sync.warn(service, str(error))
        except KubernetesApiError as error:
            # Somebody changed or removed it meanwhile.
            _logger.info("cloud controller, service %s: %s", service["metadata"]["name"], error)
            seen.due = time.monotonic() + _LOOK_SECONDS


class CloudControllers:
    """The controllers of all clusters that run."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._controllers: dict[str, ClusterController] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cloud-controllers", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        for controller in self._controllers.values():
            controller.stop()

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            try:
                self._follow()
            except Exception:
                _logger.exception("the cloud controllers could not follow the clusters")

    def _follow(self) -> None:
        running = {one.id for one in self._lab.store.all(Cluster) if one.state in _RUNNING}
        for cluster_id in set(self._controllers) - running:
            self._controllers.pop(cluster_id).stop()
        for cluster_id in running - set(self._controllers):
            api = self._lab.backend.kubernetes_api(cluster_id)
            if api is not None:
                self._controllers[cluster_id] = ClusterController(self._lab, cluster_id, api)
                self._controllers[cluster_id].start()


def _concerns(service: Service) -> bool:
    return wants_load_balancer(service) or FINALIZER in service["metadata"].get("finalizers", [])


def _look_of(service: Service, droplets: Sequence[int]) -> str:
    """Everything that the load balancer depends on."""
    metadata = service["metadata"]
    parts = (metadata.get("annotations"), metadata.get("deletionTimestamp"), service["spec"], list(droplets))
    return json.dumps(parts, sort_keys=True)


def _droplets(nodes: Sequence[Mapping[str, Any]]) -> list[int]:
    """Droplets of the nodes that may get traffic from outside."""
    return sorted(
        int(node["spec"]["providerID"].removeprefix(_PROVIDER))
        for node in nodes
        if _EXCLUDED not in node["metadata"].get("labels", {})
        and "deletionTimestamp" not in node["metadata"]
        and all(taint["key"] != _LEAVING_TAINT for taint in node["spec"].get("taints", []))
        and node["spec"].get("providerID", "").startswith(_PROVIDER)
    )
