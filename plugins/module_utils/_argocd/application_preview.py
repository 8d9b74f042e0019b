# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What a sync would do, resource by resource, as Argo CD itself computed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._reconcile import Change, JsonObject, show
from .application_state import resource_name, state_of
from .client import Client
from .manifest_overlay import overlaid, rebased
from .values import differences

# Written by every apply; they say nothing of the content.
NOISE = frozenset({"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"})
NOISY_ANNOTATIONS = frozenset({"kubectl.kubernetes.io/last-applied-configuration", "argocd.argoproj.io/tracking-id"})
SHOWN_CHANGES = 10
SECRET = ("", "Secret")


@dataclass(frozen=True)
class Preview:
    """Sentences on what a sync would do, and the content before and after for the diff."""

    changes: tuple[str, ...]
    before: JsonObject
    after: JsonObject


def preview(
    client: Client,
    application: JsonObject,
    query: JsonObject,
    *,
    prune: bool,
    revision: str = "",
    only: list[JsonObject] | None = None,
) -> Preview:
    """What a sync of an application would do.

    query: appNamespace and project for every call
    revision: another revision than the application's target; when Argo CD has not compared with it, its manifests are
        rendered, and where they differ from those that it has compared with, so does what a sync brings
    only: the resources to sync (group, kind, namespace, name), all when empty
    """
    name = application["metadata"]["name"]
    items = client.items(
        f"read resources of application {name}", "applications", name, "managed-resources", query=query
    )
    targets: dict[tuple[str, ...], Any] | None = None
    if revision and revision != state_of(application).revision:
        rendered = client.get(
            f"render application {name} at {revision}", "applications", name, "manifests",
            query={**query, "revision": revision},
        )  # fmt: skip
        targets = {_key_of(manifest): manifest for manifest in map(json.loads, rendered.get("manifests") or [])}
    is_deployed = _deployed(application) == revision
    changes: list[str] = []
    before: JsonObject = {}
    after: JsonObject = {}
    for item in items:
        if item.get("hook") or (only and not any(_selected(item, one) for one in only)):
            continue
        label = resource_name(item)
        live, predicted = _states(item) if targets is None else _states_at(item, _take(targets, item))
        veiled = targets is not None and _is_secret(item) and live is not None and predicted is not None
        if veiled and not is_deployed:
            changes.append(f"sync {label}, of which Argo CD does not show whether its content changes")
            continue
        if live == predicted or (predicted is None and not prune):
            continue
        changes.append(_sentence(label, live, predicted, secret=_is_secret(item)))
        before[label], after[label] = live, predicted
    for key, manifest in (targets or {}).items():
        label = resource_name({"kind": key[1], "namespace": key[2], "name": key[3]})
        changes.append(f"create {label}")
        before[label], after[label] = None, _clean(manifest)
    return Preview(tuple(changes), before, after)


def _deployed(application: JsonObject) -> str:
    """The revision that was deployed last, "" for none."""
    history: Any = (application.get("status") or {}).get("history") or [{}]
    return str(history[-1].get("revision", ""))


def _is_secret(item: JsonObject) -> bool:
    """Whether Argo CD shows no content of it: what it renders has the same mask for every value."""
    return (item.get("group", ""), item.get("kind", "")) == SECRET


def _take(targets: dict[tuple[str, ...], Any], item: JsonObject) -> Any:
    """The rendered manifest of a resource, taken out; a manifest may leave the namespace to the destination."""
    group, kind, _namespace, name = key = _key(item)
    return targets.pop(key, None) or targets.pop((group, kind, "", name), None)


def _states(item: JsonObject) -> tuple[Any, Any]:
    """Content now and after a sync, as Argo CD's own comparison has them; None for what is not there."""
    target = _parsed(item.get("targetState"))
    return _live(item), None if target is None else _clean(_parsed(item.get("predictedLiveState"))) or _clean(target)


def _states_at(item: JsonObject, manifest: Any) -> tuple[Any, Any]:
    """The same after a sync to another revision. manifest: what it has there, None for nothing.

    Argo CD says how its comparison would leave the object, with all that the cluster fills in. What the other manifest
    has otherwise is put into that.
    """
    live, compared = _live(item), _clean(_parsed(item.get("targetState")))
    if manifest is None:
        return live, None
    wanted = _clean(manifest)
    if "namespace" not in wanted["metadata"] and item.get("namespace"):
        wanted["metadata"]["namespace"] = item["namespace"]
    predicted = _clean(_parsed(item.get("predictedLiveState")))
    if live is None or _is_secret(item):
        return live, live if live is not None and _names(live) == _names(wanted) else wanted
    if compared is None or predicted is None:
        return live, overlaid(live, wanted)
    return live, rebased(predicted, compared, wanted)


def _live(item: JsonObject) -> Any:
    return _clean(_parsed(item.get("normalizedLiveState") or item.get("liveState")))


def _names(secret: JsonObject) -> set[str]:
    """The keys of a Secret, which is all that can be compared of it."""
    return set(secret.get("data") or {})


def _parsed(text: Any) -> Any:
    parsed = json.loads(text) if text else None
    return parsed or None


def _clean(manifest: Any) -> Any:
    if not isinstance(manifest, Mapping):
        return None
    metadata = {key: value for key, value in (manifest.get("metadata") or {}).items() if key not in NOISE}
    annotations = {k: v for k, v in (metadata.pop("annotations", None) or {}).items() if k not in NOISY_ANNOTATIONS}
    if annotations:
        metadata["annotations"] = annotations
    return {**{key: value for key, value in manifest.items() if key != "status"}, "metadata": metadata}


def _key(item: Mapping[str, Any]) -> tuple[str, ...]:
    return (item.get("group", ""), item.get("kind", ""), item.get("namespace", ""), item.get("name", ""))


def _key_of(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    group = str(manifest.get("apiVersion", "")).rpartition("/")[0]
    metadata: Any = manifest.get("metadata") or {}
    return (group, str(manifest.get("kind", "")), metadata.get("namespace", ""), metadata.get("name", ""))


def _selected(item: JsonObject, one: JsonObject) -> bool:
    return all(item.get(field, "") == one[field] for field in ("group", "kind", "namespace", "name") if one.get(field))


def _sentence(label: str, live: Any, predicted: Any, *, secret: bool) -> str:
    if live is None:
        return f"create {label}"
    if predicted is None:
        return f"prune {label}"
    found: list[Change] = list(differences(live, predicted))
    texts = [
        f"{change.path} (not shown)" if secret else f"{change.path} {_short(change.before)} -> {_short(change.after)}"
        for change in found[:SHOWN_CHANGES]
    ]
    more = f", and {len(found) - SHOWN_CHANGES} more" if len(found) > SHOWN_CHANGES else ""
    return f"change {label}: {', '.join(texts)}{more}"


def _short(value: Any) -> str:
    text = show(value)
    return text if len(text) <= 120 else text[:117] + "..."
