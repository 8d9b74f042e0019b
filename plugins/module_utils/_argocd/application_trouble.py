# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Why an application does not get healthy: the resources to blame, what they say, and their last events."""

from __future__ import annotations

from typing import Any

from .._errors import SlipwayError
from .._reconcile import JsonObject
from .application_state import HEALTHY, failed_resources, health_reason, resource_name, state_of
from .client import Client

RESOURCES = 3
EVENTS = 3


def explain(client: Client, application: JsonObject, query: JsonObject) -> list[str]:
    """What is wrong, one resource each, [] when nothing can be found. Never raises for what the API does not tell."""
    name = application["metadata"]["name"]
    state = state_of(application)
    texts = [*state.errors]
    failed = failed_resources(application) or (state.failed and f"its last operation failed: {state.message}")
    if failed:
        texts.append(failed)
    try:
        tree = client.get(f"read resources of {name}", "applications", name, "resource-tree", query=query)
        nodes: list[JsonObject] = [node for node in tree.get("nodes") or [] if _status(node) not in ("", HEALTHY)]
        # Leaves first: a pod says more than the Deployment above it.
        nodes.sort(key=lambda node: node.get("kind") != "Pod")
        texts += [_describe(client, name, node, query) for node in nodes[:RESOURCES]]
    except SlipwayError as error:
        texts.append(f"its resources could not be read: {error.message}")
    return [text.rstrip(".") for text in texts if text]


def _status(node: JsonObject) -> str:
    return str((node.get("health") or {}).get("status", ""))


def _describe(client: Client, name: str, node: JsonObject, query: JsonObject) -> str:
    reason = health_reason(node)
    text = f"{resource_name(node)} is {_status(node)}" + (f" ({reason})" if reason else "")
    where = {
        "resourceName": node.get("name"),
        "resourceNamespace": node.get("namespace"),
        "resourceUID": node.get("uid"),
    }
    answer = client.call("GET", "applications", name, "events", query={**query, **where})
    events: list[Any] = list(answer.body.get("items") or []) if answer.ok else []
    events.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    last = [f"{event.get('reason')}: {event.get('message')}" for event in events[-EVENTS:]]
    return text + (f", events: {' / '.join(last)}" if last else "")
