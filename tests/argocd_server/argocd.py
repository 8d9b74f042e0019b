# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argo CD out of cluster: server, repo server and both controllers, against real control planes."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import ssl
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml
from git_work_tree import WorkTree
from slipway_lab.config import LabConfig
from slipway_lab.git.server import GitServer
from slipway_lab.pki import CertificateAuthority

from .binaries import argocd_source, program, redis_server
from .control_plane import ControlPlane, Etcd
from .processes import Processes, free_port

NAMESPACE = "argocd"
# Deleting an ApplicationSet needs the garbage collector; namespaces and account tokens need their controllers;
# those of workloads and volumes say in events why something does not get healthy.
_CONTROLLERS = (
    "garbage-collector-controller,namespace-controller,serviceaccount-controller,serviceaccount-token-controller,"
    "root-ca-certificate-publisher-controller,deployment-controller,replicaset-controller,"
    "persistentvolume-binder-controller,persistentvolumeclaim-protection-controller"
)
# Without the garbage collector nothing that Argo CD prunes ever goes, and no volume claim without its own controller.
_SPOKE_CONTROLLERS = (
    "serviceaccount-token-controller,namespace-controller,garbage-collector-controller,"
    "persistentvolumeclaim-protection-controller"
)
_PART_OF = {"app.kubernetes.io/part-of": "argocd"}


