# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Upstream's manifest of Argo CD, fitted to one installation: namespace, nodes, settings. Pure."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.common.yaml import yaml_load_all

from .._errors import InvalidInputError

# The kubernetes library, without which nothing gets here, brings it.
with contextlib.suppress(ImportError):
    import yaml

Manifest = dict[str, Any]

NAMESPACED = frozenset(
    {
        "ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Role", "RoleBinding", "Secret", "Service",
        "ServiceAccount", "StatefulSet",
    }
)  # fmt: skip
CLUSTER_WIDE = frozenset({"ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"})
WORKLOADS = frozenset({"Deployment", "StatefulSet"})
COMPONENT = "app.kubernetes.io/component"
CONTROLLER = "argocd-application-controller"
# The processes read argocd-cmd-params-cm when they start, so a change of it has to start them again.
PARAMS_CHECKSUM = "slipway.gitops/command-params-checksum"


class ManifestError(InvalidInputError):
    """A manifest that is not Argo CD's."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The manifest of Argo CD cannot be used: {what}.")


def load(text: str) -> list[Manifest]:
    """The objects of a manifest. Raises ManifestError for anything that is no list of Kubernetes objects."""
    try:
        found = [item for item in yaml_load_all(text.encode()) if item is not None]
    except yaml.YAMLError as error:
        raise ManifestError(f"it is not YAML: {str(error).splitlines()[0]}") from error
    if not found or not all(isinstance(item, dict) and item.get("kind") and item.get("metadata") for item in found):
        raise ManifestError("it is not a list of Kubernetes objects; a proxy may have answered with a page of its own")
    unknown = sorted({item["kind"] for item in found} - NAMESPACED - CLUSTER_WIDE)
    if unknown:
        raise ManifestError(f"it has objects of kinds that Argo CD's manifest is not known for: {', '.join(unknown)}")
    if not any(item["kind"] == "StatefulSet" and item["metadata"]["name"] == CONTROLLER for item in found):
        raise ManifestError(f"it has no StatefulSet {CONTROLLER}")
    return found


def fit(
    text: str,
    *,
    namespace: str,
    placement: Mapping[str, Any],
    config: Mapping[str, Any],
    command_params: Mapping[str, Any],
    rbac: Mapping[str, Any],
    resource_exclusions: Iterable[Mapping[str, Any]],
    dex: bool,
    controllers: int,
) -> list[Manifest]:
    """The objects to apply, in upstream's order, which puts the definitions of resources first."""
    objects = [item for item in load(text) if dex or not _is_dex(item)]
    data = {
        "argocd-cm": strings(config),
        "argocd-cmd-params-cm": strings(command_params),
        "argocd-rbac-cm": strings(rbac),
    }
    for item in objects:
        _set_namespace(item, namespace)
        name = item["metadata"]["name"]
        if item["kind"] == "ConfigMap" and name in data:
            merged = {**(item.get("data") or {}), **data[name]}
            if name == "argocd-cm" and "resource.exclusions" not in data[name]:
                merged["resource.exclusions"] = _exclusions(merged.get("resource.exclusions", ""), resource_exclusions)
            if merged:
                item["data"] = merged
    checksum = _checksum(next(item for item in objects if item["metadata"]["name"] == "argocd-cmd-params-cm"))
    for item in objects:
        if item["kind"] in WORKLOADS:
            _place(item, placement, checksum)
        if item["kind"] == "StatefulSet" and item["metadata"]["name"] == CONTROLLER:
            _shard(item, controllers)
    return objects


def strings(values: Mapping[str, Any]) -> dict[str, str]:
    """Data of a ConfigMap: YAML's true is the text that Argo CD reads, lists and dictionaries are YAML in a text."""

    def text(value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (dict, list)):
            return yaml.safe_dump(value, sort_keys=False)
        return str(value)

    return {str(key): text(value) for key, value in values.items()}


def _is_dex(item: Manifest) -> bool:
    labels = item["metadata"].get("labels") or {}
    return labels.get(COMPONENT) == "dex-server" or str(item["metadata"]["name"]).startswith("argocd-dex-server")


def _set_namespace(item: Manifest, namespace: str) -> None:
    if item["kind"] in NAMESPACED:
        item["metadata"]["namespace"] = namespace
    for subject in item.get("subjects") or []:
        if subject["kind"] == "ServiceAccount":
            subject["namespace"] = namespace


def _exclusions(shipped: str, more: Iterable[Mapping[str, Any]]) -> str:
    """Upstream's list with more at its end: a list of one's own would replace it."""
    added = [dict(item) for item in more]
    return shipped.rstrip("\n") + "\n" + yaml.safe_dump(added, sort_keys=False) if added else shipped


def _checksum(params: Manifest) -> str:
    return hashlib.sha256(json.dumps(params.get("data") or {}, sort_keys=True).encode()).hexdigest()[:16]


def _place(item: Manifest, placement: Mapping[str, Any], checksum: str) -> None:
    template = item["spec"]["template"]
    template["metadata"].setdefault("annotations", {})[PARAMS_CHECKSUM] = checksum
    pod = template["spec"]
    pod["nodeSelector"] = {**(pod.get("nodeSelector") or {}), **placement.get("nodeSelector", {})}
    tolerations = [*(pod.get("tolerations") or []), *placement.get("tolerations", [])]
    if tolerations:
        pod["tolerations"] = tolerations


def _shard(item: Manifest, controllers: int) -> None:
    item["spec"]["replicas"] = controllers
    for container in item["spec"]["template"]["spec"]["containers"]:
        for variable in container.get("env") or []:
            if variable["name"] == "ARGOCD_CONTROLLER_REPLICAS":
                variable["value"] = str(controllers)
