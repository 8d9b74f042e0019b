# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Compare what the user declared with what is there. Pure: no module, no API.

A resource describes its fields once. From the declared values and the object as the API shows it come the changes,
the request body, the diff and the sentences for people, so check mode and the run cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ._errors import ImmutableDriftError, raise_all

JsonObject = dict[str, Any]


def same(value: Any) -> Any:
    return value


def immutable(way_out: str) -> Callable[[Any, Any], str]:
    """For a field that never changes after creation."""
    return lambda _before, _after: way_out


@dataclass(frozen=True)
class Field:
    """One field of a resource.

    name: its name in the declared values and in the API's object
    canonical: two values mean the same when their canonical forms are equal; the diff shows these forms
    nested: fields of an object of which only the declared keys are owned; when one of them changes, the whole
        object is sent, with the other keys as they are, since the API does not say whether it merges
    refuse: says the way out when the change from one value to the other is impossible, "" when it is possible
    """

    name: str
    canonical: Callable[[Any], Any] = same
    nested: tuple[Field, ...] = ()
    refuse: Callable[[Any, Any], str] = lambda _before, _after: ""


@dataclass(frozen=True)
class Change:
    """One field that differs. before and after are in canonical form, refused is the way out when it cannot be."""

    path: str
    before: Any
    after: Any
    refused: str = ""

    def describe(self) -> str:
        return f"{self.path} {show(self.before)} -> {show(self.after)}"


@dataclass(frozen=True)
class Comparison:
    """The outcome of comparing one object: its changes, its owned values before and after, and what to send."""

    changes: tuple[Change, ...]
    before: JsonObject
    after: JsonObject
    body: JsonObject = field(default_factory=dict)


def show(value: Any) -> str:
    """A value as people write it, short."""
    if value is None or value == "":
        return "(unset)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {show(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(show(item) for item in value) + "]"
    return str(value)


def declared(value: Any) -> Any:
    """The value without what the user did not write: AnsibleModule fills omitted options with None, at every depth."""
    if isinstance(value, Mapping):
        return {key: declared(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [declared(item) for item in value]
    return value


def compare(fields: Iterable[Field], desired: Mapping[str, Any], actual: Mapping[str, Any]) -> Comparison:
    """What of `desired` differs in `actual`. Keys that are not in `desired` are not looked at."""
    changes: list[Change] = []
    before: JsonObject = {}
    after: JsonObject = {}
    body: JsonObject = {}
    for item in fields:
        if item.name not in desired:
            continue
        wanted, found = desired[item.name], actual.get(item.name)
        if item.nested:
            found = found or {}
            inner = compare(item.nested, wanted, found)
            changes += [Change(f"{item.name}.{one.path}", one.before, one.after, one.refused) for one in inner.changes]
            before[item.name], after[item.name] = inner.before, inner.after
            if inner.changes:
                known = {one.name: found[one.name] for one in item.nested if found.get(one.name) is not None}
                body[item.name] = {**known, **wanted}
            continue
        old, new = item.canonical(found), item.canonical(wanted)
        before[item.name], after[item.name] = old, new
        if old != new:
            changes.append(Change(item.name, old, new, item.refuse(old, new)))
            body[item.name] = wanted
    return Comparison(tuple(changes), before, after, body)


def canonical_values(fields: Iterable[Field], desired: Mapping[str, Any]) -> JsonObject:
    """Declared values in canonical form, as the diff of a creation shows them."""
    return compare(fields, desired, {}).after


def drift_problems(subject: str, changes: Sequence[Change]) -> list[str]:
    """One sentence for each change of a field that cannot be changed: the field, both values, the way out."""
    return [
        f"{subject}: {change.path} is {show(change.before)} and cannot be changed to {show(change.after)}; "
        f"{change.refused}"
        for change in changes
        if change.refused
    ]


def refuse_immutable_drift(problems: Sequence[str]) -> None:
    """Fail naming every immutable drift at once. Raises ImmutableDriftError."""
    raise_all(problems, ImmutableDriftError, "This cannot be changed on what exists already")
