# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Applications that belong together by a label: as declared, no others, synced and healthy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .._argument_spec import ArgumentSpec, wait_spec
from .._outcome import Outcome
from .._reconcile import JsonObject
from .application import list_applications
from .application_state import is_where_it_should_be, state_of
from .application_sync import SYNC_SPEC, operate_application
from .custom_resource import OBJECT_SPEC
from .module import Run
from .objects import manage_objects

_APPLICATION = {
    **{name: option for name, option in OBJECT_SPEC.options.items() if name != "state"},
    "spec": {"type": "dict", "required": True},
}
GROUP_SPEC = ArgumentSpec(
    options={
        "selector": {"type": "str", "required": True},
        "applications": {"type": "list", "elements": "dict", "required": True, "options": _APPLICATION},
        "written_elsewhere": {"type": "bool", "default": False},
    }
).merge(wait_spec(600))


def manage_group(run: Run) -> Outcome:
    """Write the applications, remove others that match the selector, sync again what failed, and wait for all."""
    wanted: list[JsonObject] = run.params["applications"]
    names = [item["name"] for item in wanted]
    there = {item["metadata"]["name"]: item for item in list_applications(run.client, selector=run.params["selector"])}
    applications = [] if run.params["written_elsewhere"] else [{**item, "state": "present"} for item in wanted]
    for name in sorted(there.keys() - set(names)):
        applications.append({**dict.fromkeys(_APPLICATION), "purge": [], "name": name, "state": "absent"})
    outcome = manage_objects(_with(run, projects=[], application_sets=[], applications=applications))
    written = {result["name"] for result in outcome.data.pop("results") if result["changes"]}
    for name in names:
        # Argo CD does not sync a commit again whose sync failed. To run a playbook again is to try again.
        if name in there and name not in written and state_of(there[name]).failed:
            outcome.add(f"Application {name}", _operate(run, name, "sync"))
    if run.params["wait"] and not run.check_mode:
        for name in names:
            if name in written or name not in there or not is_where_it_should_be(there[name]):
                _operate(run, name, "wait")
    return outcome


def _operate(run: Run, name: str, operation: str) -> Outcome:
    defaults = {option: spec.get("default") for option, spec in SYNC_SPEC.options.items()}
    asked = {"name": name, "operation": operation, "prune": True}
    return operate_application(_with(run, **{**defaults, **asked}))


def _with(run: Run, **params: Any) -> Run:
    """The run with other options than its own, besides those of waiting."""
    return replace(run, params={**params, "wait": run.params["wait"], "wait_timeout": run.params["wait_timeout"]})
