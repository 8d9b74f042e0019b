# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node pools: problems, bodies and plans."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.node_pools import (
    create_body,
    plan_pool,
    pool_problems,
    update_body,
)
from ansible_collections.slipway.gitops.plugins.module_utils._errors import InvalidInputError
from do_objects import pool

SIZE = "s-2vcpu-4gb"


@pytest.mark.parametrize(
    ("pools", "words"),
    [
        ([{"name": "a"}, {"name": "a"}], "two node pools are named 'a'"),
        ([{"name": "a", "min_nodes": 2, "max_nodes": 1}], "min_nodes 2 is more than max_nodes 1"),
        ([{"name": "a", "auto_scale": True, "min_nodes": 1}], "auto_scale needs min_nodes and max_nodes"),
        ([{"name": "a", "taints": [{"key": "k"}]}], "taint 'k' has no effect"),
        ([{"name": "a", "taints": [{"effect": "NoSchedule"}]}], "a taint has no key"),
    ],
)
def test_problems(pools: list[dict[str, Any]], words: str) -> None:
    problems = pool_problems(pools)
    assert len(problems) == 1
    assert words in problems[0]
    assert "'a'" in problems[0]


def test_good_pools_have_no_problem() -> None:
    assert (
        pool_problems([{"name": "a", "count": 0}, {"name": "b", "auto_scale": True, "min_nodes": 0, "max_nodes": 0}])
        == []
    )


@pytest.mark.parametrize(
    ("declared", "count"),
    [
        ({"count": 2}, 2),
        ({"auto_scale": True, "min_nodes": 2, "max_nodes": 4}, 2),
        ({"auto_scale": True, "min_nodes": 0, "max_nodes": 4}, 1),
        ({"auto_scale": True, "min_nodes": 2, "max_nodes": 4, "count": 3}, 3),
    ],
)
def test_a_new_pool_has_a_count(declared: dict[str, Any], count: int) -> None:
    assert create_body({"name": "a", "size": SIZE, **declared})["count"] == count


def test_bounds_without_autoscaling_are_not_sent() -> None:
    body = create_body({"name": "a", "size": SIZE, "count": 1, "auto_scale": False, "min_nodes": 1, "max_nodes": 2})
    assert body == {"name": "a", "size": SIZE, "count": 1, "auto_scale": False}


@pytest.mark.parametrize(
    ("declared", "words"),
    [({"size": SIZE}, "no count"), ({"count": 1}, "no size"), ({}, "no size and no count")],
)
def test_what_a_new_pool_lacks(declared: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        create_body({"name": "a", **declared})


def test_an_update_holds_the_whole_pool() -> None:
    there = pool("a", 2, labels={"x": "1"}, taints=[{"key": "k", "value": "", "effect": "NoSchedule"}])
    there["tags"].append("mine")
    assert update_body({"name": "a", "count": 3, "size": SIZE}, there) == {
        "name": "a",
        "count": 3,
        "auto_scale": False,
        "tags": ["mine"],
        "labels": {"x": "1"},
        "taints": [{"key": "k", "value": "", "effect": "NoSchedule"}],
    }


@pytest.mark.parametrize(("nodes", "sent"), [(1, 2), (3, 3), (9, 4)])
def test_turning_the_autoscaler_on_keeps_the_count_within_its_bounds(nodes: int, sent: int) -> None:
    wanted = {"name": "a", "auto_scale": True, "min_nodes": 2, "max_nodes": 4}
    assert plan_pool(wanted, pool("a", nodes)).body["count"] == sent


def test_turning_it_off_takes_the_declared_count() -> None:
    there = pool("a", 3, auto_scale=True, min_nodes=1, max_nodes=5)
    plan = plan_pool({"name": "a", "auto_scale": False, "count": 2}, there)
    assert plan.body["count"] == 2
    assert "min_nodes" not in plan.body
    assert plan.describe() == ["node pool a: count 3 -> 2", "node pool a: auto_scale true -> false"]


def test_a_count_does_not_fight_an_autoscaler_that_somebody_turned_on() -> None:
    there = pool("a", 3, auto_scale=True, min_nodes=1, max_nodes=5)
    assert plan_pool({"name": "a", "count": 1}, there).changes == ()


def test_labels_are_owned_as_a_whole_when_written() -> None:
    there = pool("a", labels={"x": "1", "y": "2"})
    assert plan_pool({"name": "a"}, there).changes == ()
    assert plan_pool({"name": "a", "labels": {"x": 1}}, there).body["labels"] == {"x": "1"}
    assert plan_pool({"name": "a", "labels": {"y": "2", "x": "1"}}, there).changes == ()
