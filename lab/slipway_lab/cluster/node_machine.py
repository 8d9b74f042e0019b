# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs in a node's machine: containerd, kubelet and kube-proxy, and their settings."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from slipway_lab.backend import NodeSpec
from slipway_lab.cluster.addresses import MIRROR_PORT, hardware_address, pod_gateway, service_address
from slipway_lab.cluster.host import MACHINE_MOUNT_POINTS
from slipway_lab.cluster.machine_config import Isolation, MachineConfig, Service
from slipway_lab.registry.address import REGISTRY_NAME

PAUSE_IMAGE = "registry.k8s.io/pause:3.10.2"
# Inside the machine; /run is its own.
_SETTINGS = "/run/slipway"
_CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
_EVICTION_MEMORY_MIB = 100
_POD_BRIDGE = "cni0"


@dataclass(frozen=True)
class NodeLayout:
    """Where a node lives, and what it talks to.

    binaries: containerd, its shim, runc, kubelet, kube-proxy and the CNI plugins by name
    directory: folder of the machine on the host
    cgroup: its group, with a leading slash; cgroup_files: the cgroup.procs files to join
    address: with prefix length; host_address: the lab's end of the bridge
    registry_url: where images of registry.digitalocean.com are asked for; ca_file: who vouches for it
    pod_range, pod_subnet, service_subnet: CIDRs of this node's pods, of all pods, of Services
    """

    binaries: Mapping[str, Path]
    pki: Path
    directory: Path
    cgroup: str
    cgroup_files: list[str]
    address: str
    host_address: str
    registry_url: str
    ca_file: Path
    pod_range: str
    pod_subnet: str
    service_subnet: str


def node_machine(spec: NodeSpec, layout: NodeLayout) -> MachineConfig:
    """The machine of one node."""
    binds = {str(layout.directory / "fs" / point.lstrip("/")): point for point in MACHINE_MOUNT_POINTS}
    return MachineConfig(
        log_directory=str(layout.directory / "log"),
        services=_services(spec, layout),
        files={
            f"{_SETTINGS}/containerd.toml": _containerd_config(layout),
            f"{_SETTINGS}/registries/_default/hosts.toml": _mirror_config(layout.host_address),
            f"{_SETTINGS}/registries/{REGISTRY_NAME}/hosts.toml": _registry_config(layout.registry_url, layout.ca_file),
            f"{_SETTINGS}/cni/10-lab.conflist": _cni_config(layout.pod_range),
            f"{_SETTINGS}/kubelet.yaml": _kubelet_config(spec, layout),
            f"{_SETTINGS}/kube-proxy.yaml": _kube_proxy_config(spec, layout),
            f"{_SETTINGS}/resolv.conf": f"nameserver {layout.host_address}\n",
        },
        isolation=Isolation(
            hostname=spec.name,
            cgroup_files=layout.cgroup_files,
            binds=binds,
            scratch=str(layout.directory / "scratch"),
            address=layout.address,
            gateway=layout.host_address,
            name_server=layout.host_address,
            # Made by the CNI plugin, its address would change with the pods on it, and they would lose it for a while.
            bridges={_POD_BRIDGE: hardware_address(pod_gateway(layout.pod_range))},
            # The second makes a Service reachable from a pod of the same node: bridged packets pass nftables too.
            sysctls={"net.ipv4.ip_forward": "1", "net.bridge.bridge-nf-call-iptables": "1"},
            nftables=_masquerade(layout.pod_subnet),
        ),
    )


def machine_directories(directory: Path) -> list[Path]:
    """Folders a node's machine expects on the host."""
    return [directory / "scratch", *(directory / "fs" / point.lstrip("/") for point in MACHINE_MOUNT_POINTS)]


def _services(spec: NodeSpec, layout: NodeLayout) -> list[Service]:
    shim_directory = layout.binaries["containerd-shim-runc-v2"].parent
    path = f"{shim_directory}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    address = layout.address.split("/")[0]
    return [
        Service(
            "containerd",
            (str(layout.binaries["containerd"]), f"--config={_SETTINGS}/containerd.toml"),
            environment={"PATH": path},
        ),
        Service(
            "kubelet",
            (
                str(layout.binaries["kubelet"]),
                f"--config={_SETTINGS}/kubelet.yaml",
                f"--kubeconfig={layout.pki}/kubelet-{spec.name}.kubeconfig",
                f"--hostname-override={spec.name}",
                f"--node-ip={address}",
            ),
            wait_for=f"unix:{_CONTAINERD_SOCKET}",
        ),
        Service("kube-proxy", (str(layout.binaries["kube-proxy"]), f"--config={_SETTINGS}/kube-proxy.yaml")),
    ]


