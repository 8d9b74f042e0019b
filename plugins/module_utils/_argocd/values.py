# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Meaning of API values: what two objects have in common although they are written differently, and how declared
keys go into an object that has more. Pure.

The API leaves out false, 0 and "", puts empty objects where nobody wrote any, and rewrites some values. So objects
are compared in a canonical form, which knows where a zero or an empty object does mean something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._reconcile import Change, JsonObject
from .api_schema import DEFINITIONS
from .schema import LIST, MAP

# Fields that are pointers in Argo CD's Go types and whose default is not the zero value: false or 0 is a statement.
MEANINGFUL_ZERO = frozenset(
    {
        ("ApplicationSpec", "revisionHistoryLimit"),
        ("ApplicationSourcePluginParameter", "string"),
        ("SyncPolicyAutomated", "enabled"),
        ("Backoff", "factor"),
        ("Cluster", "shard"),
        ("OrphanedResourcesMonitorSettings", "warn"),
        ("ApplicationSetRolloutStep", "maxUpdate"),
        ("SCMProviderGenerator", "requeueAfterSeconds"),
        ("GitGenerator", "requeueAfterSeconds"),
        ("DuckTypeGenerator", "requeueAfterSeconds"),
        ("PullRequestGenerator", "requeueAfterSeconds"),
        ("PluginGenerator", "requeueAfterSeconds"),
        ("SCMProviderGeneratorGitlab", "includeSharedProjects"),
    }
)
# Objects whose mere presence says something: automated: {} turns automated sync on, retry: {} turns off the retries
# that an automated sync has by default, plugin: {} takes the plugin that fits, clusters: {} means every cluster.
MEANINGFUL_EMPTY = frozenset(
    {
        ("ApplicationSource", "plugin"),
        ("DrySource", "plugin"),
        ("KustomizePatch", "target"),
        ("SyncPolicy", "automated"),
        ("SyncPolicy", "managedNamespaceMetadata"),
        ("SyncPolicy", "retry"),
        ("SCMProviderGenerator", "awsCodeCommit"),
        ("SyncStrategy", "apply"),
        ("SyncStrategy", "hook"),
        ("AppProjectSpec", "orphanedResources"),
        *((kind, key) for kind in ("ApplicationSetGenerator", "ApplicationSetNestedGenerator")
          for key in DEFINITIONS[kind] if key != "selector"),
    }
)  # fmt: skip
# What the server fills in for an omitted field.
SERVER_DEFAULTS = {
    ("ApplicationSpec", "project"): "default",
    ("SyncWindow", "timeZone"): "UTC",
    ("Repository", "type"): "git",
    ("RepoCreds", "type"): "git",
}
ABSENT = None


def normalise_policy(policy: str) -> str:
    """A project policy as the server stores it: one space after each comma."""
    first, *rest = policy.split(",")
    return ", ".join([first, *(part.strip(" ") for part in rest)])


def canonical(value: Any, kind: str, owner: tuple[str, str] = ("", "")) -> Any:
    """The value in canonical form, ABSENT when it says nothing.

    kind: its type in DEFINITIONS' terms; owner: definition and field it is the value of
    """
    if value is None:
        return ABSENT
    if kind.startswith(LIST):
        return [_canonical_item(item, kind.removeprefix(LIST), owner) for item in value] or ABSENT
    if kind.startswith(MAP):
        return {key: value[key] for key in sorted(value) if value[key] is not None} or ABSENT
    if kind in DEFINITIONS:
        return _canonical_object(value, kind) or ({} if owner in MEANINGFUL_EMPTY else ABSENT)
    return _canonical_scalar(value, kind, owner)


def _canonical_scalar(value: Any, kind: str, owner: tuple[str, str]) -> Any:
    if owner == ("ProjectRole", "policies"):
        return normalise_policy(value)
    says_nothing = SERVER_DEFAULTS.get(owner) == value or (not value and owner not in MEANINGFUL_ZERO)
    return ABSENT if says_nothing and kind != "any" else value


def _canonical_item(item: Any, kind: str, owner: tuple[str, str]) -> Any:
    """An element of a list: it counts even when it is empty."""
    result = canonical(item, kind, owner)
    if result is not ABSENT:
        return result
    return {} if kind in DEFINITIONS or kind.startswith(MAP) else item


def _canonical_object(value: Mapping[str, Any], kind: str) -> JsonObject:
    result: JsonObject = {}
    for key, field_kind in DEFINITIONS[kind].items():
        if (kind, key) == ("ProjectRole", "jwtTokens"):
            # A mirror of the tokens that the server keeps in status.
            continue
        item = canonical(value.get(key), field_kind, (kind, key))
        if item is not ABSENT:
            result[key] = item
    return result


def merged(existing: Any, declared: Any, kind: str) -> Any:
    """The existing value with the declared keys put in: objects key by key, None removes a key, all else replaces.

    Content of fields without a schema (helm's valuesObject, parameters of generators) is one value.
    """
    if not isinstance(declared, Mapping) or not (kind in DEFINITIONS or kind.startswith(MAP)):
        return _without_nulls(declared)
    result = dict(existing) if isinstance(existing, Mapping) else {}
    for key, value in declared.items():
        if value is None:
            result.pop(key, None)
        else:
            inner = kind.removeprefix(MAP) if kind.startswith(MAP) else DEFINITIONS[kind].get(key, "any")
            result[key] = merged(result.get(key), value, inner)
    return result


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_without_nulls(item) for item in value]
    return value


def differences(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """The leaves that differ between two canonical values. Lists of equal length are compared item by item."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from differences(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
        return
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, f"{path}[{index}]")
        return
    yield Change(path, before, after)
