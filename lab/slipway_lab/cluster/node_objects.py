# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node objects of a cluster: made before the kubelet starts, kept at the pool's labels and taints, drained, removed."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from slipway_lab.backend import NodeSpec, Taint
from slipway_lab.cluster.kubernetes_api import JsonObject, KubernetesApi, KubernetesApiError

DRAIN_SECONDS = 30.0
NODE_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_NODES = "/api/v1/nodes"
# Remembers on the node which of its taints are the pool's, so that others' taints are never touched.
_POOL_TAINTS = "slipway.lab/pool-taints"
_CONFLICT_RETRIES = 10


def _taint_key(taint: Mapping[str, Any]) -> tuple[str, str]:
    return taint["key"], taint["effect"]


def _taint_json(taints: Iterable[Taint]) -> list[JsonObject]:
    return [{"key": t.key, "value": t.value, "effect": t.effect} for t in taints]


def merge_taints(present: list[JsonObject], owned: list[JsonObject], wanted: list[JsonObject]) -> list[JsonObject]:
    """Taints of a node after the pool's changed from owned to wanted; a taint is told by key and effect."""
    gone = {_taint_key(t) for t in owned} | {_taint_key(t) for t in wanted}
    return [t for t in present if _taint_key(t) not in gone] + wanted


def ensure_node(
    api: KubernetesApi,
    spec: NodeSpec,
    *,
    pod_range: str | None = None,
    annotations: Mapping[str, str] | None = None,
    status: JsonObject | None = None,
) -> None:
    """Make the Node object, or bring labels and the pool's taints of the one that is there to the spec.

    The object comes before its kubelet: labels, taints and the pod range are there before any pod can land.
    status: of a new node that has no kubelet to report it
    """
    wanted = _taint_json(spec.taints)
    owned_annotation = {**(annotations or {}), _POOL_TAINTS: json.dumps(wanted)}
    labels = {"kubernetes.io/hostname": spec.name, "kubernetes.io/os": "linux", **spec.labels}
    for attempt in range(_CONFLICT_RETRIES):
        present = api.get(f"{_NODES}/{spec.name}")
        try:
            if present is None:
                node: JsonObject = {
                    "apiVersion": "v1",
                    "kind": "Node",
                    "metadata": {"name": spec.name, "labels": labels, "annotations": owned_annotation},
                    "spec": {"providerID": f"digitalocean://{spec.droplet_id}", "taints": wanted},
                }
                if pod_range:
                    node["spec"] |= {"podCIDR": pod_range, "podCIDRs": [pod_range]}
                if status:
                    node["status"] = status
                api.request("POST", _NODES, node)
                return
            change = _node_change(present, labels, owned_annotation, wanted, pod_range)
            if change:
                # With the version it was read at, so that a taint set meanwhile by somebody else is not lost.
                change.setdefault("metadata", {})["resourceVersion"] = present["metadata"]["resourceVersion"]
                api.merge_patch(f"{_NODES}/{spec.name}", change)
            return
        except KubernetesApiError as error:
            if error.status != 409 or attempt == _CONFLICT_RETRIES - 1:
                raise


def _node_change(
    present: JsonObject,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    wanted: list[JsonObject],
    pod_range: str | None,
) -> JsonObject:
    metadata, spec = present["metadata"], present.get("spec", {})
    change: JsonObject = {}
    new_labels = {k: v for k, v in labels.items() if metadata.get("labels", {}).get(k) != v}
    new_annotations = {k: v for k, v in annotations.items() if metadata.get("annotations", {}).get(k) != v}
    if new_labels or new_annotations:
        change["metadata"] = {"labels": new_labels, "annotations": new_annotations}
    owned = json.loads(metadata.get("annotations", {}).get(_POOL_TAINTS, "[]"))
    taints = merge_taints(spec.get("taints", []), owned, wanted)
    if sorted(taints, key=_taint_key) != sorted(spec.get("taints", []), key=_taint_key):
        change["spec"] = {"taints": taints}
    if pod_range and not spec.get("podCIDR"):
        change.setdefault("spec", {}).update({"podCIDR": pod_range, "podCIDRs": [pod_range]})
    return change


