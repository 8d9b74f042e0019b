# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of the modules of DigitalOcean has a grammar, or says who looks at its value: none can be forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._argument_spec import ArgumentSpec
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.cluster_fields import CLUSTER_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.cluster_problems import CLUSTER_RULES
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.container_registry import (
    REGISTRY_RULES,
    REGISTRY_SPEC,
)
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.domain import DOMAIN_RULES, DOMAIN_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.domain_record import RECORD_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.load_balancer_fields import BALANCER_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.load_balancer_problems import BALANCER_RULES
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.preflight import PREFLIGHT_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.record_values import RECORD_RULES
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.vpc import VPC_RULES, VPC_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._grammar import Each, Entries, Grammar, Rule, is_free

TABLES: dict[str, tuple[ArgumentSpec, Mapping[str, Rule]]] = {
    "do_kubernetes_cluster": (CLUSTER_SPEC, CLUSTER_RULES),
    "do_vpc": (VPC_SPEC, VPC_RULES),
    "do_load_balancer": (BALANCER_SPEC, BALANCER_RULES),
    "do_domain": (DOMAIN_SPEC, DOMAIN_RULES),
    "do_domain_record": (RECORD_SPEC, RECORD_RULES),
    "do_container_registry": (REGISTRY_SPEC, REGISTRY_RULES),
}
# Options whose value is looked at where it is used, and not before anything is done.
ELSEWHERE = {"do_kubernetes_cluster": {"associated_resources"}}


def is_typed(option: Mapping[str, Any]) -> bool:
    """Whether the argument spec leaves no value that could be wrong."""
    return option.get("type") == "bool" or "choices" in option


def shape_of(rule: Rule) -> str:
    """The type of option that a rule is for."""
    if isinstance(rule, Each):
        return "list"
    return "value" if isinstance(rule, Grammar) else "dict"


def differences(options: Mapping[str, Any], rules: Mapping[str, Rule], where: str = "") -> list[str]:
    found = [f"{where}{name}: a rule for no option" for name in rules.keys() - options.keys()]
    for name, option in options.items():
        rule = rules.get(name)
        kind = option["type"] if option["type"] in ("list", "dict") else "value"
        if rule is not None and not is_free(rule) and shape_of(rule) != kind:
            found.append(f"{where}{name}: it is a {kind}, its rule is for a {shape_of(rule)}")
        elif option.get("options"):
            nested = rule.rule if isinstance(rule, Each) else rule
            found += differences(option["options"], nested if isinstance(nested, Mapping) else {}, f"{where}{name}.")
        elif rule is None and not is_typed(option):
            found.append(f"{where}{name}: no rule")
    return found


def leaves(rule: Rule) -> list[Grammar]:
    if isinstance(rule, Grammar):
        return [rule]
    if isinstance(rule, Entries):
        return [rule.key, rule.value]
    if isinstance(rule, Each):
        return leaves(rule.rule)
    return [leaf for inner in rule.values() for leaf in leaves(inner)]


@pytest.mark.parametrize("module", TABLES)
def test_every_option_has_a_grammar_or_is_said_to_be_free(module: str) -> None:
    spec, rules = TABLES[module]
    options = {name: option for name, option in spec.options.items() if name not in ELSEWHERE.get(module, ())}
    assert differences(options, rules) == []


@pytest.mark.parametrize("module", TABLES)
def test_every_grammar_says_what_is_allowed(module: str) -> None:
    for leaf in leaves(TABLES[module][1]):
        assert leaf.allowed and (leaf.source or not is_free(leaf)), leaf


def test_the_preflight_looks_at_the_same_options() -> None:
    """All but those of which no value can be wrong."""
    checked = set(PREFLIGHT_SPEC.options["clusters"]["options"])
    assert set(CLUSTER_RULES) - checked == set()


def test_a_new_option_without_a_rule_is_found() -> None:
    options = {**CLUSTER_SPEC.options, "nickname": {"type": "str"}}
    assert "nickname: no rule" in differences(options, CLUSTER_RULES)
    pools = {**CLUSTER_SPEC.options["node_pools"]["options"], "gpu": {"type": "int"}}
    options = {**CLUSTER_SPEC.options, "node_pools": {**CLUSTER_SPEC.options["node_pools"], "options": pools}}
    assert "node_pools.gpu: no rule" in differences(options, CLUSTER_RULES)
