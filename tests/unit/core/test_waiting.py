# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting, and telling who watches."""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils import _errors
from ansible_collections.slipway.gitops.plugins.module_utils._errors import (
    ApiError,
    ConnectionFailedError,
    SlipwayError,
    UnreadableAnswerError,
    WaitTimeoutError,
)
from ansible_collections.slipway.gitops.plugins.module_utils._patience import Outage, at_most, outage_seconds
from ansible_collections.slipway.gitops.plugins.module_utils._progress import no_progress, progress_from_environment
from ansible_collections.slipway.gitops.plugins.module_utils._waiter import Observation, Waiter


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.naps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds

    def waiter(self, timeout: float, lines: list[str]) -> Waiter:
        return Waiter(timeout, lines.append, sleep=self.sleep, clock=lambda: self.now)


def seen(*texts: str) -> list[Observation[str]]:
    """Looks of which the last one is what is awaited."""
    return [Observation(text == texts[-1], text, text) for text in texts]


def test_it_looks_until_done_with_growing_naps() -> None:
    clock, lines = Clock(), list[str]()
    looks = iter(seen("a", "a", "b", "b", "done"))
    assert clock.waiter(100, lines).until("x", lambda: next(looks)) == "done"
    assert clock.naps == [1.0, 1.5, 2.25, 3.375]
    assert lines == ["a, 0 s", "b, 2 s", "done, 8 s"]


def test_what_is_done_at_once_says_nothing() -> None:
    clock, lines = Clock(), list[str]()
    assert clock.waiter(100, lines).until("x", lambda: seen("done")[0]) == "done"
    assert (clock.naps, lines) == ([], [])


def test_a_look_already_had_is_used_first() -> None:
    clock, lines = Clock(), list[str]()
    looks = iter(seen("done"))
    clock.waiter(100, lines).until("x", lambda: next(looks), first=Observation(False, "not yet", ""))
    assert lines == ["not yet, 0 s", "done, 1 s"]


def test_naps_have_a_limit_and_a_long_wait_repeats_its_line() -> None:
    clock, lines = Clock(), list[str]()
    looks = iter(seen(*["a"] * 20, "done"))
    clock.waiter(10_000, lines).until("x", lambda: next(looks))
    assert max(clock.naps) == 15.0
    assert 3 < len([line for line in lines if line.startswith("a,")]) < 20


def test_the_deadline_ends_it_naming_what_was_seen() -> None:
    clock, lines = Clock(), list[str]()
    with pytest.raises(WaitTimeoutError, match=r"Waited 10 s for x; last seen: a\. .*run again"):
        clock.waiter(10, lines).until("x", lambda: Observation(False, "a", ""))
    assert sum(clock.naps) == 10.0


def test_waits_share_one_deadline() -> None:
    clock, lines = Clock(), list[str]()
    waiter = clock.waiter(10, lines)
    looks = iter([*seen("a", "a", "a", "done"), *[Observation(False, "b", "")] * 99])
    waiter.until("x", lambda: next(looks))
    with pytest.raises(WaitTimeoutError):
        waiter.until("y", lambda: next(looks))
    assert sum(clock.naps) == 10.0


def test_a_verdict_ends_it_at_once() -> None:
    def look() -> Observation[str]:
        raise SlipwayError("broken")

    clock = Clock()
    with pytest.raises(SlipwayError, match="broken"):
        clock.waiter(10, []).until("x", look)
    assert clock.naps == []


def answers(*steps: Observation[str] | SlipwayError) -> Any:
    """Looks that see or fail in this order."""
    left: Iterator[Observation[str] | SlipwayError] = iter(steps)

    def look() -> Observation[str]:
        step = next(left)
        if isinstance(step, SlipwayError):
            raise step
        return step

    return look


BUSY = ApiError("GET /x answered 503.", status=503)
AWAY = ConnectionFailedError("GET /x was not answered: reset.")
PAGE = UnreadableAnswerError("GET /x answered a web page.")


def test_trouble_of_the_api_says_nothing_of_what_is_awaited() -> None:
    clock, lines = Clock(), list[str]()
    look = answers(Observation(False, "half", ""), BUSY, AWAY, PAGE, Observation(True, "done", "it"))
    assert clock.waiter(100, lines).until("x", look) == "it"
    assert clock.naps == [1.0, 1.5, 2.25, 3.375]
    assert lines == [
        "half, 0 s",
        "x: the API answers 503, looking again, 1 s",
        "x: the API does not answer, looking again, 2 s",
        "x: the API gives no usable answer, looking again, 5 s",
        "done, 8 s",
    ]


def test_an_outage_at_the_deadline_is_told_with_what_was_seen_before() -> None:
    clock = Clock()
    look = answers(Observation(False, "half", ""), *[BUSY] * 99)
    with pytest.raises(WaitTimeoutError) as caught:
        clock.waiter(10, []).until("x", look)
    assert str(caught.value) == (
        "Waited 10 s for x; last seen: half. The API had trouble for 9 s of it: GET /x answered 503. "
        "Nothing was undone: run again to go on waiting, or raise wait_timeout."
    )


