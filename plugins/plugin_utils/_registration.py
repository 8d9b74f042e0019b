# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other labels, or another name, of a registered cluster do to the applications on it. Pure.

ApplicationSets find clusters by their labels. One that may delete deletes the applications of a cluster that it does
not find any more, with all they deployed, seconds after the label changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_set_children import (
    CREATE_DELETE,
    SYNC,
    owner_of,
    policy_of,
)
from ansible_collections.slipway.gitops.plugins.plugin_utils._applications import MADE_LABEL
from ansible_collections.slipway.gitops.plugins.plugin_utils._plain import plain

# Generators that combine others.
NESTING = ("matrix", "merge")
JsonObject = dict[str, Any]


def registration_plan(
    clusters: Sequence[Mapping[str, Any]],
    server: str,
    name: str,
    labels: Mapping[str, str],
    *,
    application_sets: Sequence[Mapping[str, Any]] = (),
    applications: Sequence[Mapping[str, Any]] = (),
) -> JsonObject:
    """What a registration changes for applications that are there.

    clusters: as Argo CD has them; server, name, labels: of the one that is to be registered
    application_sets, applications: all that Argo CD has; not needed where no changes come of a first call without

    Returns changes (sentences: which labels, or the name, of an entry that is there), going (applications that
    ApplicationSets would delete: application, application_set), and stranded (names of applications of the role
    applications that are for the cluster by the name that it has now).
    """
    entry = next((one for one in plain(list(clusters)) if one["server"] == server), None)
    if entry is None:
        return {"changes": [], "going": [], "stranded": []}
    before: dict[str, str] = entry.get("labels") or {}
    after = {**before, **{key: str(value) for key, value in plain(dict(labels)).items()}}
    renamed = entry["name"] != name
    changes = [
        f"label {key}: {before.get(key, '(unset)')} -> {value}"
        for key, value in after.items()
        if before.get(key) != value
    ]
    changes += [f"name: {entry['name']} -> {name}"] if renamed else []
    if not changes:
        return {"changes": [], "going": [], "stranded": []}
    sets = {
        one["metadata"]["name"]
        for one in plain(list(application_sets))
        if policy_of(one) in {SYNC, CREATE_DELETE} and _loses(one, before, after, renamed=renamed)
    }
    there = [one for one in plain(list(applications)) if _is_for(one, entry)]
    return {
        "changes": changes,
        "going": [
            {"application": one["metadata"]["name"], "application_set": owner_of(one)}
            for one in there
            if owner_of(one) in sets
        ],
        "stranded": sorted(one["metadata"]["name"] for one in there if renamed and _by_name(one)),
    }


def _is_for(application: JsonObject, entry: JsonObject) -> bool:
    destination = application["spec"].get("destination") or {}
    return bool(destination.get("name") == entry["name"] or destination.get("server") == entry["server"])


def _by_name(application: JsonObject) -> bool:
    """Whether role applications made it, which names clusters."""
    return MADE_LABEL in (application["metadata"].get("labels") or {}) and bool(
        application["spec"]["destination"].get("name")
    )


def _loses(application_set: JsonObject, before: dict[str, str], after: dict[str, str], *, renamed: bool) -> bool:
    """Whether a set makes other applications for the cluster afterwards, or none."""
    for generator in _generators(application_set["spec"].get("generators") or []):
        if "clusters" not in generator:
            continue
        selector = (generator["clusters"] or {}).get("selector") or {}
        if not _matches(selector, before):
            continue
        # What a selector of the generator itself makes of other labels is for Argo CD to say: it may lose them.
        if renamed or not _matches(selector, after) or generator.get("selector"):
            return True
    return False


def _generators(generators: Sequence[JsonObject]) -> Iterator[JsonObject]:
    for generator in generators:
        yield generator
        for kind in NESTING:
            yield from _generators((generator.get(kind) or {}).get("generators") or [])


def _matches(selector: JsonObject, labels: dict[str, str]) -> bool:
    """As Kubernetes' label selectors do; {} matches everything."""
    exact: dict[str, str] = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in exact.items()) and all(
        _holds(one, labels) for one in selector.get("matchExpressions") or []
    )


def _holds(expression: JsonObject, labels: dict[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or []
    answers = {
        "In": labels.get(key) in values and key in labels,
        "NotIn": labels.get(key) not in values or key not in labels,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return answers[expression["operator"]]
