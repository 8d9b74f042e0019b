# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""do_kubernetes_cluster, state absent, against a scripted API."""

from __future__ import annotations

from typing import Any

import pytest
from do_objects import CLUSTER, CLUSTER_ID, MODULE, cluster, listed, shown
from scripted_api import RESET, ModuleRun, ScriptedApi

ASSOCIATED = {
    "load_balancers": [{"id": "lb-1", "name": "web"}, {"id": "lb-2", "name": "api"}],
    "volumes": [{"id": "vol-1", "name": "data"}],
    "volume_snapshots": None,
}
NOTHING: dict[str, Any] = {"load_balancers": [], "volumes": [], "volume_snapshots": []}
DESTROY = f"{CLUSTER}/destroy_with_associated_resources"
GONE = {"id": "not_found", "message": "The resource you requested could not be found."}


def associated(api: ScriptedApi, found: dict[str, Any]) -> None:
    api.expect("GET", DESTROY, found)


def gone(api: ScriptedApi) -> None:
    """Neither there nor in the list."""
    api.expect("GET", CLUSTER, GONE, status=404)
    listed(api)


def test_nothing_to_remove_costs_one_call(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api)
    result = run(MODULE, name="dev", state="absent")
    assert result["changed"] is False
    assert (result["cluster"], result["destroyed"], result["kept"]) == (None, [], [])


def test_a_cluster_listed_as_deleted_is_not_there(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(state="deleted"))
    assert run(MODULE, name="dev", state="absent")["changed"] is False


def test_removal_waits_until_it_is_gone_and_names_what_stays(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    associated(api, ASSOCIATED)
    api.expect("DELETE", CLUSTER)
    shown(api, cluster(state="deleting"))
    gone(api)
    result = run(MODULE, name="dev", state="absent")
    assert result["changes"] == [f"delete cluster dev ({CLUSTER_ID}) in ams3"]
    assert result["diff"]["after"] == {}
    assert result["kept"] == ["load balancer web (lb-1)", "load balancer api (lb-2)", "volume data (vol-1)"]
    assert any("still billed: load balancer web" in str(warning) for warning in result["warnings"])


SELECTIONS: list[tuple[Any, dict[str, list[str]]]] = [
    (["load_balancers"], {"load_balancers": ["lb-1", "lb-2"]}),
    ({"load_balancers": ["web"], "volumes": "all"}, {"load_balancers": ["lb-1"], "volumes": ["vol-1"]}),
    ({"load_balancers": ["lb-2"]}, {"load_balancers": ["lb-2"]}),
]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(("wanted", "sent"), SELECTIONS)
def test_what_goes_with_it(
    api: ScriptedApi, run: ModuleRun, wanted: Any, sent: dict[str, list[str]], check_mode: bool
) -> None:
    listed(api, cluster())
    associated(api, ASSOCIATED)
    if not check_mode:
        api.expect("DELETE", f"{DESTROY}/selective", request=sent)
        gone(api)
    result = run(MODULE, name="dev", state="absent", associated_resources=wanted, check_mode=check_mode)
    assert len(result["destroyed"]) == sum(map(len, sent.values()))
    assert len(result["destroyed"]) + len(result["kept"]) == 3
    assert len(result["changes"]) == 1 + len(result["destroyed"])


@pytest.mark.parametrize("wanted", ["destroy", ["volumes", "load_balancers", "volume_snapshots"]])
def test_everything_goes_with_it_also_what_came_since(api: ScriptedApi, run: ModuleRun, wanted: Any) -> None:
    listed(api, cluster())
    associated(api, ASSOCIATED)
    api.expect("DELETE", f"{DESTROY}/dangerous")
    gone(api)
    result = run(MODULE, name="dev", state="absent", associated_resources=wanted)
    assert result["kept"] == []
    assert len(result["destroyed"]) == 3


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("everything", "Write keep, destroy"),
        (["loadbalancers"], "unknown kind 'loadbalancers'; near it: load_balancers"),
    ],
)
def test_an_unknown_selection_fails_before_any_call(api: ScriptedApi, run: ModuleRun, wanted: Any, words: str) -> None:
    result = run(MODULE, name="dev", state="absent", associated_resources=wanted)
    assert result["failed"]
    assert words in result["msg"]


def test_a_name_the_cluster_does_not_have_is_refused(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    associated(api, ASSOCIATED)
    result = run(MODULE, name="dev", state="absent", associated_resources={"volumes": ["dat"]})
    assert result["failed"]
    assert "no volume 'dat'; near it: data" in result["msg"]


def test_a_removal_under_way_is_waited_for_and_not_asked_again(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster(state="deleting"))
    shown(api, cluster(state="deleting"))
    gone(api)
    assert run(MODULE, name="dev", state="absent")["changed"] is False


def test_one_that_is_listed_is_not_gone_whatever_a_404_says(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    associated(api, NOTHING)
    api.expect("DELETE", CLUSTER)
    api.expect("GET", CLUSTER, GONE, status=404)
    listed(api, cluster())
    shown(api, cluster(state="deleting"))
    gone(api)
    assert run(MODULE, name="dev", state="absent")["changed"] is True


def test_one_that_went_by_itself_is_gone(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    api.expect("GET", DESTROY, GONE, status=404)
    listed(api)
    result = run(MODULE, name="dev", state="absent", associated_resources=["volumes"])
    assert (result["changed"], result["kept"]) == (False, [])


def test_without_wait_it_ends_when_the_removal_is_accepted(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    associated(api, NOTHING)
    api.expect("DELETE", CLUSTER)
    assert run(MODULE, name="dev", state="absent", wait=False)["changed"] is True


def test_a_removal_whose_answer_got_lost(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    associated(api, NOTHING)
    api.expect("DELETE", CLUSTER, behaviour=RESET)
    api.expect("DELETE", CLUSTER, {"id": "conflict", "message": "is being deleted"}, status=409)
    shown(api, cluster(state="deleting"))
    gone(api)
    assert run(MODULE, name="dev", state="absent")["changed"] is True


def test_a_removal_that_is_refused_says_why(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, cluster())
    associated(api, NOTHING)
    refusal = {"id": "forbidden", "message": "You do not have access", "request_id": "req-9"}
    api.expect("DELETE", CLUSTER, refusal, status=403)
    shown(api, cluster())
    result = run(MODULE, name="dev", state="absent")
    assert result["failed"]
    assert "403 forbidden: You do not have access" in result["msg"]
    assert "kubernetes:delete" in result["msg"]
    assert result["api_error"] == {"status": 403, "id": "forbidden", "request_id": "req-9"}
