# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it takes from a push until dev runs what was built of it: the part `builds` of bench.py."""

from __future__ import annotations

import itertools
import json
import subprocess
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import lab_instance
from slipway_lab.config import LabConfig
from slipway_lab.git.client import GitClient

CHECKOUT = Path(__file__).resolve().parent.parent
# What each push changes: one source file, and only words of a comment in it, so that all compile the same.
SOURCE = "internal/server/server.go"
WORDS = ("// Package server answers", "// Package server gives", "// Package server serves")
PUSHES = ("first push: nothing cached", "second push: one source file changed")
TASKS = ("clone", "lint", "test", "build-image", "write-digest")
DEV_RUNS_WITHIN = 900.0


def measure() -> dict[str, dict[str, float]]:
    """Seconds of each station, by push; a lab of its own, with everything on.

    Stations: `told` (from the push until there is a run), the tasks of the run (lint and test are side by side),
    `deployed` (from the commit of the digest until dev answers with the new commit) and `all`.
    """
    images = lab_instance.PLATFORM_IMAGES
    with lab_instance.running(images=images) as environment, tempfile.TemporaryDirectory() as directory:
        git = GitClient(LabConfig.from_environment(environment))
        lab_instance.create_example_repositories(environment)
        command = ["ansible-playbook", "site.yml", "-i", "inventories/local"]
        result = subprocess.run(command, cwd=CHECKOUT, env=environment, check=False, capture_output=True, text=True)
        if result.returncode != 0:
            raise SystemExit(f"bench: site.yml failed\n{result.stdout}{result.stderr}")
        return {
            name: _push(environment, git, change, Path(directory) / f"clone-{number}")
            for number, (name, change) in enumerate(zip(PUSHES, itertools.pairwise(WORDS), strict=True))
        }


def _push(environment: dict[str, str], git: GitClient, change: tuple[str, str], folder: Path) -> dict[str, float]:
    """Push, and wait until dev answers with that commit."""
    commit = lab_instance.push_replacement(git, "web", SOURCE, change, folder)
    pushed = time.time()
    while _answers(environment) != commit:
        if time.time() - pushed > DEV_RUNS_WITHIN:
            raise SystemExit(f"bench: dev does not answer with {commit} after {DEV_RUNS_WITHIN:.0f} s")
        time.sleep(1)
    answered = time.time()
    run = next(
        one
        for one in _builds(environment, "pipelineruns")
        if {"name": "revision", "value": commit} in one["spec"]["params"]
    )
    selector = f"--selector=tekton.dev/pipelineRun={run['metadata']['name']}"
    tasks = {
        one["metadata"]["labels"]["tekton.dev/pipelineTask"]: one["status"]
        for one in _builds(environment, "taskruns", selector)
    }
    return {
        "told": _seconds(run["metadata"]["creationTimestamp"]) - pushed,
        **{task: _seconds(tasks[task]["completionTime"]) - _seconds(tasks[task]["startTime"]) for task in TASKS},
        "deployed": answered - _seconds(tasks["write-digest"]["completionTime"]),
        "all": answered - pushed,
    }


def _builds(environment: dict[str, str], *arguments: str) -> list[dict[str, Any]]:
    command = [lab_instance.LAB, "kubectl", "hub", "--", "get", "--namespace=builds", "--output=json", *arguments]
    result = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return list(json.loads(result.stdout)["items"])


def _answers(environment: dict[str, str]) -> str:
    """The commit that dev's web app says it is built of; "" while nobody answers."""
    page = "/api/v1/namespaces/web/services/web:http/proxy/"
    command = [lab_instance.LAB, "kubectl", "dev", "--", "get", "--raw", page]
    answer = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if answer.returncode != 0:
        return ""
    page_content: dict[str, Any] = json.loads(answer.stdout)
    return str(page_content["commit"])


def _seconds(timestamp: str) -> float:
    """Since the epoch. Kubernetes tells whole seconds."""
    return datetime.fromisoformat(timestamp).timestamp()
