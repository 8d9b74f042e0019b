# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a call is sent again: the rules alone."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.retry import (
    MAX_ATTEMPTS,
    RATE_LIMIT_BUDGET_SECONDS,
    Exchange,
    delay_before_retry,
)
from ansible_collections.slipway.gitops.plugins.module_utils._patience import (
    MAX_CONNECT_ATTEMPTS,
    OUTAGE_SECONDS,
    at_most,
)

NOW = 1_800_000_000.0


def delay(method: str, attempt: int = 1, rate_limited: float = 0.0, **exchange: Any) -> float | None:
    return delay_before_retry(Exchange(method, "/v2/x", **exchange), attempt, rate_limited, NOW)


TROUBLES: list[dict[str, Any]] = [
    {"status": 408},
    {"status": 500},
    {"status": 502},
    {"status": 503},
    {"status": 504},
    {"trouble": "Connection reset by peer"},
]
PAGE: dict[str, Any] = {"status": 200, "readable": False}


def delays(method: str, *, reached: bool = True, **exchange: Any) -> list[float]:
    """All waits of a call whose trouble does not end."""
    waits: list[float] = []
    while True:
        wait = delay_before_retry(
            Exchange(method, "/v2/x", **exchange), len(waits) + 1, 0.0, NOW, troubled=sum(waits), reached=reached
        )
        if wait is None:
            return waits
        waits.append(wait)


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_calls_without_a_second_effect_outlast_an_outage_of_a_minute(method: str, trouble: dict[str, Any]) -> None:
    waits = delays(method, **trouble)
    assert waits[:6] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0]
    assert max(waits) == 10.0
    assert 60 + 10 < sum(waits) <= OUTAGE_SECONDS


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_look_of_a_wait_gives_up_soon(trouble: dict[str, Any]) -> None:
    with at_most(2.0):
        assert delays("GET", **trouble) == [0.5, 1.0]
        with at_most(50.0):
            assert delays("GET", **trouble) == [0.5, 1.0]
        with at_most(0.0):
            assert delays("GET", **trouble) == []


def test_a_page_that_comes_with_success_is_not_asked_for_that_long() -> None:
    assert delays("GET", **PAGE) == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert len(delays("GET", **PAGE)) == MAX_ATTEMPTS - 1


@pytest.mark.parametrize("trouble", [*TROUBLES, PAGE])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_calls_with_a_second_effect_are_not(method: str, trouble: dict[str, Any]) -> None:
    assert delay(method, **trouble) is None
    assert delay(method, **trouble, repeatable=True) == 0.5


@pytest.mark.parametrize("trouble", [*TROUBLES, PAGE])
def test_retry_after_of_a_failure_does_not_repeat_a_post(trouble: dict[str, Any]) -> None:
    assert delay("POST", **trouble, headers={"retry-after": "1"}) is None


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_what_was_never_sent_may_be_sent(method: str) -> None:
    """But a host that never answered is a wrong address or no network, which is told at once."""
    refused = {"trouble": "refused", "never_sent": True}
    assert delays(method, reached=False, **refused) == [0.5, 1.0]
    assert len(delays(method, reached=False, **refused)) == MAX_CONNECT_ATTEMPTS - 1
    assert 70 < sum(delays(method, reached=True, **refused)) <= OUTAGE_SECONDS


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_certificate_does_not_become_better_with_time(method: str) -> None:
    assert delay(method, trouble="self-signed", untrusted=True, never_sent=True) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422])
def test_a_refusal_is_final(status: int) -> None:
    assert delay("GET", status=status, headers={"retry-after": "1"}) is None


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "7", "ratelimit-reset": str(NOW + 90)}, 7.0),
        ({"ratelimit-reset": str(NOW + 90)}, 90.0),
        # There are calls left in the hour, so it is the limit of a minute.
        ({"ratelimit-reset": str(NOW + 3000), "ratelimit-remaining": "17"}, 1.0),
        ({"ratelimit-reset": str(NOW - 5)}, 1.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 1.0),
        ({}, 1.0),
    ],
)
def test_the_rate_limit_is_waited_for_whatever_the_method(method: str, headers: dict[str, str], wait: float) -> None:
    assert delay(method, status=429, headers=headers) == wait


@pytest.mark.parametrize("headers", [{}, {"ratelimit-remaining": "0"}])
def test_an_hour_that_is_used_up_is_given_up_at_once(headers: dict[str, str]) -> None:
    """The second at which there are calls again is known, and is past what a call waits."""
    later = {"ratelimit-reset": str(NOW + RATE_LIMIT_BUDGET_SECONDS + 1), **headers}
    assert delay("GET", status=429, headers=later) is None
    sooner = {"ratelimit-reset": str(NOW + 60), **headers}
    assert delay("GET", status=429, headers=sooner) == 60.0
    assert delay("GET", status=429, rate_limited=RATE_LIMIT_BUDGET_SECONDS - 30, headers=sooner) is None


def test_an_answer_of_another_server_is_asked_again_for_a_while() -> None:
    for stray in ({"status": 404, "readable": False}, {"status": 200, "lacking": "the list vpcs"}):
        waits = [delay("GET", attempt, **stray) for attempt in range(1, MAX_ATTEMPTS + 1)]
        assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, None]
    assert delay("GET", status=404) is None
    assert delay("POST", status=404, readable=False) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_that_was_accepted_without_its_object_is_not_sent_again(method: str) -> None:
    assert delay(method, status=200, lacking="the object vpc") is None


def test_the_rate_limit_is_not_waited_for_without_end() -> None:
    assert delay("GET", status=429, headers={"retry-after": str(RATE_LIMIT_BUDGET_SECONDS + 1)}) is None
    assert delay("GET", status=429, rate_limited=RATE_LIMIT_BUDGET_SECONDS - 1, headers={"retry-after": "2"}) is None
    assert delay("GET", status=429, attempt=12) == 30.0  # the longest step
