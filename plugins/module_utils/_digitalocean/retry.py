# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""When a call to the API is sent again, and after how long. Pure: one exchange in, one verdict out.

Limits of the API (its OpenAPI description): 5000 requests an hour and 250 a minute. The header retry-after comes only
with the burst limit, otherwise ratelimit-reset holds the epoch second at which the hourly window ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .._patience import pause_after

# RFC 9110 9.2.2: a second one of these has no effect of its own. PATCH and POST can double what they do.
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})
READING_METHODS = frozenset({"GET", "HEAD"})

# A page that comes with success is likely to be another server's, whatever the time: 0.5 + 1 + 2 + 4 + 8 s of waiting.
MAX_ATTEMPTS = 6
BACKOFF_FIRST_SECONDS = 0.5
BACKOFF_LONGEST_SECONDS = 30.0
RATE_LIMIT_BUDGET_SECONDS = 150.0  # more than two windows of the limit per minute


@dataclass(frozen=True)
class Exchange:
    """One request and what came of it.

    status: None when no answer came
    content: the body
    readable: whether the body is of the form that the API gives
    lacking: what a readable success does not hold though it is promised, such as "the object vpc"; "" for nothing
    trouble: what went wrong with the connection, in short, "" when an answer came
    never_sent: the connection failed before anything was sent
    untrusted: the server's certificate was refused
    unsendable: a library refused what it was to send
    repeatable: a second sending has no second effect, whatever the method
    makes_another: a second sending has a second effect, whatever the method
    secret: the body may hold a secret
    """

    method: str
    path: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    readable: bool = True
    lacking: str = ""
    trouble: str = ""
    never_sent: bool = False
    untrusted: bool = False
    unsendable: bool = False
    repeatable: bool = False
    makes_another: bool = False
    secret: bool = False

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def redirected(self) -> bool:
        return self.status is not None and 300 <= self.status < 400

    @property
    def idempotent(self) -> bool:
        return self.repeatable or (self.method in IDEMPOTENT_METHODS and not self.makes_another)

    @property
    def outcome_unknown(self) -> bool:
        """Whether the effect may have happened though no usable answer tells so."""
        if self.never_sent or self.untrusted or self.unsendable:
            return False
        if self.status is None or self.status == 408 or self.status >= 500:
            return True
        return self.succeeded and (not self.readable or bool(self.lacking))

    @property
    def stray(self) -> bool:
        """Whether this is no answer of the API's own: another server may have given it, or an API in trouble."""
        return (self.succeeded or self.status == 404) and not self.readable

    @property
    def repeats(self) -> bool:
        """Whether another try is safe and may do better.

        A write that was accepted without its object has most likely been done: whoever sent it looks.
        """
        if self.makes_another and self.stray and not self.succeeded:
            return True  # another server's 404: nothing was made
        if not self.idempotent or (self.lacking and self.method not in READING_METHODS):
            return False
        return self.stray or self.outcome_unknown


def backoff(attempt: int) -> float:
    """Seconds to wait after the given attempt (the first is 1)."""
    return float(min(BACKOFF_FIRST_SECONDS * 2 ** (attempt - 1), BACKOFF_LONGEST_SECONDS))


def seconds(value: str | None) -> float | None:
    """A header that holds a number of seconds, or None when it is absent or holds something else (such as a date)."""
    try:
        number = float(value) if value else -1.0
    except ValueError:
        return None
    return number if number >= 0 else None


def used_up_until(exchange: Exchange) -> float | None:
    """The epoch second at which there are calls again, None when the API does not say that the hour's are used up."""
    left = seconds(exchange.headers.get("ratelimit-remaining"))
    return None if left else seconds(exchange.headers.get("ratelimit-reset"))


def rate_limit_delay(exchange: Exchange, attempt: int, rate_limited: float, now: float) -> float | None:
    """Seconds to wait for the rate limit, None when that is longer than a call waits in all.

    A call that was refused for it had no effect, so every method may be sent again.
    """
    retry_after, reset = seconds(exchange.headers.get("retry-after")), used_up_until(exchange)
    if retry_after is not None:
        delay = retry_after
    elif reset is not None and reset > now:
        delay = reset - now
    else:
        delay = backoff(attempt + 1)
    return delay if delay <= RATE_LIMIT_BUDGET_SECONDS - rate_limited else None


def delay_before_retry(
    exchange: Exchange, attempt: int, rate_limited: float, now: float, *, troubled: float = 0.0, reached: bool = True
) -> float | None:
    """Seconds after which to send the request again, None when it must not be sent again.

    attempt: how often it was sent so far
    rate_limited: seconds this call has waited for the rate limit so far
    now: epoch seconds
    troubled: seconds since the first failure of this call
    reached: whether the host was ever reached
    """
    if exchange.status == 429:
        return rate_limit_delay(exchange, attempt, rate_limited, now)
    if exchange.untrusted or exchange.unsendable:
        return None
    if exchange.never_sent:
        return pause_after(attempt, troubled, known=reached)
    if not exchange.repeats:
        return None
    if exchange.stray or exchange.lacking:
        return backoff(attempt) if attempt < MAX_ATTEMPTS else None
    return pause_after(attempt, troubled, known=True, at_least=seconds(exchange.headers.get("retry-after")) or 0.0)
