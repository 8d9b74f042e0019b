# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Several objects applied one after the other, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError, telling_what_was_done
from .._outcome import Outcome
from .._sealed_secrets.short_names import named_shortly
from .objects import Applied, Cluster, JsonObject, shown

FIELD_MANAGER = "slipway"

APPLY_SPEC = ArgumentSpec(
    options={
        "kubeconfig": {"type": "path", "required": True},
        "kubeconfig_context": {"type": "str"},
        "objects": {"type": "list", "elements": "dict", "required": True},
    }
)


def apply_declared(params: Mapping[str, Any], *, check: bool) -> Outcome:
    """What module kubernetes_apply does."""
    problems = [words for number, item in enumerate(params["objects"], 1) for words in _problems(number, item)]
    if problems:
        raise InvalidInputError(f"Nothing was applied: {'; '.join(problems)}.")
    cluster = Cluster(params["kubeconfig"], params["kubeconfig_context"] or "", FIELD_MANAGER)
    done: list[str] = []
    with telling_what_was_done(done):
        results = apply_all(cluster, params["objects"], check=check, done=done)
    changed = [one for one in results if one.changed]
    return Outcome(sentences(one.after for one in changed), *before_and_after(changed))


def apply_all(cluster: Cluster, objects: Iterable[JsonObject], *, check: bool, done: list[str]) -> list[Applied]:
    """Apply each, in this order. done: gets a sentence for everything written."""
    results: list[Applied] = []
    for item in objects:
        results.append(cluster.apply(item, check=check))
        if results[-1].changed and not check:
            done.append(f"apply {title(item)}")
    return results


def title(item: Mapping[str, Any]) -> str:
    """What an object, or its identity, is called."""
    return f"{item['kind']} {item['name'] if 'name' in item else item['metadata']['name']}"


def sentences(applied: Iterable[JsonObject]) -> list[str]:
    """One for each kind: there can be dozens of objects."""

    def kind(item: JsonObject) -> str:
        return str(item["kind"])

    return [
        f"apply {name} {', '.join(item['metadata']['name'] for item in items)}"
        for name, items in groupby(sorted(applied, key=kind), kind)
    ]


def before_and_after(changed: Sequence[Applied]) -> tuple[JsonObject, JsonObject]:
    """The changed objects as a diff shows them, by kind and name."""
    before = {title(one.after): shown(one.before) for one in changed if one.before}
    return named_shortly(before, {title(one.after): shown(one.after) for one in changed})


def _problems(number: int, item: JsonObject) -> list[str]:
    metadata = item.get("metadata")
    named = isinstance(metadata, Mapping) and metadata.get("name")
    missing = [key for key in ("apiVersion", "kind") if not item.get(key)] + ["metadata.name"] * (not named)
    return [f"object {number} has no {', '.join(missing)}"] if missing else []
