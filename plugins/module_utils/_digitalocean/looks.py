# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Look again for a few seconds, since what the API lists may lag behind what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

# How long a list may lag: half a second is usual.
LAG_SECONDS = (0.5, 1.0, 2.0, 4.0)
# The same where it may as well be that there is no such object: a wrong name is to be told soon.
NEEDED_SECONDS = (0.5, 1.0, 2.0)
# How long a new object may be missing from everything: looked for after 1, 3, 7 and 15 s.
LOOK_AGAIN_SECONDS = (1.0, 2.0, 4.0, 8.0)


def looks(sleep: Callable[[float], None], pauses: Iterable[float] | None = None) -> Iterator[None]:
    """One look at once, and one after each pause, for as long as the caller goes on.

    pauses: seconds, LAG_SECONDS unless given
    """
    yield
    for seconds in LAG_SECONDS if pauses is None else pauses:
        sleep(seconds)
        yield


def look_for(
    find: Callable[[], T | None], sleep: Callable[[float], None], pauses: Iterable[float] | None = None
) -> T | None:
    """What is found at the first look that finds it, None when none does."""
    for _look in looks(sleep, pauses):
        found = find()
        if found is not None:
            return found
    return None
