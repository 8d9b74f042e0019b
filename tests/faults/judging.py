# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be so of a run with a fault and of the two runs after it, whatever was called."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fault_kinds import NEVER, Kind

WELL, CLEAR_ERROR, DEFECT = "well", "clear error", "defect"


@dataclass(frozen=True)
class Outcome:
    """What a module run said.

    output: all that it printed or told in any way
    seconds: as the module counts them
    crashed: what ended it, when that was nothing it said itself
    """

    result: dict[str, Any]
    output: str
    seconds: float
    crashed: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed")) or bool(self.crashed)

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))

    @property
    def message(self) -> str:
        return str(self.result.get("msg") or "")

    @property
    def said(self) -> str:
        """The message and the warnings."""
        return "\n".join([self.message, *map(str, self.result.get("warnings") or [])])


@dataclass(frozen=True)
class Verdict:
    """What became of one cell. defects: one sentence each."""

    step: str
    call: str
    number: int
    kind: str
    word: str
    defects: tuple[str, ...]
    message: str

    @property
    def where(self) -> str:
        return f"{self.kind} at call {self.number} of '{self.step}', {self.call}"

    def as_json(self) -> dict[str, Any]:
        return {"step": self.step, "call": self.call, "kind": self.kind, "word": self.word}


@dataclass(frozen=True)
class Trial:
    """A run with a fault, the next one without, and one more; and what was there after each.

    wanted: what is there after a run that never had a fault
    refuses: whether the runs are to fail, and to leave everything
    leaked: secrets in an output; difference: two looks in words
    """

    runs: tuple[Outcome, ...]
    looks: tuple[Any, ...]
    wanted: Any
    leaked: Callable[[str], list[str]]
    difference: Callable[[Any, Any], str]
    refuses: bool = False

    def verdict(self, where: tuple[str, str, int, str], defects: tuple[str, ...]) -> Verdict:
        step, call, number, kind = where
        word = DEFECT if defects else CLEAR_ERROR if self.runs[0].failed != self.refuses else WELL
        return Verdict(step, call, number, kind, word, defects, self.runs[0].message)

    def of_the_run_with_the_fault(self, kind: Kind, call: str, longest_seconds: float) -> Iterator[str]:
        first = self.runs[0]
        if first.crashed:
            yield f"ended in an exception: {first.crashed}"
        elif first.failed and not first.message:
            yield "failed without a word"
        if first.failed:
            # A refusal that would have come anyway is not about the fault.
            wrong = _never(first.message) if self.refuses else kind.wrong_words(first.message, call)
            yield from (f"{words}: {first.message}" for words in wrong)
        if not first.failed and self.refuses:
            yield f"went well where it is to refuse: {json.dumps(first.result.get('changes'))}"
        if not first.failed and not kind.stale and self.looks[0] != self.wanted:
            yield f"said that all went well, and it is not so: {self.difference(self.looks[0], self.wanted)}"
        if self.refuses and self.looks[0] != self.wanted:
            yield f"changed what it is to leave: {self.difference(self.looks[0], self.wanted)}"
        if first.seconds > longest_seconds:
            yield f"took {first.seconds:.0f} s"

    def of_what_comes_after(self) -> Iterator[str]:
        """What must be so after any fault, and after a run that was killed."""
        for name, run, look in zip(("next", "one after that"), self.runs[1:], self.looks[1:], strict=True):
            if run.failed != self.refuses:
                yield f"the {name} run failed: {run.message or run.crashed}"
            if look != self.wanted:
                yield f"after the {name} run: {self.difference(look, self.wanted)}"
        if self.runs[2].changed:
            yield f"the run after the next one changed something: {self.runs[2].result.get('changes')}"
        for run in self.runs:
            if leaked := self.leaked(run.output):
                yield f"a secret is in the output: {leaked}"


def _never(message: str) -> list[str]:
    return [f"says {match.group()!r}" for words in NEVER if (match := re.search(words, message))]
