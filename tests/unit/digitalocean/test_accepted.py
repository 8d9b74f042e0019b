# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes that are accepted without their object in the answer: creations are looked for, changes are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.accepted import shows
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.client import DigitalOcean
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.transport import (
    ConnectionSettings,
    Transport,
)
from ansible_collections.slipway.gitops.plugins.module_utils._errors import OutcomeUnknownError
from scripted_api import HTML, TOKEN, ModuleRun, ScriptedApi, page

EMPTY: list[dict[str, Any]] = [{"answer": None}, {"answer": {}}, {"answer": {"links": {}}}]


@pytest.fixture
def client(api: ScriptedApi, slept: list[float]) -> DigitalOcean:
    settings = ConnectionSettings(TOKEN, api.url, api.ca_cert)
    return DigitalOcean(Transport(settings, jitter=lambda _delay: 0.0))


CREATIONS: list[tuple[str, Callable[[DigitalOcean], Any]]] = [
    ("/v2/kubernetes/clusters", lambda api: api.create_cluster({"name": "x"})),
    ("/v2/kubernetes/clusters/c/node_pools", lambda api: api.create_node_pool("c", {"name": "x"})),
    ("/v2/registries", lambda api: api.create_registry({"name": "x"})),
    ("/v2/vpcs", lambda api: api.create_vpc({"name": "x"})),
    ("/v2/load_balancers", lambda api: api.create_load_balancer({"name": "x"})),
    ("/v2/domains", lambda api: api.create_domain({"name": "x"})),
    ("/v2/domains/d/records", lambda api: api.create_domain_record("d", {"name": "x"})),
]


@pytest.mark.parametrize("answer", [*EMPTY, {"answer": HTML}])
@pytest.mark.parametrize(("path", "create"), CREATIONS)
def test_a_creation_without_its_object_has_an_unknown_outcome(
    api: ScriptedApi, client: DigitalOcean, path: str, create: Callable[[DigitalOcean], Any], answer: dict[str, Any]
) -> None:
    api.expect("POST", path, **answer, status=201)
    with pytest.raises(OutcomeUnknownError, match="was sent but not answered as promised: 201 with"):
        create(client)


@dataclass(frozen=True)
class Change:
    """A change, the call that makes it, the call that reads the object, and what that answers of the object."""

    make: Callable[[DigitalOcean], Any]
    call: str
    read: str
    answer: Callable[[dict[str, Any]], dict[str, Any]]
    wanted: dict[str, Any]
    other: dict[str, Any]

    def __str__(self) -> str:
        return self.call


NAMED, OTHER = {"id": "x", "name": "x", "tags": ["k8s", "k8s:x", "web"]}, {"id": "x", "name": "x", "tags": ["k8s"]}
BODY = {"name": "x", "tags": ["web"]}
CHANGES = [
    Change(
        lambda api: api.update_cluster("x", BODY), "PUT /v2/kubernetes/clusters/x", "/v2/kubernetes/clusters/x",
        lambda item: {"kubernetes_cluster": item}, NAMED, OTHER,
    ),
    Change(
        lambda api: api.update_node_pool("c", "x", BODY), "PUT /v2/kubernetes/clusters/c/node_pools/x",
        "/v2/kubernetes/clusters/c", lambda item: {"kubernetes_cluster": {"node_pools": [item]}}, NAMED, OTHER,
    ),
    Change(
        lambda api: api.update_vpc("x", {"name": "x", "description": "new"}), "PUT /v2/vpcs/x", "/v2/vpcs",
        lambda item: page("vpcs", item), {"id": "x", "name": "x", "description": "new"},
        {"id": "x", "name": "x", "description": "old"},
    ),
    Change(
        lambda api: api.replace_load_balancer("x", {"forwarding_rules": [{"entry_port": 443}]}),
        "PUT /v2/load_balancers/x", "/v2/load_balancers/x", lambda item: {"load_balancer": item},
        {"forwarding_rules": [{"entry_port": 443, "certificate_id": ""}]}, {"forwarding_rules": [{"entry_port": 80}]},
    ),
    Change(
        lambda api: api.update_domain_record("d", 7, {"data": "192.0.2.1"}), "PUT /v2/domains/d/records/7",
        "/v2/domains/d/records", lambda item: page("domain_records", item), {"id": 7, "data": "192.0.2.1"},
        {"id": 7, "data": "192.0.2.2"},
    ),
    Change(
        lambda api: api.update_registry_subscription("basic"), "POST /v2/registries/subscription",
        "/v2/registries/subscription", lambda item: {"subscription": item}, {"tier": {"slug": "basic"}},
        {"tier": {"slug": "starter"}},
    ),
    Change(
        lambda api: api.assign_to_project("p", ["do:kubernetes:1"]), "POST /v2/projects/p/resources",
        "/v2/projects/p/resources", lambda item: page("resources", item), {"urn": "do:kubernetes:1"},
        {"urn": "do:kubernetes:2"},
    ),
]  # fmt: skip


