# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pipeline_run_status and pipeline_run_steps: what the playbooks build.yml and pipelines.yml say."""

from __future__ import annotations

from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._pipeline_runs import (
    pipeline_run_status,
    pipeline_run_steps,
)


def run(name: str, created: str, verdict: str = "True", pipeline: str = "build", **status: Any) -> dict[str, Any]:
    reason = {"True": "Succeeded", "False": "Failed", "Unknown": "Running"}[verdict]
    return {
        "metadata": {"name": name, "creationTimestamp": f"2026-01-01T00:{created}Z"},
        "spec": {"pipelineRef": {"name": pipeline}, "params": [{"name": "revision", "value": "main"}]},
        "status": {"conditions": [{"type": "Succeeded", "status": verdict, "reason": reason}], **status},
    }


def task_run(of: str, name: str, started: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {
        "metadata": {
            "name": f"{of}-{name}",
            "labels": {"tekton.dev/pipelineRun": of, "tekton.dev/pipelineTask": name},
        },
        "status": {
            "startTime": f"2026-01-01T00:{started}Z",
            "podName": f"{of}-{name}-pod",
            "steps": list(steps),
            "conditions": [{"type": "Succeeded", "status": "True", "reason": "Succeeded"}],
        },
    }


def test_runs_are_the_newest_first_and_know_how_many_ended_after_them() -> None:
    found = pipeline_run_status(
        [
            run("old", "01:00"),
            run("failed", "02:00", "False"),
            run("other", "03:00", pipeline="greet"),
            run("busy", "04:00", "Unknown"),
            run("new", "05:00"),
        ]
    )
    assert [(one["name"], one["status"], one["done"], one["newer"]) for one in found] == [
        ("new", "succeeded", True, 0),
        ("busy", "running", False, 1),
        ("other", "succeeded", True, 0),
        ("failed", "failed", True, 1),
        ("old", "succeeded", True, 2),
    ]


def test_a_run_has_its_own_tasks_its_parameters_and_results() -> None:
    times = {"startTime": "2026-01-01T00:01:00Z", "completionTime": "2026-01-01T00:02:13Z"}
    results = [{"name": "IMAGE_DIGEST", "value": "sha256:1"}]
    (found,) = pipeline_run_status(
        [run("web", "01:00", results=results, **times)],
        [task_run("web", "test", "01:05"), task_run("web", "clone", "01:01"), task_run("shop", "clone", "01:01")],
    )
    assert [task["name"] for task in found["tasks"]] == ["clone", "test"]
    assert (found["seconds"], found["params"], found["results"]) == (
        73,
        {"revision": "main"},
        {"IMAGE_DIGEST": "sha256:1"},
    )


def test_a_run_that_tekton_has_not_seen_yet() -> None:
    (found,) = pipeline_run_status([{"metadata": {"name": "fresh"}, "spec": {"pipelineSpec": {"tasks": []}}}])
    assert (found["status"], found["done"], found["seconds"], found["pipeline"]) == ("started", False, None, "")


def test_steps_that_have_begun_and_where_their_logs_are() -> None:
    done = {"name": "clone", "container": "step-clone", "terminated": {"exitCode": 0}}
    failed = {"name": "go-test", "terminated": {"exitCode": 2}}
    waiting = {"name": "upload", "waiting": {"reason": "PodInitializing"}}
    tasks = [
        task_run("web", "test", "02:00", failed, {"name": "report", "running": {}}, waiting),
        task_run("web", "clone", "01:00", done),
        {"metadata": {"name": "web-push"}, "status": {}},
    ]
    steps = pipeline_run_steps(tasks, [{"metadata": {"name": "web-test-pod"}}])
    assert steps == [
        {"task": "clone", "step": "clone", "status": "done", "pod": "", "container": "step-clone"},
        {
            "task": "test", "step": "go-test", "status": "failed with exit code 2",
            "pod": "web-test-pod", "container": "step-go-test",
        },
        {"task": "test", "step": "report", "status": "running", "pod": "web-test-pod", "container": "step-report"},
    ]  # fmt: skip
