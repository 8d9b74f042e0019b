# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a process that outlives the one that starts it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from slipway_lab.process_identity import ProcessIdentity

# The shell leaves at once, so the process belongs to init and is reaped there, whatever becomes of the caller. It also
# notes who the process is, as ProcessIdentity does: there is no moment in which the process runs and nobody knows it.
_SCRIPT = r"""
log=$1; note=$2; shift 2
"$@" </dev/null >>"$log" 2>&1 &
start_ticks=$(sed 's/.*) //' "/proc/$!/stat" | cut -d ' ' -f 20)
boot_id=$(cat /proc/sys/kernel/random/boot_id)
printf '{"pid": %s, "start_ticks": %s, "boot_id": "%s"}' $! "$start_ticks" "$boot_id" >"$note"
"""


def start_detached(
    command: Sequence[str], log: Path, note: Path, environment: Mapping[str, str]
) -> ProcessIdentity | None:
    """Start a command in a session of its own; None when it ended at once.

    log: gets its output, appended
    note: file that ProcessIdentity.load() can read from now on
    """
    for path in (log, note):
        path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["setsid", "--wait", "/bin/sh", "-c", _SCRIPT, "sh", str(log), str(note), *command],
        env=dict(environment), cwd="/", check=True, capture_output=True, text=True,
    )  # fmt: skip
    identity = ProcessIdentity.load(note)
    return identity if identity and identity.is_alive() else None
