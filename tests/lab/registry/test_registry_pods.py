# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods of a real node and the lab's registry: pull secrets that do and do not do, and a push from a pod."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lab_server import wait_for
from registry_lab import NAME, RegistryLab, password, write_layer
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.upstreams import available_kubernetes_versions, kubernetes
from slipway_lab.cluster.cluster_files import ClusterFiles, known_clusters

pytestmark = pytest.mark.real
CLUSTERS = "/v2/kubernetes/clusters"
# Only failing tests wait that long; a busy machine needs it.
SECONDS = 180.0


class NodeWithRegistry:
    """A cluster of one node in the lab, and an image in its registry whose program is crane."""

    def __init__(self, lab: RegistryLab) -> None:
        self.lab = lab
        self.image = f"{NAME}/shop/tools/crane:1"
        self._kubectl = BinaryCache(lab.server.config.cache).ensure(
            kubernetes(available_kubernetes_versions()[0]), print
        )["kubectl"]

    def set_up(self) -> None:
        self.lab.create_registry("shop", "professional")
        order = {
            "name": "dev",
            "region": "fra1",
            "version": "1.36",
            "node_pools": [{"name": "base", "size": "s-2vcpu-4gb", "count": 1}],
        }
        with self.lab.api() as api:
            answer = api.post(CLUSTERS, json=order)
            assert answer.status_code == 201, answer.text
            path = f"{CLUSTERS}/{answer.json()['kubernetes_cluster']['id']}"
            wait_for(
                lambda: api.get(path).json()["kubernetes_cluster"]["status"]["state"], lambda s: s == "running", SECONDS
            )
        self.push_crane()

    def push_crane(self) -> None:
        layer, there = self.lab.home / "crane.tar", f"{self.lab.address}/shop/tools/crane:1"
        write_layer(layer, {"crane": self.lab.crane_program.read_bytes()})
        writer = self.lab.login("shop", read_write="true")
        appended = self.lab.crane(writer, "append", "--new_layer", str(layer), "--new_tag", there)
        assert appended.returncode == 0, appended.stderr
        mutated = self.lab.crane(writer, "mutate", "--entrypoint", "/crane", "--tag", there, there)
        assert mutated.returncode == 0, mutated.stderr

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Output of kubectl as administrator; fails with what kubectl said."""
        (cluster,) = known_clusters(self.lab.server.config)
        config = ClusterFiles(self.lab.server.config, cluster).admin_kubeconfig
        result = subprocess.run(
            [self._kubectl, f"--kubeconfig={config}", *arguments],
            input=stdin, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert result.returncode == 0, f"kubectl {' '.join(arguments)}: {result.stderr}"
        return result.stdout

    def apply(self, *objects: dict[str, Any]) -> None:
        self.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def status(self, pod: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", "pod", pod, "-o", "json"))["status"]
        return found

    def run_to_end(self, pod: dict[str, Any]) -> str:
        """Run a pod; its output. Fails when it did not succeed."""
        self.apply(pod)
        name = pod["metadata"]["name"]
        self.wait(lambda: self.status(name)["phase"] in ("Succeeded", "Failed"), lambda: str(self.status(name)))
        output = self.kubectl("logs", name)
        assert self.status(name)["phase"] == "Succeeded", output
        return output

    def why_not_pulled(self, pod: dict[str, Any]) -> str:
        """Run a pod whose image cannot be pulled; the kubelet's words."""
        self.apply(pod)
        name = pod["metadata"]["name"]

        def messages() -> str:
            events = json.loads(
                self.kubectl("get", "events", "--field-selector", f"involvedObject.name={name}", "-o", "json")
            )
            return "\n".join(one["message"] for one in events["items"] if one["reason"] == "Failed")

        self.wait(lambda: "Failed to pull" in messages(), lambda: str(self.status(name)))
        assert self.status(name)["phase"] == "Pending"
        return messages()

    @staticmethod
    def wait(condition: Callable[[], bool], state: Callable[[], str]) -> None:
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, state()
            time.sleep(0.5)


@pytest.fixture(scope="module")
def node(shared_registry_lab: RegistryLab) -> NodeWithRegistry:
    node = NodeWithRegistry(shared_registry_lab)
    node.set_up()
    return node


