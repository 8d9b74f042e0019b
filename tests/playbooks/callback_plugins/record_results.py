# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what every task did to the file RECORD_RESULTS names, one JSON object a line. For tests."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record_results
type: aggregate
short_description: Write what every task did to a file
description: One JSON object a line with task, host, status, changed, changes, diffs and msg.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record_results"

    def __init__(self) -> None:
        super().__init__()
        self._file = Path(os.environ["RECORD_RESULTS"])

    def _record(self, status: str, result: Any) -> None:
        fields = result._result
        entries = fields.get("results", [fields])
        record = {
            "task": result._task.get_name(),
            "host": result._host.get_name(),
            "status": status,
            "changed": bool(fields.get("changed")),
            "changes": [change for entry in entries if isinstance(entry, dict) for change in entry.get("changes", [])],
            "diffs": [entry["diff"] for entry in entries if isinstance(entry, dict) and entry.get("diff")],
            "msg": "\n".join(str(entry.get("msg", "")) for entry in entries if isinstance(entry, dict)),
        }
        with self._file.open("a") as file:
            file.write(json.dumps(record) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._record("unreachable", result)
