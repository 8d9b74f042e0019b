# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it takes from a push until dev runs what was built of it: the part `builds` of bench.py."""

from __future__ import annotations

import itertools
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import build_runs
import example_repositories
import web_app
from slipway_lab.config import LabConfig
from slipway_lab.git.client import GitClient

# What each push changes: one source file, and only words of a comment in it, so that all compile the same.
SOURCE = "internal/server/server.go"
WORDS = ("// Package server answers", "// Package server gives", "// Package server serves")
PUSHES = ("first push: nothing cached", "second push: one source file changed")
TASKS = ("clone", "lint", "test", "build-image", "write-digest")
DEV_RUNS_WITHIN = 900.0


def measure(environment: dict[str, str]) -> dict[str, dict[str, float]]:
    """Seconds of each station, by push, in a lab that has everything on and runs the examples.

    Stations: `told` (from the push until there is a run), the tasks of the run (lint and test are side by side),
    `deployed` (from the commit of the digest until dev answers with the new commit) and `all`.
    """
    with tempfile.TemporaryDirectory() as directory:
        return {
            name: _push(environment, change, Path(directory) / f"clone-{number}")
            for number, (name, change) in enumerate(zip(PUSHES, itertools.pairwise(WORDS), strict=True))
        }


def _push(environment: dict[str, str], change: tuple[str, str], folder: Path) -> dict[str, float]:
    """Push, and wait until dev answers with that commit."""
    config = LabConfig.from_environment(environment)
    commit = example_repositories.push_replacement(GitClient(config), "web", SOURCE, change, folder)
    pushed = time.time()

    def find_run() -> dict[str, Any] | None:
        return build_runs.of_commit(build_runs.read(environment, "pipelineruns"), commit)

    web_app.wait_until(config, web_app.NAMES["dev"], {"commit": commit}, DEV_RUNS_WITHIN, find_run)
    answered = time.time()
    run = find_run()
    if run is None:
        raise SystemExit(f"bench: dev answers with {commit}, and there is no run of it")
    tasks = build_runs.task_statuses(environment, run)
    return {
        "told": _seconds(run["metadata"]["creationTimestamp"]) - pushed,
        **{task: _seconds(tasks[task]["completionTime"]) - _seconds(tasks[task]["startTime"]) for task in TASKS},
        "deployed": answered - _seconds(tasks["write-digest"]["completionTime"]),
        "all": answered - pushed,
    }


def _seconds(timestamp: str) -> float:
    """Since the epoch. Kubernetes tells whole seconds."""
    return datetime.fromisoformat(timestamp).timestamp()
