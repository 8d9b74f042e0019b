# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of a backend, as tests drive it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from typing import Any

from slipway_lab.backend import ClusterSpec, Endpoint, NodeSpec, Taint
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.upstreams import available_kubernetes_versions, kubernetes
from slipway_lab.cluster import StoppableBackend
from slipway_lab.cluster.cluster_files import ClusterFiles
from slipway_lab.config import LabConfig

POOL = "doks.digitalocean.com/node-pool"


def cluster_spec(name: str, number: int, firewall: tuple[str, ...] | None = None) -> ClusterSpec:
    return ClusterSpec(
        id=f"id-{name}",
        name=name,
        region="fra1",
        version=available_kubernetes_versions()[0],
        pod_subnet=f"10.{100 + number}.0.0/17",
        service_subnet=f"10.{100 + number}.128.0/19",
        firewall_addresses=firewall,
    )


def node(pool: str, number: int, *, taint: str = "", labels: dict[str, str] | None = None) -> NodeSpec:
    """A node of 2 vCPUs and 4 GiB; taint: key of a NoSchedule taint with value true."""
    return NodeSpec(
        id=f"{pool}-{number}",
        name=f"{pool}-{number}",
        droplet_id=str(1000 + number),
        pool_name=pool,
        vcpus=2,
        memory_mib=4096,
        labels={POOL: pool, **(labels or {})},
        taints=(Taint(taint, "true", "NoSchedule"),) if taint else (),
    )


# Only failing tests wait that long; a busy machine needs it.
_WAIT_SECONDS = 120.0


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Fail when the condition does not come true in time."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not within {_WAIT_SECONDS:.0f} s: {what}"
        time.sleep(0.2)


class RunningCluster:
    def __init__(self, backend: StoppableBackend, spec: ClusterSpec) -> None:
        self.backend = backend
        self.spec = spec
        config: LabConfig = backend._config  # type: ignore[attr-defined]
        self.config = config
        self.files = ClusterFiles(config, spec.id)
        self._kubectl = BinaryCache(config.cache).ensure(kubernetes(spec.version), print)["kubectl"]

    def say(self, message: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {message}")

    def start(self) -> Endpoint:
        return self.backend.start_cluster(self.spec, self.say)

    def set_nodes(self, *nodes: NodeSpec) -> None:
        self.backend.set_nodes(self.spec, nodes, self.say)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Output of kubectl as administrator; fails with what kubectl said."""
        result = subprocess.run(
            [self._kubectl, f"--kubeconfig={self.files.admin_kubeconfig}", *arguments],
            input=stdin, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert result.returncode == 0, f"kubectl {' '.join(arguments)}: {result.stderr}"
        return result.stdout

    def get(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return found

    def taints(self, name: str) -> set[str]:
        """Taints of a node as key:effect."""
        return {f"{t['key']}:{t['effect']}" for t in self.get("node", name)["spec"].get("taints", [])}

    def apply(self, manifest: str) -> None:
        self.kubectl("apply", "-f", "-", stdin=manifest)

    def wait(self, *arguments: str, seconds: int = 180) -> None:
        self.kubectl("wait", *arguments, f"--timeout={seconds}s")
