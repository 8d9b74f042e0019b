# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Applications, and why those that are not well are not."""

from __future__ import annotations

from .._argument_spec import ArgumentSpec
from .._outcome import Outcome
from .application import APPLICATION_INFO_SPEC, application_info, project_of
from .application_state import state_of
from .application_trouble import explain
from .module import Run

INFO_SPEC = APPLICATION_INFO_SPEC.merge(ArgumentSpec(options={"explain": {"type": "bool", "default": False}}))


def explained_applications(run: Run) -> Outcome:
    """Applications, filtered; with explain, reasons of those that are not synced and healthy, by namespace/name."""
    outcome = application_info(run)
    if not run.params["explain"]:
        return outcome
    reasons = {}
    for application in outcome.data["applications"]:
        if state_of(application).good:
            continue
        namespace, name = application["metadata"].get("namespace", ""), application["metadata"]["name"]
        query = {"appNamespace": run.params["app_namespace"], "project": project_of(application)}
        reasons[f"{namespace}/{name}"] = "; ".join(explain(run.client, application, query))
    outcome.data["reasons"] = reasons
    return outcome
