# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Changes of an object that is at work on something else, which the API refuses until that is done.

A load balancer processes one change at a time, for example, and refuses the next one for some seconds with a 403.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .._errors import ApiError, RefusalKind, WaitTimeoutError
from .._waiter import Observation, Waiter

T = TypeVar("T")


def once_free(what: str, send: Callable[[], T], waiter: Waiter, *, waits: bool) -> T:
    """Send a change, again while the API says that the object is busy; what send gives.

    what: the object, such as "load balancer front"
    waits: False raises the first refusal, with how to have it waited for
    Raises WaitTimeoutError with the API's words, and every other error of send.
    """
    # The first time not as a look of a wait: an answer that stays wrong is told, not waited out.
    try:
        return send()
    except ApiError as error:
        if error.kind is not RefusalKind.BUSY:
            raise
        refusal = error
    if not waits:
        raise with_way_to_wait(refusal)
    busy: Observation[list[T]] = Observation(False, f"{what} is at work on something else", [])

    def look() -> Observation[list[T]]:
        nonlocal refusal
        try:
            return Observation(True, f"{what} takes the change", [send()])
        except ApiError as error:
            if error.kind is not RefusalKind.BUSY:
                raise
            refusal = error
            return busy

    try:
        return waiter.until(f"{what} to take a change", look, first=busy)[0]
    except WaitTimeoutError as late:
        late.message = f"{late.message} {refusal.message}"
        raise


def with_way_to_wait(refusal: ApiError) -> ApiError:
    """The refusal of somebody who did not want to wait, with how to have it waited for."""
    refusal.next_step = f"{refusal.next_step} With wait: true that is waited for.".strip()
    return refusal
