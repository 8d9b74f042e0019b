# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What a SealedSecret declares, and the manifest it makes. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError, raise_all
from .._reconcile import JsonObject
from .sealing import SCOPES, sealing_label
from .short_names import KIND, SEALED_ANEW, short_name

API_VERSION = "bitnami.com/v1alpha1"
_SCOPE_ANNOTATION = "sealedsecrets.bitnami.com/{}"

SECRET_SPEC = ArgumentSpec(
    options={
        "name": {"type": "str", "required": True},
        "namespace": {"type": "str", "required": True},
        "scope": {"type": "str", "choices": list(SCOPES), "default": "strict"},
        "type": {"type": "str"},
        "data": {"type": "dict", "no_log": True, "default": {}},
        "data_base64": {"type": "dict", "no_log": True, "default": {}},
        "labels": {"type": "dict"},
        "annotations": {"type": "dict"},
        "immutable": {"type": "bool"},
        "purge_data": {"type": "bool", "default": False},
    },
)


@dataclass(frozen=True)
class Declared:
    """What the user declared; None = not mentioned, so what is there stays.

    values: key of the Secret -> its value
    purge_data: whether other keys go
    """

    name: str
    namespace: str
    scope: str
    values: Mapping[str, bytes]
    secret_type: str | None = None
    labels: Mapping[str, str] | None = None
    annotations: Mapping[str, str] | None = None
    immutable: bool | None = None
    purge_data: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Declared:
        """Raises InvalidInputError, with every problem there is."""
        return cls(
            name=params["name"],
            namespace=params["namespace"],
            scope=params["scope"],
            values=_values(params["data"], params["data_base64"]),
            secret_type=params["type"],
            labels=params["labels"],
            annotations=params["annotations"],
            immutable=params["immutable"],
            purge_data=params["purge_data"],
        )

    @property
    def label(self) -> bytes:
        return sealing_label(self.scope, self.namespace, self.name)

    def __str__(self) -> str:
        return f"SealedSecret {self.namespace}/{self.name}"


def _values(data: Mapping[str, Any], data_base64: Mapping[str, Any]) -> dict[str, bytes]:
    problems = [f"{key} is in data and in data_base64" for key in sorted(set(data) & set(data_base64))]
    values = {}
    for key, value in data.items():
        if isinstance(value, str):
            values[key] = value.encode()
        else:
            problems.append(f"data.{key} is no text (quote numbers and booleans: Kubernetes keeps bytes)")
    for key, value in data_base64.items():
        try:
            values[key] = base64.b64decode(value, validate=True)
        except (binascii.Error, TypeError, ValueError):
            problems.append(f"data_base64.{key} is not base64")
    raise_all(problems, InvalidInputError, "The values cannot be sealed")
    return values


def scope_of(manifest: Mapping[str, Any]) -> str:
    """The scope that a SealedSecret says it has."""
    annotations = (manifest.get("metadata") or {}).get("annotations") or {}
    for scope in ("cluster-wide", "namespace-wide"):
        if annotations.get(_SCOPE_ANNOTATION.format(scope)) == "true":
            return scope
    return "strict"


def build(declared: Declared, existing: Mapping[str, Any], encrypted: Mapping[str, str]) -> JsonObject:
    """The manifest with these sealed values. What is not declared stays as it is in the existing one ({} = none)."""
    spec = dict(existing.get("spec") or {})
    template = _without_none(spec.get("template") or {})
    template_metadata = dict(template.get("metadata") or {})
    template_metadata |= {"name": declared.name, "namespace": declared.namespace}
    for field, declared_value in (("labels", declared.labels), ("annotations", declared.annotations)):
        if declared_value is not None:
            template_metadata[field] = dict(declared_value)
    template_metadata["annotations"] = _scoped(template_metadata.get("annotations") or {}, declared.scope)
    template["metadata"] = _without_none(template_metadata)
    if declared.secret_type is not None:
        template["type"] = declared.secret_type
    if declared.immutable is not None:
        template["immutable"] = declared.immutable
    metadata = dict(existing.get("metadata") or {})
    metadata |= {"name": declared.name, "namespace": declared.namespace}
    metadata["annotations"] = _scoped(metadata.get("annotations") or {}, declared.scope)
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": _without_none(metadata),
        "spec": {**spec, "encryptedData": dict(encrypted), "template": template},
    }


def view(manifest: Mapping[str, Any], sealed_anew: frozenset[str] = frozenset()) -> JsonObject:
    """The manifest for people and diffs: sealed values by a short name, as each sealing gives another text."""
    if not manifest:
        return {}
    spec = manifest["spec"]
    values = {
        key: SEALED_ANEW if key in sealed_anew else short_name(value)
        for key, value in sorted(spec["encryptedData"].items())
    }
    return {**manifest, "spec": {**spec, "encryptedData": values}}


def normalised(manifest: Mapping[str, Any]) -> JsonObject:
    """The manifest without what kubeseal writes and nobody means, such as creationTimestamp: null."""
    kept = _without_none(manifest)
    spec = _without_none(kept.get("spec") or {})
    template = _without_none(spec.get("template") or {})
    template["metadata"] = _without_none(template.get("metadata") or {})
    spec |= {"template": template, "encryptedData": dict(spec.get("encryptedData") or {})}
    return {**kept, "metadata": _without_none(kept.get("metadata") or {}), "spec": spec}


def _scoped(annotations: Mapping[str, str], scope: str) -> dict[str, str] | None:
    wide = {_SCOPE_ANNOTATION.format(name) for name in SCOPES[1:]}
    kept = {key: value for key, value in annotations.items() if key not in wide}
    if scope != "strict":
        kept[_SCOPE_ANNOTATION.format(scope)] = "true"
    return kept or None


def _without_none(values: Mapping[str, Any]) -> JsonObject:
    return {key: value for key, value in values.items() if value is not None}