def test_no_time_to_wait_and_trouble_at_the_only_look() -> None:
    with pytest.raises(WaitTimeoutError, match=r"last seen: nothing yet\. The API had trouble: GET /x answered 503\."):
        Clock().waiter(0, []).until("x", answers(BUSY))
    assert Clock().waiter(0, []).until("x", answers(Observation(True, "done", "it"))) == "it"


def test_trouble_that_was_short_is_not_blamed() -> None:
    clock = Clock()
    with pytest.raises(WaitTimeoutError) as caught:
        clock.waiter(100, []).until("x", answers(BUSY, *[Observation(False, "half", "")] * 99))
    assert "trouble" not in str(caught.value)


def test_trouble_that_took_much_of_the_time_is_told() -> None:
    clock = Clock()
    with pytest.raises(WaitTimeoutError, match=r"last seen: half\. The API had trouble for 32 s of it"):
        clock.waiter(60, []).until("x", answers(*[BUSY] * 7, *[Observation(False, "half", "")] * 99))


def test_a_look_has_little_patience_of_its_own_and_none_past_the_deadline() -> None:
    clock, granted = Clock(), list[float]()

    def look() -> Observation[str]:
        granted.append(outage_seconds())
        return Observation(False, "half", "")

    with pytest.raises(WaitTimeoutError):
        clock.waiter(4, []).until("x", look)
    assert granted == [2.0, 2.0, 1.5, 0.0]
    assert outage_seconds() == 100.0


# which errors pass


MADE: dict[str, list[tuple[SlipwayError, bool]]] = {
    "ApiError": [
        (ApiError("x", status=status), status in {408, 425, 429, 500, 502, 503, 504, 520, 522})
        for status in (
            301,
            400,
            401,
            403,
            404,
            405,
            408,
            409,
            412,
            415,
            422,
            425,
            429,
            500,
            501,
            502,
            503,
            504,
            520,
            522,
        )
    ],
    "ConnectionFailedError": [(AWAY, True), (ConnectionFailedError("untrusted", passing=False), False)],
    "UnreadableAnswerError": [(PAGE, True), (UnreadableAnswerError("elsewhere", passing=False), False)],
}
CLASSES = {
    name: kind
    for name, kind in inspect.getmembers(_errors, inspect.isclass)
    if issubclass(kind, SlipwayError) and kind.__module__ == _errors.__name__
}


@pytest.mark.parametrize("name", CLASSES)
def test_of_every_error_it_is_known_whether_it_passes(name: str) -> None:
    """One that is not made above is a verdict, or what it derives from."""
    for error, passes in MADE.get(name, []):
        assert error.passing is passes, error
    if name not in MADE:
        base = next((MADE[kind.__name__][0][1] for kind in CLASSES[name].__mro__ if kind.__name__ in MADE), False)
        assert CLASSES[name]("x").passing is base


# trouble of one call


def test_a_call_outlasts_a_minute_and_a_look_does_not() -> None:
    def pauses(*, known: bool) -> list[float]:
        clock = Clock()
        outage, found = Outage(lambda: clock.now), list[float]()
        while (pause := outage.pause(known=known)) is not None:
            clock.sleep(pause)
        found += clock.naps
        return found

    assert 60 + 10 < sum(pauses(known=True)) <= 100
    assert pauses(known=False) == [0.5, 1.0]
    with at_most(2.0):
        assert pauses(known=True) == [0.5, 1.0]


def test_what_the_api_asks_for_is_kept_within_reason() -> None:
    assert Outage().pause(known=True, at_least=7.0) == 7.0
    assert Outage().pause(known=True, at_least=3000.0) == 30.0


def test_lines_go_to_the_file_named_in_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    sink = progress_from_environment({"SLIPWAY_PROGRESS_FILE": str(path)})
    sink("one")
    sink("zwei ä")
    assert path.read_text(encoding="utf-8") == "one\nzwei ä\n"


def test_without_a_file_lines_are_dropped(tmp_path: Path) -> None:
    assert progress_from_environment({}) is no_progress
    sink = progress_from_environment({"SLIPWAY_PROGRESS_FILE": str(tmp_path / "no" / "such" / "folder")})
    sink("nobody reads this, and nothing breaks")
    assert list(tmp_path.iterdir()) == []


def test_trouble_that_outlasts_the_wait_ends_it_at_once() -> None:
    """A used-up limit says when there are calls again."""
    clock = Clock()
    waiter = Waiter(60.0, clock=lambda: clock.now, sleep=clock.sleep)
    used_up = ApiError("used up", status=429)
    used_up.passes_at = time.time() + 3600

    def look() -> Observation[None]:
        raise used_up

    with pytest.raises(ApiError, match="used up"):
        waiter.until("something", look)
    assert clock.naps == []
    used_up.passes_at = time.time() - 1
    with pytest.raises(WaitTimeoutError):
        waiter.until("something", look)
    assert sum(clock.naps) == 60.0
