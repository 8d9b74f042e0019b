# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes control planes on loopback that share one etcd: no kubelets, so pods never run."""

from __future__ import annotations

import json
import ssl
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from slipway_lab.pki import CertificateAuthority

from .binaries import program
from .processes import Processes, free_port

ADMIN_TOKEN = "harness-admin"
# Every write, with who made it and of what; not its content.
_AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "resources": [{"group": "", "resources": ["events"]}]},
        {"level": "Metadata", "verbs": ["create", "update", "patch", "delete", "deletecollection"]},
    ],
}


@dataclass(frozen=True)
class Etcd:
    """One etcd for all control planes; each takes a prefix of its own."""

    url: str

    @classmethod
    def start(cls, processes: Processes, directory: Path) -> Etcd:
        port, peer = free_port(), free_port()
        url = f"http://127.0.0.1:{port}"
        peer_url = f"http://127.0.0.1:{peer}"
        processes.start(
            "etcd",
            [
                program("etcd", "etcd"), "--name=harness", f"--data-dir={directory}",
                f"--listen-client-urls={url}", f"--advertise-client-urls={url}",
                f"--listen-peer-urls={peer_url}", f"--initial-advertise-peer-urls={peer_url}",
                f"--initial-cluster=harness={peer_url}", "--unsafe-no-fsync", "--log-level=warn",
            ],
        )  # fmt: skip
        processes.wait_until("etcd", lambda: _answers(url + "/health"))
        return cls(url)


@dataclass
class ControlPlane:
    """A kube-apiserver (and, where asked, a kube-controller-manager) with cluster-admin access by token."""

    name: str
    server: str
    ca_pem: bytes
    kubeconfig: Path
    directory: Path
    token: str = ADMIN_TOKEN
    kubectl: Path = field(default_factory=lambda: program("kubernetes", "kubectl"))

    @classmethod
    def start(
        cls, processes: Processes, etcd: Etcd, directory: Path, name: str, *, controllers: str = "", namespace: str = ""
    ) -> ControlPlane:
        """Start a control plane. controllers: what --controllers gets; empty = no controller manager."""
        directory.mkdir(parents=True)
        authority = CertificateAuthority.create(f"{name} CA")
        authority.issue_server(name, ["localhost", "kubernetes"], ["127.0.0.1", "10.0.0.1"]).write(directory, "server")
        authority.issue_server("service-accounts", ["service-accounts"], []).write(directory, "service-accounts")
        (directory / "ca.crt").write_bytes(authority.certificate_pem)
        (directory / "tokens.csv").write_text(f'{ADMIN_TOKEN},admin,admin,"system:masters"\n')
        (directory / "audit-policy.yaml").write_text(yaml.safe_dump(_AUDIT_POLICY))
        port = free_port()
        server = f"https://127.0.0.1:{port}"
        kubeconfig = directory / "kubeconfig"
        _write_kubeconfig(kubeconfig, name, server, directory / "ca.crt", namespace)
        label = f"kube-apiserver-{name}"
        processes.start(
            label,
            [
                program("kubernetes", "kube-apiserver"), f"--etcd-servers={etcd.url}", f"--etcd-prefix=/{name}",
                "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", f"--secure-port={port}",
                f"--tls-cert-file={directory}/server.crt", f"--tls-private-key-file={directory}/server.key",
                f"--token-auth-file={directory}/tokens.csv", "--authorization-mode=RBAC",
                "--service-cluster-ip-range=10.0.0.0/16", "--service-account-issuer=https://kubernetes.default.svc",
                f"--service-account-key-file={directory}/service-accounts.crt",
                f"--service-account-signing-key-file={directory}/service-accounts.key",
                "--endpoint-reconciler-type=none", "--kubelet-preferred-address-types=InternalIP",
                f"--audit-policy-file={directory}/audit-policy.yaml", f"--audit-log-path={directory}/audit.log",
                "--profiling=false", "--v=0",
            ],
        )  # fmt: skip
        context = ssl.create_default_context(cafile=str(directory / "ca.crt"))
        processes.wait_until(label, lambda: _answers(server + "/readyz", context))
        if controllers:
            processes.start(
                f"kube-controller-manager-{name}",
                [
                    program("kubernetes", "kube-controller-manager"), f"--kubeconfig={kubeconfig}",
                    f"--controllers={controllers}", "--leader-elect=false", "--bind-address=127.0.0.1",
                    f"--secure-port={free_port()}", f"--root-ca-file={directory}/ca.crt",
                    f"--service-account-private-key-file={directory}/service-accounts.key",
                    "--use-service-account-credentials=false", "--concurrent-gc-syncs=4", "--v=0",
                ],
            )  # fmt: skip
        return cls(name, server, authority.certificate_pem, kubeconfig, directory)

    def run(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl as cluster-admin and give its output."""
        result = subprocess.run(
            [str(self.kubectl), f"--kubeconfig={self.kubeconfig}", *arguments],
            input=stdin, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if result.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {result.stderr.strip()}")
        return result.stdout

    def wait_for_kinds(self, *plurals: str) -> None:
        """Wait until kinds just defined can be listed."""
        end = time.monotonic() + 30
        while True:
            try:
                self.run("get", ",".join(plurals), "-A")
                return
            except AssertionError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def get(self, *arguments: str) -> dict[str, object]:
        """kubectl get ... -o json, parsed."""
        result: dict[str, object] = json.loads(self.run("get", *arguments, "-o", "json"))
        return result

    def writes_by(self, program: str) -> list[str]:
        """Every write that a program made since the start, such as "update secrets argocd/argocd-secret"."""
        found = []
        for line in (self.directory / "audit.log").read_text().splitlines():
            entry = json.loads(line)
            target = entry.get("objectRef", {})
            if entry["userAgent"].startswith(f"{program}/") and entry["responseStatus"]["code"] < 300:
                where = f"{target.get('namespace', '')}/{target.get('name', '')}"
                found.append(f"{entry['verb']} {target.get('resource', '')} {where}")
        return found

    def apply(self, *objects: dict[str, object]) -> None:
        self.run("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=yaml.safe_dump_all(objects))


def _write_kubeconfig(path: Path, name: str, server: str, ca_file: Path, namespace: str) -> None:
    context: dict[str, str] = {"cluster": name, "user": "admin"}
    if namespace:
        context["namespace"] = namespace
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority": str(ca_file)}}],
                "users": [{"name": "admin", "user": {"token": ADMIN_TOKEN}}],
                "contexts": [{"name": name, "context": context}],
                "current-context": name,
            }
        )
    )
    path.chmod(0o600)


def _answers(url: str, context: ssl.SSLContext | None = None) -> bool:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=2, context=context) as answer:  # noqa: S310
        return bool(answer.status == 200)
