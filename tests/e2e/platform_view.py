# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on the clusters, as Kubernetes and the applications themselves say, and what a person does from outside."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

import example_repositories
import httpx
import web_app
from ansible_runs import Workplace
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.config import new_client_from_config
from kubernetes.dynamic import DynamicClient
from real_lab import RealLab
from slipway_lab.git.client import GitClient

T = TypeVar("T")
ARGOCD = "argocd"
POOL_LABEL = "doks.digitalocean.com/node-pool"


def wait_until(what: str, reached: Callable[[], bool], seconds: float) -> float:
    """Look again and again until it is so; seconds that took. Fails the test when it never is."""
    started = time.monotonic()
    while not reached():
        assert time.monotonic() - started < seconds, f"after {seconds:.0f} s still not so: {what}"
        time.sleep(0.5)
    return time.monotonic() - started


class Watch(Generic[T]):
    """Looks at something twice a second, in a thread, until the block ends; a list of what was seen."""

    def __init__(self, look: Callable[[], T]) -> None:
        self._look = look
        self._seen: list[T] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._error: BaseException | None = None

    def __enter__(self) -> list[T]:
        self._thread.start()
        return self._seen

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while not self._ended.wait(0.5):
                self._seen.append(self._look())
        except BaseException as error:
            self._error = error


class Cluster:
    """One cluster, by the kubeconfig that site.yml wrote."""

    def __init__(self, kubeconfig: Path) -> None:
        connection = new_client_from_config(str(kubeconfig))
        self.core = client.CoreV1Api(connection)
        self.apps = client.AppsV1Api(connection)
        self.custom = client.CustomObjectsApi(connection)
        self._connection = connection

    @cached_property
    def dynamic(self) -> DynamicClient:
        """For objects of any kind; asks the cluster which kinds it has.

        It would keep that in a file by the cluster's address, which another lab's cluster had before.
        """
        return DynamicClient(self._connection, cache_file=f"{os.devnull}/kinds")

    def pods(self, namespace: str) -> dict[str, Any]:
        """Pods by the name of the part that they are of."""
        found = self.core.list_namespaced_pod(namespace).items
        return {pod.metadata.labels["app.kubernetes.io/name"]: pod for pod in found}

    def nodes_by_pool(self) -> dict[str, list[Any]]:
        """Nodes by the pool that their label names."""
        pools: dict[str, list[Any]] = {}
        for node in self.core.list_node().items:
            pools.setdefault(node.metadata.labels[POOL_LABEL], []).append(node)
        return pools

    def pool_of(self, pod: Any) -> str:
        node = self.core.read_node(pod.spec.node_name)
        return str(node.metadata.labels[POOL_LABEL])

    def namespace(self, name: str) -> Any | None:
        try:
            return self.core.read_namespace(name)
        except ApiException as error:
            if error.status == 404:
                return None
            raise

    def images(self, namespace: str) -> set[str]:
        """The images of all pods, by digest; "" for one that is not ready."""
        found = [pod.status.container_statuses or [] for pod in self.core.list_namespaced_pod(namespace).items]
        return {next((one.image_id for one in statuses if one.ready), "") for statuses in found}

    def docker_login(self, namespace: str, secret: str) -> dict[str, Any]:
        """Content of a Secret that has a login for a registry."""
        content = self.core.read_namespaced_secret(secret, namespace).data[".dockerconfigjson"]
        return dict(json.loads(base64.b64decode(content)))

    def get(self, namespace: str, service: str, path: str = "") -> str | None:
        """What the port `http` of a Service answers to GET, through the API server; None when nobody answers."""
        try:
            # The client would turn JSON into the text of a Python dictionary.
            answer = self.core.connect_get_namespaced_service_proxy_with_path(
                f"{service}:http", namespace, path, _preload_content=False
            )
        except ApiException as error:
            if error.status in (404, 502, 503):
                return None
            raise
        return str(answer.data.decode())


