# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Plan a change of an object with metadata and spec: AppProject, Application, ApplicationSet. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError, raise_all
from .._grammar import Each, Rule, problems_of
from .._kubernetes.grammar import QUALIFIED_NAME
from .._reconcile import Change, JsonObject
from .._sealed_secrets.short_names import named_shortly
from . import grammar
from .schema import check
from .values import canonical, differences, merged

# Annotations that Argo CD and kubectl write for themselves.
SYSTEM_ANNOTATIONS = frozenset(
    {
        "argocd.argoproj.io/refresh",
        "argocd.argoproj.io/refresh-timestamp",
        "argocd.argoproj.io/hydrate",
        "argocd.argoproj.io/hydrate-timestamp",
        "argocd.argoproj.io/tracking-id",
        "argocd.argoproj.io/application-set-refresh",
        "notified.notifications.argoproj.io",
        "kubectl.kubernetes.io/last-applied-configuration",
    }
)
# What Kubernetes' API takes of every object (k8s.io/apimachinery/pkg/api/validation/objectmeta.go).
METADATA_RULES: Mapping[str, Rule] = {
    "name": grammar.NAME,
    "labels": grammar.LABELS,
    "annotations": grammar.ANNOTATIONS,
    "finalizers": Each(QUALIFIED_NAME),
}
PURGE_CHOICES = ("spec", "labels", "annotations")

OBJECT_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str", "required": True},
        "spec": {"type": "dict"},
        "labels": {"type": "dict"},
        "annotations": {"type": "dict"},
        "finalizers": {"type": "list", "elements": "str"},
        "purge": {"type": "list", "elements": "str", "choices": list(PURGE_CHOICES), "default": []},
    }
)


@dataclass(frozen=True)
class Declared:
    """What the user declared of one object; None = not mentioned."""

    name: str
    spec: JsonObject | None = None
    labels: JsonObject | None = None
    annotations: JsonObject | None = None
    finalizers: list[str] | None = None
    purge: frozenset[str] = frozenset()

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Declared:
        return cls(
            name=params["name"],
            spec=params["spec"],
            labels=params["labels"],
            annotations=params["annotations"],
            finalizers=params["finalizers"],
            purge=frozenset(params["purge"]),
        )

    def checked(self, subject: str, kind: str, refused: Mapping[str, frozenset[str]] | None = None) -> Declared:
        """Itself, or InvalidInputError: unknown fields, wrong types, a purge of what is not declared."""
        check(subject, self.spec, kind, "spec", refused)
        for name in ("labels", "annotations"):
            check(subject, getattr(self, name), "map of str", name)
        undeclared = sorted(name for name in self.purge if getattr(self, name) is None)
        if undeclared:
            raise InvalidInputError(
                f"{subject}: purge names {', '.join(undeclared)}, which is not declared.",
                "Declare it (an empty dictionary removes everything), or leave it out of purge.",
            )
        return self


def declared_object(
    subject: str,
    params: Mapping[str, Any],
    kind: str,
    problems: Callable[[Declared], list[str]],
    refused: Mapping[str, frozenset[str]] | None = None,
) -> Declared:
    """What is declared of one object, whose spec is of this kind. Asks nobody, so check mode and run agree.

    problems: what is wrong with the values of its spec
    Raises InvalidInputError naming everything that Argo CD or Kubernetes would refuse; of what is to go, only fields
    that are none.
    """
    wanted = Declared.from_params(params).checked(subject, kind, refused)
    if params["state"] == "present":
        metadata = {name: getattr(wanted, name) for name in METADATA_RULES}
        found = problems_of(METADATA_RULES, metadata) + problems(wanted)
        raise_all(found, InvalidInputError, f"{subject} cannot be as asked")
    return wanted


@dataclass(frozen=True)
class Plan:
    """What is to become of an object. before and after: its canonical form; body: what to send."""

    changes: tuple[Change, ...]
    before: JsonObject
    after: JsonObject
    body: JsonObject = field(default_factory=dict)

    @property
    def removed_keys(self) -> list[str]:
        """Labels and annotations that the plan takes away, as paths."""
        return [
            f"{kind}.{key}"
            for kind in ("labels", "annotations")
            for key in self.before.get(kind, {})
            if key not in self.after.get(kind, {})
        ]


def plan(live: JsonObject | None, declared: Declared, kind: str) -> Plan:
    """Compare the declared keys with the live object. kind: definition of its spec."""
    body: JsonObject = deepcopy(live) if live else {"metadata": {"name": declared.name}}
    metadata: JsonObject = body["metadata"]
    for name in ("labels", "annotations"):
        wanted = getattr(declared, name)
        if wanted is not None:
            metadata[name] = _merged_strings(metadata.get(name) or {}, wanted, purge=name in declared.purge)
    if declared.finalizers is not None:
        metadata["finalizers"] = list(declared.finalizers)
    if declared.spec is not None:
        base = {} if "spec" in declared.purge else body.get("spec") or {}
        body["spec"] = merged(base, declared.spec, kind)
    before, after = named_shortly(view(live, kind) if live else {}, view(body, kind))
    return Plan(tuple(differences(before, after)), before, after, body)


def view(item: JsonObject, kind: str) -> JsonObject:
    """The canonical form of an object, as the diff shows it."""
    metadata = item["metadata"]
    annotations = {
        key: value for key, value in (metadata.get("annotations") or {}).items() if key not in SYSTEM_ANNOTATIONS
    }
    shown = {
        "annotations": canonical(annotations, "map of str"),
        "labels": canonical(metadata.get("labels"), "map of str"),
        "finalizers": sorted(metadata.get("finalizers") or []) or None,
        "spec": canonical(item.get("spec"), kind),
    }
    return {key: value for key, value in shown.items() if value is not None}


def public(item: JsonObject | None) -> JsonObject | None:
    """An object as modules return it: without Kubernetes' bookkeeping of who wrote which field."""
    if item is None:
        return None
    return {**item, "metadata": {key: value for key, value in item["metadata"].items() if key != "managedFields"}}


def _merged_strings(existing: Mapping[str, str], wanted: Mapping[str, str | None], *, purge: bool) -> JsonObject:
    kept = {key: value for key, value in existing.items() if not purge or key in SYSTEM_ANNOTATIONS}
    return merged(kept, wanted, "map of str")  # type: ignore[no-any-return]
