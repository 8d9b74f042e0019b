# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates, keys and kubeconfigs of one cluster."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from slipway_lab.backend import BackendError
from slipway_lab.pki import CertificateAuthority, write_private

_API_NAMES = (
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "localhost",
)
# User and groups of each client of the API; the names are what Kubernetes' own roles are bound to.
_CLIENTS = {
    "admin": ("kubernetes-admin", ["system:masters"]),
    "kubelet-client": ("kube-apiserver-kubelet-client", ["system:masters"]),
    "controller-manager": ("system:kube-controller-manager", []),
    "scheduler": ("system:kube-scheduler", []),
    "kube-proxy": ("system:kube-proxy", []),
}
# The user system:node:<name> is a certificate's common name, 64 characters at most (RFC 5280, ub-common-name).
_LONGEST_NODE_NAME = 64 - len("system:node:")
FRONT_PROXY_USER = "front-proxy-client"


class ClusterPki:
    """Keeps a cluster's authorities; leaves are issued anew whenever what uses them starts.

    cluster_name: what the kubeconfigs call the cluster
    server: URL the kubeconfigs point at
    """

    def __init__(self, directory: Path, cluster_name: str, server: str) -> None:
        self._directory = directory
        self._name = cluster_name
        self._server = server
        self._authority = CertificateAuthority.load_or_create(directory, "kubernetes-ca")

    @property
    def ca_pem(self) -> str:
        return self._authority.certificate_pem.decode()

    def issue_control_plane(self, addresses: Sequence[str]) -> None:
        """Everything the control plane reads; addresses: what its API is reached at."""
        front_proxy = CertificateAuthority.load_or_create(self._directory / "front-proxy", "front-proxy-ca")
        front_proxy.issue_client(FRONT_PROXY_USER).write(self._directory, FRONT_PROXY_USER)
        server = self._authority.issue_server("kube-apiserver", _API_NAMES, addresses)
        server.write(self._directory, "apiserver")
        for name, (user, groups) in _CLIENTS.items():
            self._authority.issue_client(user, groups).write(self._directory, name)
            self._write_kubeconfig(name)
        self._service_account_key()

    def issue_node(self, name: str, address: str) -> None:
        """Client and serving certificate of one kubelet. BackendError for a name that is too long for one."""
        if len(name) > _LONGEST_NODE_NAME:
            raise BackendError(
                f"Node {name} of {self._name}: a node's name can have {_LONGEST_NODE_NAME} characters at most; "
                "give its pool a shorter name."
            )
        self._authority.issue_client(f"system:node:{name}", ["system:nodes"]).write(self._directory, f"kubelet-{name}")
        self._authority.issue_server(f"system:node:{name}", [name], [address]).write(
            self._directory, f"kubelet-server-{name}"
        )
        self._write_kubeconfig(f"kubelet-{name}")

    def forget_node(self, name: str) -> None:
        for file in (*self._directory.glob(f"kubelet-{name}.*"), *self._directory.glob(f"kubelet-server-{name}.*")):
            file.unlink(missing_ok=True)

    def _service_account_key(self) -> None:
        key_file = self._directory / "service-account.key"
        if key_file.exists():
            return
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (self._directory / "service-account.pub").write_bytes(public)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(key_file, private)

    def _write_kubeconfig(self, name: str) -> None:
        def encoded(file: str) -> str:
            return base64.b64encode((self._directory / file).read_bytes()).decode()

        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": self._name,
            "clusters": [
                {
                    "name": self._name,
                    "cluster": {"server": self._server, "certificate-authority-data": encoded("ca.crt")},
                }
            ],
            "users": [
                {
                    "name": name,
                    "user": {
                        "client-certificate-data": encoded(f"{name}.crt"),
                        "client-key-data": encoded(f"{name}.key"),
                    },
                }
            ],
            "contexts": [{"name": self._name, "context": {"cluster": self._name, "user": name}}],
        }
        write_private(self._directory / f"{name}.kubeconfig", yaml.safe_dump(content, sort_keys=False).encode())
