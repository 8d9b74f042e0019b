# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What a 404 proves. One alone does not prove that an object is gone: the list of such objects has to say so too.

A 404 for what is in an object that was seen a call before is a contradiction, and to read it as "nothing is in it" has
cost people the registry with all its images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .._errors import ContradictionError, SlipwayError
from .looks import look_for


@dataclass(frozen=True)
class Shown:
    """An object, and whether the list that shows it while it is there has it now. is_listed asks the API."""

    kind: str
    name: str
    is_listed: Callable[[], bool]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def has(items: Iterable[Mapping[str, Any]], key: str, value: Any) -> bool:
    return any(item.get(key) == value for item in items)


def refuse_if_listed(shown: Shown) -> None:
    """After a 404. Raises ContradictionError for an object that is there all the same."""
    if shown.is_listed():
        raise ContradictionError(
            f"DigitalOcean answered 404, as if there were no {shown}, and lists it all the same.",
            "Run again; if it stays so, look at it in the control panel.",
        )


def refuse_if_still_listed(shown: Shown, sleep: Callable[[float], None]) -> None:
    """After a 404 to its deletion, which an earlier try may have done.

    sleep: takes seconds. Raises ContradictionError when the list goes on having it.
    """
    if look_for(lambda: None if shown.is_listed() else True, sleep):
        return
    with beginning_with(f"It is not known whether {shown} was deleted."):
        refuse_if_listed(shown)


@contextmanager
def beginning_with(words: str) -> Iterator[None]:
    """An error that comes out of here begins with these words."""
    try:
        yield
    except SlipwayError as error:
        error.message = f"{words} {error.message}"
        raise
