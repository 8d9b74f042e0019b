# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""That a run wrote nothing into Argo CD and Kubernetes: not even the same once more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from kubernetes.dynamic.exceptions import ResourceNotFoundError
from platform_view import Cluster, Platform

# Calls of Argo CD's API that change nothing it keeps.
READING = re.compile(
    r"^(session\.SessionService/Create|version\.VersionService/Version|\S+/(Get\w*|List\w*|Generate|ServerSideDiff))$"
)
# What people and runs declare, by API version. Kubernetes writes the rest (pods, nodes, events, leases) by itself.
DECLARED = {
    "v1": ["ConfigMap", "Namespace", "Secret", "Service", "ServiceAccount"],
    "apps/v1": ["DaemonSet", "Deployment", "StatefulSet"],
    "networking.k8s.io/v1": ["NetworkPolicy"],
    "rbac.authorization.k8s.io/v1": ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
    "apiextensions.k8s.io/v1": ["CustomResourceDefinition"],
    "admissionregistration.k8s.io/v1": ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
    "argoproj.io/v1alpha1": ["AppProject", "Application", "ApplicationSet"],
    "bitnami.com/v1alpha1": ["SealedSecret"],
    "gateway.networking.k8s.io/v1": ["Gateway", "HTTPRoute"],
    "operator.tekton.dev/v1alpha1": ["TektonConfig"],
    "tekton.dev/v1": ["Pipeline", "Task"],
    "triggers.tekton.dev/v1beta1": ["EventListener", "Trigger"],
}
# Their controllers write the state into the object itself, which makes a new version of it.
WITH_STATE = {"Application", "ApplicationSet", "EventListener", "Gateway", "HTTPRoute", "SealedSecret", "TektonConfig"}


def _version(kind: str, item: dict[str, Any]) -> str:
    metadata = item["metadata"]
    if kind not in WITH_STATE:
        return str(metadata["resourceVersion"])
    declared = [item.get("spec"), *(metadata.get(key) for key in ("labels", "annotations", "finalizers"))]
    return f"{metadata['uid']} {declared}"


def declared(cluster: Cluster) -> dict[str, str]:
    """The version of each object, by kind, namespace and name."""
    found = {}
    for api_version, kinds in DECLARED.items():
        for kind in kinds:
            try:
                resource = cluster.dynamic.resources.get(api_version=api_version, kind=kind)
            except ResourceNotFoundError:
                continue
            for item in resource.get().to_dict()["items"]:
                metadata = item["metadata"]
                found[f"{kind} {metadata.get('namespace', '')}/{metadata['name']}"] = _version(kind, item)
    return found


@contextmanager
def untouched(platform: Platform) -> Iterator[None]:
    """Fails the test when something is written while the block runs."""
    clusters = {name: platform.cluster(name) for name in platform.workplace.clusters()}
    before = {name: declared(cluster) for name, cluster in clusters.items()}
    assert all(before.values())
    # Argo CD's log has whole seconds.
    started = datetime.now(UTC).replace(microsecond=0)
    yield
    calls = platform.calls_of_argocd(started)
    assert calls, "Argo CD's log does not show the calls of the run"
    assert [call for call in calls if not READING.match(call)] == []
    assert {name: declared(cluster) for name, cluster in clusters.items()} == before
