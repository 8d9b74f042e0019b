# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module says of several objects."""

from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._outcome import Outcome


def test_objects_that_changed_are_in_changes_and_diff() -> None:
    outcome = Outcome()
    assert outcome.as_result() == {"changed": False, "changes": [], "diff": {"before": {}, "after": {}}}
    outcome.add("A", Outcome(["change A"], {"size": 1}, {"size": 2}, {"id": "a"}))
    outcome.add("B", Outcome(["create B"], {"size": None}, {"size": 2}), was_there=False)
    outcome.add("C", Outcome(["remove C"], {"size": 1}, {}))
    assert outcome.as_result() == {
        "changed": True,
        "changes": ["change A", "create B", "remove C"],
        "diff": {"before": {"A": {"size": 1}, "C": {"size": 1}}, "after": {"A": {"size": 2}, "B": {"size": 2}}},
    }


def test_an_object_that_did_not_change_is_in_neither_but_its_warnings_are() -> None:
    outcome = Outcome()
    outcome.add("A", Outcome([], {"size": 1}, {"size": 1}, warnings=["A is old"]))
    assert (outcome.as_result()["changed"], outcome.before, outcome.warnings) == (False, {}, ["A is old"])
