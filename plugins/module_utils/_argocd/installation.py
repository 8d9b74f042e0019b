# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Install Argo CD from upstream's manifest: get it, fit it, apply it, remove what it has no more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.urls import ConnectionError as UrlError
from ansible.module_utils.urls import open_url

from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError, telling_what_was_done
from .._kubernetes.apply import FIELD_MANAGER, apply_all, before_and_after, sentences, title
from .._kubernetes.objects import Cluster
from .._outcome import Outcome
from .._reconcile import JsonObject
from .manifest import WORKLOADS, fit

INVENTORY = "slipway-argocd-inventory"
# The label makes it an object that this manager owns a field of; without any, Kubernetes notes no owner.
_LABELS = {"app.kubernetes.io/part-of": "argocd"}

INSTALLATION_SPEC = ArgumentSpec(
    options={
        "kubeconfig": {"type": "path", "required": True},
        "kubeconfig_context": {"type": "str"},
        "namespace": {"type": "str", "default": "argocd"},
        "manifest": {"type": "str", "required": True},
        "manifest_sha256": {"type": "str"},
        "placement": {"type": "dict", "default": {}},
        "config": {"type": "dict", "default": {}},
        "command_params": {"type": "dict", "default": {}},
        "rbac": {"type": "dict", "default": {}},
        "resource_exclusions": {"type": "list", "elements": "dict", "default": []},
        "dex": {"type": "bool", "default": True},
        "controllers": {"type": "int", "default": 1},
        "download_timeout": {"type": "int", "default": 60},
    }
)
_FITTED = ("namespace", "placement", "config", "command_params", "rbac", "resource_exclusions", "dex", "controllers")


def install(params: Mapping[str, Any], *, check: bool) -> Outcome:
    """Bring the cluster to what the manifest and the settings say."""
    cluster = Cluster(params["kubeconfig"], params["kubeconfig_context"] or "", FIELD_MANAGER)
    objects = fit(
        read_manifest(params["manifest"], params["manifest_sha256"] or "", params["download_timeout"]),
        **{name: params[name] for name in _FITTED},
    )
    namespace = params["namespace"]
    # A dry run in a namespace that is not there fails.
    if check and cluster.read("v1", "Namespace", namespace) is None:
        what = f"install Argo CD in a new namespace {namespace}, {len(objects)} objects"
        return Outcome([what], {}, {"namespace": namespace}, {"installed": False, "workloads": []})
    kept = [identity(item) for item in objects if item["kind"] != "CustomResourceDefinition"]
    applied_before = _applied_before(cluster, namespace)
    leftovers = [item for item in applied_before if item not in kept]
    declared = [_namespace(namespace), *objects, _inventory(namespace, kept + leftovers)]
    done: list[str] = []
    with telling_what_was_done(done):
        results = apply_all(cluster, declared, check=check, done=done)
        removed = [item for item in leftovers if _delete(cluster, item, check=check, done=done)]
        if leftovers and not check:
            # Only now: a run that is cut off before must leave the next one something to go by.
            cluster.apply(_inventory(namespace, kept), check=False)
    changed = [one for one in results if one.changed]
    before, after = before_and_after(changed)
    return Outcome(
        [*sentences(one.after for one in changed), *(f"remove {title(item)}" for item in removed)],
        before | {title(one): one for one in removed},
        after,
        {
            "installed": bool(applied_before) or not check,
            "workloads": [_workload(one.after) for one in results if one.after["kind"] in WORKLOADS],
        },
    )


def read_manifest(where: str, sha256: str, timeout: float) -> str:
    """The text of a file or URL. Raises InvalidInputError when it cannot be had, or is another one than was checked."""
    try:
        if "://" in where:
            with open_url(where, timeout=timeout) as answer:
                content: bytes = answer.read()
        else:
            content = Path(where).expanduser().read_bytes()
        text = content.decode()
    # Those of urllib and of sockets are OSErrors, a URL or text that is none a ValueError.
    except (OSError, ValueError, UrlError) as error:
        raise InvalidInputError(f"The manifest of Argo CD cannot be had from {where}: {error}.") from error
    found = hashlib.sha256(content).hexdigest()
    if sha256 and found != sha256.lower():
        raise InvalidInputError(
            f"{where} has the SHA-256 {found}, and manifest_sha256 is {sha256}. Nothing was applied.",
            "Look at what changed before you trust it.",
        )
    return text


def identity(item: Mapping[str, Any]) -> JsonObject:
    """What is remembered of an object, to remove it when a later manifest does not have it."""
    metadata = item["metadata"]
    where = {"namespace": metadata["namespace"]} if metadata.get("namespace") else {}
    return {"apiVersion": item["apiVersion"], "kind": item["kind"], "name": metadata["name"], **where}


def _applied_before(cluster: Cluster, namespace: str) -> list[JsonObject]:
    inventory = cluster.read("v1", "ConfigMap", INVENTORY, namespace)
    found: list[JsonObject] = json.loads((inventory or {}).get("data", {}).get("objects", "[]"))
    return found


def _namespace(name: str) -> JsonObject:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(_LABELS)}}


def _inventory(namespace: str, objects: Sequence[JsonObject]) -> JsonObject:
    metadata = {"name": INVENTORY, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"objects": json.dumps(objects)}}


def _delete(cluster: Cluster, item: JsonObject, *, check: bool, done: list[str]) -> bool:
    there = cluster.delete(item["apiVersion"], item["kind"], item["name"], item.get("namespace"), check=check)
    if there and not check:
        done.append(f"remove {item['kind']} {item['name']}")
    return there


def _workload(item: JsonObject) -> JsonObject:
    """What the wait for the rollout needs of a Deployment or StatefulSet."""
    spec = {key: item["spec"][key] for key in ("replicas", "selector") if key in item["spec"]}
    metadata = {key: item["metadata"][key] for key in ("name", "generation")}
    return {"kind": item["kind"], "metadata": metadata, "spec": spec, "status": item.get("status") or {}}
