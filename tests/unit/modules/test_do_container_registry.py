# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""do_container_registry against a scripted API: only calls that name the registry, lost answers, lagging lists."""

from __future__ import annotations

from typing import Any

import pytest
from scripted_api import HTML, RESET, TRUNCATED, ModuleRun, ScriptedApi, page

MODULE = "do_container_registry"
REGISTRIES = "/v2/registries"
SHOP = {"name": "shop", "region": "fra1", "created_at": "2026-11-20T10:00:00Z", "storage_usage_bytes": 0}
OPTIONS = {"options": {"available_regions": ["fra1", "ams3"], "subscription_tiers": [{"slug": "basic"}]}}
BASIC = {"subscription": {"tier": {"slug": "basic"}}}
TAKEN = {"id": "conflict", "message": "name already exists"}


def listed(api: ScriptedApi, *registries: dict[str, Any]) -> None:
    api.expect("GET", REGISTRIES, {"registries": list(registries)})


def about_to_create(api: ScriptedApi, *others: dict[str, Any]) -> None:
    listed(api, *others)
    api.expect("GET", f"{REGISTRIES}/options", OPTIONS)
    api.expect("POST", f"{REGISTRIES}/validate-name", status=204, request={"name": "shop"})


def test_create(api: ScriptedApi, run: ModuleRun) -> None:
    about_to_create(api)
    body = {"name": "shop", "region": "fra1", "subscription_tier_slug": "basic"}
    api.expect("POST", REGISTRIES, {"registry": SHOP}, request=body)
    result = run(MODULE, name="shop", region="fra1", tier="basic")
    assert result["changes"] == ["create container registry shop in fra1"]
    assert result["diff"] == {"before": {}, "after": {"name": "shop", "region": "fra1", "tier": "basic"}}
    assert result["registry"] == SHOP
    assert result["endpoint"] == "registry.digitalocean.com/shop"


def test_nothing_to_do_costs_two_calls(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, SHOP)
    api.expect("GET", f"{REGISTRIES}/subscription", BASIC)
    assert run(MODULE, name="shop", region="fra1", tier="basic")["changed"] is False


def test_what_is_not_written_is_not_asked_for(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, SHOP)
    assert run(MODULE, name="shop")["diff"] == {"before": {}, "after": {}}


@pytest.mark.parametrize("name", ["Shop", "my_shop", "", "x" * 64])
def test_a_name_that_cannot_be_one_costs_no_call(api: ScriptedApi, run: ModuleRun, name: str) -> None:
    result = run(MODULE, name=name)
    assert result["failed"] and "lowercase letters" in result["msg"]


@pytest.mark.parametrize(
    "fault",
    [
        {"behaviour": RESET},
        {"behaviour": TRUNCATED, "answer": {"registry": SHOP}},
        {"status": 503, "answer": {"id": "service_unavailable", "message": "try later"}},
        {"status": 502, "answer": HTML},
    ],
)
def test_a_creation_with_a_lost_answer_is_found_and_not_sent_again(
    api: ScriptedApi, run: ModuleRun, fault: dict[str, Any]
) -> None:
    about_to_create(api)
    api.expect("POST", REGISTRIES, fault.pop("answer", None), **fault)
    listed(api)
    listed(api, SHOP)
    assert run(MODULE, name="shop")["registry"] == SHOP


def test_a_name_of_our_own_that_the_list_did_not_show_yet(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api)
    api.expect("GET", f"{REGISTRIES}/options", OPTIONS)
    api.expect("POST", f"{REGISTRIES}/validate-name", TAKEN, status=409)
    listed(api, SHOP)
    assert run(MODULE, name="shop")["changed"] is False


def test_a_name_of_somebody_else(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api)
    api.expect("GET", f"{REGISTRIES}/options", OPTIONS)
    api.expect("POST", f"{REGISTRIES}/validate-name", TAKEN, status=409)
    for _look in range(4):
        listed(api)
    result = run(MODULE, name="shop")
    assert result["failed"]
    assert "'shop' is taken, by another account" in result["msg"]


def test_what_was_done_before_a_failure_is_said(api: ScriptedApi, run: ModuleRun) -> None:
    """The tier has been raised when the creation is refused."""
    listed(api, {**SHOP, "name": "first"})
    api.expect("GET", f"{REGISTRIES}/options", OPTIONS)
    api.expect("GET", f"{REGISTRIES}/subscription", BASIC)
    api.expect("POST", f"{REGISTRIES}/validate-name", status=204)
    api.expect("POST", f"{REGISTRIES}/subscription", BASIC, status=200, request={"tier_slug": "professional"})
    api.expect("POST", REGISTRIES, {"id": "unprocessable_entity", "message": "limit reached"}, status=422)
    listed(api, {**SHOP, "name": "first"})
    result = run(MODULE, name="shop", tier="professional")
    assert result["failed"]
    assert result["changes"] == ["tier of all registries of the account basic -> professional"]
    assert "limit reached" in result["msg"] and "(first)" in result["msg"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_full_tier_is_told_before_anything_is_sent(api: ScriptedApi, run: ModuleRun, check_mode: bool) -> None:
    listed(api, {**SHOP, "name": "first"})
    api.expect("GET", f"{REGISTRIES}/options", OPTIONS)
    api.expect("GET", f"{REGISTRIES}/subscription", BASIC)
    api.expect("POST", f"{REGISTRIES}/validate-name", status=204)
    result = run(MODULE, name="shop", check_mode=check_mode)
    assert result["failed"]
    assert "tier: the account's tier basic is full, it includes 1 and the account has first" in result["msg"]
    assert "give tier: professional" in result["msg"]


@pytest.mark.parametrize("registry", [None, {**SHOP, "name": "prod"}])
def test_absent_never_deletes_a_registry_of_another_name(
    api: ScriptedApi, run: ModuleRun, registry: dict[str, Any] | None
) -> None:
    listed(api, *([registry] if registry else []))
    result = run(MODULE, name="shop", state="absent", images="delete")
    assert (result["changed"], result["registry"]) == (False, None)


def test_absent_names_the_registry_in_its_call(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, SHOP, {**SHOP, "name": "prod"})
    api.expect("GET", f"{REGISTRIES}/shop/repositoriesV2", page("repositories"))
    api.expect("DELETE", f"{REGISTRIES}/shop", behaviour=RESET)
    api.expect("DELETE", f"{REGISTRIES}/shop", {"id": "not_found", "message": "gone"}, status=404)
    listed(api, {**SHOP, "name": "prod"})
    assert run(MODULE, name="shop", state="absent")["changes"] == ["delete container registry shop"]


def test_images_on_all_pages_count(api: ScriptedApi, run: ModuleRun) -> None:
    listed(api, SHOP)
    path = f"{REGISTRIES}/shop/repositoriesV2"
    first = [{"name": f"app-{number}", "manifest_count": 2} for number in range(6)]
    api.expect("GET", path, page("repositories", *first, next_page=f"{api.url}{path}?page=2"))
    api.expect("GET", path, page("repositories", {"name": "last", "manifest_count": 1}), query={"page": "2"})
    result = run(MODULE, name="shop", state="absent")
    assert result["failed"]
    assert "13 images in app-0, app-1, app-2, app-3, app-4 and 2 more" in result["msg"]
