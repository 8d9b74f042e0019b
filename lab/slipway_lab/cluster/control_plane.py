# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines of etcd and the control plane's components, the same for real and for kwok clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slipway_lab.cluster.access_tokens import ISSUER
from slipway_lab.cluster.addresses import API_PORT
from slipway_lab.cluster.cluster_pki import FRONT_PROXY_USER
from slipway_lab.cluster.machine_config import Service

ETCD_PORT = 2379
_ETCD_PEER_PORT = 2380


@dataclass(frozen=True)
class ControlPlaneLayout:
    """Where a control plane lives.

    etcd, kubernetes: binaries by name
    pki: what ClusterPki wrote
    etcd_data: folder of etcd's database
    address: where pods and nodes reach the API, behind the Service kubernetes.default
    api_bind_address: what the API listens at
    private_address: what everything else listens at
    """

    etcd: Mapping[str, Path]
    kubernetes: Mapping[str, Path]
    pki: Path
    etcd_data: Path
    service_subnet: str
    address: str
    api_bind_address: str
    private_address: str


def control_plane_services(layout: ControlPlaneLayout) -> list[Service]:
    """The four processes, each started when what it talks to listens."""
    pki, private = layout.pki, layout.private_address
    etcd_url = f"http://{private}:{ETCD_PORT}"
    peer_url = f"http://{private}:{_ETCD_PEER_PORT}"
    api = f"ready:{layout.address}:{API_PORT}"
    return [
        Service(
            "etcd",
            (
                str(layout.etcd["etcd"]),
                f"--data-dir={layout.etcd_data}",
                # Survives the death of processes, not of the host's kernel: a lab, and three times as fast.
                "--unsafe-no-fsync",
                f"--listen-client-urls={etcd_url}",
                f"--advertise-client-urls={etcd_url}",
                f"--listen-peer-urls={peer_url}",
                f"--initial-advertise-peer-urls={peer_url}",
                f"--initial-cluster=default={peer_url}",
                "--log-level=warn",
            ),
        ),
        Service(
            "kube-apiserver",
            (
                str(layout.kubernetes["kube-apiserver"]),
                f"--etcd-servers={etcd_url}",
                f"--bind-address={layout.api_bind_address}",
                f"--secure-port={API_PORT}",
                f"--advertise-address={layout.address}",
                f"--tls-cert-file={pki}/apiserver.crt",
                f"--tls-private-key-file={pki}/apiserver.key",
                f"--client-ca-file={pki}/ca.crt",
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction",
                "--allow-privileged=true",
                f"--service-cluster-ip-range={layout.service_subnet}",
                f"--service-account-issuer={ISSUER}",
                f"--service-account-key-file={pki}/service-account.pub",
                f"--service-account-signing-key-file={pki}/service-account.key",
                f"--kubelet-certificate-authority={pki}/ca.crt",
                f"--kubelet-client-certificate={pki}/kubelet-client.crt",
                f"--kubelet-client-key={pki}/kubelet-client.key",
                "--kubelet-preferred-address-types=InternalIP,Hostname",
                f"--proxy-client-cert-file={pki}/{FRONT_PROXY_USER}.crt",
                f"--proxy-client-key-file={pki}/{FRONT_PROXY_USER}.key",
                f"--requestheader-client-ca-file={pki}/front-proxy/ca.crt",
                f"--requestheader-allowed-names={FRONT_PROXY_USER}",
                "--requestheader-username-headers=X-Remote-User",
                "--requestheader-group-headers=X-Remote-Group",
                "--requestheader-extra-headers-prefix=X-Remote-Extra-",
                # Webhooks and aggregated APIs are reached by pod address: no kube-proxy runs beside the API server.
                "--enable-aggregator-routing=true",
            ),
            wait_for=f"tcp:{private}:{ETCD_PORT}",
        ),
        Service(
            "kube-controller-manager",
            (
                str(layout.kubernetes["kube-controller-manager"]),
                *_client_flags(pki, "controller-manager"),
                f"--bind-address={private}",
                "--use-service-account-credentials=true",
                f"--service-account-private-key-file={pki}/service-account.key",
                f"--root-ca-file={pki}/ca.crt",
                f"--cluster-signing-cert-file={pki}/ca.crt",
                f"--cluster-signing-key-file={pki}/ca.key",
                "--leader-elect=false",
                # It starts with two dozen service accounts and their tokens; the default rate makes that 4 s.
                "--kube-api-qps=200",
                "--kube-api-burst=400",
            ),
            wait_for=api,
        ),
        Service(
            "kube-scheduler",
            (
                str(layout.kubernetes["kube-scheduler"]),
                *_client_flags(pki, "scheduler"),
                f"--bind-address={private}",
                "--leader-elect=false",
            ),
            wait_for=api,
        ),
    ]


def _client_flags(pki: Path, name: str) -> tuple[str, ...]:
    kubeconfig = f"{pki}/{name}.kubeconfig"
    return (
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
    )
