# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""How long one call puts up with an API that has trouble, before its error is raised.

A restart of an API, or of what stands before it, takes from seconds to a minute, and must not end a run. A call that is
one look of a wait gives up soon: the wait looks again, and knows the deadline.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from math import inf

# Longer than the restart of an API server or of a load balancer before it, shorter than people wait for an error.
OUTAGE_SECONDS = 100.0
# Of a host that never answered the address is likely to be wrong.
MAX_CONNECT_ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
LONGEST_ASKED_SECONDS = 30.0
# A look of a wait is not repeated for long inside itself: the next one comes anyway.
LOOK_SECONDS = 2.0

_limit: ContextVar[float] = ContextVar("slipway_patience", default=inf)


def outage_seconds() -> float:
    """Seconds of trouble that a call made now puts up with."""
    return min(OUTAGE_SECONDS, _limit.get())


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Calls made inside put up with so many seconds of trouble at most."""
    token = _limit.set(min(seconds, _limit.get()))
    try:
        yield
    finally:
        _limit.reset(token)


def briefly(left: float = inf) -> AbstractContextManager[None]:
    """Calls made inside are looks of a wait, or explain how it ended. left: seconds until its deadline."""
    return at_most(max(0.0, min(LOOK_SECONDS, left)))


def pause_after(
    attempt: int,
    troubled: float,
    *,
    known: bool,
    at_least: float = 0.0,
    attempts_unknown: int = MAX_CONNECT_ATTEMPTS,
) -> float | None:
    """Seconds after which a call that met trouble is to be sent again, None when it is enough.

    attempt: how often it was sent so far
    troubled: seconds since its first failure
    known: whether the host was ever reached
    at_least: seconds that the API asks for
    attempts_unknown: how often a host is asked that was never reached
    """
    pause = max(
        min(FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1), LONGEST_PAUSE_SECONDS), min(at_least, LONGEST_ASKED_SECONDS)
    )
    if not known and attempt >= attempts_unknown:
        return None
    return pause if troubled + pause <= outage_seconds() else None


class Outage:
    """The trouble of one call.

    attempts_unknown: see pause_after
    clock: seconds; replaced in tests
    """

    def __init__(
        self, clock: Callable[[], float] | None = None, *, attempts_unknown: int = MAX_CONNECT_ATTEMPTS
    ) -> None:
        self._attempts_unknown = attempts_unknown
        self._clock = clock or time.monotonic
        self._began: float | None = None
        self._paused = 0.0
        self.attempts = 0

    def pause(self, *, known: bool, at_least: float = 0.0) -> float | None:
        """Note a failure; see pause_after."""
        self.attempts += 1
        pause = pause_after(
            self.attempts, self.seconds(), known=known, at_least=at_least, attempts_unknown=self._attempts_unknown
        )
        self._paused += pause or 0.0
        return pause

    def seconds(self) -> float:
        """Seconds since this was first asked, the pauses included whether or not somebody slept them."""
        now = self._clock()
        self._began = now if self._began is None else self._began
        return max(now - self._began, self._paused)