def cluster_of(workplace: Workplace, name: str) -> Cluster:
    return Cluster(workplace.kubeconfigs / f"{name}.yaml")


def ready_since(pod: Any) -> datetime:
    [condition] = [item for item in pod.status.conditions if item.type == "Ready" and item.status == "True"]
    since: datetime = condition.last_transition_time
    return since


class Platform:
    """The clusters, Argo CD's objects on the hub, and the Git server."""

    def __init__(self, workplace: Workplace, lab: RealLab) -> None:
        self.workplace = workplace
        self.lab = lab
        self.git = GitClient(lab.config)

    def cluster(self, name: str) -> Cluster:
        return cluster_of(self.workplace, name)

    def objects(self, plural: str) -> dict[str, dict[str, Any]]:
        """Objects of Argo CD by name."""
        found = self.cluster("hub").custom.list_namespaced_custom_object("argoproj.io", "v1alpha1", ARGOCD, plural)
        return {item["metadata"]["name"]: item for item in found["items"]}

    def registered(self) -> list[str]:
        """Names of the clusters that Argo CD has."""
        label = "argocd.argoproj.io/secret-type=cluster"
        found = self.cluster("hub").core.list_namespaced_secret(ARGOCD, label_selector=label).items
        return sorted(base64.b64decode(secret.data["name"]).decode() for secret in found)

    def state(self, application: str) -> tuple[str, str]:
        """Sync status and health."""
        status = self.objects("applications")[application].get("status") or {}
        return status.get("sync", {}).get("status", ""), status.get("health", {}).get("status", "")

    def web(self, cluster: str) -> dict[str, Any] | None:
        """What the web app answers."""
        answer = self.cluster(cluster).get("web", "web")
        return None if answer is None else dict(json.loads(answer))

    def address(self, name: str) -> str:
        """What DNS answers."""
        return web_app.address(self.lab.config, name)

    def ask(self, name: str) -> httpx.Response:
        """What a host of the account's zone answers on port 80, as a browser would ask it."""
        return web_app.ask(self.lab.config, name)

    def says(self, name: str) -> dict[str, Any]:
        """What the web app answers under a name; empty while nobody does."""
        return web_app.says(self.lab.config, name)

    def answers(self, name: str) -> bool:
        return self.ask(name).status_code == 200

    def load_balancers(self) -> dict[str, tuple[str, str]]:
        """Id and address of each load balancer of the account, by name; a name that is there twice fails the test."""
        found = self.workplace.get("/v2/load_balancers")["load_balancers"]
        balancers = {one["name"]: (one["id"], one["ip"]) for one in found}
        assert len(balancers) == len(found), [one["name"] for one in found]
        return balancers

    def calls_of_argocd(self, since: datetime) -> list[str]:
        """Calls of its API that argocd-server logged since then: service/method."""
        hub = self.cluster("hub").core
        [pod] = hub.list_namespaced_pod(ARGOCD, label_selector="app.kubernetes.io/name=argocd-server").items
        lines = hub.read_namespaced_pod_log(pod.metadata.name, ARGOCD).splitlines()
        # Not everything in the log is JSON.
        entries = [json.loads(line) for line in lines if line.startswith("{")]
        return [
            f"{entry['grpc.service']}/{entry['grpc.method']}"
            for entry in entries
            if entry["msg"] == "finished call" and datetime.fromisoformat(entry["grpc.start_time"]) >= since
        ]

    def runs(self, namespace: str) -> list[dict[str, Any]]:
        """PipelineRuns on the hub."""
        found = self.cluster("hub").custom.list_namespaced_custom_object("tekton.dev", "v1", namespace, "pipelineruns")
        return list(found["items"])

    def push(self, repository: str, file: str, old: str, new: str, folder: Path) -> str:
        """Replace a text in a file of a repository on main, as a developer does; the commit."""
        return example_repositories.push_replacement(self.git, repository, file, (old, new), folder)
