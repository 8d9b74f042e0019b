# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab with one real cluster, whose Services get load balancers of the account."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import lab_instance
from lab_server import LabServer, wait_for
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.upstreams import available_kubernetes_versions, kubernetes
from slipway_lab.cluster import shut_down_everything
from slipway_lab.cluster.cluster_files import ClusterFiles, known_clusters
from slipway_lab.registry.server import stop_registry

CLUSTERS = "/v2/kubernetes/clusters"
BALANCERS = "/v2/load_balancers"
ID = "kubernetes.digitalocean.com/load-balancer-id"
DISOWN = "service.kubernetes.io/do-loadbalancer-disown"
BASE = "service.beta.kubernetes.io/do-loadbalancer-"
# Only failing tests wait that long; a busy machine needs it.
SECONDS = 180.0
# So that a target is in or out within a second or two.
QUICK_CHECKS = {
    f"{BASE}healthcheck-check-interval-seconds": "1",
    f"{BASE}healthcheck-healthy-threshold": "1",
    f"{BASE}healthcheck-unhealthy-threshold": "1",
}


class BalancerLab:
    """The lab, its account and its cluster of two nodes, in which pods `web` answer."""

    def __init__(self, home: Path) -> None:
        self.server = LabServer(home, LAB_NODES="real", LAB_NETWORK=lab_instance.free_network())
        version = kubernetes(available_kubernetes_versions()[0])
        self._kubectl = BinaryCache(self.server.config.cache).ensure(version, print)["kubectl"]
        self.api: httpx.Client

    def start(self) -> None:
        self.server.start()
        self.server.admin.settings(burst_requests=100_000, hourly_requests=100_000)
        self.api = self.server.client()
        pools = [{"name": "base", "size": "s-2vcpu-4gb", "count": 2}]
        order = {"name": "dev", "region": "fra1", "version": "1.36", "ha": False, "node_pools": pools}
        answer = self.api.post(CLUSTERS, json=order)
        assert answer.status_code == 201, answer.text
        path = f"{CLUSTERS}/{answer.json()['kubernetes_cluster']['id']}"
        wait_for(lambda: self._cluster(path)["status"]["state"], lambda state: state == "running", SECONDS)
        self.cluster = self._cluster(path)
        self.apply(WEB)
        self.kubectl("rollout", "status", "deployment/web", f"--timeout={SECONDS:.0f}s")

    def end(self) -> None:
        """End everything, also what a killed server left behind."""
        self.server.__exit__()
        stop_registry(self.server.config)
        shut_down_everything(self.server.config)

    def _cluster(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(path).json()["kubernetes_cluster"]
        return found

    def run_kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        (cluster,) = known_clusters(self.server.config)
        config = ClusterFiles(self.server.config, cluster).admin_kubeconfig
        return subprocess.run(
            [self._kubectl, f"--kubeconfig={config}", *arguments],
            input=stdin, capture_output=True, text=True, check=False, timeout=SECONDS + 30,
        )  # fmt: skip

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Output of kubectl as administrator; fails with what kubectl said."""
        result = self.run_kubectl(*arguments, stdin=stdin)
        assert result.returncode == 0, f"kubectl {' '.join(arguments)}: {result.stderr}"
        return result.stdout

    def apply(self, *objects: dict[str, Any]) -> None:
        self.kubectl("apply", "-f", "-", stdin=_list(objects))

    def refused(self, *objects: dict[str, Any]) -> str:
        """Why objects are not taken."""
        result = self.run_kubectl("apply", "-f", "-", stdin=_list(objects))
        assert result.returncode != 0
        return result.stderr

    def service(self, name: str = "web") -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", "service", name, "-o", "json"))
        return found

    def ingress(self, name: str = "web") -> str:
        """The address that the Service has got from its load balancer."""
        found = wait_for(lambda: self.service(name)["status"]["loadBalancer"].get("ingress"), bool, SECONDS)
        address: str = found[0]["ip"]
        return address

    def balancers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.get(BALANCERS).json()["load_balancers"]
        return found

    def create_balancer(self, name: str, **more: Any) -> dict[str, Any]:
        """A load balancer made by hand, with its address."""
        rule = {"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 80}
        body = {"name": name, "region": "fra1", "type": "REGIONAL_NETWORK", "forwarding_rules": [rule], **more}
        answer = self.api.post(BALANCERS, json=body)
        assert answer.status_code == 202, answer.text
        return self.balancer(answer.json()["load_balancer"]["id"])

    def balancer(self, id_: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"{BALANCERS}/{id_}").json()["load_balancer"]
        return found

    def events(self, name: str, reason: str) -> list[str]:
        """What the events of a Service with this reason say."""
        selector = f"involvedObject.kind=Service,involvedObject.name={name},reason={reason}"
        found = json.loads(self.kubectl("get", "events", f"--field-selector={selector}", "-o", "json"))
        return [event["message"] for event in found["items"]]

    def empty(self) -> None:
        """Remove all Services with load balancers, and all load balancers."""
        names = [one["metadata"]["name"] for one in json.loads(self.kubectl("get", "services", "-o", "json"))["items"]]
        ours = [name for name in names if name != "kubernetes"]
        if ours:
            self.kubectl("delete", "service", *ours, f"--timeout={SECONDS:.0f}s")
        for balancer in self.balancers():
            assert self.api.delete(f"{BALANCERS}/{balancer['id']}").status_code == 204


def get(address: str, port: int = 80) -> httpx.Response:
    return httpx.get(f"http://{address}:{port}/cgi-bin/index.cgi", timeout=5)


def answers(address: str, port: int = 80) -> str:
    """Which client the pod saw, once it answers."""

    def ask() -> str | None:
        try:
            answer = get(address, port).raise_for_status().text.strip()
            return answer.removeprefix("[::ffff:").removesuffix("]")
        except httpx.HTTPError:
            return None

    found = wait_for(ask, lambda text: text is not None, SECONDS)
    assert found is not None
    return found


def service(name: str = "web", *, type_: str = "LoadBalancer", **spec: Any) -> dict[str, Any]:
    """A Service of the pods; annotations come with annotated()."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "annotations": dict(QUICK_CHECKS)},
        "spec": {
            "type": type_,
            "selector": {"app": "web"},
            "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
            **({"externalTrafficPolicy": "Local"} if type_ == "LoadBalancer" else {}),
            **spec,
        },
    }


def annotated(manifest: dict[str, Any], annotations: dict[str, str]) -> dict[str, Any]:
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "annotations": {**metadata["annotations"], **annotations}}}


def _list(objects: tuple[dict[str, Any], ...]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


# The answer is the client's address, which httpd tells to scripts.
SCRIPT = """
mkdir -p /tmp/w/cgi-bin
cat > /tmp/w/cgi-bin/index.cgi <<'END'
#!/bin/sh
echo
echo "$REMOTE_ADDR"
END
chmod +x /tmp/w/cgi-bin/index.cgi
exec httpd -f -p 8080 -h /tmp/w
"""
# One pod. At the port of its container `echo` what comes in is the answer.
WEB: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "containers": [
                    {
                        "name": "web",
                        "image": "busybox:1.36",
                        "command": ["sh", "-c", SCRIPT],
                        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
                    },
                    {
                        "name": "echo",
                        "image": "busybox:1.36",
                        "command": ["sh", "-c", "while true; do nc -l -p 8081 -e cat; done"],
                    },
                ],
            },
        },
    },
}
