# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for a cluster to come up, saying what for."""

from __future__ import annotations

import time
from collections.abc import Callable

from slipway_lab.backend import BackendError
from slipway_lab.cluster.kubernetes_api import KubernetesApi, KubernetesUnreachableError
from slipway_lab.cluster.machine import Machine
from slipway_lab.cluster.node_objects import ready_nodes, why_not_ready

_API_SECONDS = 120.0
_NODES_SECONDS = 180.0
_POLL_SECONDS = 0.2
_REPORT_SECONDS = 5.0


def wait_for_api(api: KubernetesApi, machine: Machine, name: str, progress: Callable[[str], None]) -> None:
    """Until /readyz answers. BackendError when the machine ends or it takes too long."""
    started = reported = time.monotonic()
    while not api.is_ready():
        now = time.monotonic()
        if machine.init is None:
            raise BackendError(f"The control plane of {name} ended: {machine.last_log_line('machine')}")
        if now - started > _API_SECONDS:
            raise BackendError(
                f"The Kubernetes API of {name} is not ready after {_API_SECONDS:.0f} s: "
                f"{machine.last_log_line('kube-apiserver')}"
            )
        if now - reported > _REPORT_SECONDS:
            progress(f"{name}: waiting for the Kubernetes API, {now - started:.0f} s")
            reported = now
        time.sleep(_POLL_SECONDS)


def wait_for_nodes(
    api: KubernetesApi,
    cluster: str,
    machines: dict[str, Machine],
    progress: Callable[[str], None],
) -> None:
    """Until the nodes of all machines are Ready. BackendError names the ones that are not, and why."""
    started = reported = time.monotonic()
    while True:
        try:
            missing = sorted(set(machines) - ready_nodes(api))
        except KubernetesUnreachableError:
            # A busy API server may miss one answer; if it stays away the time runs out below.
            missing = sorted(machines)
        if not missing:
            return
        now = time.monotonic()
        ended = [name for name in missing if machines[name].init is None]
        if ended:
            raise BackendError(f"Node {ended[0]} of {cluster} ended: {machines[ended[0]].last_log_line('machine')}")
        if now - started > _NODES_SECONDS:
            first = missing[0]
            raise BackendError(
                f"Nodes of {cluster} not Ready after {_NODES_SECONDS:.0f} s: {', '.join(missing)}. {first}: "
                f"{why_not_ready(api, first)}; kubelet: {machines[first].last_log_line('kubelet')}"
            )
        if now - reported > _REPORT_SECONDS:
            progress(f"{cluster}: {len(machines) - len(missing)} of {len(machines)} nodes are Ready")
            reported = now
        time.sleep(_POLL_SECONDS)
