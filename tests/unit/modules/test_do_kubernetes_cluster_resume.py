# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""do_kubernetes_cluster picks up what an aborted run or a lost answer left, against a scripted API."""

from __future__ import annotations

from typing import Any

import pytest
from do_objects import BASE, CLUSTER, CLUSTERS, MODULE, OPTIONS, POOLS, cluster, listed, pool, shown
from scripted_api import HTML, RESET, TRUNCATED, ModuleRun, ScriptedApi, page

CREATE: dict[str, Any] = {"name": "dev", "region": "ams3", "version": "1.36", "node_pools": [BASE]}
UNAVAILABLE = {"id": "service_unavailable", "message": "try later"}
LOST: list[dict[str, Any]] = [
    {"behaviour": RESET},
    {"behaviour": TRUNCATED, "answer": {"kubernetes_cluster": cluster()}},
    {"status": 500, "answer": UNAVAILABLE},
    {"status": 502, "answer": HTML},
    {"status": 201, "answer": HTML},
    {"status": 504, "answer": None},
]


@pytest.mark.parametrize("fault", LOST)
def test_a_creation_without_an_answer_is_never_sent_again(
    api: ScriptedApi, run: ModuleRun, fault: dict[str, Any]
) -> None:
    listed(api)
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    listed(api)
    api.expect("POST", CLUSTERS, **fault)
    listed(api)  # the list lags
    listed(api, cluster(pool("base", ready=0), state="provisioning"))
    shown(api, cluster())
    result = run(MODULE, **CREATE)
    assert result["changed"] is True
    assert api.calls.count(f"POST {CLUSTERS}") == 1


def test_a_creation_without_a_sign_of_it_fails_safe(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api)
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    listed(api)
    api.expect("POST", CLUSTERS, UNAVAILABLE, status=503)
    for _ in range(4):
        listed(api)
    result = run(MODULE, **CREATE)
    assert result["failed"]
    assert "not known whether cluster 'dev' was created" in result["msg"]
    assert "there are no two of it" in result["msg"]


def test_a_list_that_lagged_is_looked_at_twice_before_a_creation(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api)
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    listed(api, cluster())
    result = run(MODULE, **CREATE)
    assert result["changed"] is False


def test_what_was_done_before_a_failure_is_told(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    api.expect("PUT", CLUSTER, {"kubernetes_cluster": cluster()}, status=202)
    api.expect("PUT", f"{POOLS}/pool-base", {"id": "unprocessable_entity", "message": "no"}, status=422)
    result = run(MODULE, name="dev", auto_upgrade=True, node_pools=[{**BASE, "count": 2}])
    assert result["failed"]
    assert result["changed"] is True
    assert result["changes"] == ["cluster dev: auto_upgrade false -> true"]


@pytest.mark.parametrize("state", ["provisioning", "upgrading"])
def test_what_is_under_way_is_waited_for_and_then_compared(api: ScriptedApi, run: ModuleRun, state: str) -> None:
    listed(api, cluster(pool("base", ready=0), state=state, version="1.35.6-do.0"))
    shown(api, cluster(pool("base", ready=0), version="1.36.3-do.0"))
    shown(api, cluster())
    result = run(MODULE, name="dev", version="1.36", node_pools=[BASE])
    assert result["changed"] is False


def test_nodes_that_are_still_coming_are_waited_for(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(pool("base", 2, ready=1)))
    shown(api, cluster(pool("base", 2)))
    assert run(MODULE, name="dev", node_pools=[{**BASE, "count": 2}])["changed"] is False


def test_a_cluster_without_its_pools_gets_them(api: ScriptedApi, run: ModuleRun) -> None:
    more = {"name": "more", "size": "s-2vcpu-4gb", "count": 1}
    listed(api, cluster())
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    api.expect("POST", POOLS, {"node_pool": pool("more")})
    shown(api, cluster(pool("base"), pool("more")))
    assert run(MODULE, **{**CREATE, "node_pools": [BASE, more]})["changed"] is True


def test_a_cluster_that_is_leaving_is_waited_for_and_made_again(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(state="deleting"))
    shown(api, cluster(state="deleting"))
    api.expect("GET", CLUSTER, {"id": "not_found", "message": "gone"}, status=404)
    listed(api)
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    listed(api)
    api.expect("POST", CLUSTERS, {"kubernetes_cluster": cluster(id="another")})
    listed(api, cluster(state="deleting"), cluster(id="another"))
    result = run(MODULE, **CREATE)
    assert result["changes"][0].startswith("create cluster dev")


@pytest.mark.parametrize(("state", "made_anew"), [("provisioning", False), ("deleting", True)])
def test_check_mode_waits_for_nothing(api: ScriptedApi, run: ModuleRun, state: str, made_anew: bool) -> None:
    listed(api, cluster(state=state))
    if made_anew:
        api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    result = run(MODULE, **CREATE, check_mode=True)
    assert any(change.startswith("create cluster dev") for change in result["changes"]) is made_anew
    assert CLUSTER not in [call.path for call in api.seen]


def test_a_broken_cluster_is_not_touched(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(status={"state": "error", "message": "no room in the region"}))
    result = run(MODULE, name="dev", auto_upgrade=True)
    assert result["failed"]
    assert "state error: no room in the region" in result["msg"]


def test_a_cluster_that_breaks_while_it_is_made_ends_the_wait(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api)
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    listed(api)
    api.expect("POST", CLUSTERS, {"kubernetes_cluster": cluster(state="provisioning")})
    listed(api, cluster(state="provisioning"))
    shown(api, cluster(status={"state": "error", "message": "no room"}))
    result = run(MODULE, **CREATE)
    assert result["failed"]
    assert "no room" in result["msg"]
    assert result["changed"] is True


def test_a_degraded_cluster_is_warned_about(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(status={"state": "degraded", "message": "etcd is slow"}))
    result = run(MODULE, name="dev")
    assert result["changed"] is False
    assert any("degraded: etcd is slow" in str(warning) for warning in result["warnings"])


def test_the_wait_ends_in_time_and_says_how_far_it_came(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(pool("base", 2, ready=1)))
    shown(api, cluster(pool("base", 2, ready=1)))
    result = run(MODULE, name="dev", node_pools=[{**BASE, "count": 2}], wait_timeout=1)
    assert result["failed"]
    assert "cluster running, 1 of 2 nodes ready" in result["msg"]
    assert "run again" in result["msg"]


def test_a_read_that_fails_once_is_read_again(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", CLUSTERS, behaviour=RESET)
    api.expect("GET", CLUSTERS, page("kubernetes_clusters", cluster()))
    assert run(MODULE, name="dev")["changed"] is False
