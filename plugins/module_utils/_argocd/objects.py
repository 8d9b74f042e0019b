# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Several projects, ApplicationSets and applications over one connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._argument_spec import ArgumentSpec, wait_spec
from .._errors import InvalidInputError, raise_all
from .._outcome import Outcome
from .._reconcile import JsonObject
from .application import APPLICATION_SPEC, declared_application, manage_application
from .application_set import APPLICATION_SET_SPEC, CARE, declared_application_set, manage_application_set
from .custom_resource import OBJECT_SPEC, Declared
from .module import Run
from .project import PROJECT_SPEC, declared_project, manage_project


@dataclass(frozen=True)
class _Kind:
    """What manages one object of a kind, as the kind's own module does.

    declared: checks what is declared, without asking anybody; kept: what the result says besides changes
    own: options that only this kind has
    """

    name: str
    spec: ArgumentSpec
    declared: Callable[[Mapping[str, Any]], Declared]
    manage: Callable[[Run], Outcome]
    kept: tuple[str, ...] = ()
    own: ArgumentSpec = field(default_factory=ArgumentSpec)

    @property
    def defaults(self) -> JsonObject:
        return {name: option.get("default") for name, option in self.spec.options.items()}


# In the order in which they need each other.
_KINDS = {
    "projects": _Kind("AppProject", PROJECT_SPEC, declared_project, manage_project),
    "application_sets": _Kind(
        "ApplicationSet",
        APPLICATION_SET_SPEC,
        declared_application_set,
        manage_application_set,
        ("applications", "held"),
        CARE,
    ),
    "applications": _Kind("Application", APPLICATION_SPEC, declared_application, manage_application),
}


def _list_of(kind: _Kind) -> JsonObject:
    rules = [list(rule) for rule in kind.spec.required_if]
    return {
        "type": "list", "elements": "dict", "default": [], "options": {**OBJECT_SPEC.options, **kind.own.options},
        "required_if": rules,
    }  # fmt: skip


OBJECTS_SPEC = ArgumentSpec(options={option: _list_of(kind) for option, kind in _KINDS.items()}).merge(wait_spec(300))


def manage_objects(run: Run) -> Outcome:
    """Bring every object to what is declared. The first that fails ends it; run.done says what was written before."""
    wanted = list(_in_order(run.params))
    twice = [key for key, times in Counter((kind.name, item["name"]) for kind, item in wanted).items() if times > 1]
    raise_all([f"{kind} {name} is declared twice" for kind, name in twice], InvalidInputError, "Nothing was touched")
    for kind, item in wanted:
        kind.declared(item)  # of all of them before the first is written
    common = {name: run.params[name] for name in ("wait", "wait_timeout")}
    whole, results = Outcome(), []
    for kind, item in wanted:
        outcome = kind.manage(replace(run, params={**kind.defaults, **common, **item}))
        # Of an ApplicationSet that is not there it says that it has no applications.
        there = any(outcome.before.values())
        whole.add(f"{kind.name} {item['name']}", outcome, was_there=there)
        results.append(
            {
                "kind": kind.name, "name": item["name"], "changes": outcome.changes,
                "created": bool(outcome.changes) and not there,
                **{name: outcome.data[name] for name in kind.kept if name in outcome.data},
            }
        )  # fmt: skip
    whole.data = {"results": results}
    return whole


def _in_order(params: Mapping[str, Any]) -> Iterator[tuple[_Kind, JsonObject]]:
    """What is to be there, projects first; then what is to go, projects last."""
    for state, kinds in (("present", list(_KINDS)), ("absent", list(reversed(_KINDS)))):
        for option in kinds:
            for item in params[option]:
                if item["state"] == state:
                    yield _KINDS[option], item
