# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What a module has to say when it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ._reconcile import JsonObject


@dataclass
class Outcome:
    """The result of one module run.

    changes: short sentences, what was changed (or would be, in check mode)
    before, after: the owned values, for the diff
    data: what the module returns besides
    """

    changes: list[str] = field(default_factory=list)
    before: JsonObject = field(default_factory=dict)
    after: JsonObject = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, title: str, part: Outcome, *, was_there: bool = True) -> None:
        """Take in what became of one object of several. title: how the diff calls it; its data stays."""
        self.changes += part.changes
        self.warnings += part.warnings
        if part.changes:
            self.before |= {title: part.before} if part.before and was_there else {}
            self.after |= {title: part.after} if part.after else {}

    def as_result(self) -> dict[str, Any]:
        """Arguments of C(exit_json), without the warnings."""
        return {
            "changed": bool(self.changes),
            "changes": self.changes,
            "diff": {"before": self.before, "after": self.after},
            **self.data,
        }
