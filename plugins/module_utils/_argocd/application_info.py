# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Applications, why those that are not well are not, and what they deployed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._argument_spec import ArgumentSpec
from .._outcome import Outcome
from .._reconcile import JsonObject
from .application import APPLICATION_INFO_SPEC, application_info, project_of
from .application_deployed import deployed
from .application_state import state_of
from .application_trouble import explain
from .client import Client
from .module import Run

INFO_SPEC = APPLICATION_INFO_SPEC.merge(
    ArgumentSpec(
        options={"explain": {"type": "bool", "default": False}, "deployed": {"type": "bool", "default": False}}
    )
)


def explained_applications(run: Run) -> Outcome:
    """Applications, filtered. By namespace/name, with explain, reasons of those that are not synced and healthy, and
    with deployed, what each has on its cluster.
    """
    outcome = application_info(run)
    applications: list[JsonObject] = outcome.data["applications"]
    if run.params["explain"]:
        outcome.data["reasons"] = _of_each(run, [one for one in applications if not state_of(one).good], _reason)
    if run.params["deployed"]:
        outcome.data["deployed"] = _of_each(run, applications, deployed)
    return outcome


def _of_each(
    run: Run, applications: list[JsonObject], ask: Callable[[Client, JsonObject, JsonObject], Any]
) -> dict[str, Any]:
    found = {}
    for application in applications:
        namespace, name = application["metadata"].get("namespace", ""), application["metadata"]["name"]
        query = {"appNamespace": run.params["app_namespace"], "project": project_of(application)}
        found[f"{namespace}/{name}"] = ask(run.client, application, query)
    return found


def _reason(client: Client, application: JsonObject, query: JsonObject) -> str:
    return "; ".join(explain(client, application, query))