def node_names(api: KubernetesApi) -> set[str]:
    return {node["metadata"]["name"] for node in api.list(_NODES)}


def ready_nodes(api: KubernetesApi) -> frozenset[str]:
    """Names of the nodes with condition Ready."""
    return frozenset(
        node["metadata"]["name"]
        for node in api.list(_NODES)
        for condition in node.get("status", {}).get("conditions", [])
        if condition["type"] == "Ready" and condition["status"] == "True"
    )


def forget_readiness(api: KubernetesApi, name: str) -> None:
    """Say that nothing is known of a node whose machine is about to start; its new kubelet makes it Ready again."""
    condition = {
        "type": "Ready",
        "status": "Unknown",
        "reason": "MachineStarting",
        "message": "the machine of this node is starting",
        "lastTransitionTime": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    change = {"status": {"conditions": [condition]}}
    api.request("PATCH", f"{_NODES}/{name}/status", change, content_type="application/strategic-merge-patch+json")


def why_not_ready(api: KubernetesApi, name: str) -> str:
    """What Kubernetes says about a node that is not Ready."""
    node = api.get(f"{_NODES}/{name}")
    if node is None:
        return "there is no such Node object"
    for condition in node.get("status", {}).get("conditions", []):
        if condition["type"] == "Ready":
            return f"{condition.get('reason', '')}: {condition.get('message', '')}"
    return "its kubelet has not reported yet"


def drain(api: KubernetesApi, name: str, progress: Callable[[str], None]) -> None:
    """Cordon the node and evict its pods, as disruption budgets allow; gives up after DRAIN_SECONDS."""
    if api.get(f"{_NODES}/{name}") is None:
        return
    api.merge_patch(f"{_NODES}/{name}", {"spec": {"unschedulable": True}})
    deadline = time.monotonic() + DRAIN_SECONDS
    while left := [pod for pod in _pods(api, name) if _is_evictable(pod)]:
        if time.monotonic() > deadline:
            names = ", ".join(f"{p['metadata']['namespace']}/{p['metadata']['name']}" for p in left)
            progress(f"{name}: not drained within {DRAIN_SECONDS:.0f} s, these pods end with the node: {names}")
            return
        for pod in left:
            if "deletionTimestamp" not in pod["metadata"]:
                _evict(api, pod)
        time.sleep(0.5)


def _evict(api: KubernetesApi, pod: JsonObject) -> None:
    metadata = pod["metadata"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/eviction"
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
    }
    try:
        api.request("POST", path, body)
    except KubernetesApiError as error:
        # 404: gone meanwhile; 429: a disruption budget forbids it for now
        if error.status not in (404, 429):
            raise


def remove_node(api: KubernetesApi, name: str) -> None:
    """Remove the Node object and the pods still bound to it; their kubelet is gone, nobody else would end them."""
    for pod in _pods(api, name):
        metadata = pod["metadata"]
        api.delete(f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}", grace_seconds=0)
    api.delete(f"{_NODES}/{name}")
    # The garbage collector would too, but a new node may have the name before.
    api.delete(f"{NODE_LEASES}/{name}")


def _pods(api: KubernetesApi, node: str) -> list[JsonObject]:
    return list(api.list("/api/v1/pods", {"fieldSelector": f"spec.nodeName={node}"}))


def _is_evictable(pod: JsonObject) -> bool:
    metadata = pod["metadata"]
    owners = {owner["kind"] for owner in metadata.get("ownerReferences", [])}
    finished = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
    return (
        "DaemonSet" not in owners
        and "kubernetes.io/config.mirror" not in metadata.get("annotations", {})
        and (not finished)
    )
