# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a test of faults writes its verdicts."""

from __future__ import annotations

import figures
import pytest
from judging import Verdict


class Book:
    """Where a test writes its verdicts; they are counted when all tests have ended."""

    def __init__(self, run: str, properties: list[tuple[str, object]]) -> None:
        self._run = run
        self._properties = properties
        self._defects: list[str] = []

    def write(self, verdict: Verdict) -> None:
        self._properties.append((figures.PROPERTY, {"run": self._run, **verdict.as_json()}))
        self._defects += [f"{verdict.where}: {defect}" for defect in verdict.defects]

    def say(self, right: bool, defect: str) -> None:
        """Note a defect of a cell that was counted already, unless it is right."""
        if not right:
            self._defects.append(defect)

    def close(self) -> None:
        """Fail with all defects at once."""
        if self._defects:
            pytest.fail(f"{len(self._defects)} defects:\n" + "\n".join(self._defects), pytrace=False)
