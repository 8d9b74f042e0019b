# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/pods.md says of the platform's pods, and what is true of those that are there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes.client.exceptions import ApiException
from platform_view import POOL_LABEL, Cluster, wait_until

PAGE = Path(__file__).parents[2] / "docs/pods.md"
# Strictest first: https://kubernetes.io/docs/concepts/security/pod-security-standards/
PROFILES = ("restricted", "baseline", "privileged")
# In this namespace most pods are DOKS's own (here the lab's); what a chart has brought there has this label.
DOKS_NAMESPACE, CHART_LABEL = "kube-system", "app.kubernetes.io/instance"


@dataclass(frozen=True, order=True)
class PodFacts:
    """One row. pod: namespace/workload; user: of the process, as the node says; profile: strictest that takes it."""

    pod: str
    clusters: str
    pool: str
    user: str
    own_users: str
    profile: str

    def row(self) -> str:
        return f"| `{self.pod}` | {self.clusters} | {self.pool} | {self.user} | {self.own_users} | {self.profile} | |"


class SeenPods:
    """Pods of several clusters, also such as are gone by now."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], dict[str, Any]] = {}

    def look(self, name: str, cluster: Cluster, *namespaces: str) -> None:
        """Note the pods of a cluster that run or ran, of all namespaces when none is named."""
        answer = cluster.core.list_pod_for_all_namespaces(_preload_content=False)
        for pod in json.loads(answer.data)["items"]:
            metadata = pod["metadata"]
            ours = metadata["namespace"] != DOKS_NAMESPACE or CHART_LABEL in metadata.get("labels", {})
            wanted = not namespaces or metadata["namespace"] in namespaces
            if ours and wanted and pod["status"]["phase"] in ("Running", "Succeeded"):
                self._seen[(name, metadata["uid"])] = pod

    def unplaced(self) -> list[str]:
        """Those that name no pool."""
        return [_workload(pod) for _, pod in self._pods() if POOL_LABEL not in pod["spec"].get("nodeSelector", {})]

    def privileged(self) -> list[str]:
        """Those with a container that may do whatever the node may, or that see its network, processes or files."""
        return [_workload(pod) for _, pod in self._pods() if _has_the_node(pod["spec"])]

    def facts(self, clusters: dict[str, Cluster]) -> list[PodFacts]:
        """One for each workload, in order; two that are different for one workload are two."""
        where: dict[tuple[str, str, str, str, str], set[str]] = {}
        profiles = {name: _Profiles(cluster) for name, cluster in clusters.items()}
        try:
            for name, pod in self._pods():
                own_users = "yes" if pod["spec"].get("hostUsers") is False else "no"
                pool = pod["spec"].get("nodeSelector", {}).get(POOL_LABEL, "any")
                key = (_workload(pod), pool, _users(pod), own_users, profiles[name].strictest(pod))
                where.setdefault(key, set()).add(name)
        finally:
            for one in profiles.values():
                one.forget()
        order = list(clusters)
        return sorted(
            PodFacts(pod, ", ".join(sorted(names, key=order.index)), pool, user, own_users, profile)
            for (pod, pool, user, own_users, profile), names in where.items()
        )

    def _pods(self) -> Iterable[tuple[str, dict[str, Any]]]:
        return ((name, pod) for (name, _), pod in self._seen.items())


def documented() -> dict[PodFacts, str]:
    """The rows of docs/pods.md, with what each needs beyond `restricted`, and why."""
    rows: dict[PodFacts, str] = {}
    for line in PAGE.read_text().splitlines():
        if line.startswith("| `"):
            pod, *facts, why = (cell.strip() for cell in line.strip("|").split("|"))
            rows[PodFacts(pod.strip("`"), *facts)] = why
    return rows


def _workload(pod: dict[str, Any]) -> str:
    """Namespace and name without what Kubernetes and Tekton make up for each pod."""
    metadata = pod["metadata"]
    labels = metadata.get("labels", {})
    if "tekton.dev/pipelineTask" in labels:
        return f"{metadata['namespace']}/{labels['tekton.dev/pipelineTask']}"
    [owner] = metadata.get("ownerReferences") or [{"kind": "Pod", "name": metadata["name"]}]
    name = str(owner["name"])
    if owner["kind"] == "ReplicaSet":
        name = name.removesuffix("-" + labels["pod-template-hash"])
    return f"{metadata['namespace']}/{re.sub(r'-[0-9a-f]{10}$', '', name)}"


def _containers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [*spec.get("initContainers", []), *spec["containers"]]


def _has_the_node(spec: dict[str, Any]) -> bool:
    return (
        any(spec.get(field) for field in ("hostNetwork", "hostPID", "hostIPC"))
        or any("hostPath" in volume for volume in spec.get("volumes", []))
        or any(one.get("securityContext", {}).get("privileged") for one in _containers(spec))
    )


def _users(pod: dict[str, Any]) -> str:
    """Numbers of the users that its containers run as: what the node says, or else what is asked for."""
    spec, statuses = pod["spec"], pod["status"].get("containerStatuses", [])
    told = {one["name"]: one.get("user", {}).get("linux", {}) for one in statuses}
    asked = spec.get("securityContext", {}).get("runAsUser", "?")
    users = {
        str(told.get(one["name"], {}).get("uid", one.get("securityContext", {}).get("runAsUser", asked)))
        for one in spec["containers"]
    }
    return ", ".join(sorted(users))


class _Profiles:
    """Asks the cluster's own admission, with pods that are not made. Leaves two empty namespaces until `forget`."""

    def __init__(self, cluster: Cluster) -> None:
        self._core = cluster.core
        for profile in PROFILES[:-1]:
            label = {"pod-security.kubernetes.io/enforce": profile}
            name = f"takes-{profile}"
            self._core.create_namespace({"metadata": {"name": name, "labels": label}})
            # No pod is taken before it is there.
            wait_until(f"{name} has a ServiceAccount", lambda name=name: self._has_account(name), 60)

    def strictest(self, pod: dict[str, Any]) -> str:
        return next((profile for profile in PROFILES[:-1] if self._takes(profile, pod["spec"])), PROFILES[-1])

    def forget(self) -> None:
        for profile in PROFILES[:-1]:
            self._core.delete_namespace(f"takes-{profile}")

    def _has_account(self, namespace: str) -> bool:
        return len(self._core.list_namespaced_service_account(namespace).items) > 0

    def _takes(self, profile: str, spec: dict[str, Any]) -> bool:
        # What the cluster has filled in, and what is only in the namespace that the pod comes from.
        left_out = ("nodeName", "serviceAccount", "priority", "preemptionPolicy")
        body = {
            "metadata": {"generateName": "takes-"},
            "spec": {name: value for name, value in spec.items() if name not in left_out}
            | {"serviceAccountName": "default", "automountServiceAccountToken": False},
        }
        try:
            self._core.create_namespaced_pod(f"takes-{profile}", body, dry_run="All")
        except ApiException as error:
            if error.status == 403 and "violates PodSecurity" in error.body:
                return False
            raise
        return True
