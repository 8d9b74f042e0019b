# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Wait until an object is as asked, with a deadline, a growing interval and progress lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ._errors import WaitTimeoutError
from ._progress import ProgressSink, no_progress

T = TypeVar("T")

FIRST_INTERVAL_SECONDS = 1.0
INTERVAL_GROWTH = 1.5
LONGEST_INTERVAL_SECONDS = 15.0
REPEAT_LINE_SECONDS = 30.0


@dataclass(frozen=True)
class Observation(Generic[T]):
    """One look at what is awaited: whether it is there, what a person would see, and the object itself."""

    done: bool
    text: str
    value: T


class Waiter:
    """Waits that share one deadline: the timeout is that of the whole module run.

    timeout: seconds; the deadline counts from the first wait, so calls before it do not eat it up
    progress: gets a line when the text changes, and again every 30 s
    longest_interval: seconds between two looks at most
    sleep, clock: replaced in tests
    """

    def __init__(
        self,
        timeout: float,
        progress: ProgressSink = no_progress,
        *,
        longest_interval: float = LONGEST_INTERVAL_SECONDS,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.timeout = timeout
        self.progress = progress
        self.longest_interval = longest_interval
        self.sleep = sleep or time.sleep
        self.clock = clock or time.monotonic
        self._started: float | None = None

    def until(self, what: str, look: Callable[[], Observation[T]], first: Observation[T] | None = None) -> T:
        """Look until done; returns the last value. `first` is a look already had.

        Raises WaitTimeoutError naming what was awaited and how it was last seen; errors of `look` pass through.
        """
        if self._started is None:
            self._started = self.clock()
        start = self._started
        interval = FIRST_INTERVAL_SECONDS
        shown, shown_at = "", start
        while True:
            seen = look() if first is None else first
            first = None
            now = self.clock()
            if seen.done:
                if shown:
                    self.progress(f"{seen.text}, {now - start:.0f} s")
                return seen.value
            if seen.text != shown or now - shown_at >= REPEAT_LINE_SECONDS:
                self.progress(f"{seen.text}, {now - start:.0f} s")
                shown, shown_at = seen.text, now
            left = start + self.timeout - now
            if left <= 0:
                raise WaitTimeoutError(
                    f"Waited {self.timeout:.0f} s for {what}; last seen: {seen.text}.",
                    "Nothing was undone: run again to go on waiting, or raise wait_timeout.",
                )
            self.sleep(min(interval, left))
            interval = min(interval * INTERVAL_GROWTH, self.longest_interval)
