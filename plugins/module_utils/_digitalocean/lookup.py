# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Find an object by its exact name, create one never twice, and what is made by each call no more than twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from .._errors import (
    AmbiguousNameError,
    ApiError,
    ContradictionError,
    OutcomeUnknownError,
    RefusalKind,
    SlipwayError,
    UnreadableAnswerError,
)
from .._reconcile import JsonObject
from .._waiter import Waiter
from . import looks
from .looks import look_for

T = TypeVar("T")

# With which the API refuses what is there already.
REFUSED_AS_TAKEN = frozenset({409, 412, 422})


def find_by_name(kind: str, name: str, items: Iterable[JsonObject]) -> JsonObject | None:
    """The one item with exactly this name, None without one. Raises AmbiguousNameError naming the ids of several."""
    matches = [item for item in items if item.get("name") == name]
    if len(matches) > 1:
        listed = ", ".join(
            f"{item.get('id')} ({item.get('region') or 'no region'}, made {item.get('created_at') or 'unknown'})"
            for item in matches
        )
        raise AmbiguousNameError(
            f"{len(matches)} {kind}s are named {name!r}: {listed}.",
            f"Delete or rename all but one, then run again; nothing was changed on either {kind}.",
        )
    return matches[0] if matches else None


class FoundInsteadError(Exception):
    """What was to be created was there by then: found, which may be other than what was asked for."""

    def __init__(self, found: JsonObject, words: str = "") -> None:
        super().__init__(f"{found.get('name')} is there by now")
        self.found = found
        self.words = words


def create_once(
    what: str,
    create: Callable[[], JsonObject],
    find: Callable[[], JsonObject | None],
    waiter: Waiter,
) -> JsonObject:
    """Create an object, or pick up the one whose creation was answered by silence.

    When the answer is lost the object is looked for again, several times since lists may lag. It is not asked for a
    second time in this run: without a sign of it the run ends, and the next run finds the object or creates it.
    Raises FoundInsteadError when the API refuses it and there is one: a list that lagged had not shown it, or another
    run made it meanwhile.
    """
    try:
        return create()
    except ApiError as error:
        if error.status not in REFUSED_AS_TAKEN:
            raise
        found = look_for(find, waiter.sleep, None if error.kind is RefusalKind.TAKEN else ())
        if found is None:
            raise
        raise FoundInsteadError(found) from error
    except OutcomeUnknownError as lost:
        waiter.progress(f"no answer to creating {what}; looking whether it is there")
        looked = f"It did not show up within {sum(looks.LOOK_AGAIN_SECONDS):.0f} s."
        first, *pauses = looks.LOOK_AGAIN_SECONDS
        waiter.sleep(first)
        for _look in looks.looks(waiter.sleep, pauses):
            try:
                found = find()
            except AmbiguousNameError:
                raise
            except SlipwayError as error:
                if error.passing:
                    # For longer than a call puts up with.
                    looked = f"It could not be looked for: {error.message}"
                    break
                continue
            if found is not None:
                return found
        raise OutcomeUnknownError(
            f"It is not known whether {what} was created: {lost.message} {looked}",
            "It was not asked for again, so there are no two of it. Run again: the run takes it when it is there "
            "and creates it when it is not.",
        ) from lost


def make_twice_at_most(
    make: Callable[[], T], reach: Callable[[], object], what: str, until: Callable[[], str]
) -> tuple[T, list[str]]:
    """What a call gives that makes another one each time it is sent, and warnings.

    make: the call; reach: a call that makes nothing, with which the API is waited for after an answer was lost
    what, until: what is made and until when it is valid, to tell people what may have been made and got lost
    """

    def left_behind(lost: int) -> str:
        answers, more = ("answer", "one more") if lost == 1 else (f"{lost} answers", f"up to {lost} more")
        return (
            f"The {answers} to the request for {what} got lost, so {more} may have been made: in no file, and valid "
            f"until {until()}."
        )

    try:
        return make(), []
    except ContradictionError:
        raise
    except (OutcomeUnknownError, UnreadableAnswerError):
        lost = 1
    try:
        reach()
        return make(), [left_behind(lost)]
    except SlipwayError as error:
        if isinstance(error, (OutcomeUnknownError, UnreadableAnswerError)):
            lost += 1
        error.message = f"{error.message} {left_behind(lost)}"
        raise
