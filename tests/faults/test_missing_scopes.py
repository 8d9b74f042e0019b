# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token without one of the scopes that the docs name: the message names that scope, at once."""

from __future__ import annotations

import pytest
from book import Book
from cells import LONGEST_WITHOUT_HOPE_SECONDS, Matrix
from judging import Verdict
from scene import Scene
from steps import STEPS
from test_token_scopes import documented_scopes

pytestmark = pytest.mark.usefixtures("quick")


def without(matrix: Matrix, scene: Scene, step: str, scope: str) -> Verdict | None:
    """The verdict of a run whose token lacks this scope; None when nothing was refused to it."""
    known = matrix.known(step)
    scene.put_back(known.before)
    token = scene.server.admin.create_token("almost", [other for other in documented_scopes() if other != scope])
    mark = scene.account.mark()
    first = scene.run(known.step, token=token)
    refused = [f"{call.method} {call.path}" for call in scene.server.admin.requests(mark) if call.status == 403]
    if not refused:
        return None
    defects = []
    if scope not in first.said:
        defects.append(f"does not name {scope}: {first.said}")
    if first.seconds > LONGEST_WITHOUT_HOPE_SECONDS:
        defects.append(f"took {first.seconds:.0f} s")
    trial = matrix.go_on(known, first)
    return trial.verdict((step, refused[0], 1, f"without {scope}"), (*defects, *matrix.after(known, trial)))


@pytest.mark.figures("one scope missing, sample")
def test_a_sample(matrix: Matrix, scene: Scene, book: Book) -> None:
    for step, scope in (("make a cluster", "tag:create"), ("remove a VPC", "vpc:delete")):
        verdict = without(matrix, scene, step, scope)
        assert verdict is not None
        book.write(verdict)
    book.close()


@pytest.mark.long
@pytest.mark.figures("one scope missing")
@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_each_scope(matrix: Matrix, scene: Scene, book: Book, step: str) -> None:
    for scope in documented_scopes():
        verdict = without(matrix, scene, step, scope)
        if verdict is not None:
            book.write(verdict)
    book.close()
