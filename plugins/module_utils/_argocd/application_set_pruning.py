# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What a changed ApplicationSet would have Argo CD remove from clusters, found out before it is removed.

An application that prunes by itself removes at once what its source has not. After a commit that is what it is for.
After a change of the declaration (another folder, another namespace, another environment) it removes what runs, with
its volumes. Argo CD can say what that is only when the application has been changed; so it is changed without pruning
first, then looked at.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

from .._errors import ObjectFailedError
from .._reconcile import JsonObject
from .application import project_of
from .application_state import UNKNOWN, prunes, resource_name, state_of
from .client import Client
from .custom_resource import Declared


def without_pruning(declared: Declared) -> Declared | None:
    """The declared ApplicationSet with applications that do not prune by themselves; None when they do not anyway."""
    spec = deepcopy(declared.spec or {})
    template: Any = (spec.get("template") or {}).get("spec") or {}
    if not prunes(template):
        return None
    template["syncPolicy"]["automated"]["prune"] = False
    return replace(declared, spec=spec)


def endangered(children: list[JsonObject], expected: list[JsonObject]) -> list[JsonObject]:
    """Applications that are there and may lose something that they deployed when they become what is expected: they
    get another source or destination, or begin to prune.
    """
    after = {item["metadata"]["name"]: item["spec"] for item in expected}
    return [
        child
        for child in children
        if prunes(after.get(child["metadata"]["name"], {}))
        and (not prunes(child["spec"]) or _place(child["spec"]) != _place(after[child["metadata"]["name"]]))
    ]


def _place(spec: JsonObject) -> Any:
    """Where an application's manifests come from and go to."""
    sources: Any = spec.get("sources") or [spec.get("source") or {}]
    destination: Any = spec.get("destination") or {}
    came_from = [
        (one.get("repoURL"), one.get("path"), one.get("chart"), one.get("targetRevision") or "HEAD") for one in sources
    ]
    return came_from, destination.get("server"), destination.get("name"), destination.get("namespace")


def would_be_pruned(client: Client, applications: list[JsonObject]) -> list[JsonObject]:
    """What each of the applications would have removed if it pruned now, as Argo CD finds by a comparison made now:
    application (name) and resources (such as PersistentVolumeClaim web/uploads). Without those that lose nothing.

    Raises ObjectFailedError when one cannot be compared, for then nobody knows.
    """
    found = []
    for one in applications:
        name = one["metadata"]["name"]
        query = {"appNamespace": one["metadata"].get("namespace"), "project": project_of(one), "refresh": "normal"}
        # The first can end with a comparison that had begun before; the second cannot.
        for _look in range(2):
            application = client.get(f"compare application {name}", "applications", name, query=query)
        state = state_of(application)
        if state.errors or state.sync in ("", UNKNOWN):
            why = "; ".join(text.rstrip(".") for text in state.errors) or "Argo CD gives no reason"
            raise ObjectFailedError(
                f"Application {name} cannot be compared with its source: {why}. So nobody can say what pruning would "
                "remove, and it stays off.",
                "Mend that, and run again.",
            )
        resources = [resource_name(item) for item in state.out_of_sync if item.get("requiresPruning")]
        if resources:
            found.append({"application": name, "resources": sorted(resources)})
    return found
