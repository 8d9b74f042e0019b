# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules have every field of the API's clusters and node pools, or a reason why not."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.cluster_fields import (
    CLUSTER_FIELDS,
    CLUSTER_SPEC,
    DAYS,
    EXPANDERS,
    POOL_FIELDS,
    TAINT_EFFECTS,
)

OPENAPI = Path(__file__).resolve().parents[4] / "shared" / "data" / "digitalocean-openapi.json"
pytestmark = pytest.mark.skipif(
    not OPENAPI.is_file(), reason=f"needs DigitalOcean's OpenAPI as {OPENAPI.parent.name}/{OPENAPI.name} in ../shared"
)

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


@cache
def specification() -> Any:
    return json.loads(OPENAPI.read_text())


def resolved(schema: Any) -> Any:
    """A schema with its references and its allOf merged."""
    while "$ref" in schema:
        target: Any = specification()
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        schema = target
    if "allOf" in schema:
        merged: dict[str, Any] = {"properties": {}}
        for part in map(resolved, schema["allOf"]):
            merged["properties"].update(part.get("properties") or {})
        return merged
    return schema


def request_schema(path: str, method: str) -> Any:
    operation = specification()["paths"][path][method]
    return resolved(operation["requestBody"]["content"]["application/json"]["schema"])


def writable(schema: Any) -> dict[str, Any]:
    properties = {name: resolved(value) for name, value in schema["properties"].items()}
    return {name: value for name, value in properties.items() if not value.get("readOnly")}


CREATE = "/v2/kubernetes/clusters"
UPDATE = "/v2/kubernetes/clusters/{cluster_id}"
POOL_CREATE = "/v2/kubernetes/clusters/{cluster_id}/node_pools"
POOL_UPDATE = "/v2/kubernetes/clusters/{cluster_id}/node_pools/{node_pool_id}"


def options() -> dict[str, Any]:
    return {RENAMED.get(name, name): option for name, option in CLUSTER_SPEC.options.items() if name not in OWN_OPTIONS}


def test_every_field_of_a_cluster_is_an_option() -> None:
    fields = set(writable(request_schema(CREATE, "post")))
    assert fields - set(options()) - set(NOT_OPTIONS) == set()
    assert set(options()) - fields == set()


def test_what_the_api_can_change_the_module_does() -> None:
    changeable = set(writable(request_schema(UPDATE, "put"))) - {"name"}
    mutable = {item.name for item in CLUSTER_FIELDS if not item.refuse("a", "b") or item.name == "ha"}
    assert mutable == changeable


def test_nested_objects_are_whole() -> None:
    fields = writable(request_schema(CREATE, "post"))
    for name, option in options().items():
        if option.get("type") == "dict":
            assert set(option["options"]) == set(writable(fields[name])), name


def test_nested_fields_are_compared() -> None:
    compared = {item.name: {inner.name for inner in item.nested} for item in CLUSTER_FIELDS if item.nested}
    declared = {name: set(option["options"]) for name, option in options().items() if option.get("type") == "dict"}
    assert compared == declared


def test_every_field_of_a_pool_is_an_option() -> None:
    fields = set(writable(request_schema(POOL_CREATE, "post")))
    pool_options = set(CLUSTER_SPEC.options["node_pools"]["options"])
    assert fields == pool_options
    assert {item.name for item in POOL_FIELDS} == pool_options - {"name"}


def test_what_the_api_can_change_in_a_pool_the_module_does() -> None:
    changeable = set(writable(request_schema(POOL_UPDATE, "put"))) - {"name"}
    assert {item.name for item in POOL_FIELDS if not item.refuse("a", "b")} == changeable


def test_choices_are_those_of_the_api() -> None:
    fields = writable(request_schema(CREATE, "post"))
    assert sorted(fields["maintenance_policy"]["properties"]["day"]["enum"]) == sorted(DAYS)
    expanders = resolved(fields["cluster_autoscaler_configuration"]["properties"]["expanders"])
    assert expanders["items"]["enum"] == list(EXPANDERS)
    taint = resolved(resolved(writable(request_schema(POOL_CREATE, "post"))["taints"])["items"])
    assert resolved(taint["properties"]["effect"])["enum"] == list(TAINT_EFFECTS)
