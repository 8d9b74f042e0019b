# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cells for modules that talk to something else than DigitalOcean's API, with the fault proxy in between."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fault_kinds import KINDS
from fault_proxy import FaultProxy
from judging import Outcome, Trial, Verdict
from module_runner import run_module

# Kinds that only an account of DigitalOcean has.
OF_AN_ACCOUNT = ("403 busy", "a stale answer", "a lagging list")
PROXIED_KINDS = tuple(name for name in KINDS if name not in OF_AN_ACCOUNT)
# Of a run in which a call fails once; as the module counts them.
LONGEST_SECONDS = 400.0


@dataclass(frozen=True)
class Deed:
    """One module run and what it is about.

    prepare: brings what it works on to where it begins
    look: what is there afterwards, to be compared
    options: with which it runs; short: those besides, with which it does not wait for an answer for long
    """

    name: str
    module: str
    prepare: Callable[[], None]
    look: Callable[[], Any]
    options: Mapping[str, Any]
    short: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Known:
    calls: tuple[str, ...]
    wanted: Any


@dataclass
class Proxied:
    """What deeds run against, through a proxy.

    secrets: texts that must not be in any output; progress: the file in which modules tell how far they are
    clock: seconds, as the modules count them
    """

    proxy: FaultProxy
    secrets: tuple[str, ...]
    progress: Path
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, _Known] = field(default_factory=dict)

    def calls(self, deed: Deed) -> tuple[str, ...]:
        """The calls of a run without a fault; what is there after it is what every other one is to reach."""
        if deed.name not in self._known:
            deed.prepare()
            self.proxy.calls.clear()
            outcome = self._run(deed)
            assert not outcome.failed, f"{deed.name}: {outcome.output}"
            known = _Known(tuple(self.proxy.calls), deed.look())
            again = self._run(deed)
            assert not (again.failed or again.changed), f"{deed.name}: {again.output}"
            self._known[deed.name] = known
        return self._known[deed.name].calls

    def cell(self, deed: Deed, number: int, kind_name: str, **more: Any) -> Verdict:
        """Try a fault at the call of this number. more: of its order, such as how often it comes."""
        calls = self.calls(deed)
        # How DigitalOcean's API is to be told of is no measure for others.
        kind = replace(KINDS[kind_name], says="")
        deed.prepare()
        self.proxy.add_fault(**kind.ordered(), nth=number, **more)
        runs = [self._run(deed, **(deed.short if kind.options else {}))]
        hits = self.proxy.hits
        self.proxy.clear_faults()
        self.proxy.settle()
        looks = [deed.look()]
        for _ in range(2):
            runs.append(self._run(deed))
            looks.append(deed.look())
        call = calls[number - 1]
        trial = Trial(tuple(runs), tuple(looks), self._known[deed.name].wanted, self._leaked, _difference)
        defects = (*trial.of_the_run_with_the_fault(kind, call, LONGEST_SECONDS), *trial.of_what_comes_after())
        if not hits:
            defects = (*defects, "the fault was not met")
        return trial.verdict((deed.name, call, number, kind_name), defects)

    def _run(self, deed: Deed, **options: Any) -> Outcome:
        self.progress.write_text("")
        begin = self.clock()
        result: dict[str, Any] = {}
        crashed = ""
        try:
            result = run_module(deed.module, **{**deed.options, **options})
        except Exception as error:
            crashed = f"{type(error).__name__}: {error}"
        output = json.dumps(result) + self.progress.read_text() + crashed
        return Outcome(result, output, self.clock() - begin, crashed)

    def _leaked(self, output: str) -> list[str]:
        return [f"{secret[:4]}..." for secret in self.secrets if secret in output]


def _difference(seen: Any, wanted: Any) -> str:
    return f"{seen!r:.400} and not {wanted!r:.400}"


def sample(calls: tuple[str, ...], turn: int, reads: int = 1, writes: int = 3) -> Iterator[tuple[int, str]]:
    """Numbers of calls and kinds for them: other ones at each call, and more of them where something is written."""
    for number, call in enumerate(calls, start=1):
        names = [name for name in PROXIED_KINDS if KINDS[name].fits(call)]
        for at in range(reads if call.startswith("GET ") else writes):
            yield number, names[(turn + at) % len(names)]
        turn += 5


def each(calls: tuple[str, ...], kind: str) -> Iterator[int]:
    """Numbers of the calls that a kind fits."""
    return (number for number, call in enumerate(calls, start=1) if KINDS[kind].fits(call))
