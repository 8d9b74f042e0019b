# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backend `real`: every cluster a control plane and kubelets with containerd, each in Linux namespaces of this host."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from slipway_lab.backend import BackendError, ClusterSpec, Endpoint, NodeSpec
from slipway_lab.cluster.addons import apply_addons
from slipway_lab.cluster.addresses import (
    API_PORT,
    CONTROL_PLANE_MACHINE,
    LabAddresses,
    node_pod_range,
    service_address,
)
from slipway_lab.cluster.api_firewall import firewall_rules
from slipway_lab.cluster.cgroups import lab_group, machine_group, process_files, remove_group, renew_machine_group
from slipway_lab.cluster.cluster_files import ClusterFiles, ClusterRecord
from slipway_lab.cluster.cluster_pki import ClusterPki
from slipway_lab.cluster.control_plane import ControlPlaneLayout, control_plane_services
from slipway_lab.cluster.edge_machine import EdgeMachine
from slipway_lab.cluster.errors import as_backend_errors
from slipway_lab.cluster.host import set_up_host, tear_down_host
from slipway_lab.cluster.kubernetes_api import KubernetesApi
from slipway_lab.cluster.kubernetes_backend import KubernetesBackend
from slipway_lab.cluster.local_images import LocalImages
from slipway_lab.cluster.machine import Machine
from slipway_lab.cluster.machine_config import Isolation, MachineConfig
from slipway_lab.cluster.machine_network import load_nftables, plug_in, set_routes, unplug
from slipway_lab.cluster.node_machine import NodeLayout, machine_directories, node_machine
from slipway_lab.cluster.node_objects import drain, ensure_node, forget_readiness, node_names, remove_node
from slipway_lab.cluster.programs import Binaries, Programs
from slipway_lab.cluster.waiting import wait_for_api, wait_for_nodes
from slipway_lab.config import LabConfig, NodeKind
from slipway_lab.registry.address import node_registry_url

Progress = Callable[[str], None]

# More at once do not come up faster on a small host.
_PARALLEL_MACHINES = 6


