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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apart import Apart
from fault_kinds import KINDS, USED_UP
from judging import CLEAR_ERROR, DEFECT, WELL, Outcome, Trial, Verdict
from lab_server import wait_for
from scene import Look, Saved, Scene
from steps import STEPS, Step

# Of one module run, as the module counts them: more than it waits for a rate limit or an outage at one call and the
# wait of a run together, and what is left where waiting cannot help.
LONGEST_SECONDS = 700.0
LONGEST_WITHOUT_HOPE_SECONDS = 20.0
# Modules that wait for what they made, and how long they may where nothing will come of it.
WAITING = ("do_kubernetes_cluster", "do_load_balancer", "do_vpc")
LASTING_WAIT_SECONDS = 300
_LONGEST_LINE = 200
# Longer than another run of the same takes.
_HELD_UP_SECONDS = 2.0
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b1\d{9}\b")
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

    def cell(self, name: str, number: int, kind_name: str, **more: Any) -> Verdict:
        """Try a fault at the call of this number, the first is 1. more: of its order, such as how long it lasts."""
        known, kind = self.known(name), KINDS[kind_name]
        options = dict(kind.options)
        if "count" in more and known.step.module in WAITING:
            options["wait_timeout"] = LASTING_WAIT_SECONDS
        return self.spoiled(
            known,
            number,
            kind_name,
            lambda: self._scene.server.admin.add_fault(**kind.ordered(), nth=number, **more),
            **options,
        )

    def limited(self, name: str, left: int) -> Verdict:
        """Run with so many calls left of the limit per hour."""
        known = self.known(name)
        return self.spoiled(
            known,
            left + 1,
            USED_UP,
            lambda: self._scene.server.admin.settings(hourly_requests=left),
            longest_seconds=LONGEST_WITHOUT_HOPE_SECONDS,
        )

    def spoiled(
        self,
        known: Known,
        number: int,
        kind_name: str,
        spoil: Callable[[], object],
        *,
        longest_seconds: float = LONGEST_SECONDS,
        **options: Any,
    ) -> Verdict:
        """Spoil something, run the module, and judge it with the two runs after it."""
        kind = KINDS[kind_name]
        self._scene.put_back(known.before)
        spoil()
        first = self._scene.run(known.step, **options)
        call = known.calls[number - 1]
        trial = self.go_on(known, first)
        defects = (*trial.of_the_run_with_the_fault(kind, call, longest_seconds), *self.after(known, trial))
        return trial.verdict((known.step.name, call, number, kind_name), defects)

    def kill(self, name: str, number: int, when: str, folder: Path) -> Verdict:
        """Kill the module while its call of this number is before its effect, or after it and without an answer."""
        known, scene = self.known(name), self._scene
        scene.put_back(known.before)
        scene.server.admin.add_fault("hang", nth=number, when=when)
        with Apart(known.step.module, scene.options(known.step), folder) as run:
            wait_for(lambda: not run.running or scene.hit(), lambda over: over, 60)
            assert run.running, f"ended without call {number}: {run.outcome().output}"
            run.kill()
            killed = Outcome({}, run.outcome().output, 0.0, "killed")
        defects = self.after(known, self.go_on(known, killed))
        call = known.calls[number - 1]
        return Verdict(name, call, number, f"killed {when}", DEFECT if defects else WELL, defects, "")

    def twins(self, name: str, number: int, folder: Path) -> Verdict:
        """Hold up one run's call of this number while another run does it all."""
        known, scene = self.known(name), self._scene
        scene.put_back(known.before)
        # By what it is: how often a run asks before depends on how fast things go.
        same = [call for call in map(_alike, known.calls[:number]) if call == _alike(known.calls[number - 1])]
        method, path = same[0]
        scene.server.admin.add_fault(
            "slow", method=method, path=path, nth=len(same), when="before", seconds=_HELD_UP_SECONDS
        )
        with Apart(known.step.module, scene.options(known.step), folder) as held_up:
            wait_for(scene.server.admin.faults, lambda faults: faults[0]["hits"] == 1, 60)
            other = scene.run(known.step)
            first = held_up.outcome()
        call = known.calls[number - 1]
        look = scene.look()
        both = (first, other)
        said = "\n".join(run.message for run in both if run.failed)
        defects = [f"ended in an exception: {run.crashed}" for run in both if run.crashed]
        defects += [f"a secret is in the output: {leaked}" for run in both if (leaked := scene.leaked(run.output))]
        if look == known.after:
            defects += self.after(known, self.go_on(known, first))
            word = CLEAR_ERROR if said else WELL
        else:
            word = CLEAR_ERROR
            if not said:
                defects.append(f"both went well: {difference(look, known.after)}")
            elif not _ID.search(said):
                defects.append(f"no run names what is there twice: {difference(look, known.after)}: {said}")
        return Verdict(name, call, number, "a twin", DEFECT if defects else word, tuple(defects), said)

    def go_on(self, known: Known, first: Outcome) -> Trial:
        """Two more runs after a first one that had a fault."""
        self._scene.heal()
        looks = [self._scene.look()]
        runs = [first]
        for _ in range(2):
            runs.append(self._scene.run(known.step))
            looks.append(self._scene.look())
        return Trial(tuple(runs), tuple(looks), known.after, self._scene.leaked, difference, refuses=known.step.refuses)

    def after(self, known: Known, trial: Trial) -> tuple[str, ...]:
        """The defects that show in the runs after the one with the fault, and in the account."""
        defects = list(trial.of_what_comes_after())
        unknown = self._scene.unknown_logins() - known.unknown_logins
        said = " ".join(run.said for run in trial.runs[:2])
        if unknown > 0 and not (re.search(rf"\b{unknown}\b|\ba login\b|\bone\b", said) and _EXPIRY.search(said)):
            defects.append(f"{unknown} logins are valid and in no file, and nothing said so")
        return tuple(defects)


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


def _alike(call: str) -> tuple[str, str]:
    """Method, and the path with * for each id."""
    method, path = call.split(" ", 1)
    return method, _ID.sub("*", path)