def _containerd_config(layout: NodeLayout) -> str:
    # restrict_oom_score_adj: without CAP_SYS_RESOURCE runc may not lower a sandbox's score below containerd's own.
    # The opt plugin would make /opt/containerd on the host.
    return f"""version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
  address = "{_CONTAINERD_SOCKET}"

[plugins."io.containerd.nri.v1.nri"]
  disable = true

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "{PAUSE_IMAGE}"
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "{_SETTINGS}/registries"

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["{layout.binaries["bridge"].parent}"]
    conf_dir = "{_SETTINGS}/cni"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      BinaryName = "{layout.binaries["runc"]}"
      SystemdCgroup = false
"""


def _mirror_config(host_address: str) -> str:
    # `server` too: an image the lab does not make is refused at once, instead of after a try at the real registry.
    url = f"http://{host_address}:{MIRROR_PORT}"
    return f'server = "{url}"\n[host."{url}"]\n  capabilities = ["pull", "resolve"]\n'


def _registry_config(url: str, ca_file: Path) -> str:
    return f'server = "{url}"\noverride_path = true\ncapabilities = ["pull", "resolve"]\nca = "{ca_file}"\n'


def _cni_config(pod_range: str) -> str:
    return json.dumps({
        "cniVersion": "1.0.0",
        "name": "lab",
        "plugins": [
            {
                "type": "bridge",
                "bridge": _POD_BRIDGE,
                "isGateway": True,
                "ipMasq": False,
                "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": pod_range}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}, "backend": "nftables"},
        ],
    })  # fmt: skip


def _kubelet_config(spec: NodeSpec, layout: NodeLayout) -> str:
    reserved = reserved_resources(spec.vcpus, spec.memory_mib, os.cpu_count() or 1, host_memory_mib())
    config = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "failCgroupV1": False,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": layout.cgroup,
        "enforceNodeAllocatable": ["pods"],
        "systemReserved": reserved,
        # The whole host's free memory and disk decide about eviction, not the node's share.
        "evictionHard": {
            "memory.available": f"{_EVICTION_MEMORY_MIB}Mi",
            "nodefs.available": "1%",
            "nodefs.inodesFree": "1%",
            "imagefs.available": "1%",
        },
        "imageGCHighThresholdPercent": 100,
        "containerRuntimeEndpoint": f"unix://{_CONTAINERD_SOCKET}",
        "volumePluginDir": "/var/lib/kubelet/volume-plugins",
        "clusterDNS": [service_address(layout.service_subnet, 10)],
        "clusterDomain": "cluster.local",
        "resolvConf": f"{_SETTINGS}/resolv.conf",
        "failSwapOn": False,
        "serializeImagePulls": False,
        "maxPods": 110,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{layout.pki}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{layout.pki}/kubelet-server-{spec.name}.crt",
        "tlsPrivateKeyFile": f"{layout.pki}/kubelet-server-{spec.name}.key",
    }
    return yaml.safe_dump(config, sort_keys=False)


def reserved_resources(vcpus: int, memory_mib: int, host_cpus: int, host_mib: int) -> dict[str, str]:
    """What to take from the kubelet's view of the host so that the node's size is left.

    A host smaller than the node gives all it has.
    """
    reserved = {}
    if host_cpus > vcpus:
        reserved["cpu"] = str(host_cpus - vcpus)
    if host_mib > memory_mib:
        reserved["memory"] = f"{host_mib - memory_mib}Mi"
    return reserved


def host_memory_mib() -> int:
    fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    return int(fields["MemTotal"].split()[0]) // 1024


def _kube_proxy_config(spec: NodeSpec, layout: NodeLayout) -> str:
    config = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": layout.pod_subnet,
        "hostnameOverride": spec.name,
        "clientConnection": {"kubeconfig": f"{layout.pki}/kube-proxy.kubeconfig"},
        # Connection tracking limits belong to the host.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }
    return yaml.safe_dump(config, sort_keys=False)


def _masquerade(pod_subnet: str) -> str:
    """Pods keep their address among each other, and leave the cluster with their node's."""
    return f"""table ip slipway {{
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {pod_subnet} ip daddr != {pod_subnet} oifname "eth0" masquerade
  }}
}}
"""
