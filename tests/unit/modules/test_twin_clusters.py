# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at once make two clusters of one name, which the API takes: what each of them does then."""

from __future__ import annotations

from typing import Any

import pytest
from do_objects import BASE, CLUSTER, CLUSTER_ID, CLUSTERS, MODULE, OPTIONS, cluster, listed, pool, shown
from scripted_api import RESET, ModuleRun, ScriptedApi

CREATE: dict[str, Any] = {"name": "dev", "region": "ams3", "version": "1.36", "node_pools": [BASE]}
OWN = cluster(pool("base", ready=0), state="provisioning", created_at="2026-11-20T10:00:01Z")
OLDER = cluster(id="11111111-0000-0000-0000-000000000000", created_at="2026-11-20T10:00:00Z")
YOUNGER = cluster(id="22222222-0000-0000-0000-000000000000", created_at="2026-11-20T10:00:02Z")
# Made in the same second: the id decides, for both runs alike.
SAME_SECOND = cluster(id="00000000-0000-0000-0000-000000000000", created_at=OWN["created_at"])


def made(api: ScriptedApi) -> None:
    listed(api)
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    listed(api)
    api.expect("POST", CLUSTERS, {"kubernetes_cluster": OWN})


@pytest.mark.parametrize("twin", [OLDER, SAME_SECOND])
def test_the_younger_one_goes_and_the_run_goes_on_with_the_older(
    api: ScriptedApi, run: ModuleRun, twin: dict[str, Any]
) -> None:
    made(api)
    listed(api, twin, OWN)
    api.expect("DELETE", CLUSTER)
    result = run(MODULE, **CREATE)
    assert (result["failed"], result["changed"]) == (False, False)
    assert result["cluster"]["id"] == twin["id"]
    said = str(result["warnings"])
    assert f"{twin['id']} (made {twin['created_at']})" in said and CLUSTER_ID in said and "was removed" in said


def test_the_older_one_stays_once_the_other_run_has_removed_its_own(api: ScriptedApi, run: ModuleRun) -> None:
    made(api)
    listed(api, OWN, YOUNGER)
    listed(api, OWN, YOUNGER)
    listed(api, OWN, {**YOUNGER, "status": {"state": "deleting"}})
    shown(api, cluster(pool("base")))
    result = run(MODULE, **CREATE)
    assert result["changed"] is True
    assert result["cluster"]["id"] == CLUSTER_ID


def test_a_twin_that_stays_ends_the_run_and_is_named(api: ScriptedApi, run: ModuleRun) -> None:
    made(api)
    api.expect("GET", CLUSTERS, {"kubernetes_clusters": [OWN, YOUNGER], "links": {}}, lasting=True)
    result = run(MODULE, **CREATE)
    assert result["failed"]
    assert f"{CLUSTER_ID} (made {OWN['created_at']}), {YOUNGER['id']} (made {YOUNGER['created_at']})" in result["msg"]
    assert f"This run made {CLUSTER_ID}" in result["msg"]


def test_one_that_cannot_be_removed_is_named(api: ScriptedApi, run: ModuleRun) -> None:
    made(api)
    listed(api, OLDER, OWN)
    api.expect("DELETE", CLUSTER, {"id": "forbidden", "message": "You are not authorized"}, status=403)
    result = run(MODULE, **CREATE)
    assert result["failed"] and OLDER["id"] in result["msg"] and f"This run made {CLUSTER_ID}" in result["msg"]
    assert "You are not authorized" in result["msg"]


def test_a_list_that_does_not_show_the_new_one_yet_shows_no_twin_either(api: ScriptedApi, run: ModuleRun) -> None:
    made(api)
    listed(api)
    listed(api, OLDER)
    listed(api, OLDER, OWN)
    api.expect("DELETE", CLUSTER)
    assert run(MODULE, **CREATE)["cluster"]["id"] == OLDER["id"]


def test_after_a_lost_answer_nothing_is_removed(api: ScriptedApi, run: ModuleRun) -> None:
    """It is not known which of the two this run made."""
    listed(api)
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    listed(api)
    api.expect("POST", CLUSTERS, behaviour=RESET)
    listed(api, OLDER, OWN)
    result = run(MODULE, **CREATE)
    assert result["failed"] and OLDER["id"] in result["msg"] and CLUSTER_ID in result["msg"]


def test_the_one_that_is_being_removed_does_not_count(api: ScriptedApi, run: ModuleRun) -> None:
    """As the run after finds it."""
    listed(api, {**OWN, "status": {"state": "deleting"}}, OLDER)
    assert run(MODULE, **CREATE, wait=False)["cluster"]["id"] == OLDER["id"]
