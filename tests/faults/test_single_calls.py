# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call of a platform's life fails in every way, once and for good; what comes after is as if it had not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from book import Book
from cells import Matrix
from fault_kinds import KINDS
from steps import STEPS

pytestmark = pytest.mark.usefixtures("quick")

NAMES = [step.name for step in STEPS]
WAYS_OF_A_WRITE = 3
_LASTING = [name for name, kind in KINDS.items() if kind.lasts]


def sample(calls: tuple[str, ...], turn: int) -> Iterator[tuple[int, str]]:
    """Numbers of calls and kinds for them: other ones at each call, and more of them where something is written."""
    kinds = list(KINDS)
    for number, call in enumerate(calls, start=1):
        fitting = [kind for at in range(len(kinds)) if KINDS[kind := kinds[(turn + at) % len(kinds)]].fits(call)]
        some = fitting[:1] if call.startswith("GET ") else fitting[:WAYS_OF_A_WRITE]
        turn = kinds.index(some[-1]) + 1
        yield from ((number, kind) for kind in some)


@pytest.mark.figures("sample of calls and kinds, once")
@pytest.mark.parametrize("step", NAMES)
def test_a_sample(matrix: Matrix, book: Book, step: str) -> None:
    for number, kind in sample(matrix.known(step).calls, NAMES.index(step) * 7):
        book.write(matrix.cell(step, number, kind))
    book.close()


@pytest.mark.long
@pytest.mark.figures("each call, each kind, once")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", NAMES)
def test_once(matrix: Matrix, book: Book, step: str, kind: str) -> None:
    for number, call in enumerate(matrix.known(step).calls, start=1):
        if KINDS[kind].fits(call):
            book.write(matrix.cell(step, number, kind))
    book.close()


@pytest.mark.long
@pytest.mark.figures("the fault stays")
@pytest.mark.parametrize("kind", _LASTING)
@pytest.mark.parametrize("step", NAMES)
def test_for_good(matrix: Matrix, book: Book, step: str, kind: str) -> None:
    """From one call on: in the sample of calls all are hit that come after it, so each third is begun with."""
    for number, call in enumerate(matrix.known(step).calls, start=1):
        if number % 3 == 1 and KINDS[kind].fits(call):
            book.write(matrix.cell(step, number, kind, count=None))
    book.close()
