# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rate limits per token: 5000 requests an hour and 250 a minute (OpenAPI, headers/ratelimit-limit)."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import dataclass

_HOUR = 3600.0


@dataclass(frozen=True)
class Limits:
    """hourly: requests an hour. burst: requests in burst_seconds."""

    hourly: int
    burst: int
    burst_seconds: float


@dataclass(frozen=True)
class Verdict:
    """allowed: the request may go on. headers: the ratelimit headers of the answer.

    retry-after is there only when the burst limit was hit; who hits the hourly limit has to read ratelimit-reset
    (DigitalOcean's documentation of rate limits).
    """

    allowed: bool
    headers: dict[str, str]


class RateLimiter:
    """Counts requests of every token in the last hour. In memory: a restart forgets them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}

    def reset(self) -> None:
        with self._lock:
            self._times.clear()

    def admit(self, token_id: str, limits: Limits) -> Verdict:
        now = time.time()
        with self._lock:
            times = self._times.setdefault(token_id, deque())
            while times and times[0] <= now - _HOUR:
                times.popleft()
            in_burst = [t for t in times if t > now - limits.burst_seconds]
            over_hour, over_burst = len(times) >= limits.hourly, len(in_burst) >= limits.burst
            allowed = not over_hour and not over_burst
            if allowed:
                times.append(now)
            headers = {
                "ratelimit-limit": str(limits.hourly),
                "ratelimit-remaining": str(max(0, limits.hourly - len(times))),
                "ratelimit-reset": str(math.ceil((times[0] if times else now) + _HOUR)),
            }
        if over_burst and not over_hour:
            headers["retry-after"] = str(max(1, math.ceil(in_burst[0] + limits.burst_seconds - now)))
        return Verdict(allowed, headers)
