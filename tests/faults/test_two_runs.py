# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs of the same at once: one object of each, or a run that fails at once and names what is there twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from book import Book
from cells import Matrix
from steps import STEPS

pytestmark = pytest.mark.usefixtures("quick")

SAMPLE = ("make a VPC", "make a cluster", "make a record", "make a registry login")
CREATING = [step.name for step in STEPS if step.name.startswith(("make ", "renew ", "change "))]


def write_calls(matrix: Matrix, step: str) -> list[int]:
    """Numbers of the calls that make or change something."""
    calls = matrix.known(step).calls
    return [
        number
        for number, call in enumerate(calls, start=1)
        if not call.startswith("GET ") or call.endswith("/docker-credentials")
    ]


@pytest.mark.figures("two runs at once, sample")
@pytest.mark.parametrize("step", SAMPLE)
def test_a_sample(matrix: Matrix, book: Book, tmp_path: Path, step: str) -> None:
    book.write(matrix.twins(step, write_calls(matrix, step)[0], tmp_path / "one"))
    book.close()


@pytest.mark.long
@pytest.mark.figures("two runs at once")
@pytest.mark.parametrize("step", CREATING)
def test_at_each_writing_call(matrix: Matrix, book: Book, tmp_path: Path, step: str) -> None:
    for number in write_calls(matrix, step):
        book.write(matrix.twins(step, number, tmp_path / str(number)))
    book.close()