class RealBackend(KubernetesBackend):
    """Implements ClusterBackend with real Kubernetes; needs root on Linux.

    One per process and LAB_HOME: the image mirror runs in it.
    """

    def __init__(self, config: LabConfig) -> None:
        super().__init__(config)
        self._addresses = LabAddresses(config.network)
        self._programs = Programs(config.cache)
        self._images = LocalImages(config)
        self._host_lock = threading.Lock()

    def start_cluster(self, spec: ClusterSpec, progress: Progress) -> Endpoint:
        with as_backend_errors(spec.name):
            started = time.monotonic()
            files = ClusterFiles(self._config, spec.id)
            etcd, kubernetes = self._programs.control_plane(spec, progress)
            self._set_up_host(progress)
            record = files.create_or_update(spec, NodeKind.REAL)
            address = self._addresses.control_plane(record.index)
            pki = self._pki(files, record)
            layout = ControlPlaneLayout(
                etcd=etcd,
                kubernetes=kubernetes,
                pki=files.pki,
                etcd_data=files.control_plane / "etcd",
                service_subnet=spec.service_subnet,
                address=address,
                api_bind_address="0.0.0.0",  # noqa: S104 - of the machine's own network namespace
                private_address="127.0.0.1",
            )
            machine = self._control_plane(files, spec)
            config = self._control_plane_machine(files, record, layout)
            if not machine.is_running_with(config):
                progress(f"{spec.name}: starting the control plane, Kubernetes {spec.version}")
                pki.issue_control_plane([address, "127.0.0.1", service_address(spec.service_subnet, 1)])
                for directory in (files.volumes, files.control_plane / "scratch"):
                    directory.mkdir(parents=True, exist_ok=True)
                self._start(machine, config, record.index, CONTROL_PLANE_MACHINE)
            self._apply_firewall(machine, record)
            self._route_pods(files, record)
            api = self._api(files, record)
            wait_for_api(api, machine, spec.name, progress)
            apply_addons(api, service_address(spec.service_subnet, 10), files.volumes, self._addresses.host)
            progress(f"{spec.name}: the Kubernetes API is ready ({time.monotonic() - started:.1f} s)")
            return Endpoint(url=f"https://{address}:{API_PORT}", ipv4=address, ca_pem=pki.ca_pem)

    def set_nodes(self, spec: ClusterSpec, nodes: Sequence[NodeSpec], progress: Progress) -> None:
        with as_backend_errors(spec.name):
            files = ClusterFiles(self._config, spec.id)
            files.require()
            self._set_up_host(progress)
            record = files.create_or_update(spec, NodeKind.REAL)
            record = files.add_nodes(record, [node.name for node in nodes])
            binaries = {
                version: self._programs.node(spec.name, version, progress)
                for version in {record.nodes[node.name].version for node in nodes}
            }
            api = self._api(files, record)
            machines = {node.name: self._node(files, node.name) for node in nodes}
            with ThreadPoolExecutor(_PARALLEL_MACHINES) as pool:
                list(pool.map(lambda node: self._ensure_node(files, record, node, binaries, progress), nodes))
            self._route_pods(files, record)
            wait_for_nodes(api, spec.name, machines, progress)
            # Last: what is drained finds the new nodes ready.
            self._remove_nodes(files, record, (set(record.nodes) | node_names(api)) - set(machines), progress)

    def node_addresses(self, cluster_id: str) -> dict[str, str]:
        record = ClusterFiles(self._config, cluster_id).load()
        if record is None:
            return {}
        return {name: self._addresses.machine(record.index, node.machine) for name, node in record.nodes.items()}

    def stop_cluster(self, cluster_id: str) -> None:
        files = ClusterFiles(self._config, cluster_id)
        try:
            record = files.load()
        except BackendError:
            # All that its numbers are needed for below goes with the machines too, only later.
            record = None
        machines = [self._node(files, d.name) for d in files.nodes.iterdir()] if files.nodes.is_dir() else []
        machines.append(Machine(files.control_plane, f"The control plane of {cluster_id}"))
        with ThreadPoolExecutor(_PARALLEL_MACHINES) as pool:
            list(pool.map(Machine.stop, machines))
        if record is not None:
            for number in (CONTROL_PLANE_MACHINE, *(node.machine for node in record.nodes.values())):
                unplug(self._config, record.index, number)
            remove_group(f"{lab_group(self._config)}/c{record.index}")

    def shut_down(self) -> None:
        """Stop every cluster and leave the host as it was before the lab; all data stays."""
        with ThreadPoolExecutor(_PARALLEL_MACHINES) as pool:
            list(pool.map(self.stop_cluster, self.known_clusters()))
        EdgeMachine(self._config).stop()
        self._images.stop()
        remove_group(lab_group(self._config))
        tear_down_host(self._config)

    def _set_up_host(self, progress: Progress) -> None:
        with self._host_lock:
            set_up_host(self._config)
            self._images.serve(self._addresses.host, progress)

    def _pki(self, files: ClusterFiles, record: ClusterRecord) -> ClusterPki:
        server = f"https://{self._addresses.control_plane(record.index)}:{API_PORT}"
        return ClusterPki(files.pki, record.spec.name, server)

    def _api(self, files: ClusterFiles, record: ClusterRecord) -> KubernetesApi:
        address = self._addresses.control_plane(record.index)
        return KubernetesApi(address, API_PORT, files.pki, self._addresses.management)

    def _control_plane(self, files: ClusterFiles, spec: ClusterSpec) -> Machine:
        return Machine(files.control_plane, f"The control plane of {spec.name}")

    def _node(self, files: ClusterFiles, name: str) -> Machine:
        return Machine(files.node(name), f"Node {name}")

    def _control_plane_machine(
        self, files: ClusterFiles, record: ClusterRecord, layout: ControlPlaneLayout
    ) -> MachineConfig:
        group = machine_group(self._config, record.index, CONTROL_PLANE_MACHINE)
        return MachineConfig(
            log_directory=str(files.control_plane / "log"),
            services=control_plane_services(layout),
            isolation=Isolation(
                hostname="control-plane",
                cgroup_files=process_files(group),
                binds={},
                scratch=str(files.control_plane / "scratch"),
                address=self._addresses.with_prefix(layout.address),
                gateway=self._addresses.host,
                name_server=self._addresses.host,
                bridges={},
                sysctls={},
                nftables="",
            ),
        )

    def _ensure_node(
        self,
        files: ClusterFiles,
        record: ClusterRecord,
        node: NodeSpec,
        binaries: Mapping[str, Binaries],
        progress: Progress,
    ) -> None:
        """Bring one node's object and machine up."""
        numbers = record.nodes[node.name]
        pod_range = node_pod_range(record.spec.pod_subnet, numbers.pod_range)
        api = self._api(files, record)
        ensure_node(api, node, pod_range=pod_range)
        directory = files.node(node.name)
        address = self._addresses.machine(record.index, numbers.machine)
        group = machine_group(self._config, record.index, numbers.machine)
        layout = NodeLayout(
            binaries=binaries[numbers.version],
            pki=files.pki,
            directory=directory,
            cgroup=group,
            cgroup_files=process_files(group),
            address=self._addresses.with_prefix(address),
            host_address=self._addresses.host,
            registry_url=node_registry_url(self._config),
            ca_file=self._config.ca_file,
            pod_range=pod_range,
            pod_subnet=record.spec.pod_subnet,
            service_subnet=record.spec.service_subnet,
        )
        machine, config = self._node(files, node.name), node_machine(node, layout)
        if machine.is_running_with(config):
            return
        progress(f"{record.spec.name}: starting node {node.name}")
        for path in machine_directories(directory):
            path.mkdir(parents=True, exist_ok=True)
        self._pki(files, record).issue_node(node.name, address)
        forget_readiness(api, node.name)
        self._start(machine, config, record.index, numbers.machine)

    def _remove_nodes(self, files: ClusterFiles, record: ClusterRecord, names: set[str], progress: Progress) -> None:
        api = self._api(files, record)

        def remove(name: str) -> None:
            progress(f"{record.spec.name}: draining and removing node {name}")
            drain(api, name, progress)
            machine = self._node(files, name)
            machine.stop()
            remove_node(api, name)
            numbers = record.nodes.get(name)
            if numbers:
                unplug(self._config, record.index, numbers.machine)
                remove_group(machine_group(self._config, record.index, numbers.machine))
            self._pki(files, record).forget_node(name)
            machine.remove()

        with ThreadPoolExecutor(_PARALLEL_MACHINES) as pool:
            list(pool.map(remove, sorted(names)))
        files.forget_nodes(record, names)

    def _route_pods(self, files: ClusterFiles, record: ClusterRecord) -> None:
        """Tell every running machine of the cluster where the others' pods are."""
        ranges = {
            name: (
                node_pod_range(record.spec.pod_subnet, numbers.pod_range),
                self._addresses.machine(record.index, numbers.machine),
            )
            for name, numbers in record.nodes.items()
        }
        machines = {name: self._node(files, name) for name in record.nodes}
        machines[""] = self._control_plane(files, record.spec)
        for own, machine in machines.items():
            init = machine.init
            if init:
                set_routes(init.pid, dict(other for name, other in ranges.items() if name != own))

    def _apply_firewall(self, machine: Machine, record: ClusterRecord) -> None:
        init = machine.init
        if init is None:
            raise BackendError(f"{machine.name} ended: {machine.last_log_line('machine')}")
        always = [self._addresses.machines(record.index), self._addresses.management]
        load_nftables(init.pid, firewall_rules(record.spec.firewall_addresses, always))

    def _start(self, machine: Machine, config: MachineConfig, cluster: int, number: int) -> None:
        machine.stop()
        renew_machine_group(machine_group(self._config, cluster, number))
        init = machine.start(config)
        try:
            plug_in(self._config, cluster, number, init.pid)
            machine.wait_set_up()
        except BackendError:
            # Half set up it would pass for running the next time.
            machine.stop()
            raise