@dataclass
class ArgoCD:
    """A running Argo CD with a hub and a spoke cluster."""

    url: str
    ca_file: Path
    hub: ControlPlane
    spoke: ControlPlane
    directory: Path
    processes: Processes
    git_server: GitServer
    admin_password: str

    @classmethod
    def start(cls, directory: Path) -> ArgoCD:
        """Start everything below the directory (about 15 s)."""
        processes = Processes(directory / "log")
        try:
            return cls._start(directory, processes)
        except BaseException:
            processes.stop_all()
            raise

    @classmethod
    def _start(cls, directory: Path, processes: Processes) -> ArgoCD:
        etcd = Etcd.start(processes, directory / "etcd")
        hub = ControlPlane.start(
            processes, etcd, directory / "hub", "hub", controllers=_CONTROLLERS, namespace=NAMESPACE
        )
        spoke = ControlPlane.start(processes, etcd, directory / "spoke", "spoke", controllers=_SPOKE_CONTROLLERS)
        source = argocd_source()
        for file in sorted((source / "manifests" / "crds").glob("*-crd.yaml")):
            hub.run("apply", "--server-side", "--force-conflicts", "-f", str(file))
        hub.wait_for_kinds("applications", "applicationsets", "appprojects")
        authority = CertificateAuthority.create("Argo CD CA")
        (directory / "argocd-ca.crt").write_bytes(authority.certificate_pem)
        hub.apply(*_objects(source, authority))
        port = free_port()
        _start_argocd(processes, hub, directory, source, port)
        url = f"https://127.0.0.1:{port}"
        context = ssl.create_default_context(cafile=str(directory / "argocd-ca.crt"))
        processes.wait_until("argocd-server", lambda: _healthy(url, context))
        git_server = GitServer(LabConfig.from_environment({"LAB_HOME": str(directory), "LAB_NODES": "none"}))
        git_server.start()
        password = _secret(hub, "argocd-initial-admin-secret", "password")
        return cls(url, directory / "argocd-ca.crt", hub, spoke, directory, processes, git_server, password)

    def stop(self) -> None:
        self.git_server.stop()
        self.processes.stop_all()

    def repository(self, name: str) -> WorkTree:
        """A new Git repository that Argo CD reads as it is, at its file:// URL."""
        return WorkTree(self.directory / "repositories" / name)

    def private_repository(self, name: str) -> tuple[WorkTree, str]:
        """A new Git repository on the lab's Git server, which asks for a password; and its URL there."""
        self.git_server.repositories.create(name, private=True)
        login = f"{self.git_server.user}:{self.git_server.password()}@"
        remote = f"{self.git_server.url}/{name}"
        return WorkTree(self.directory / "repositories" / name, remote.replace("://", f"://{login}")), remote

    def cli(self, *arguments: str, token: str = "") -> str:
        """Run the official argocd CLI as admin and give its output; it must work. token: of another account."""
        result = self.cli_result(*arguments, token=token)
        assert result.returncode == 0, f"argocd {' '.join(arguments)}: {result.stdout}{result.stderr}"
        return result.stdout

    def cli_result(self, *arguments: str, token: str = "") -> subprocess.CompletedProcess[str]:
        """Run the official argocd CLI as admin."""
        config = self.directory / "argocd-cli.yaml"
        token = token.strip() or self._admin_token()
        command = [program("argo-cd", "argocd"), *arguments, "--server", self.url.removeprefix("https://")]
        command += [
            "--server-crt",
            self.ca_file,
            "--config",
            config,
            "--auth-token",
            token.strip() or self._admin_token(),
        ]
        return subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False,
            env={"ARGOCD_BINARY_NAME": "argocd", "HOME": str(self.directory), "PATH": os.environ["PATH"]},
        )  # fmt: skip

    def calls(self) -> list[str]:
        """Every call that argocd-server has answered since its start, such as "repository.RepositoryService/Get"."""
        log = self.processes.log_tail("argocd-server", 100_000_000)
        entries = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        return [
            f"{entry['grpc.service']}/{entry['grpc.method']}"
            for entry in entries
            if "grpc.service" in entry and entry["msg"].startswith("finished")
        ]

    def writes(self) -> list[str]:
        """Every write to the Kubernetes API that argocd-server has made since its start."""
        return self.hub.writes_by("argocd-server")

    def session(self, username: str = "admin", password: str | None = None) -> str:
        """A new session token."""
        credentials = {"username": username, "password": password or self.admin_password}
        answer = self.call("POST", "/api/v1/session", credentials, token="")
        return str(answer["token"])

    def call(self, method: str, path: str, body: object = None, token: str | None = None) -> dict[str, Any]:
        """One raw API call that must work, independent of the code under test; the object it answers."""
        status, answer = self.ask(method, path, body, token=token)
        assert status == 200, f"{method} {path}: {status} {answer}"
        return answer

    def ask(
        self, method: str, path: str, body: object = None, *, token: str | None = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """One raw API call: status, and what was answered, {"text": ...} for what is no JSON.

        token: admin's when None; headers: more of them, with _ for -
        """
        sent = {"Content-Type": "application/json", "Accept": "application/json"}
        sent |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        token = self._admin_token() if token is None else token
        if token:
            sent["Authorization"] = f"Bearer {token}"
        answer = requests.request(
            method, self.url + path, headers=sent, data=None if body is None else json.dumps(body),
            verify=str(self.ca_file), allow_redirects=False, timeout=60,
        )  # fmt: skip
        try:
            return answer.status_code, answer.json()
        except ValueError:
            return answer.status_code, {"text": answer.text}

    def _admin_token(self) -> str:
        if not hasattr(self, "_token"):
            self._token = self.session()
        return self._token


def _objects(source: Path, authority: CertificateAuthority) -> list[dict[str, object]]:
    """Namespace, configuration and the server's certificate."""
    documents: list[dict[str, object]] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}]
    for file in sorted((source / "manifests" / "base" / "config").glob("argocd-*.yaml")):
        document = yaml.safe_load(file.read_text())
        document["metadata"]["namespace"] = NAMESPACE
        if document["metadata"]["name"] == "argocd-cm":
            document.setdefault("data", {}).update(
                {"accounts.robot": "apiKey, login", "accounts.reader": "login", "timeout.reconciliation": "0s"}
            )
        documents.append(document)
    pair = authority.issue_server("argocd-server", ["localhost", "argocd-server"], ["127.0.0.1"])
    documents.append(
        {
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
            "metadata": {"name": "argocd-server-tls", "namespace": NAMESPACE, "labels": _PART_OF},
            "data": {
                "tls.crt": base64.b64encode(pair.certificate).decode(),
                "tls.key": base64.b64encode(pair.key).decode(),
            },
        }
    )  # fmt: skip
    return documents


