# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module is killed at each of its calls; the runs after it make of it what a run without that would have."""

from __future__ import annotations

from pathlib import Path

import pytest
from book import Book
from cells import Matrix
from steps import STEPS

pytestmark = pytest.mark.usefixtures("quick")

WHEN = ("before", "after")


@pytest.mark.figures("SIGKILL of a module, sample")
@pytest.mark.parametrize("step", ["make a cluster", "renew a registry login"])
def test_a_sample(matrix: Matrix, book: Book, tmp_path: Path, step: str) -> None:
    calls = matrix.known(step).calls
    writes = [number for number, call in enumerate(calls, start=1) if not call.startswith("GET ")] or [len(calls)]
    for number in writes:
        book.write(matrix.kill(step, number, "after", tmp_path / str(number)))
    book.close()


@pytest.mark.long
@pytest.mark.figures("SIGKILL of a module at each call")
@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_at_each_call(matrix: Matrix, book: Book, tmp_path: Path, step: str, when: str) -> None:
    for number in range(1, len(matrix.known(step).calls) + 1):
        book.write(matrix.kill(step, number, when, tmp_path / str(number)))
    book.close()
