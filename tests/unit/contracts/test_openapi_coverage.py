# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules have every field of the API's clusters and node pools, or a reason why not."""

from __future__ import annotations

from typing import Any

from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.cluster_fields import (
    CLUSTER_FIELDS,
    CLUSTER_SPEC,
    DAYS,
    EXPANDERS,
    POOL_FIELDS,
    TAINT_EFFECTS,
)
from digitalocean_openapi import needs_description, request_fields, resolved, writable

pytestmark = needs_description

# Option of the module -> field of the API, where the names differ.
RENAMED = {"vpc": "vpc_uuid"}
# Options that are no field of the API's cluster.
OWN_OPTIONS = {
    "state": "present or absent",
    "purge_node_pools": "whether undeclared pools are removed",
    "project": "membership is written to the project",
    "associated_resources": "a choice made at removal",
}
# Fields that cannot be asked for although the specification does not mark them read only.
NOT_OPTIONS: dict[str, str] = {}


CREATE = "/v2/kubernetes/clusters"
UPDATE = "/v2/kubernetes/clusters/{cluster_id}"
POOL_CREATE = "/v2/kubernetes/clusters/{cluster_id}/node_pools"
POOL_UPDATE = "/v2/kubernetes/clusters/{cluster_id}/node_pools/{node_pool_id}"


def options() -> dict[str, Any]:
    return {RENAMED.get(name, name): option for name, option in CLUSTER_SPEC.options.items() if name not in OWN_OPTIONS}


def test_every_field_of_a_cluster_is_an_option() -> None:
    fields = set(request_fields(CREATE, "post"))
    assert fields - set(options()) - set(NOT_OPTIONS) == set()
    assert set(options()) - fields == set()


def test_what_the_api_can_change_the_module_does() -> None:
    changeable = set(request_fields(UPDATE, "put")) - {"name"}
    mutable = {item.name for item in CLUSTER_FIELDS if not item.refuse("a", "b") or item.name == "ha"}
    assert mutable == changeable


def test_nested_objects_are_whole() -> None:
    fields = request_fields(CREATE, "post")
    for name, option in options().items():
        if option.get("type") == "dict":
            assert set(option["options"]) == set(writable(fields[name])), name


def test_nested_fields_are_compared() -> None:
    compared = {item.name: {inner.name for inner in item.nested} for item in CLUSTER_FIELDS if item.nested}
    declared = {name: set(option["options"]) for name, option in options().items() if option.get("type") == "dict"}
    assert compared == declared


def test_every_field_of_a_pool_is_an_option() -> None:
    fields = set(request_fields(POOL_CREATE, "post"))
    pool_options = set(CLUSTER_SPEC.options["node_pools"]["options"])
    assert fields == pool_options
    assert {item.name for item in POOL_FIELDS} == pool_options - {"name"}


def test_what_the_api_can_change_in_a_pool_the_module_does() -> None:
    changeable = set(request_fields(POOL_UPDATE, "put")) - {"name"}
    assert {item.name for item in POOL_FIELDS if not item.refuse("a", "b")} == changeable


def test_choices_are_those_of_the_api() -> None:
    fields = request_fields(CREATE, "post")
    assert sorted(fields["maintenance_policy"]["properties"]["day"]["enum"]) == sorted(DAYS)
    expanders = resolved(fields["cluster_autoscaler_configuration"]["properties"]["expanders"])
    assert expanders["items"]["enum"] == list(EXPANDERS)
    taint = resolved(resolved(request_fields(POOL_CREATE, "post")["taints"])["items"])
    assert resolved(taint["properties"]["effect"])["enum"] == list(TAINT_EFFECTS)
