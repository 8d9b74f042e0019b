# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting, and telling who watches."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._errors import SlipwayError, WaitTimeoutError
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


def test_a_look_may_fail() -> None:
    def look() -> Observation[str]:
        raise SlipwayError("broken")

    with pytest.raises(SlipwayError, match="broken"):
        Clock().waiter(10, []).until("x", look)


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
