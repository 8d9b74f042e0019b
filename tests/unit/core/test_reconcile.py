# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing what was declared with what is there."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._errors import ImmutableDriftError
from ansible_collections.slipway.gitops.plugins.module_utils._reconcile import (
    Change,
    Field,
    compare,
    declared,
    drift_problems,
    immutable,
    refuse_immutable_drift,
    show,
)

FIELDS = (
    Field("name"),
    Field("region", refuse=immutable("make another")),
    Field("tags", lambda value: sorted(value or [])),
    Field("window", nested=(Field("day"), Field("hour"))),
)


def test_only_declared_keys_are_compared() -> None:
    result = compare(FIELDS, {"name": "a"}, {"name": "a", "region": "x", "tags": ["t"], "window": {"day": "any"}})
    assert result.changes == ()
    assert (result.before, result.after, result.body) == ({"name": "a"}, {"name": "a"}, {})


def test_a_difference_is_a_change_and_is_sent() -> None:
    result = compare(FIELDS, {"name": "b"}, {"name": "a"})
    assert result.changes == (Change("name", "a", "b"),)
    assert (result.before, result.after, result.body) == ({"name": "a"}, {"name": "b"}, {"name": "b"})


def test_lists_are_sets_where_the_field_says_so() -> None:
    assert compare(FIELDS, {"tags": ["b", "a"]}, {"tags": ["a", "b"]}).changes == ()
    result = compare(FIELDS, {"tags": []}, {"tags": ["a"]})
    assert result.changes == (Change("tags", ["a"], []),)
    assert result.body == {"tags": []}


def test_of_a_nested_object_only_declared_keys_are_owned_but_all_is_sent() -> None:
    result = compare(FIELDS, {"window": {"day": "monday"}}, {"window": {"day": "any", "hour": 3, "length": "4h"}})
    assert result.changes == (Change("window.day", "any", "monday"),)
    assert result.before == {"window": {"day": "any"}}
    assert result.after == {"window": {"day": "monday"}}
    assert result.body == {"window": {"day": "monday", "hour": 3}}


@pytest.mark.parametrize("actual", [{}, {"window": None}])
def test_a_nested_object_that_is_not_there(actual: dict[str, Any]) -> None:
    result = compare(FIELDS, {"window": {"day": "any"}}, actual)
    assert result.changes == (Change("window.day", None, "any"),)
    assert result.body == {"window": {"day": "any"}}


def test_drift_names_field_values_and_the_way_out() -> None:
    changes = compare(FIELDS, {"region": "y", "name": "b"}, {"region": "x", "name": "a"}).changes
    problems = drift_problems("thing 'a'", changes)
    assert problems == ["thing 'a': region is x and cannot be changed to y; make another"]
    with pytest.raises(ImmutableDriftError, match="region is x"):
        refuse_immutable_drift(problems)
    refuse_immutable_drift([])


def test_omitted_is_not_null() -> None:
    given = {"a": None, "b": 0, "c": "", "d": [], "e": {"f": None, "g": False}, "h": [{"i": None, "j": 1}]}
    assert declared(given) == {"b": 0, "c": "", "d": [], "e": {"g": False}, "h": [{"j": 1}]}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "(unset)"),
        ("", "(unset)"),
        (True, "true"),
        (["a", 1], "[a, 1]"),
        ({"a": [False]}, "{a: [false]}"),
        (0, "0"),
    ],
)
def test_values_are_shown_as_people_write_them(value: Any, text: str) -> None:
    assert show(value) == text
