# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""do_kubernetes_preflight against a scripted API."""

from __future__ import annotations

from typing import Any

from do_objects import CLUSTERS, OPTIONS, cluster
from scripted_api import ModuleRun, ScriptedApi, page

MODULE = "do_kubernetes_preflight"
SIZES = [{"slug": "s-2vcpu-4gb", "price_monthly": 24.0, "regions": ["ams3"], "available": True}]
DEV: dict[str, Any] = {
    "name": "dev",
    "region": "ams3",
    "version": "1.36",
    "node_pools": [{"name": "base", "size": "s-2vcpu-4gb", "count": 1}],
}
FORBIDDEN = {"id": "forbidden", "message": "You are not authorized to perform this operation"}


def facts(api: ScriptedApi) -> None:
    api.expect("GET", "/v2/account", {"account": {"status": "active", "droplet_limit": 25}})
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    api.expect("GET", "/v2/sizes", page("sizes", *SIZES))
    api.expect("GET", CLUSTERS, page("kubernetes_clusters"))
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    api.expect("GET", "/v2/droplets", page("droplets", total=4), query={"per_page": "1"})


def test_six_calls_whatever_the_number_of_clusters(api: ScriptedApi, run: ModuleRun) -> None:
    facts(api)
    result = run(MODULE, clusters=[{**DEV, "name": f"c{number}"} for number in range(20)])
    assert result["changed"] is False
    assert result["problems"] == []
    assert result["monthly_price"] == 480.0
    assert result["clusters"]["c7"]["version"] == "1.36.3-do.1"


def test_every_problem_in_one_numbered_message(api: ScriptedApi, run: ModuleRun) -> None:
    facts(api)
    result = run(MODULE, clusters=[{**DEV, "region": "ams4"}, {**DEV, "name": "prod", "version": "9.9"}])
    assert result["failed"]
    assert len(result["problems"]) == 2
    assert "\n  1. cluster 'dev': region" in result["msg"]
    assert "\n  2. cluster 'prod': version" in result["msg"]


def test_every_scope_that_is_missing_is_named(api: ScriptedApi, run: ModuleRun) -> None:
    for path in ("/v2/account", "/v2/kubernetes/options", "/v2/sizes", CLUSTERS, "/v2/vpcs", "/v2/droplets"):
        api.expect("GET", path, FORBIDDEN, status=403)
    result = run(MODULE, clusters=[DEV])
    assert result["failed"]
    scopes = ("account:read", "kubernetes:read", "sizes:read", "regions:read", "vpc:read", "droplet:read")
    assert all(scope in result["msg"] for scope in scopes)


def test_a_refusal_that_is_not_about_scopes_is_not_told_as_one(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/account", {"id": "forbidden", "message": "Your account is locked."}, status=403)
    result = run(MODULE, clusters=[DEV])
    assert result["failed"] and "Your account is locked." in result["msg"]
    assert "scope" not in result["msg"]


def test_projects_are_read_when_a_cluster_names_one(api: ScriptedApi, run: ModuleRun) -> None:
    facts(api)
    api.expect("GET", "/v2/projects", page("projects", {"id": "p", "name": "shop"}))
    result = run(MODULE, clusters=[{**DEV, "project": "shop"}, {**DEV, "name": "prod", "project": "Shop"}])
    assert result["problems"] == [
        "cluster 'prod': project 'Shop' is not in the account; near it: shop (projects: shop)"
    ]


def test_a_token_that_may_not_read_projects_is_told(api: ScriptedApi, run: ModuleRun) -> None:
    facts(api)
    api.expect("GET", "/v2/projects", FORBIDDEN, status=403)
    result = run(MODULE, clusters=[{**DEV, "project": "shop"}])
    assert result["problems"] == ["the token may not read projects: give it the scope project:read"]


def test_a_wrong_token_ends_it(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/account", {"id": "unauthorized", "message": "Unable to authenticate you"}, status=401)
    result = run(MODULE, clusters=[DEV])
    assert result["failed"]
    assert "Unable to authenticate you" in result["msg"]


def test_a_taint_without_effect_is_told_with_the_rest(api: ScriptedApi, run: ModuleRun) -> None:
    facts(api)
    pools = [{"name": "base", "size": "s-2vcpu-4gb", "count": 1, "taints": [{"key": "k"}]}]
    result = run(MODULE, clusters=[{**DEV, "node_pools": pools, "region": "ams4"}])
    assert len(result["problems"]) == 2


def test_clusters_are_read_from_the_second_page_too(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/account", {"account": {}})
    api.expect("GET", "/v2/kubernetes/options", OPTIONS)
    api.expect("GET", "/v2/sizes", page("sizes", *SIZES))
    following = f"{api.url}{CLUSTERS}?page=2"
    other = cluster(id="o", name="other", cluster_subnet="", service_subnet="")
    api.expect("GET", CLUSTERS, page("kubernetes_clusters", other, next_page=following))
    api.expect("GET", CLUSTERS, page("kubernetes_clusters", cluster()), query={"page": "2"})
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    api.expect("GET", "/v2/droplets", page("droplets", total=4))
    assert run(MODULE, clusters=[DEV])["clusters"]["dev"]["exists"] is True