@pytest.fixture(autouse=True)
def nothing_left(node: NodeWithRegistry) -> Iterator[None]:
    yield
    node.kubectl("delete", "pod,secret,configmap", "--all", "--now")


def login_secret(name: str, login: str) -> dict[str, Any]:
    content = json.dumps({"auths": {NAME: {"auth": login}}}).encode()
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": base64.b64encode(content).decode()},
    }


def pod(name: str, image: str, *arguments: str, secret: str | None = None) -> dict[str, Any]:
    """A pod that runs its image once, pulled anew whatever the node has already."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "imagePullSecrets": [{"name": secret}] if secret else [],
            "containers": [{"name": "c", "image": image, "imagePullPolicy": "Always", "args": list(arguments)}],
        },
    }


def test_a_pod_pulls_with_a_pull_secret(node: NodeWithRegistry) -> None:
    """By its tag, and by its digest."""
    node.apply(login_secret("pull", node.lab.login("shop")))
    assert "v0." in node.run_to_end(pod("by-tag", node.image, "version", secret="pull"))
    digest = node.lab.tags("shop", "tools/crane")["1"]
    by_digest = f"{NAME}/shop/tools/crane@{digest}"
    assert "v0." in node.run_to_end(pod("by-digest", by_digest, "version", secret="pull"))
    assert digest in node.status("by-tag")["containerStatuses"][0]["imageID"]


def test_a_pod_without_a_secret_gets_nothing(node: NodeWithRegistry) -> None:
    assert "401 Unauthorized" in node.why_not_pulled(pod("no-secret", node.image, "version"))


def test_a_pod_with_a_secret_that_ran_out_gets_nothing(node: NodeWithRegistry) -> None:
    node.apply(login_secret("short", node.lab.login("shop", expiry_seconds=1)))
    time.sleep(1.1)
    assert "401 Unauthorized" in node.why_not_pulled(pod("expired", node.image, "version", secret="short"))


def test_a_pod_with_a_revoked_secret_gets_nothing(node: NodeWithRegistry) -> None:
    doomed = node.lab.login("shop")
    node.apply(login_secret("doomed", doomed))
    with node.lab.server.client(password(doomed)) as client:
        assert client.post("/v1/oauth/revoke", data={"token": password(doomed)}).status_code == 200
    assert "401 Unauthorized" in node.why_not_pulled(pod("revoked", node.image, "version", secret="doomed"))


def test_an_image_that_is_not_there_is_said_not_to_be(node: NodeWithRegistry) -> None:
    node.apply(login_secret("pull", node.lab.login("shop")))
    said = node.why_not_pulled(pod("missing", f"{NAME}/shop/tools/crane:2", "version", secret="pull"))
    assert "not found" in said


def test_what_the_lab_makes_needs_no_secret(node: NodeWithRegistry) -> None:
    """Nobody pushed it."""
    node.apply(pod("made", f"{NAME}/slipway/web:1.0.0"))
    node.wait(lambda: node.status("made")["phase"] == "Running", lambda: str(node.status("made")))


def test_a_pod_pushes_by_name(node: NodeWithRegistry) -> None:
    """With the lab's CA from a ConfigMap, as lab/README.md tells."""
    writer = node.lab.login("shop", read_write="true")
    ca = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "lab-ca"}}
    node.apply(login_secret("push", writer), {**ca, "data": {"ca.crt": node.lab.server.config.ca_file.read_text()}})
    copy = pod("push", node.image, "copy", node.image, f"{NAME}/shop/tools/copy:1", secret="push")
    copy["spec"]["volumes"] = [
        {"name": "ca", "configMap": {"name": "lab-ca"}},
        {
            "name": "docker",
            "secret": {"secretName": "push", "items": [{"key": ".dockerconfigjson", "path": "config.json"}]},
        },
    ]
    copy["spec"]["containers"][0] |= {
        "env": [{"name": "SSL_CERT_FILE", "value": "/ca/ca.crt"}, {"name": "DOCKER_CONFIG", "value": "/docker"}],
        "volumeMounts": [{"name": "ca", "mountPath": "/ca"}, {"name": "docker", "mountPath": "/docker"}],
    }
    node.run_to_end(copy)
    assert node.lab.tags("shop", "tools/copy") == node.lab.tags("shop", "tools/crane")
