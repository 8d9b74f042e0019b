# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Objects of a cluster: read, apply server-side where that changes something, delete.

Over kubernetes.core's k8s it has that an object that is as declared costs one GET and no PATCH, and that manifests of
megabytes do not pass through Ansible's variables, arguments and results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import ApiError
from .connection import Connection, MissingError
from .managed_fields import is_applied
from .served_kinds import ServedKinds

try:
    from kubernetes.dynamic import DynamicClient
    from kubernetes.dynamic.exceptions import ResourceNotFoundError
except ImportError:
    # Connection says so.
    pass

JsonObject = dict[str, Any]
# What Kubernetes counts for itself.
_BOOKKEEPING = frozenset({"resourceVersion", "generation", "creationTimestamp", "uid", "managedFields"})


@dataclass(frozen=True)
class Applied:
    """What became of an object, or in check mode would. before: None when there was none."""

    before: JsonObject | None
    after: JsonObject

    @property
    def changed(self) -> bool:
        """Whether anything was written, be it only who owns a field."""
        return self.before is not self.after and (self.before is None or _noted(self.before) != _noted(self.after))


class Cluster:
    """One cluster, written to as one field manager.

    kubeconfig: path of the file; context: "" for its current one
    """

    def __init__(self, kubeconfig: str, context: str, manager: str) -> None:
        self.manager = manager
        self._connection = Connection(kubeconfig, context)
        dynamic: Any = DynamicClient
        self._dynamic: Any = dynamic(self._connection.api_client, discoverer=ServedKinds)

    def read(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> JsonObject | None:
        """The object, None when there is none. Raises ConnectionFailedError or ApiError."""
        try:
            return self._call(f"read {kind} {name}", "get", api_version, kind, name=name, namespace=namespace)
        except MissingError:
            return None

    def apply(self, declared: Mapping[str, Any], *, check: bool) -> Applied:
        """Apply server-side, taking fields from others, unless the object is so already. check: a dry run."""
        metadata = declared["metadata"]
        kind, name, namespace = declared["kind"], metadata["name"], metadata.get("namespace")
        before = self.read(declared["apiVersion"], kind, name, namespace)
        if before is not None and is_applied(before, declared, self.manager):
            return Applied(before, before)
        options = {"dry_run": "All"} if check else {}
        try:
            after = self._call(
                f"apply {kind} {name}", "server_side_apply", declared["apiVersion"], kind, body=dict(declared),
                name=name, namespace=namespace, field_manager=self.manager, force_conflicts=True, **options,
            )  # fmt: skip
        except MissingError as error:
            raise ApiError(error.message, f"Make namespace {namespace} first." * bool(namespace), status=404) from None
        return Applied(before, after)

    def delete(self, api_version: str, kind: str, name: str, namespace: str | None, *, check: bool) -> bool:
        """Delete the object with what it owns; whether it was there."""
        if self.read(api_version, kind, name, namespace) is None:
            return False
        if not check:
            try:
                self._call(
                    f"delete {kind} {name}", "delete", api_version, kind, name=name, namespace=namespace,
                    propagation_policy="Background",
                )  # fmt: skip
            except MissingError:
                # It was there a moment ago. The answer to the first of two tries may have been lost.
                return True
        return True

    def _call(self, what: str, verb: str, api_version: str, kind: str, **arguments: Any) -> JsonObject:
        def operation(**options: Any) -> Any:
            try:
                resource = self._dynamic.resources.get(api_version=api_version, kind=kind)
            except ResourceNotFoundError as error:
                raise MissingError(f"Kubernetes cannot {what}: {error}.") from None
            return getattr(self._dynamic, verb)(resource, serialize=False, **arguments, **options)

        return self._connection.json(what, operation)


def _noted(item: JsonObject) -> JsonObject:
    """The object with who owns its fields, without times and versions."""
    metadata = {key: value for key, value in item["metadata"].items() if key not in _BOOKKEEPING}
    managers = [
        {key: value for key, value in entry.items() if key != "time"}
        for entry in item["metadata"].get("managedFields") or []
        if not entry.get("subresource")
    ]
    managers.sort(key=lambda entry: json.dumps(entry, sort_keys=True))
    rest = {key: value for key, value in item.items() if key not in ("metadata", "status")}
    return {**rest, "metadata": metadata, "managers": managers}


def shown(item: JsonObject | None) -> JsonObject:
    """An object as a diff shows it: no bookkeeping, no status, no secret, no definition of thousands of lines."""
    if item is None:
        return {}
    metadata = {key: value for key, value in item["metadata"].items() if key not in _BOOKKEEPING}
    rest = {key: value for key, value in item.items() if key not in ("metadata", "status")}
    if item["kind"] == "Secret":
        rest |= {key: dict.fromkeys(rest[key], "(hidden)") for key in ("data", "stringData") if rest.get(key)}
    if item["kind"] == "CustomResourceDefinition":
        text = json.dumps(rest["spec"], sort_keys=True)
        rest["spec"] = f"(SHA-256 {hashlib.sha256(text.encode()).hexdigest()})"
    return {**rest, "metadata": metadata}
