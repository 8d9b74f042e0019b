# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules take is what the API's description says: its choices, bounds, patterns and examples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.cluster_fields import CLUSTER_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.cluster_problems import CLUSTER_RULES
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.container_registry import (
    REGISTRY_RULES,
    REGISTRY_SPEC,
)
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.load_balancer_fields import BALANCER_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.load_balancer_problems import BALANCER_RULES
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.vpc import VPC_RULES, VPC_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._grammar import Each, Grammar, Rule
from digitalocean_openapi import needs_description, request_fields, resolved, writable

pytestmark = needs_description

MODULES: dict[str, tuple[Mapping[str, Any], Mapping[str, Rule], str]] = {
    "do_kubernetes_cluster": (CLUSTER_SPEC.options, CLUSTER_RULES, "/v2/kubernetes/clusters"),
    "do_load_balancer": (BALANCER_SPEC.options, BALANCER_RULES, "/v2/load_balancers"),
    "do_vpc": (VPC_SPEC.options, VPC_RULES, "/v2/vpcs"),
    "do_container_registry": (REGISTRY_SPEC.options, REGISTRY_RULES, "/v2/registries"),
}
RENAMED = {"vpc": "vpc_uuid", "project": "project_id", "tier": "subscription_tier_slug"}
# Where the service takes more than its description says, or the description is about something else.
EXCEPTIONS = {
    ("do_load_balancer", "size_unit", "maximum"): "200 since terraform-provider-digitalocean#1284",
    ("do_load_balancer", "region", "enum"): "regions come and go; the API is asked",
    ("do_container_registry", "region", "enum"): "regions come and go; the API is asked",
    ("do_kubernetes_cluster", "vpc", "example"): "a name or a UUID",
    ("do_load_balancer", "vpc", "example"): "a name or a UUID",
}

Leaf: TypeAlias = "tuple[str, Mapping[str, Any], Rule | None, Mapping[str, Any]]"


def leaves(
    options: Mapping[str, Any], rules: Mapping[str, Rule], fields: Mapping[str, Any], where: str
) -> Iterator[Leaf]:
    """Path, option, rule and schema of every value, inside lists and objects too."""
    for name, option in options.items():
        schema = fields.get(RENAMED.get(name, name))
        if schema is None:
            continue
        rule = rules.get(name)
        if option["type"] == "list":
            schema = resolved(schema["items"])
            rule = rule.rule if isinstance(rule, Each) else rule
        if option.get("options"):
            inner = rule if isinstance(rule, Mapping) else {}
            yield from leaves(option["options"], inner, writable(schema), f"{where}{name}.")
        else:
            yield f"{where}{name}", option, rule, schema


def all_leaves() -> list[tuple[str, Leaf]]:
    return [
        (module, leaf)
        for module, (options, rules, path) in MODULES.items()
        for leaf in leaves(options, rules, request_fields(path, "post"), "")
    ]


def checked(key: str) -> list[tuple[str, Leaf]]:
    """Leaves whose schema says this, without exceptions."""
    return [(m, leaf) for m, leaf in all_leaves() if key in leaf[3] and (m, leaf[0], key) not in EXCEPTIONS]


def takes(leaf: Leaf, value: Any) -> bool:
    _path, option, rule, _schema = leaf
    if option.get("choices"):
        return value in option["choices"]
    return option["type"] in ("bool", "dict") or (isinstance(rule, Grammar) and rule.fits(value))


def test_there_is_something_to_compare() -> None:
    found = {module for module, _leaf in all_leaves()}
    assert found == set(MODULES)
    assert len(checked("enum")) > 10 and checked("pattern") and checked("minimum") and checked("maxLength")


def test_choices() -> None:
    for module, (path, option, _rule, schema) in checked("enum"):
        assert sorted(option.get("choices") or []) == sorted(schema["enum"]), f"{module}: {path}"


def test_bounds() -> None:
    for key, step in (("minimum", -1), ("maximum", 1)):
        for module, leaf in checked(key):
            bound = leaf[3][key]
            assert takes(leaf, bound) and not takes(leaf, bound + step), f"{module}: {leaf[0]} {key} {bound}"


def test_lengths() -> None:
    for module, leaf in checked("maxLength"):
        longest = leaf[3]["maxLength"]
        assert takes(leaf, "a" * longest) and not takes(leaf, "a" * (longest + 1)), f"{module}: {leaf[0]}"


def test_patterns() -> None:
    for module, leaf in checked("pattern"):
        pattern = re.compile(leaf[3]["pattern"], re.ASCII)
        for character in map(chr, range(32, 127)):
            text = f"a{character}b"
            assert takes(leaf, text) is bool(pattern.match(text)), f"{module}: {leaf[0]} {text!r}"


def test_what_the_description_shows_is_taken() -> None:
    for module, leaf in checked("example"):
        shown = leaf[3]["example"]
        for value in shown if isinstance(shown, list) else [shown]:
            if value is not None and not isinstance(value, Mapping):
                assert takes(leaf, value), f"{module}: {leaf[0]} {value!r}"


@pytest.mark.parametrize(("module", "path", "key"), EXCEPTIONS)
def test_an_exception_is_still_one(module: str, path: str, key: str) -> None:
    assert [leaf for m, leaf in all_leaves() if (m, leaf[0]) == (module, path) and key in leaf[3]]
