# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules of registries, DNS and load balancers have every field of the API's requests, or a reason why not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.container_registry import REGISTRY_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.domain import DOMAIN_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.domain_record import RECORD_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.load_balancer_fields import (
    BALANCER_FIELDS,
    BALANCER_SPEC,
)
from digitalocean_openapi import description, needs_description, request_fields, resolved, writable

pytestmark = needs_description

RENAMED = {"vpc": "vpc_uuid", "project": "project_id", "tier": "subscription_tier_slug"}
OWN = {"state", "in_use", "leaving_clusters", "images", "records", "clusters", "detached_clusters", "force_integration"}


def options(spec: dict[str, Any]) -> set[str]:
    return {RENAMED.get(name, name) for name in spec} - OWN


@pytest.mark.parametrize("method", ["post", "put"])
def test_every_field_of_a_load_balancer_is_an_option(method: str) -> None:
    path = "/v2/load_balancers" + ("/{lb_id}" if method == "put" else "")
    fields = set(request_fields(path, method))
    # Both deprecated: the first can no longer be chosen, the second is size_unit now, and kept by updates.
    assert fields - options(dict(BALANCER_SPEC.options)) == {"algorithm", "size"}
    assert options(dict(BALANCER_SPEC.options)) - fields == {"id"}


def test_nested_objects_of_a_load_balancer_are_whole() -> None:
    fields = request_fields("/v2/load_balancers", "post")
    for name, option in BALANCER_SPEC.options.items():
        if "options" in option:
            schema = fields[name] if option["type"] == "dict" else resolved(fields[name]["items"])
            assert set(option["options"]) == set(writable(schema)), name


def test_every_field_of_a_load_balancer_is_compared() -> None:
    compared = {item.name for item in BALANCER_FIELDS}
    assert options(dict(BALANCER_SPEC.options)) - compared == {"id", "project_id"}


def test_choices_of_a_load_balancer_are_those_of_the_api() -> None:
    fields = request_fields("/v2/load_balancers", "post")
    for name, option in BALANCER_SPEC.options.items():
        if name != "state" and "choices" in option and name not in OWN:
            assert sorted(option["choices"]) == sorted(fields[name]["enum"]), name
    rule = resolved(fields["forwarding_rules"]["items"])["properties"]
    declared = BALANCER_SPEC.options["forwarding_rules"]["options"]
    for name in ("entry_protocol", "target_protocol"):
        assert declared[name]["choices"] == rule[name]["enum"]


def test_every_field_of_a_registry_is_an_option() -> None:
    fields = request_fields("/v2/registries", "post")
    assert set(fields) == options(dict(REGISTRY_SPEC.options))
    assert REGISTRY_SPEC.options["tier"]["choices"] == fields["subscription_tier_slug"]["enum"]


def test_every_field_of_a_domain_is_an_option() -> None:
    assert set(request_fields("/v2/domains", "post")) == options(dict(DOMAIN_SPEC.options))


def test_every_field_of_a_record_is_an_option() -> None:
    fields = set(request_fields("/v2/domains/{domain_name}/records", "post"))
    inner = set(RECORD_SPEC.options["records"]["options"])
    assert fields == inner | {"type", "name", "ttl"}


def test_every_type_of_record_is_there_but_the_soa() -> None:
    parameters = description()["paths"]["/v2/domains/{domain_name}/records"]["get"]["parameters"]
    types = next(p for p in map(resolved, parameters) if p["name"] == "type")["schema"]["enum"]
    assert sorted(set(types) - {"SOA"}) == RECORD_SPEC.options["type"]["choices"]
