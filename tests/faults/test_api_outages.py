# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API is away for a minute, the limit of an hour is used up, or the token lacks a scope."""

from __future__ import annotations

import pytest
from book import Book
from cells import Matrix
from judging import CLEAR_ERROR, DEFECT, WELL, Verdict
from scene import Scene
from steps import STEPS

NAMES = [step.name for step in STEPS]
# As many tries as a client has in a minute, whose pauses grow from half a second to ten.
CALLS_OF_A_MINUTE = 8
MINUTE = 60.0


@pytest.mark.usefixtures("quick")
@pytest.mark.figures("outage of a minute, sample")
@pytest.mark.parametrize(("step", "kind"), [("make a cluster", "503"), ("remove a cluster", "reset")])
def test_a_sample_of_outages(matrix: Matrix, book: Book, step: str, kind: str) -> None:
    book.write(matrix.cell(step, len(matrix.known(step).calls) - 1, kind, count=CALLS_OF_A_MINUTE))
    book.close()


@pytest.mark.long
@pytest.mark.usefixtures("quick")
@pytest.mark.figures("outage of a minute, from each call on")
@pytest.mark.parametrize("kind", ["503", "502 as a web page", "reset"])
@pytest.mark.parametrize("step", NAMES)
def test_from_each_call_on(matrix: Matrix, book: Book, step: str, kind: str) -> None:
    for number, call in enumerate(matrix.known(step).calls, start=1):
        verdict = matrix.cell(step, number, kind, count=CALLS_OF_A_MINUTE)
        book.write(verdict)
        if call.startswith("GET "):
            book.say(
                verdict.word != CLEAR_ERROR, f"{verdict.where}: a read is repeated for a minute: {verdict.message}"
            )
    book.close()


@pytest.mark.long
@pytest.mark.figures("outage of 60 s by the clock")
@pytest.mark.parametrize(
    "where", [("make a cluster", 7), ("change a cluster", 12), ("make a load balancer", 5), ("remove a VPC", 2)]
)
@pytest.mark.parametrize("kind", ["error_before", "reset"])
def test_by_the_clock(matrix: Matrix, scene: Scene, book: Book, where: tuple[str, int], kind: str) -> None:
    """In real time: nothing of the tests stands between the module and its pauses."""
    step, number = where
    known = matrix.known(step)
    scene.put_back(known.before)
    status = {"status": 503} if kind == "error_before" else {}
    scene.server.admin.add_fault(kind, nth=number, lasts=MINUTE, **status)
    first = scene.run(known.step)
    assert first.seconds > MINUTE, f"the outage was not met: {first.output}"
    defects = [f"an outage of {MINUTE:.0f} s ended the run: {first.message}"] if first.failed else []
    defects += matrix.after(known, matrix.go_on(known, first))
    word = DEFECT if defects else WELL
    book.write(Verdict(step, known.calls[number - 1], number, kind, word, tuple(defects), first.message))
    book.close()


@pytest.mark.usefixtures("quick")
@pytest.mark.figures("used-up limit per hour")
@pytest.mark.parametrize("step", NAMES)
def test_a_used_up_limit(matrix: Matrix, book: Book, step: str) -> None:
    """In the middle of the run; waiting for the end of the hour is nothing a run does."""
    calls = matrix.known(step).calls
    if calls:
        book.write(matrix.limited(step, len(calls) // 2))
    book.close()
