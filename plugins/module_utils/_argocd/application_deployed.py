# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What an application has on its cluster, and what of its volumes would go with it."""

from __future__ import annotations

import json
from typing import Any

from .._reconcile import JsonObject
from .application_state import resource_name
from .client import Client

VOLUME, STATEFUL = "PersistentVolumeClaim", "StatefulSet"


def deployed(client: Client, application: JsonObject, query: JsonObject) -> JsonObject:
    """resources: what Argo CD manages there; volumes, volumes_staying: claims that go with it, and that do not. All as
    sentences have them, such as PersistentVolumeClaim web/uploads.

    Kubernetes keeps the claims that a StatefulSet made from its templates, unless its retention policy says otherwise
    (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention).
    """
    name = application["metadata"]["name"]
    managed: list[JsonObject] = list((application.get("status") or {}).get("resources") or [])
    # A resource that is only in Git has neither health nor a place in the tree.
    tree = client.get(f"read resources of {name}", "applications", name, "resource-tree", query=query)
    nodes: list[JsonObject] = list(tree.get("nodes") or [])
    there = {resource_name(node) for node in nodes}
    claims = [node for node in nodes if node.get("kind") == VOLUME and not node.get("group")]
    kept_by = {_parent(node) for node in claims} - {""}
    keeping = kept_by - _let_go(client, name, query) if kept_by else set()
    return {
        "resources": sorted({resource_name(item) for item in managed} & there),
        "volumes": sorted(resource_name(node) for node in claims if _parent(node) not in keeping),
        "volumes_staying": sorted(resource_name(node) for node in claims if _parent(node) in keeping),
    }


def _parent(claim: JsonObject) -> str:
    """The StatefulSet that made a claim, "" for none."""
    parents: Any = claim.get("parentRefs") or []
    return next((resource_name(one) for one in parents if one.get("kind") == STATEFUL), "")


def _let_go(client: Client, name: str, query: JsonObject) -> set[str]:
    """StatefulSets whose claims go with them."""
    what = f"read StatefulSets of {name}"
    items = client.items(what, "applications", name, "managed-resources", query={**query, "kind": STATEFUL})
    found = set()
    for item in items:
        live: Any = json.loads(item.get("liveState") or "null") or {}
        policy = (live.get("spec") or {}).get("persistentVolumeClaimRetentionPolicy") or {}
        if policy.get("whenDeleted") == "Delete":
            found.add(resource_name(item))
    return found
