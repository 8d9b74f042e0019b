# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""How a PipelineRun is, from it and its TaskRuns: for results, progress and errors. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

JsonObject = dict[str, Any]

PIPELINE_TASK_LABEL = "tekton.dev/pipelineTask"


@dataclass(frozen=True)
class FailedStep:
    """A step that ended with an error.

    reason: what Tekton calls it, such as Error or OOMKilled
    container, pod: where its log is
    """

    task: str
    step: str
    exit_code: int
    reason: str
    pod: str
    container: str


@dataclass(frozen=True)
class RunState:
    """What there is to know about a run.

    status: started, running, succeeded, failed or cancelled
    tasks: name, status, reason, message and seconds of each task that has begun, in the order they began in
    """

    name: str
    status: str
    reason: str
    message: str
    results: Mapping[str, Any]
    tasks: Sequence[Mapping[str, Any]]
    failed_steps: Sequence[FailedStep]

    @property
    def done(self) -> bool:
        return self.status in ("succeeded", "failed", "cancelled")

    def describe(self) -> str:
        """One line for who watches."""
        parts = [f"{task['name']} {task['status']}{_why(task)}" for task in self.tasks]
        return f"{self.name} {self.status}" + (f": {', '.join(parts)}" if parts else "")


def state_of(run: Mapping[str, Any], task_runs: Sequence[Mapping[str, Any]]) -> RunState:
    status = run.get("status") or {}
    verdict, condition = _verdict(status)
    ordered = sorted(task_runs, key=lambda task: (_started(task), task["metadata"]["name"]))
    return RunState(
        name=run["metadata"]["name"],
        status=verdict,
        reason=condition.get("reason", ""),
        message=condition.get("message", ""),
        results={item["name"]: item["value"] for item in status.get("results") or []},
        tasks=[_task(task) for task in ordered],
        failed_steps=[step for task in ordered if (step := _failed_step(task)) is not None],
    )


def _verdict(status: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    conditions = {item["type"]: item for item in status.get("conditions") or []}
    condition = conditions.get("Succeeded")
    if condition is None:
        return "started", {}
    if condition["status"] == "True":
        return "succeeded", condition
    if condition["status"] == "False":
        cancelled = condition.get("reason") in ("Cancelled", "CancelledRunningFinally", "TaskRunCancelled")
        return "cancelled" if cancelled else "failed", condition
    return "running", condition


def _started(task_run: Mapping[str, Any]) -> str:
    return str((task_run.get("status") or {}).get("startTime") or "~")


def _name(task_run: Mapping[str, Any]) -> str:
    metadata = task_run["metadata"]
    return str((metadata.get("labels") or {}).get(PIPELINE_TASK_LABEL) or metadata["name"])


def _task(task_run: Mapping[str, Any]) -> JsonObject:
    status = task_run.get("status") or {}
    verdict, condition = _verdict(status)
    return {
        "name": _name(task_run),
        "status": verdict,
        "reason": condition.get("reason", ""),
        "message": condition.get("message", ""),
        "pod": status.get("podName", ""),
        "seconds": seconds_between(status.get("startTime"), status.get("completionTime")),
    }


def seconds_between(started: str | None, ended: str | None) -> int | None:
    """Of two times as Kubernetes writes them; None while one is missing."""
    if not started or not ended:
        return None
    return round((datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds())


def _why(task: Mapping[str, Any]) -> str:
    """Why a task does not get on, where Tekton says so: an image that cannot be pulled, no node for its pod."""
    if task["status"] == "running" and task["reason"] not in ("", "Running", "Started"):
        return f" ({task['reason']}: {task['message']})"
    return ""


def _failed_step(task_run: Mapping[str, Any]) -> FailedStep | None:
    """The first step that failed; those after it are not run, and have exit codes too."""
    status = task_run.get("status") or {}
    for step in status.get("steps") or []:
        ended = step.get("terminated") or {}
        if ended.get("exitCode"):
            return FailedStep(
                task=_name(task_run),
                step=step["name"],
                exit_code=ended["exitCode"],
                reason=step.get("terminationReason") or ended.get("reason") or "",
                pod=status.get("podName", ""),
                container=step.get("container") or f"step-{step['name']}",
            )
    return None
