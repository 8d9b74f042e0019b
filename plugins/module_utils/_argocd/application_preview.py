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
from .application_state import resource_name
from .client import Client
from .values import differences

# Written by every apply; they say nothing of the content.
NOISE = frozenset({"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"})
NOISY_ANNOTATIONS = frozenset({"kubectl.kubernetes.io/last-applied-configuration", "argocd.argoproj.io/tracking-id"})
SHOWN_CHANGES = 10


@dataclass(frozen=True)
class Preview:
    """Sentences on what a sync would do, and the content before and after for the diff."""

    changes: tuple[str, ...]
    before: JsonObject
    after: JsonObject


def preview(
    client: Client,
    name: str,
    query: JsonObject,
    *,
    prune: bool,
    revision: str = "",
    only: list[JsonObject] | None = None,
) -> Preview:
    """What a sync of an application would do.

    query: appNamespace and project for every call
    revision: another revision than the application's target; its manifests are then rendered and compared
    only: the resources to sync (group, kind, namespace, name), all when empty
    """
    items = client.items(
        f"read resources of application {name}", "applications", name, "managed-resources", query=query
    )
    targets: dict[tuple[str, ...], Any] | None = None
    if revision:
        rendered = client.get(
            f"render application {name} at {revision}", "applications", name, "manifests",
            query={**query, "revision": revision},
        )  # fmt: skip
        targets = {_key_of(manifest): manifest for manifest in map(json.loads, rendered.get("manifests") or [])}
    changes: list[str] = []
    before: JsonObject = {}
    after: JsonObject = {}
    for item in items:
        if item.get("hook") or (only and not any(_selected(item, one) for one in only)):
            continue
        live, predicted = _states(item, None if targets is None else _take(targets, item), rendered=bool(revision))
        label = resource_name(item)
        if live == predicted:
            continue
        if predicted is None and not prune:
            continue
        changes.append(_sentence(label, live, predicted))
        before[label], after[label] = live, predicted
    for key, manifest in (targets or {}).items():
        label = resource_name({"kind": key[1], "namespace": key[2], "name": key[3]})
        changes.append(f"create {label}")
        before[label], after[label] = None, _clean(manifest)
    return Preview(tuple(changes), before, after)


def _take(targets: dict[tuple[str, ...], Any], item: JsonObject) -> Any:
    """The rendered manifest of a resource, taken out; a manifest may leave the namespace to the destination."""
    group, kind, _namespace, name = key = _key(item)
    return targets.pop(key, None) or targets.pop((group, kind, "", name), None)


def _states(item: JsonObject, manifest: Any, *, rendered: bool) -> tuple[Any, Any]:
    """Content now and after a sync; None for what is not there. manifest: that of another revision, when rendered."""
    live = _clean(_parsed(item.get("normalizedLiveState") or item.get("liveState")))
    if rendered:
        return live, None if manifest is None else _overlaid(live or {}, _clean(manifest))
    target = _parsed(item.get("targetState"))
    return live, None if target is None else _clean(_parsed(item.get("predictedLiveState"))) or _clean(target)


def _overlaid(live: Any, target: Any) -> Any:
    """Live content with the target's keys put in: an apply leaves what others own."""
    if isinstance(live, Mapping) and isinstance(target, Mapping):
        return {**live, **{key: _overlaid(live.get(key), value) for key, value in target.items()}}
    return target


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


def _sentence(label: str, live: Any, predicted: Any) -> str:
    if live is None:
        return f"create {label}"
    if predicted is None:
        return f"prune {label}"
    found: list[Change] = list(differences(live, predicted))
    texts = [f"{change.path} {_short(change.before)} -> {_short(change.after)}" for change in found[:SHOWN_CHANGES]]
    more = f", and {len(found) - SHOWN_CHANGES} more" if len(found) > SHOWN_CHANGES else ""
    return f"change {label}: {', '.join(texts)}{more}"


def _short(value: Any) -> str:
    text = show(value)
    return text if len(text) <= 120 else text[:117] + "..."
