# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""do_kubernetes_cluster and the node pools of a cluster that exists, against a scripted API."""

from __future__ import annotations

from typing import Any

import pytest
from do_objects import BASE, MODULE, OPTIONS, POOLS, cluster, listed, pool, shown
from scripted_api import RESET, ModuleRun, ScriptedApi


def pool_body(name: str = "base", **more: Any) -> dict[str, Any]:
    body = {"name": name, "count": 1, "auto_scale": False, "tags": [], "labels": {}, "taints": []}
    return {**body, **more}


POOL_CHANGES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"count": 3}, {"count": 3}, "count 1 -> 3"),
    ({"labels": {"tier": "web"}}, {"labels": {"tier": "web"}}, "labels {} -> {tier: web}"),
    ({"tags": ["web"]}, {"tags": ["web"]}, "tags [] -> [web]"),
    (
        {"taints": [{"key": "k", "value": "v", "effect": "NoExecute"}]},
        {"taints": [{"key": "k", "value": "v", "effect": "NoExecute"}]},
        "taints [] -> [{key: k, value: v, effect: NoExecute}]",
    ),
    (
        {"auto_scale": True, "min_nodes": 2, "max_nodes": 4},
        {"auto_scale": True, "min_nodes": 2, "max_nodes": 4, "count": 2},
        "auto_scale false -> true",
    ),
]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("change", POOL_CHANGES, ids=[next(iter(item[0])) for item in POOL_CHANGES])
def test_a_pool_is_changed_with_one_call(
    api: ScriptedApi, run: ModuleRun, change: tuple[dict[str, Any], dict[str, Any], str], check_mode: bool
) -> None:
    wanted, sent, words = change
    after = cluster(pool("base", sent.get("count", 1), **{key: sent[key] for key in sent if key != "count"}))
    listed(api, cluster())
    if not check_mode:
        changed = after["node_pools"][0]
        api.expect("PUT", f"{POOLS}/pool-base", {"node_pool": changed}, request=pool_body(**sent), status=202)
        shown(api, after)
    wanted_pool = {"name": "base", "size": "s-2vcpu-4gb", **wanted}
    result = run(MODULE, name="dev", node_pools=[wanted_pool], check_mode=check_mode)
    assert result["changed"] is True
    assert f"node pool base: {words}" in result["changes"]
    for key, value in sent.items():
        assert result["cluster"]["node_pools"][0][key] == value


def test_new_nodes_are_waited_for_and_old_ones_too(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    api.expect("PUT", f"{POOLS}/pool-base", {"node_pool": pool("base", 2, ready=1)}, status=202)
    shown(api, cluster(pool("base", 2, ready=1)))
    shown(api, cluster(pool("base", 2, ready=1)))
    shown(api, cluster(pool("base", 2)))
    assert run(MODULE, name="dev", node_pools=[{**BASE, "count": 2}])["changed"] is True


def test_the_autoscaler_decides_on_the_count(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(pool("base", 3, auto_scale=True, min_nodes=1, max_nodes=5)))
    wanted = {**BASE, "auto_scale": True, "min_nodes": 1, "max_nodes": 5}
    assert run(MODULE, name="dev", node_pools=[wanted])["changed"] is False


def test_a_pool_that_is_missing_is_added(api: ScriptedApi, run: ModuleRun) -> None:
    new = {"name": "new", "size": "s-2vcpu-4gb", "count": 1}
    listed(api, cluster())
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    api.expect("POST", POOLS, {"node_pool": pool("new", ready=0)}, request=new)
    shown(api, cluster(pool("base"), pool("new", ready=0)))
    shown(api, cluster(pool("base"), pool("new")))
    result = run(MODULE, name="dev", node_pools=[BASE, new])
    assert result["changes"] == ["create node pool new: 1 x s-2vcpu-4gb"]
    assert result["diff"]["before"]["node_pools"] == {"base": {"size": "s-2vcpu-4gb", "count": 1}}
    assert "new" in result["diff"]["after"]["node_pools"]


def test_a_pool_whose_creation_was_not_answered_is_found(api: ScriptedApi, run: ModuleRun) -> None:
    new = {"name": "new", "size": "s-2vcpu-4gb", "count": 1}
    listed(api, cluster())
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    api.expect("POST", POOLS, behaviour=RESET)
    shown(api, cluster(pool("base")))
    shown(api, cluster(pool("base"), pool("new")))
    shown(api, cluster(pool("base"), pool("new")))
    assert run(MODULE, name="dev", node_pools=[BASE, new])["changed"] is True


def test_a_pool_nobody_named_is_left_with_a_warning(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(pool("base"), pool("other", 2)))
    result = run(MODULE, name="dev", node_pools=[BASE])
    assert result["changed"] is False
    assert any("other (2 x s-2vcpu-4gb)" in str(warning) for warning in result["warnings"])


@pytest.mark.parametrize("check_mode", [False, True])
def test_purge_removes_it_after_the_others_are_ready(api: ScriptedApi, run: ModuleRun, check_mode: bool) -> None:
    both = cluster(pool("base"), pool("other", 2))
    listed(api, both)
    if not check_mode:
        api.expect("DELETE", f"{POOLS}/pool-other")
        shown(api, both)
        shown(api, cluster(pool("base")))
    result = run(MODULE, name="dev", node_pools=[BASE], purge_node_pools=True, check_mode=check_mode)
    assert result["changes"] == ["remove node pool other: 2 x s-2vcpu-4gb"]
    assert [item["name"] for item in result["cluster"]["node_pools"]] == ["base"]


def test_purge_of_every_pool_is_refused(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    result = run(MODULE, name="dev", node_pools=[], purge_node_pools=True)
    assert result["failed"]
    assert "a cluster needs one" in result["msg"]
