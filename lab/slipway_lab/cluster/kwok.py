# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backend `kwok`: a real control plane as plain processes, its nodes and pods played by kwok. Needs no root.

Every cluster has a loopback address of its own, so that all can use the usual ports. What kwok cannot do: run
containers, Services, DNS, volumes, and a firewall in front of the API.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from slipway_lab.backend import BackendError, ClusterSpec, Endpoint, NodeSpec
from slipway_lab.cluster.addresses import API_PORT, loopback_address, service_address
from slipway_lab.cluster.cluster_files import ClusterFiles, ClusterRecord
from slipway_lab.cluster.cluster_pki import ClusterPki
from slipway_lab.cluster.control_plane import ETCD_PORT, ControlPlaneLayout, control_plane_services
from slipway_lab.cluster.errors import as_backend_errors
from slipway_lab.cluster.kubernetes_api import JsonObject, KubernetesApi
from slipway_lab.cluster.kubernetes_backend import KubernetesBackend
from slipway_lab.cluster.machine import Machine
from slipway_lab.cluster.machine_config import MachineConfig, Service
from slipway_lab.cluster.node_objects import NODE_LEASES, drain, ensure_node, node_names, remove_node
from slipway_lab.cluster.programs import Binaries, Programs
from slipway_lab.cluster.waiting import wait_for_api, wait_for_nodes
from slipway_lab.config import LabConfig, NodeKind

Progress = Callable[[str], None]

_FAKE_NODE = {"kwok.x-k8s.io/node": "fake"}
_MAX_PODS = "110"
_DYING_SECONDS = 5.0
_SETTINGS = Path(__file__).with_name("kwok.yaml")


class KwokBackend(KubernetesBackend):
    """Implements ClusterBackend with kwok."""

    def __init__(self, config: LabConfig) -> None:
        super().__init__(config)
        self._programs = Programs(config.cache)

    def start_cluster(self, spec: ClusterSpec, progress: Progress) -> Endpoint:
        with as_backend_errors(spec.name):
            started = time.monotonic()
            files = ClusterFiles(self._config, spec.id)
            etcd, kubernetes = self._programs.control_plane(spec, progress)
            kwok = self._programs.upstream("kwok", progress)
            record = files.create_or_update(spec, NodeKind.KWOK)
            address = self._address(record)
            layout = ControlPlaneLayout(
                etcd=etcd,
                kubernetes=kubernetes,
                pki=files.pki,
                etcd_data=files.control_plane / "etcd",
                service_subnet=spec.service_subnet,
                address=address,
                api_bind_address=address,
                private_address=address,
            )
            machine, pki = self._machine(files, spec.name), ClusterPki(files.pki, spec.name, self._url(record))
            config = MachineConfig(
                log_directory=str(files.control_plane / "log"),
                services=[*control_plane_services(layout), self._kwok_service(files, record, kwok)],
            )
            restarted = not machine.is_running_with(config)
            if restarted:
                progress(f"{spec.name}: starting the control plane, Kubernetes {spec.version}, nodes played by kwok")
                machine.stop()
                _require_free(spec.name, address)
                pki.issue_control_plane([address, service_address(spec.service_subnet, 1)])
                machine.start(config)
                machine.wait_set_up()
            api = self._api(files, record)
            wait_for_api(api, machine, spec.name, progress)
            if restarted:
                # kwok calls itself by a new name each time, and waits for leases of its former self to run out.
                api.delete(NODE_LEASES)
            progress(f"{spec.name}: the Kubernetes API is ready ({time.monotonic() - started:.1f} s)")
            return Endpoint(url=self._url(record), ipv4=address, ca_pem=pki.ca_pem)

    def set_nodes(self, spec: ClusterSpec, nodes: Sequence[NodeSpec], progress: Progress) -> None:
        with as_backend_errors(spec.name):
            files = ClusterFiles(self._config, spec.id)
            files.require()
            record = files.create_or_update(spec, NodeKind.KWOK)
            api = self._api(files, record)
            for node in nodes:
                size = {"cpu": str(node.vcpus), "memory": f"{node.memory_mib}Mi", "pods": _MAX_PODS}
                status = {"capacity": size, "allocatable": size, "nodeInfo": _node_info(spec.version)}
                ensure_node(api, node, annotations=_FAKE_NODE, status=status)
            wanted = {node.name for node in nodes}
            machine = self._machine(files, spec.name)
            wait_for_nodes(api, spec.name, dict.fromkeys(wanted, machine), progress)
            for name in sorted(node_names(api) - wanted):
                progress(f"{spec.name}: draining and removing node {name}")
                drain(api, name, progress)
                remove_node(api, name)

    def node_addresses(self, cluster_id: str) -> dict[str, str]:  # noqa: ARG002 - as the protocol has it
        return {}

    def stop_cluster(self, cluster_id: str) -> None:
        self._machine(ClusterFiles(self._config, cluster_id), cluster_id).stop()

    def shut_down(self) -> None:
        """Stop every cluster; all data stays."""
        for cluster_id in self.known_clusters():
            self.stop_cluster(cluster_id)

    def _address(self, record: ClusterRecord) -> str:
        return loopback_address(self._config.network, record.index)

    def _url(self, record: ClusterRecord) -> str:
        return f"https://{self._address(record)}:{API_PORT}"

    def _api(self, files: ClusterFiles, record: ClusterRecord) -> KubernetesApi:
        return KubernetesApi(self._address(record), API_PORT, files.pki)

    def _machine(self, files: ClusterFiles, name: str) -> Machine:
        return Machine(files.control_plane, f"The control plane of {name}")

    def _kwok_service(self, files: ClusterFiles, record: ClusterRecord, binaries: Binaries) -> Service:
        address = self._address(record)
        return Service(
            "kwok",
            (
                str(binaries["kwok"]),
                f"--kubeconfig={files.admin_kubeconfig}",
                f"--config={_SETTINGS}",
                "--manage-all-nodes=true",
                "--node-lease-duration-seconds=40",
                f"--cidr={record.spec.pod_subnet}",
                f"--node-ip={address}",
            ),
            wait_for=f"ready:{address}:{API_PORT}",
        )


def _node_info(version: str) -> JsonObject:
    """What a kubelet would say of itself; the API wants every field."""
    unknown = (
        "bootID",
        "containerRuntimeVersion",
        "kernelVersion",
        "kubeProxyVersion",
        "machineID",
        "osImage",
        "systemUUID",
    )
    return dict.fromkeys(unknown, "") | {
        "architecture": "amd64",
        "operatingSystem": "linux",
        "kubeletVersion": f"v{version}",
    }


def _require_free(cluster: str, address: str) -> None:
    """Another lab's etcd or API at our address would be taken for our own."""
    deadline = time.monotonic() + _DYING_SECONDS
    while taken := [port for port in (ETCD_PORT, API_PORT) if _listens(address, port)]:
        # Services of a supervisor that was killed from outside die a moment after it.
        if time.monotonic() > deadline:
            raise BackendError(
                f"Cluster {cluster}: something listens at {address}:{taken[0]} already, perhaps another lab; "
                "give this one a LAB_NETWORK of its own."
            )
        time.sleep(0.05)


def _listens(address: str, port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1.0)
        return client.connect_ex((address, port)) == 0