@pytest.mark.parametrize("answer", EMPTY)
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_without_its_object_is_read(
    api: ScriptedApi, client: DigitalOcean, change: Change, answer: dict[str, Any]
) -> None:
    """A read may lag."""
    api.expect(*change.call.split(), **answer)
    api.expect("GET", change.read, change.answer(change.other))
    api.expect("GET", change.read, change.answer(change.wanted))
    change.make(client)


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_that_does_not_show_is_not_told_as_made(
    api: ScriptedApi, client: DigitalOcean, change: Change
) -> None:
    api.expect(*change.call.split(), {})
    api.expect("GET", change.read, change.answer(change.other), lasting=True)
    with pytest.raises(OutcomeUnknownError, match="may or may not have had its effect"):
        change.make(client)


@pytest.mark.parametrize("answer", EMPTY)
def test_a_creation_that_is_there_is_taken(api: ScriptedApi, run: ModuleRun, answer: dict[str, Any]) -> None:
    vpc = {"id": "v-1", "name": "net", "region": "ams3", "ip_range": "10.0.0.0/20", "description": ""}
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    api.expect("POST", "/v2/vpcs", **answer, status=201)
    api.expect("GET", "/v2/vpcs", page("vpcs", vpc), lasting=True)
    result = run("do_vpc", name="net", region="ams3")
    assert (result["changed"], result["vpc"]["id"]) == (True, "v-1")


def test_a_creation_that_does_not_show_says_what_may_be_there(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs"))
    api.expect("POST", "/v2/vpcs", {}, status=201)
    api.expect("GET", "/v2/vpcs", page("vpcs"), lasting=True)
    result = run("do_vpc", name="net", region="ams3")
    assert result["failed"]
    assert "not known whether VPC 'net' was created" in result["msg"] and "Run again" in result["msg"]


def test_a_list_that_is_none_says_what_was_seen(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/vpcs", {}, lasting=True)
    result = run("do_vpc", name="net", region="ams3")
    assert result["failed"] and "answered 200 without the list vpcs (application/json): {}" in result["msg"]
    assert "check api_url" in result["msg"]


@pytest.mark.parametrize(
    ("there", "wanted", "shown"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"unknown": 2}, True),
        ({"tags": ["k8s", "k8s:1", "web"]}, {"tags": ["web"]}, True),
        ({"tags": ["k8s", "web", "gone"]}, {"tags": ["web"]}, False),
        ({"tags": None}, {"tags": []}, True),
        ({"policy": {"day": "any", "duration": "4h"}}, {"policy": {"day": "any"}}, True),
        ({"policy": {"day": "any"}}, {"policy": {"day": "monday"}}, False),
        ({"taints": [{"key": "a", "value": ""}]}, {"taints": [{"key": "a"}]}, True),
        ({"taints": [{"key": "a"}, {"key": "b"}]}, {"taints": [{"key": "a"}]}, False),
    ],
)
def test_an_object_shows_what_was_sent(there: dict[str, Any], wanted: dict[str, Any], shown: bool) -> None:
    assert shows(there, wanted) is shown