def _start_argocd(processes: Processes, hub: ControlPlane, directory: Path, source: Path, port: int) -> None:
    scripts = directory / "bin"
    scripts.mkdir()
    for name in ("git-verify-wrapper.sh", "git-ask-pass.sh", "gpg-wrapper.sh"):
        shutil.copy(source / "hack" / name, scripts / name)
        (scripts / name).chmod(0o755)
    # Git asks it for names and passwords.
    (scripts / "argocd").symlink_to(program("argo-cd", "argocd"))
    (scripts / "kustomize").symlink_to(program("kustomize", "kustomize"))
    for name in ("tls", "ssh", "gpg", "gnupg", "plugins", "tmp", "assets"):
        (directory / name).mkdir()
    (directory / "gnupg").chmod(0o700)
    env = {
        "PATH": f"{scripts}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(directory), "KUBECONFIG": str(hub.kubeconfig), "TMPDIR": str(directory / "tmp"),
        "ARGOCD_FAKE_IN_CLUSTER": "true", "HOSTNAME": "argocd-application-controller-0",
        "ARGOCD_TLS_DATA_PATH": str(directory / "tls"), "ARGOCD_SSH_DATA_PATH": str(directory / "ssh"),
        "ARGOCD_GPG_ENABLED": "false", "ARGOCD_GPG_DATA_PATH": str(directory / "gpg"),
        "ARGOCD_GNUPGHOME": str(directory / "gnupg"), "ARGOCD_PLUGINSOCKFILEPATH": str(directory / "plugins"),
        "ARGOCD_ASK_PASS_SOCK": str(directory / "ask.sock"),
        # Tests log in with wrong passwords on purpose.
        "ARGOCD_SESSION_FAILURE_MAX_FAIL_COUNT": "1000",
    }  # fmt: skip
    redis_port, repo_port = free_port(), free_port()
    redis = f"127.0.0.1:{redis_port}"
    repo = ("--repo-server", f"127.0.0.1:{repo_port}", "--repo-server-plaintext", "--redis", redis)
    binary = program("argo-cd", "argocd")

    def start(name: str, *arguments: str | Path) -> None:
        # By its own name, which the Kubernetes API is told as user agent.
        (scripts / name).symlink_to(binary)
        processes.start(name, [scripts / name, *arguments], {**env, "ARGOCD_BINARY_NAME": name})

    redis_program, libraries = redis_server()
    (scripts / "redis-server").symlink_to(redis_program)
    processes.start(
        "redis",
        [scripts / "redis-server", "--save", "", "--appendonly", "no",
         "--bind", "127.0.0.1", "--port", str(redis_port), "--dir", directory / "tmp"],
        {"LD_LIBRARY_PATH": libraries} if libraries else None,
    )  # fmt: skip
    start(
        "argocd-repo-server", "--address", "127.0.0.1", "--port", str(repo_port), "--metrics-address", "127.0.0.1",
        "--metrics-port", str(free_port()), "--redis", redis, "--disable-tls", "--client-ca-path=",
    )  # fmt: skip
    processes.wait_until("argocd-repo-server", lambda: _listens(repo_port))
    start(
        "argocd-server", "--address", "127.0.0.1", "--port", str(port), "--metrics-port", str(free_port()), *repo,
        "--dex-server", "http://127.0.0.1:1", "--staticassets", directory / "assets",
    )  # fmt: skip
    processes.wait_until("argocd-server", lambda: _listens(port))
    start(
        "argocd-application-controller", "--metrics-port", str(free_port()), *repo,
        "--app-resync", "30", "--app-resync-jitter", "0",
    )  # fmt: skip
    start(
        "argocd-applicationset-controller", "--metrics-addr", f"127.0.0.1:{free_port()}",
        "--probe-addr", f"127.0.0.1:{free_port()}", "--webhook-addr", f"127.0.0.1:{free_port()}",
        "--argocd-repo-server", f"127.0.0.1:{repo_port}", "--repo-server-plaintext", "--enable-progressive-syncs",
    )  # fmt: skip


def _secret(hub: ControlPlane, name: str, key: str) -> str:
    encoded = hub.run("-n", NAMESPACE, "get", "secret", name, "-o", f"jsonpath={{.data.{key}}}")
    return base64.b64decode(encoded).decode()


def _listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def _healthy(url: str, context: ssl.SSLContext) -> bool:
    with urllib.request.urlopen(url + "/healthz", timeout=2, context=context) as answer:  # noqa: S310
        return bool(answer.status == 200)
