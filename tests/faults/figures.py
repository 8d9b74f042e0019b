# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of what was tried and what became of it, as docs/reliability.md has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

PROPERTY = "cell"
COLUMNS = ("tried", "well", "clear error", "defect")


def table(cells: Iterable[Mapping[str, str]]) -> str:
    """One line for each run, in the order in which they came, and one for all of them."""
    counted: dict[str, Counter[str]] = {}
    for cell in cells:
        for run in (cell["run"], "all"):
            counted.setdefault(run, Counter()).update(("tried", cell["word"]))
    counted["all"] = counted.pop("all")
    lines = ["| run | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    lines += [
        f"| {run} | " + " | ".join(str(found[column]) for column in COLUMNS) + " |" for run, found in counted.items()
    ]
    return "\n".join(lines)
