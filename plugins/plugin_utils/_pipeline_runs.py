# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How runs of Pipelines are, in the few words that a table needs, and where their logs are. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.slipway.gitops.plugins.module_utils._tekton.run_state import (
    PIPELINE_TASK_LABEL,
    seconds_between,
    state_of,
)
from ansible_collections.slipway.gitops.plugins.plugin_utils._plain import plain

RUN_LABEL = "tekton.dev/pipelineRun"
JsonObject = dict[str, Any]


def pipeline_run_status(
    runs: Sequence[Mapping[str, Any]], task_runs: Sequence[Mapping[str, Any]] = ()
) -> list[JsonObject]:
    """Runs, the newest first: name, pipeline, status, done, reason, message, created, seconds, params, results, tasks,
    newer.

    seconds: how long it took; None before it has ended
    newer: number of runs of the same Pipeline that have ended and were made after it
    """
    found, ended = [], dict[str, int]()
    tasks = plain(list(task_runs))
    for run in sorted(plain(list(runs)), key=_made, reverse=True):
        own = [
            task for task in tasks if (task["metadata"].get("labels") or {}).get(RUN_LABEL) == run["metadata"]["name"]
        ]
        state, status = state_of(run, own), run.get("status") or {}
        pipeline = (run["spec"].get("pipelineRef") or {}).get("name", "")
        found.append(
            {
                "name": state.name,
                "pipeline": pipeline,
                "status": state.status,
                "done": state.done,
                "reason": state.reason,
                "message": state.message,
                "created": run["metadata"].get("creationTimestamp", ""),
                "seconds": seconds_between(status.get("startTime"), status.get("completionTime")),
                "params": {item["name"]: item["value"] for item in run["spec"].get("params") or []},
                "results": dict(state.results),
                "tasks": [dict(task) for task in state.tasks],
                "newer": ended.get(pipeline, 0),
            }
        )
        if state.done:
            ended[pipeline] = ended.get(pipeline, 0) + 1
    return found


def _made(run: JsonObject) -> tuple[str, str]:
    return str(run["metadata"].get("creationTimestamp") or ""), str(run["metadata"]["name"])


def pipeline_run_steps(task_runs: Sequence[Mapping[str, Any]], pods: Sequence[Mapping[str, Any]]) -> list[JsonObject]:
    """Steps that have begun, in the order of their tasks: task, step, status, pod, container.

    status: running, done or failed with its exit code
    pod: empty when it is gone, and its log with it
    """
    there = {pod["metadata"]["name"] for pod in pods}
    steps = []
    for task in sorted(plain(list(task_runs)), key=_begun):
        status = task.get("status") or {}
        labels = task["metadata"].get("labels") or {}
        for step in status.get("steps") or []:
            said = _step_status(step)
            if not said:
                continue
            pod = str(status.get("podName") or "")
            steps.append(
                {
                    "task": labels.get(PIPELINE_TASK_LABEL) or task["metadata"]["name"],
                    "step": step["name"],
                    "status": said,
                    "pod": pod if pod in there else "",
                    "container": step.get("container") or f"step-{step['name']}",
                }
            )
    return steps


def _begun(task_run: JsonObject) -> tuple[str, str]:
    return str((task_run.get("status") or {}).get("startTime") or "~"), str(task_run["metadata"]["name"])


def _step_status(step: JsonObject) -> str:
    """In a word; empty for a step that has not begun, which has no log."""
    if "running" in step:
        return "running"
    if "terminated" not in step:
        return ""
    code = step["terminated"].get("exitCode", 0)
    return f"failed with exit code {code}" if code else "done"
