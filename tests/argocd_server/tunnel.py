# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod argocd-server on the hub whose port-forward ends at the real server: kwok plays the kubelet."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path

import yaml
from slipway_lab.pki import CertificateAuthority

from .binaries import program
from .control_plane import ControlPlane
from .processes import Processes, free_port

NODE, POD = "tunnel", "argocd-server-0"
SERVER_PORT = 8080


def start_tunnel(hub: ControlPlane, processes: Processes, directory: Path, namespace: str, port: int) -> None:
    """Make the pod and its node, and a kubelet that forwards port 8080 of any pod to 127.0.0.1:port."""
    directory.mkdir()
    CertificateAuthority.create("kubelet CA").issue_server("kubelet", ["kubelet"], ["127.0.0.1"]).write(
        directory, "kwok"
    )
    forward = {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "ClusterPortForward",
        "metadata": {"name": "argocd"},
        "spec": {"forwards": [{"ports": [SERVER_PORT], "target": {"address": "127.0.0.1", "port": port}}]},
    }
    # kwok does not start without a stage; this one is for no object.
    stage = {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": "nothing"},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": "Node"},
            "selector": {"matchLabels": {"nobody": "nowhere"}},
            "next": {"statusTemplate": ""},
        },
    }
    (directory / "kwok.yaml").write_text(yaml.safe_dump_all([forward, stage]))
    kubelet = free_port()
    processes.start(
        "kwok",
        [
            program("kwok", "kwok"), f"--kubeconfig={hub.kubeconfig}", f"--config={directory}/kwok.yaml",
            "--manage-nodes-with-label-selector=nobody=nowhere", f"--server-address=127.0.0.1:{kubelet}",
            f"--tls-cert-file={directory}/kwok.crt", f"--tls-private-key-file={directory}/kwok.key",
        ],
    )  # fmt: skip
    processes.wait_until("kwok", lambda: _listens(kubelet))
    hub.run("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}}))
    node_status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet}},
    }
    _set_status(hub, ("node", NODE), node_status)
    pod = {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": POD, "namespace": namespace, "labels": {"app.kubernetes.io/name": "argocd-server"}},
        "spec": {"nodeName": NODE, "containers": [{"name": "server", "image": "none.invalid/none"}]},
    }  # fmt: skip
    hub.run("create", "-f", "-", stdin=json.dumps(pod))
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    _set_status(hub, ("-n", namespace, "pod", POD), ready)


def _set_status(hub: ControlPlane, target: tuple[str, ...], status: Mapping[str, object]) -> None:
    hub.run("patch", *target, "--subresource=status", "--type=merge", "-p", json.dumps({"status": status}))


def _listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
