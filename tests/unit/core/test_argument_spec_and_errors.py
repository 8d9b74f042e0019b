# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specs as values, and errors as words."""

from __future__ import annotations

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._argument_spec import ArgumentSpec, wait_spec
from ansible_collections.slipway.gitops.plugins.module_utils._errors import (
    ApiError,
    InvalidInputError,
    SlipwayError,
    raise_all,
)


def test_specs_are_merged_with_their_rules() -> None:
    one = ArgumentSpec(options={"a": {"type": "str"}}, required_if=(("a", "x", ("b",)),), required_by={"a": ("b",)})
    two = ArgumentSpec(options={"b": {"type": "int"}}, mutually_exclusive=(("a", "b"),))
    kwargs = one.merge(two, wait_spec(9)).to_kwargs()
    assert sorted(kwargs["argument_spec"]) == ["a", "b", "wait", "wait_timeout"]
    assert kwargs["argument_spec"]["wait_timeout"]["default"] == 9
    assert kwargs["required_if"] == [["a", "x", ("b",)]]
    assert kwargs["mutually_exclusive"] == [["a", "b"]]
    assert kwargs["required_by"] == {"a": ["b"]}


def test_an_option_in_two_specs_is_a_mistake() -> None:
    spec = ArgumentSpec(options={"a": {"type": "str"}})
    with pytest.raises(ValueError, match="option a is in two"):
        spec.merge(spec)


def test_what_is_handed_out_is_a_copy() -> None:
    spec = ArgumentSpec(options={"a": {"type": "dict", "options": {"b": {"type": "str"}}}})
    spec.to_kwargs()["argument_spec"]["a"]["options"]["b"]["type"] = "int"
    assert spec.to_kwargs()["argument_spec"]["a"]["options"]["b"]["type"] == "str"


def test_a_failure_tells_what_was_done() -> None:
    error = SlipwayError("It broke.", "Mend it.")
    assert error.as_result() == {"msg": "It broke. Mend it."}
    error.done = ("made a",)
    assert error.as_result() == {"msg": "It broke. Mend it.", "changed": True, "changes": ["made a"]}


def test_an_api_error_keeps_what_support_asks_for() -> None:
    error = ApiError("No.", status=422, error_id="unprocessable_entity", request_id="r")
    assert error.as_result()["api_error"] == {"status": 422, "id": "unprocessable_entity", "request_id": "r"}


def test_problems_are_told_all_at_once() -> None:
    raise_all([], InvalidInputError, "Bad")
    with pytest.raises(InvalidInputError, match=r"^Bad: one$"):
        raise_all(["one"], InvalidInputError, "Bad")
    with pytest.raises(InvalidInputError, match=r"^Bad:\n  1\. one\n  2\. two$"):
        raise_all(["one", "two"], InvalidInputError, "Bad")
