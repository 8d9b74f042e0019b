# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The applications of an ApplicationSet: which it has, which it will have, and what becomes of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .._errors import InvalidInputError
from .._reconcile import JsonObject
from .application import KIND as APPLICATION_KIND
from .application import list_applications
from .client import Client
from .custom_resource import view
from .values import differences

SET = "ApplicationSet"
# What spec.syncPolicy.applicationsSync can be: what the controller may do with applications.
SYNC, CREATE_ONLY, CREATE_UPDATE, CREATE_DELETE = "sync", "create-only", "create-update", "create-delete"
# Whoever has it compares and makes applications anew, and takes the annotation away.
REFRESH = "argocd.argoproj.io/application-set-refresh"


def policy_of(application_set: JsonObject) -> str:
    """What the controller may do with the applications of a set."""
    spec: Any = application_set.get("spec") or {}
    return str((spec.get("syncPolicy") or {}).get("applicationsSync") or SYNC)


def owner_of(application: JsonObject) -> str:
    """Name of the ApplicationSet that has the application, "" for none."""
    owners: Any = application["metadata"].get("ownerReferences") or []
    return next((str(owner["name"]) for owner in owners if owner["kind"] == SET), "")


def children_of(client: Client, name: str, namespace: str | None) -> list[JsonObject]:
    """Applications that the ApplicationSet owns."""
    return [item for item in list_applications(client, appNamespace=namespace) if owner_of(item) == name]


def strangers_of(client: Client, name: str, namespace: str | None, wanted: Collection[str]) -> list[JsonObject]:
    """Those of the wanted applications that are there and the ApplicationSet does not own."""
    if not wanted:
        return []
    found = list_applications(client, appNamespace=namespace)
    return [item for item in found if item["metadata"]["name"] in wanted and owner_of(item) != name]


def specs(applications: list[JsonObject]) -> JsonObject:
    return {item["metadata"]["name"]: view(item, APPLICATION_KIND) for item in applications}


def as_policy_allows(policy: str, children: list[JsonObject], generated: list[JsonObject]) -> list[JsonObject]:
    """The applications as they will be: a set can be told not to change or not to delete those that are there."""
    there = {item["metadata"]["name"]: item for item in children}
    result = {item["metadata"]["name"]: item for item in generated}
    if policy in {CREATE_ONLY, CREATE_UPDATE}:
        result = {**there, **result}
    if policy in {CREATE_ONLY, CREATE_DELETE}:
        result |= {name: there[name] for name in result.keys() & there.keys()}
    return list(result.values())


def child_changes(children: list[JsonObject], expected: list[JsonObject]) -> list[str]:
    """What happens to the applications, in sentences."""
    before, after = specs(children), specs(expected)
    sentences = [f"create application {name}" for name in sorted(after.keys() - before.keys())]
    sentences += [f"delete application {name}" for name in sorted(before.keys() - after.keys())]
    for name in sorted(before.keys() & after.keys()):
        found = differences(before[name].get("spec"), after[name].get("spec"), "spec")
        sentences += [f"application {name}: {change.describe()}" for change in found]
    return sentences


def taking_over(application: str, owner: str, heir: str) -> str:
    """The sentence on an application that goes from one ApplicationSet to another. owner: "" when it had none."""
    return f"application {application}: from {f'{SET} {owner}' if owner else f'no {SET}'} to {heir}"


def take_over(client: Client, heir: str, namespace: str | None, strangers: list[JsonObject]) -> None:
    """Let the owners of these applications go of them, so that the heir can have them.

    Its controller takes an application only that no other owns. The owner must not make it any more, else the two
    would be in each other's way.
    """
    owned = [item for item in strangers if owner_of(item)]
    if owned and client.kubernetes is None:
        names = ", ".join(item["metadata"]["name"] for item in owned)
        raise InvalidInputError(
            f"{SET} {heir} cannot take {names} over: Argo CD's API cannot change who owns an application.",
            "Give kubeconfig in place of server_url: then it is changed through the Kubernetes API.",
        )
    if client.kubernetes is None:
        return
    for item in owned:
        kept = [one for one in item["metadata"]["ownerReferences"] if one["kind"] != SET]
        client.kubernetes.patch_metadata(
            "applications", item["metadata"]["name"], item["metadata"].get("namespace"), {"ownerReferences": kept}
        )
    # After a refusal the controller tries again later and later.
    client.kubernetes.patch_metadata("applicationsets", heir, namespace, {"annotations": {REFRESH: "true"}})
