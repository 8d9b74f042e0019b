# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the hub's Pipelines in a lab, as Tekton tells of them."""

from __future__ import annotations

from typing import Any

import lab_instance


def read(environment: dict[str, str], *arguments: str) -> list[dict[str, Any]]:
    """Objects in the namespace of builds: what `kubectl get` is to look for."""
    return list(lab_instance.kubectl_get(environment, "hub", "--namespace=builds", *arguments)["items"])


def of_commit(runs: list[dict[str, Any]], commit: str) -> dict[str, Any] | None:
    """The PipelineRun that a push of the commit started, if it did by now; exits when that failed."""
    revision = {"name": "revision", "value": commit}
    run = next((one for one in runs if revision in one["spec"]["params"]), None)
    for condition in (run or {}).get("status", {}).get("conditions", []):
        if condition["status"] == "False":
            raise SystemExit(
                f"The build of {commit} failed: {condition['message']}\nWhat its steps wrote: ansible-playbook"
                " playbooks/pipelines.yml -i inventories/local -e pipelines_action=logs"
            )
    return run


def task_statuses(environment: dict[str, str], run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What Tekton says of the tasks of a run that were begun, by name and in the order that they began."""
    selector = f"--selector=tekton.dev/pipelineRun={run['metadata']['name']}"
    return {
        one["metadata"]["labels"]["tekton.dev/pipelineTask"]: one.get("status", {})
        for one in read(environment, "taskruns", selector, "--sort-by=.metadata.creationTimestamp")
    }


def progress(environment: dict[str, str], run: dict[str, Any]) -> str:
    """Which of its tasks are done, and which run."""
    statuses = task_statuses(environment, run)
    done = [name for name, status in statuses.items() if "completionTime" in status]
    running = [name for name in statuses if name not in done]
    parts = [f"{', '.join(names)} {words}" for names, words in ((done, "done"), (running, "running")) if names]
    return "; ".join(parts) or "not begun"
