# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cell of the matrix: a fault at one call of one module run, and what the runs after it make of it.

For each call of a step the account is put back to what it was before the step. The module runs with the fault, then
without it, then once more. Modules are processes that share nothing, so the rest of a play is as without a fault when
account and files are.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fault_kinds import KINDS, NEVER, Kind
from scene import Look, Outcome, Saved, Scene
from steps import STEPS, Step

WELL, CLEAR_ERROR, DEFECT = "well", "clear error", "defect"
# Of one module run with a fault that comes once, and with one that stays, in which pauses are short.
LONGEST_SECONDS, LONGEST_LASTING_SECONDS = 30.0, 90.0
_LONGEST_LINE = 200
_EXPIRY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Known:
    """A step and a run of it that never had a fault.

    calls: method and path of each
    after: what is there afterwards
    unknown_logins: those that are valid and in no file then, as the one that was replaced
    then: account and files before the next step
    """

    step: Step
    before: Saved
    calls: tuple[str, ...]
    after: Look
    unknown_logins: int
    then: Saved


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


class Matrix:
    """All steps, each recorded when it is first asked for."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known: dict[str, Known] = {}

    def known(self, name: str) -> Known:
        """The step of this name; those before it are run once."""
        if name not in self._known:
            position = [step.name for step in STEPS].index(name)
            if position:
                before = self.known(STEPS[position - 1].name).then
                self._scene.put_back(before)
            else:
                self._scene.begin()
                before = self._scene.save()
            self._known[name] = self._record(STEPS[position], before)
        return self._known[name]

    def _record(self, step: Step, before: Saved) -> Known:
        outcome, calls = self._scene.recorded(lambda: self._scene.run(step))
        assert outcome.failed == step.refuses, f"{step.name}: {outcome.output}"
        after, unknown = self._scene.look(), self._scene.unknown_logins()
        again = self._scene.run(step)
        assert (again.failed, again.changed) == (step.refuses, False), f"{step.name}: {again.output}"
        self._afterwards(step)
        return Known(step, before, tuple(calls), after, unknown, self._scene.save())

    def _afterwards(self, step: Step) -> None:
        """What others do to what was made: a volume of the cluster, an image in the registry."""
        account = self._scene.account
        if step.name == "make a cluster":
            cluster = account.cluster("dev")
            assert cluster is not None
            body = {"name": "pvc-1", "region": "ams3", "size_gigabytes": 1, "tags": [f"k8s:{cluster['id']}"]}
            account.api("POST", "/v2/volumes", json=body)
        if step.name == "make a registry":
            self._scene.server.admin.note_image("shop", "app", "sha256:" + "1" * 64)

    def cell(self, name: str, number: int, kind_name: str, *, lasting: bool = False) -> Verdict:
        """Try a fault at the call of this number, the first is 1."""
        known, kind, scene = self.known(name), KINDS[kind_name], self._scene
        scene.put_back(known.before)
        order = {**kind.ordered(), "nth": number} | ({"count": None} if lasting else {})
        scene.server.admin.add_fault(**order)
        first = scene.run(known.step, **kind.options)
        scene.server.admin.clear_faults()
        looks = [scene.look()]
        then = scene.run(known.step)
        looks.append(scene.look())
        last = scene.run(known.step)
        looks.append(scene.look())
        call = known.calls[number - 1]
        judged = Judged(known, kind, call, lasting, (first, then, last), tuple(looks), scene)
        defects = tuple(judged.defects())
        word = DEFECT if defects else CLEAR_ERROR if first.failed != known.step.refuses else WELL
        return Verdict(name, call, number, kind_name, word, defects, first.message)


@dataclass(frozen=True)
class Judged:
    """The three runs of one cell: with the fault, without it, and once more."""

    known: Known
    kind: Kind
    call: str
    lasting: bool
    runs: tuple[Outcome, Outcome, Outcome]
    looks: tuple[Look, ...]
    scene: Scene

    def defects(self) -> list[str]:
        return [*self._of_the_run_with_the_fault(), *self._of_the_runs_after_it(), *self._of_all_runs()]

    def _of_the_run_with_the_fault(self) -> Iterable[str]:
        first, step = self.runs[0], self.known.step
        if first.crashed:
            yield f"ended in an exception: {first.crashed}"
        elif first.failed and not first.message:
            yield "failed without a word"
        if first.failed:
            # A refusal that would have come anyway is not about the fault.
            about_the_fault = not step.refuses
            wrong = self.kind.wrong_words(first.message, self.call) if about_the_fault else _never(first.message)
            yield from (f"{words}: {first.message}" for words in wrong)
        if not first.failed and step.refuses:
            yield f"went well where it is to refuse: {json.dumps(first.result.get('changes'))}"
        if not first.failed and not self.kind.stale and self.looks[0] != self.known.after:
            yield f"said that all went well, and it is not so: {difference(self.looks[0], self.known.after)}"
        if step.refuses and self.looks[0] != self.known.after:
            yield f"changed what it is to leave: {difference(self.looks[0], self.known.after)}"
        bound = LONGEST_LASTING_SECONDS if self.lasting else LONGEST_SECONDS
        if first.seconds > bound:
            yield f"took {first.seconds:.0f} s"

    def _of_the_runs_after_it(self) -> Iterable[str]:
        for name, run, look in zip(("next", "one after that"), self.runs[1:], self.looks[1:], strict=True):
            if run.failed != self.known.step.refuses:
                yield f"the {name} run failed: {run.message or run.crashed}"
            if look != self.known.after:
                yield f"after the {name} run: {difference(look, self.known.after)}"
        if self.runs[2].changed:
            yield f"the run after the next one changed something: {self.runs[2].result.get('changes')}"

    def _of_all_runs(self) -> Iterable[str]:
        for run in self.runs:
            if leaked := self.scene.leaked(run.output):
                yield f"a secret is in the output: {leaked}"
        unknown = self.scene.unknown_logins() - self.known.unknown_logins
        said = " ".join(run.said for run in self.runs[:2])
        if unknown > 0 and not (re.search(rf"\b{unknown}\b|\ba login\b|\bone\b", said) and _EXPIRY.search(said)):
            yield f"{unknown} logins are valid and in no file, and nothing said so"


def _never(message: str) -> list[str]:
    return [f"says {match.group()!r}" for words in NEVER if (match := re.search(words, message))]


def difference(seen: Look, wanted: Look) -> str:
    """What is there and should not be, and the other way round."""
    lines = []
    for kind in sorted({*seen.account, *wanted.account}):
        have = [json.dumps(item, sort_keys=True) for item in seen.account.get(kind, [])]
        want = [json.dumps(item, sort_keys=True) for item in wanted.account.get(kind, [])]
        lines += [f"there is {kind} {item}" for item in _without(have, want)]
        lines += [f"there is no {kind} {item}" for item in _without(want, have)]
    if seen.files != wanted.files:
        lines.append(f"files {dict(seen.files)} and not {dict(wanted.files)}")
    return "; ".join(line[:_LONGEST_LINE] for line in lines)


def _without(items: list[str], others: list[str]) -> list[str]:
    return list((Counter(items) - Counter(others)).elements())
