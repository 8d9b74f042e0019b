# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of fault that is tried, where it makes sense, and what a message about it may not say."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

READS = ("GET", "HEAD")
BUSY = "Load Balancer can't be updated while it processes previous actions"
LOGIN_HOST = "https://login.example"
LOGIN_PAGE = f"{LOGIN_HOST}/page?next=secret-word"
# Seconds that a client waits for an answer in runs where one does not come in time.
SHORT_TIMEOUT = 1

# Explanations, as people read them; a kind names those that would be wrong for it.
A_SCOPE = r"\bscope"
THE_TOKEN = r"token is wrong|expired or revoked|unauthorized"
THE_ADDRESS = r"[Cc]heck api_url|Check that api_url"
GONE = r"already absent|is gone|was gone|somebody (deleted|removed)|[Tt]here is no |does not exist"
NOTHING_DONE = r"[Nn]othing was (made|changed|created|removed|deleted|done|sent)|was not (made|created|changed)"
THE_LIMIT = r"rate limit|limit of"
# Never to be seen, whatever went wrong.
NEVER = (
    r"Traceback",
    r"\bNoneType\b|KeyError|AttributeError|TypeError|IndexError",
    r"<[a-z_.]+ object at 0x",
    # Behind the host a redirect may hold secrets.
    r"secret-word",
)


@dataclass(frozen=True)
class Kind:
    """One kind of fault.

    order: what it is ordered as (slipway_lab.api.faults.FaultOrder)
    after: whether the call had its effect
    calls: all, reads or writes
    blames: explanations that a message about it may give, of those above; no other one
    says: a message about it must match this
    lasts: whether it is also tried as one that stays
    options: more options of the module
    """

    order: Mapping[str, Any] | Callable[[], Mapping[str, Any]]
    after: bool = False
    calls: str = "all"
    blames: tuple[str, ...] = ()
    says: str = ""
    lasts: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    def fits(self, call: str) -> bool:
        read = call.partition(" ")[0] in READS
        return self.calls == "all" or read == (self.calls == "reads")

    def ordered(self) -> dict[str, Any]:
        return dict(self.order() if callable(self.order) else self.order)

    @property
    def stale(self) -> bool:
        """Whether its answer cannot be told from a true one."""
        return self.ordered()["kind"] in ("stale_read", "lagging_read")

    def wrong_words(self, message: str, call: str) -> list[str]:
        """What of a message about this fault is wrong."""
        wrong = [
            *NEVER,
            *(words for words in (A_SCOPE, THE_TOKEN, THE_ADDRESS, GONE, THE_LIMIT) if words not in self.blames),
        ]
        if self.after and call.partition(" ")[0] not in READS:
            wrong.append(NOTHING_DONE)
        found = [f"says {match.group()!r}" for words in wrong if (match := re.search(words, message))]
        if self.says and not re.search(self.says, message):
            found.append(f"does not say {self.says!r}")
        return found


def answer(when: str = "before", **more: Any) -> dict[str, Any]:
    return {"kind": "answer", "when": when, **more}


def reset_soon() -> dict[str, Any]:
    """The hour of the rate limit ends in a moment."""
    return answer(status=429, headers={"ratelimit-reset": str(int(time.time()) + 2)})


def used_up() -> dict[str, Any]:
    """The hour of the rate limit has just begun."""
    return answer(status=429, headers={"ratelimit-reset": str(int(time.time()) + 3500)})


USED_UP = "429 for an hour"
SLOW = {"api_timeout": SHORT_TIMEOUT}
ELSEWHERE = (THE_ADDRESS,)
KINDS: dict[str, Kind] = {
    # Nothing was done.
    "429 with retry-after": Kind(answer(status=429, retry_after=1), blames=(THE_LIMIT,), says=THE_LIMIT),
    "429 until a time": Kind(reset_soon, blames=(THE_LIMIT,), says=THE_LIMIT, lasts=False),
    USED_UP: Kind(used_up, blames=(THE_LIMIT,), says=r"until \d{4}-\d\d-\d\d", lasts=False),
    "429 bare": Kind(answer(status=429, bare=True), blames=(THE_LIMIT,), says=THE_LIMIT),
    "408": Kind(answer(status=408)),
    "500": Kind(answer(status=500)),
    "502 as a web page": Kind(answer(status=502, content="html"), blames=ELSEWHERE),
    "503": Kind(answer(status=503)),
    "504 without a body": Kind(answer(status=504, body="", bare=True), blames=ELSEWHERE),
    "reset": Kind({"kind": "reset"}),
    "connection closed": Kind({"kind": "close"}),
    "no answer": Kind({"kind": "hang"}, options=SLOW, lasts=False),
    "200 as a web page": Kind(answer(status=200, content="html"), blames=ELSEWHERE, says="not the API's JSON"),
    "302": Kind(
        answer(status=302, content="html", headers={"location": LOGIN_PAGE}),
        blames=ELSEWHERE,
        says=re.escape(LOGIN_HOST),
    ),
    "401": Kind(answer(status=401), blames=(THE_TOKEN,), says="token|login|credential"),
    "403": Kind(answer(status=403), blames=(A_SCOPE,)),
    "403 busy": Kind(answer(status=403, message=BUSY), says="processes previous actions"),
    "404": Kind(answer(status=404), calls="reads", blames=ELSEWHERE),
    "404 without a body": Kind(answer(status=404, body="", bare=True), blames=ELSEWHERE),
    "404 as a web page": Kind(answer(status=404, content="html"), blames=ELSEWHERE),
    "409": Kind(answer(status=409)),
    "422": Kind(answer(status=422, message="cannot be done right now")),
    # It was done.
    "500 after": Kind(answer("after", status=500), after=True),
    "502 as a web page, after": Kind(answer("after", status=502, content="html"), after=True, blames=ELSEWHERE),
    "503 after": Kind(answer("after", status=503), after=True),
    "504 without a body, after": Kind(answer("after", status=504, body="", bare=True), after=True, blames=ELSEWHERE),
    "reset after": Kind({"kind": "reset", "when": "after"}, after=True),
    "connection closed after": Kind({"kind": "close", "when": "after"}, after=True),
    "too late an answer": Kind({"kind": "slow", "seconds": SHORT_TIMEOUT + 0.3}, after=True, options=SLOW, lasts=False),
    "too late an effect": Kind(
        {"kind": "slow", "when": "before", "seconds": SHORT_TIMEOUT + 0.3}, calls="writes", options=SLOW, lasts=False
    ),
    "half an answer": Kind({"kind": "truncated"}, after=True),
    "half a JSON": Kind(answer("after", content="half"), after=True, blames=ELSEWHERE),
    "JSON and more": Kind(answer("after", content="trailing"), after=True, blames=ELSEWHERE),
    "no body": Kind(answer("after", body=""), after=True, blames=ELSEWHERE),
    "{}": Kind(answer("after", body="{}"), after=True, blames=ELSEWHERE),
    "a web page": Kind(answer("after", content="html"), after=True, blames=ELSEWHERE),
    # Reads that are behind.
    "a stale answer": Kind({"kind": "stale_read"}, calls="reads", blames=(GONE,), lasts=False),
    "a lagging list": Kind({"kind": "lagging_read", "seconds": 60}, calls="reads", blames=(GONE,), lasts=False),
}
