# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the hub's Pipelines in a lab, as Tekton tells of them."""

from __future__ import annotations

from typing import Any

import lab_instance


class BuildFailed(SystemExit):
    """A run has ended, and its image is not there."""


def read(environment: dict[str, str], *arguments: str) -> list[dict[str, Any]]:
    """Objects in the namespace of builds: what `kubectl get` is to look for."""
    return list(lab_instance.kubectl_get(environment, "hub", "--namespace=builds", *arguments)["items"])


def run_of(environment: dict[str, str], commit: str) -> dict[str, Any] | None:
    """The PipelineRun that a push of the commit started, if it did by now. Raises BuildFailed."""
    revision = {"name": "revision", "value": commit}
    run = next((one for one in read(environment, "pipelineruns") if revision in one["spec"]["params"]), None)
    if run is not None and state(run)["status"] == "False":
        raise BuildFailed(
            f"{run['metadata']['name']} failed: {state(run)['message']}\nWhat its steps wrote: ansible-playbook"
            f" playbooks/pipelines.yml -i inventories/local -e pipelines_action=logs"
        )
    return run


def progress(environment: dict[str, str], run: dict[str, Any]) -> str:
    """Which of its tasks are done, and which run."""
    selector = f"--selector=tekton.dev/pipelineRun={run['metadata']['name']}"
    tasks = {
        one["metadata"]["labels"]["tekton.dev/pipelineTask"]: "completionTime" in one.get("status", {})
        for one in read(environment, "taskruns", selector, "--sort-by=.metadata.creationTimestamp")
    }
    done, running = ([name for name in tasks if tasks[name] is ended] for ended in (True, False))
    return "; ".join(
        f"{', '.join(names)} {words}" for names, words in ((done, "done"), (running, "running")) if names
    ) or "not begun"  # fmt: skip


def state(run: dict[str, Any]) -> dict[str, str]:
    """status ("True": succeeded, "False": failed, "Unknown": not ended) and message of a run."""
    conditions = run.get("status", {}).get("conditions") or [{"status": "Unknown", "message": "not begun"}]
    return dict(conditions[0])
