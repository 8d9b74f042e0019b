# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the edge at what the account's load balancers say."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from slipway_lab.api.records import Cluster, LoadBalancer
from slipway_lab.api.resources.load_balancers import target_droplets
from slipway_lab.api.store import Store
from slipway_lab.backend import BackendError, ClusterBackend
from slipway_lab.cluster.edge_machine import EdgeMachine
from slipway_lab.config import LabConfig
from slipway_lab.load_balancers.edge_plan import Balancer, Check, EdgePlan, Rule

_logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
_RETRY_SECONDS = 5.0
# What ends TLS at the load balancer needs certificates, which the lab's account does not have.
_CARRIED = {"tcp": "tcp", "http": "tcp", "udp": "udp"}


class EdgeKeeper:
    """A thread of the lab's server; only labs with real nodes have an edge."""

    def __init__(self, config: LabConfig, store: Store, backend: ClusterBackend) -> None:
        self._store = store
        self._backend = backend
        self._edge = EdgeMachine(config)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="edge-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread. The edge goes on."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        present: EdgePlan | None = None
        while not self._stopping.is_set():
            pause = _LOOK_SECONDS
            try:
                plan = self._plan()
                if plan != present or (plan.balancers and not self._edge.is_running):
                    if plan.balancers:
                        self._edge.carry(plan)
                    else:
                        self._edge.stop()
                    present = plan
            except BackendError as error:
                _logger.error("load balancers: %s", error)
                pause = _RETRY_SECONDS
            except Exception:
                _logger.exception("load balancers: the edge could not be kept")
                pause = _RETRY_SECONDS
            self._stopping.wait(pause)

    def _plan(self) -> EdgePlan:
        clusters = self._store.all(Cluster)
        balancers = [one for one in self._store.all(LoadBalancer) if _is_carried(one)]
        addresses = self._droplet_addresses(clusters) if balancers else {}
        return EdgePlan(
            tuple(_balancer(one, target_droplets(clusters, one), addresses) for one in balancers),
        )

    def _droplet_addresses(self, clusters: Iterable[Cluster]) -> dict[int, str]:
        found = {}
        for cluster in clusters:
            by_name = self._backend.node_addresses(cluster.id)
            found.update({node.droplet_id: by_name[node.name] for node in cluster.all_nodes if node.name in by_name})
        return found


def _is_carried(balancer: LoadBalancer) -> bool:
    return balancer.type != "GLOBAL" and time.time() >= balancer.active_at


def _balancer(balancer: LoadBalancer, droplets: Iterable[int], addresses: Mapping[int, str]) -> Balancer:
    settings = balancer.settings
    return Balancer(
        address=balancer.ip,
        routed=balancer.type == "REGIONAL_NETWORK",
        rules=tuple(rule for one in settings["forwarding_rules"] if (rule := _rule(one)) is not None),
        targets=tuple(sorted(addresses[one] for one in droplets if one in addresses)),
        check=_check(settings["health_check"]),
        proxy_protocol=settings["enable_proxy_protocol"],
        allow=tuple(_network(one) for one in settings["firewall"]["allow"]),
        deny=tuple(_network(one) for one in settings["firewall"]["deny"]),
    )


def _rule(rule: Mapping[str, Any]) -> Rule | None:
    entry: str = rule["entry_protocol"]
    protocol = "tcp" if rule["tls_passthrough"] and entry != "http3" else _CARRIED.get(entry)
    return None if protocol is None else Rule(protocol, rule["entry_port"], rule["target_port"])


def _check(check: Mapping[str, Any]) -> Check:
    return Check(
        protocol=check["protocol"],
        port=check["port"],
        path=check["path"],
        interval=float(check["check_interval_seconds"]),
        timeout=float(check["response_timeout_seconds"]),
        healthy_threshold=check["healthy_threshold"],
        unhealthy_threshold=check["unhealthy_threshold"],
    )


def _network(source: str) -> str:
    """ip:192.0.2.1 or cidr:192.0.2.0/24 without what it is."""
    return source.partition(":")[2]
