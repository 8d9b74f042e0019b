# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters: from one pool map, the pools and what pods need to run on them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.gitops.plugins.filter import node_pools, pool_placement

POOLS: dict[str, dict[str, Any]] = {
    "base": {"size": "s-2vcpu-4gb", "count": 1},
    "tools": {"size": "s-2vcpu-4gb", "count": 1, "dedicated": True, "labels": {"a": "b"}},
    "work": {
        "size": "s-2vcpu-4gb",
        "auto_scale": True,
        "min_nodes": 1,
        "max_nodes": 3,
        "dedicated": True,
        "taints": [
            {"key": "gpu", "effect": "NoExecute"},
            {"key": "work", "value": True, "effect": "NoSchedule"},
        ],
    },
}
to_pools = node_pools.FilterModule().filters()["node_pools"]
placement = pool_placement.FilterModule().filters()["pool_placement"]


def test_node_pools() -> None:
    base, tools, work = to_pools(POOLS)
    assert base == {"name": "base", "size": "s-2vcpu-4gb", "count": 1, "taints": []}
    assert tools["taints"] == [{"key": "tools", "value": "true", "effect": "NoSchedule"}]
    assert tools["labels"] == {"a": "b"}
    assert "dedicated" not in tools
    assert work["taints"] == [
        {"key": "work", "value": "true", "effect": "NoSchedule"},
        {"key": "gpu", "value": "", "effect": "NoExecute"},
    ]
    assert work["max_nodes"] == 3


def test_the_map_is_not_changed() -> None:
    pools = {"a": {"size": "s", "dedicated": True}}
    to_pools(pools)
    assert pools == {"a": {"size": "s", "dedicated": True}}


def test_placement_tolerates_exactly_the_taints_of_the_pool() -> None:
    assert placement(POOLS, "base") == {
        "nodeSelector": {"doks.digitalocean.com/node-pool": "base"},
        "tolerations": [],
    }
    assert placement(POOLS, "work")["tolerations"] == [
        {"key": "work", "operator": "Equal", "value": "true", "effect": "NoSchedule"},
        {"key": "gpu", "operator": "Exists", "effect": "NoExecute"},
    ]
    for pool in to_pools(POOLS):
        tolerated = {(item["key"], item["effect"]) for item in placement(POOLS, pool["name"])["tolerations"]}
        assert tolerated == {(taint["key"], taint["effect"]) for taint in pool["taints"]}


def test_an_unknown_pool_names_those_there_are() -> None:
    with pytest.raises(AnsibleFilterError, match=r"no pool 'tool'; did you mean tools\? \(pools: base, tools, work\)"):
        placement(POOLS, "tool")


@pytest.mark.parametrize(
    ("pools", "words"),
    [
        (["base"], "a pool map is a dictionary"),
        ({"base": "small"}, "pool 'base' is not a dictionary"),
        ({"base": {"sise": "s"}}, "unknown key 'sise'; did you mean size"),
        ({"base": {"taints": [{"key": "a"}]}}, "pool 'base' has a taint without effect"),
        ({"base": {"dedicated": "yes"}}, "dedicated is true or false, not 'yes'"),
    ],
)
def test_what_is_no_pool_map(pools: Any, words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words):
        to_pools(pools)
