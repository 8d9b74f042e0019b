# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a process that outlives the one that starts it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from slipway_lab.process_identity import ProcessIdentity

# The shell leaves at once, so the process belongs to init and is reaped there, whatever becomes of the caller.
_SCRIPT = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'


def start_detached(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> ProcessIdentity | None:
    """Start a command in a session of its own, its output appended to the log; None when it ended at once."""
    log.parent.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(
        ["setsid", "--wait", "/bin/sh", "-c", _SCRIPT, "sh", str(log), *command],
        env=dict(environment), cwd="/", check=True, capture_output=True, text=True,
    )  # fmt: skip
    return ProcessIdentity.of(int(result.stdout))
