# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a PipelineRun is, told from it and its TaskRuns."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._tekton.run_state import FailedStep, state_of


def condition(status: str, reason: str, message: str = "") -> list[dict[str, str]]:
    return [{"type": "Succeeded", "status": status, "reason": reason, "message": message}]


def task_run(name: str, started: str | None, status: str, reason: str, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"conditions": condition(status, reason, fields.pop("message", "")), **fields}
    if started:
        found["startTime"] = f"2026-01-01T00:00:{started}Z"
    return {
        "metadata": {"name": f"run-{name}", "labels": {"tekton.dev/pipelineTask": name}},
        "status": {"podName": f"run-{name}-pod", **found},
    }


RUN: dict[str, Any] = {"metadata": {"name": "run"}}


@pytest.mark.parametrize(
    ("status", "reason", "expected", "done"),
    [
        ("True", "Succeeded", "succeeded", True),
        ("True", "Completed", "succeeded", True),
        ("False", "Failed", "failed", True),
        ("False", "PipelineRunTimeout", "failed", True),
        ("False", "Cancelled", "cancelled", True),
        ("Unknown", "Running", "running", False),
        ("Unknown", "CancelledRunningFinally", "running", False),
    ],
)
def test_status_is_tektons_condition(status: str, reason: str, expected: str, done: bool) -> None:
    state = state_of({**RUN, "status": {"conditions": condition(status, reason)}}, [])
    assert (state.status, state.done) == (expected, done)


def test_a_run_that_tekton_has_not_seen_is_started() -> None:
    state = state_of(RUN, [])
    assert (state.status, state.done, state.describe()) == ("started", False, "run started")


def test_tasks_are_in_the_order_they_began_in() -> None:
    tasks = [
        task_run("waits", None, "Unknown", "Pending", message="no node has room"),
        task_run("second", "05", "Unknown", "Running"),
        task_run("first", "01", "True", "Succeeded", completionTime="2026-01-01T00:00:04Z"),
    ]
    state = state_of({**RUN, "status": {"conditions": condition("Unknown", "Running")}}, tasks)
    assert state.describe() == (
        "run running: first succeeded, second running, waits running (Pending: no node has room)"
    )
    assert [task["seconds"] for task in state.tasks] == [3, None, None]


def test_results_are_by_name() -> None:
    results = [{"name": "digest", "value": "sha256:1"}, {"name": "tags", "value": ["a"]}]
    state = state_of({**RUN, "status": {"conditions": condition("True", "Succeeded"), "results": results}}, [])
    assert state.results == {"digest": "sha256:1", "tags": ["a"]}


def test_the_failed_step_is_the_first_of_each_task() -> None:
    steps = [
        {"name": "fetch", "container": "step-fetch", "terminated": {"exitCode": 0, "reason": "Completed"}},
        {"name": "test", "container": "step-test", "terminated": {"exitCode": 137, "reason": "OOMKilled"}},
        {"name": "after", "terminated": {"exitCode": 1, "reason": "Error"}, "terminationReason": "Skipped"},
    ]
    lint = [{"name": "lint", "terminated": {"exitCode": 2}, "terminationReason": "Error"}]
    tasks = [
        task_run("unit", "02", "False", "Failed", steps=steps),
        task_run("lint", "01", "False", "Failed", steps=lint),
        task_run("image", "01", "False", "TaskRunImagePullFailed", message="cannot pull"),
    ]
    state = state_of({**RUN, "status": {"conditions": condition("False", "Failed")}}, tasks)
    assert state.failed_steps == [
        FailedStep("lint", "lint", 2, "Error", "run-lint-pod", "step-lint"),
        FailedStep("unit", "test", 137, "OOMKilled", "run-unit-pod", "step-test"),
    ]
