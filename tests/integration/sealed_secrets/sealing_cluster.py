# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster with the real Sealed Secrets controller, as a process beside a real API server."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from argocd_server.binaries import program
from argocd_server.control_plane import ControlPlane, Etcd
from argocd_server.processes import Processes, free_port
from slipway_lab.build.go_toolchain import find_go
from slipway_lab.build.module_source import module_directory
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.config import LabConfig

NAMESPACE = "kube-system"
KEY_LABEL = "sealedsecrets.bitnami.com/sealed-secrets-key"

# The controller knows only how to reach its API from within a pod: from these files. They are in a mount
# namespace of its own, so the host does not get them.
_AS_IN_A_POD = """
mount -t tmpfs tmpfs /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
cp "$1" /run/secrets/kubernetes.io/serviceaccount/ca.crt
printf %s "$2" > /run/secrets/kubernetes.io/serviceaccount/token
shift 2
exec "$@"
"""


@dataclass
class SealingCluster:
    """A control plane whose controller opens SealedSecrets, and the certificate it publishes."""

    control_plane: ControlPlane
    certificate: Path

    @classmethod
    def start(cls, processes: Processes, etcd: Etcd, directory: Path, name: str, keys: str = "") -> SealingCluster:
        """keys: Secrets with sealing keys, in YAML, that are there before the controller starts."""
        control_plane = ControlPlane.start(processes, etcd, directory / name, name)
        source = module_directory(UPSTREAMS["sealed-secrets"], find_go(LabConfig.from_environment().cache, print))
        for definition in (source / "helm/sealed-secrets/crds").glob("*.yaml"):
            control_plane.run("apply", "--server-side", "-f", str(definition))
        control_plane.wait_for_kinds("sealedsecrets")
        if keys:
            control_plane.run("apply", "-f", "-", stdin=keys)
        port = free_port()
        host, _, api_port = control_plane.server.removeprefix("https://").partition(":")
        label = f"sealed-secrets-{name}"
        processes.start(
            label,
            [
                "unshare", "--mount", "sh", "-ec", _AS_IN_A_POD, "sh",
                control_plane.directory / "ca.crt", control_plane.token,
                program("sealed-secrets", "controller"), f"--listen-addr=127.0.0.1:{port}",
                f"--listen-metrics-addr=127.0.0.1:{free_port()}",
            ],
            env={"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": api_port, "POD_NAMESPACE": NAMESPACE},
        )  # fmt: skip
        certificate = control_plane.directory / "sealing.pem"

        def fetch() -> bool:
            url = f"http://127.0.0.1:{port}/v1/cert.pem"
            with urllib.request.urlopen(url, timeout=2) as answer:
                certificate.write_bytes(answer.read())
            return True

        processes.wait_until(label, fetch)
        return cls(control_plane, certificate)

    @property
    def kubeconfig(self) -> str:
        return str(self.control_plane.kubeconfig)

    def sealing_keys(self) -> str:
        """A backup of the sealing keys, as upstream's documentation says to make it."""
        found = json.loads(self.control_plane.run("get", "secret", "-n", NAMESPACE, "-l", KEY_LABEL, "-o", "json"))
        for item in found["items"]:
            item["metadata"] = {key: item["metadata"][key] for key in ("name", "namespace", "labels")}
        return yaml.safe_dump(found)

    def kubeseal(self, secret: dict[str, Any], *arguments: str) -> str:
        """What the real kubeseal makes of a Secret, in YAML."""
        result = subprocess.run(
            [str(program("sealed-secrets", "kubeseal")), f"--cert={self.certificate}", "--format=yaml", *arguments],
            input=yaml.safe_dump(secret), capture_output=True, text=True, check=False,
            env=os.environ | {"KUBECONFIG": self.kubeconfig},
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        return result.stdout

    def apply(self, path: Path) -> None:
        self.control_plane.run("apply", "-f", str(path))

    def opened(self, namespace: str, name: str) -> dict[str, str]:
        """The values of the Secret that the controller makes, as soon as it has opened what is applied now."""
        wait_until(lambda: self._synced(namespace, name) == "True", f"{namespace}/{name} is opened")
        secret: Any = self.control_plane.get("secret", name, "-n", namespace)
        return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}

    def refused(self, namespace: str, name: str) -> None:
        """Returns when the controller says it cannot open what is applied now."""
        wait_until(lambda: self._synced(namespace, name) == "False", f"{namespace}/{name} is refused")

    def _synced(self, namespace: str, name: str) -> str:
        found: Any = self.control_plane.get("sealedsecret", name, "-n", namespace)
        status = found.get("status") or {}
        if status.get("observedGeneration") != found["metadata"]["generation"]:
            return ""
        return next((item["status"] for item in status.get("conditions", []) if item["type"] == "Synced"), "")


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, f"not within 60 s: {what}"
        time.sleep(0.2)
