# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Wait until an object is as asked, with a deadline, a growing interval and progress lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ._errors import SlipwayError, WaitTimeoutError
from ._patience import briefly
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

        A look that fails for trouble of the API that passes (SlipwayError.passing) says nothing of what is awaited, so
        it is looked again, unless the API says that it passes after the deadline only. Raises WaitTimeoutError naming
        what was awaited, how it was last seen, and the trouble; every other error of `look` passes through.
        """
        if self._started is None:
            self._started = self.clock()
        lines = _Lines(self.progress, self._started)
        outages = _Outages()
        last = "nothing yet"
        interval = FIRST_INTERVAL_SECONDS
        while True:
            try:
                seen, first = self._look(look) if first is None else first, None
            except SlipwayError as error:
                now = self.clock()
                if not error.passing or error.passes_at - time.time() > self._left(now):
                    raise
                outages.goes_on(error, now)
                lines.say(f"{what}: {error.in_short}, looking again", now)
            else:
                now = self.clock()
                outages.ends(now)
                if seen.done:
                    lines.end(seen.text, now)
                    return seen.value
                last = seen.text
                lines.say(last, now)
            left = self._left(now)
            if left <= 0:
                trouble = outages.told(now, self.timeout)
                raise WaitTimeoutError(
                    f"Waited {self.timeout:.0f} s for {what}; last seen: {last}.{trouble}",
                    "Nothing was undone: run again to go on waiting, or raise wait_timeout.",
                    trouble=trouble,
                )
            self.sleep(min(interval, left))
            interval = min(interval * INTERVAL_GROWTH, self.longest_interval)

    def _left(self, now: float) -> float:
        return (now if self._started is None else self._started) + self.timeout - now

    def _look(self, look: Callable[[], Observation[T]]) -> Observation[T]:
        with briefly(self._left(self.clock())):
            return look()


class _Lines:
    """The lines of one wait: one when the text changes, and again every 30 s."""

    def __init__(self, progress: ProgressSink, start: float) -> None:
        self._progress, self._start = progress, start
        self._shown, self._shown_at = "", start

    def say(self, text: str, now: float) -> None:
        if text != self._shown or now - self._shown_at >= REPEAT_LINE_SECONDS:
            self._progress(f"{text}, {now - self._start:.0f} s")
            self._shown, self._shown_at = text, now

    def end(self, text: str, now: float) -> None:
        """What is there at once says nothing."""
        if self._shown:
            self._progress(f"{text}, {now - self._start:.0f} s")


class _Outages:
    """For how long of a wait the API had trouble, and which was the last."""

    def __init__(self) -> None:
        self._error: SlipwayError | None = None
        self._seconds = 0.0
        self._since: float | None = None

    def goes_on(self, error: SlipwayError, now: float) -> None:
        self._error = error
        self._since = now if self._since is None else self._since

    def ends(self, now: float) -> None:
        self._seconds += 0.0 if self._since is None else now - self._since
        self._since = None

    def told(self, now: float, timeout: float) -> str:
        """A sentence with a space before it, "" when there was no trouble to speak of."""
        lasts = self._since is not None
        seconds = self._seconds + (now - self._since if self._since is not None else 0.0)
        if self._error is None or not (lasts or seconds >= timeout / 10):
            return ""
        long = f" for {seconds:.0f} s of it" if seconds >= 1 else ""
        return f" The API had trouble{long}: {self._error.message}"
