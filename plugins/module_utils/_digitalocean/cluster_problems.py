# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What cannot be asked of a cluster, all of it at once: for the preflight of an inventory and for the module. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._go_duration import DURATION
from .._grammar import Each, Entries, Rule, at_least, between, free, optional, problems_of
from .._kubernetes.grammar import LABEL_VALUE, QUALIFIED_NAME
from .._reconcile import JsonObject
from .._web_url import WEB_URL
from . import grammar
from .address_ranges import parse_range
from .node_pools import pool_problems

SUBNETS = ("cluster_subnet", "service_subnet")
RANGE = free("address_ranges.parse_range")

POOL_RULES: Mapping[str, Rule] = {
    "name": grammar.POOL_NAME,
    "size": grammar.SLUG,
    "count": at_least(0),
    "min_nodes": at_least(0),
    "max_nodes": at_least(0),
    "labels": Entries(QUALIFIED_NAME, LABEL_VALUE, "label"),
    "taints": Each({"key": QUALIFIED_NAME, "value": LABEL_VALUE}),
    "tags": Each(grammar.TAG),
}
CLUSTER_RULES: Mapping[str, Rule] = {
    "name": grammar.CLUSTER_NAME,
    "region": grammar.SLUG,
    "version": free("versions.resolve"),
    "vpc": grammar.VPC_NAME,
    "cluster_subnet": RANGE,
    "service_subnet": RANGE,
    "worker_subnet_uuid": optional(grammar.UUID),
    "tags": Each(grammar.TAG),
    "node_pools": Each(POOL_RULES, "node pool"),
    "maintenance_policy": {"start_time": grammar.TIME_OF_DAY},
    "control_plane_firewall": {"allowed_addresses": Each(grammar.ADDRESS)},
    "cluster_autoscaler_configuration": {
        "scale_down_utilization_threshold": between(0, 1),
        "scale_down_unneeded_time": DURATION,
    },
    "sso": {"issuer_url": optional(WEB_URL), "client_id": free("the identity provider's own")},
    "project": free("projects.find_project"),
}


def value_problems(wanted: Mapping[str, Any]) -> list[str]:
    """What is wrong with the declared values, whatever is there."""
    pools = wanted.get("node_pools") or []
    problems = problems_of(CLUSTER_RULES, wanted)
    for name in SUBNETS:
        if wanted.get(name):
            _range, problem = parse_range(name, str(wanted[name]))
            problems += [problem] if problem else []
    return problems + pool_problems(pools) + repeated_taints(pools)


def companion_problems(wanted: Mapping[str, Any], there: JsonObject | None) -> list[str]:
    """Options that need another one (OpenAPI, cluster: node_pools, worker_subnet_uuid, control_plane_firewall, sso).

    there: the cluster as it is, None when it is to be created
    """
    pools = wanted.get("node_pools") or []
    problems = []
    if there is None and pools and all(_at_first(pool) == 0 for pool in pools):
        problems.append("node_pools: no pool starts with a node, and a cluster needs one at least")
    if there is None and wanted.get("worker_subnet_uuid") and not wanted.get("vpc"):
        problems.append("worker_subnet_uuid needs vpc, which the subnet is in")
    firewall = _merged("control_plane_firewall", wanted, there)
    if firewall.get("enabled") and not firewall.get("allowed_addresses"):
        problems.append("control_plane_firewall is enabled with no allowed_addresses, which would let nobody in")
    sso = _merged("sso", wanted, there)
    missing = [name for name in ("issuer_url", "client_id") if not sso.get(name)]
    if sso.get("enabled") and missing:
        problems.append(f"sso is enabled and needs {' and '.join(missing)}")
    if sso.get("required") and not sso.get("enabled"):
        problems.append("sso.required needs sso.enabled: true")
    return problems


def find_problems(wanted: Mapping[str, Any], there: JsonObject | None) -> list[str]:
    """Both: the values themselves, and what they need."""
    return value_problems(wanted) + companion_problems(wanted, there)


def _merged(name: str, wanted: Mapping[str, Any], there: JsonObject | None) -> JsonObject:
    """An object as it would be: what is declared over what is there; {} when nothing of it is declared."""
    if not wanted.get(name):
        return {}
    return {**((there or {}).get(name) or {}), **wanted[name]}


def _at_first(pool: Mapping[str, Any]) -> int:
    """How many nodes a new pool starts with; one whose number is not said counts as one, which is told elsewhere."""
    count = 1 if pool.get("count") is None else int(pool["count"])
    return max(count, int(pool.get("min_nodes") or 0)) if pool.get("auto_scale") else count


def repeated_taints(pools: Iterable[Mapping[str, Any]]) -> list[str]:
    """Kubernetes takes one taint for each key and effect (ValidateNode: validateNodeTaints)."""
    problems = []
    for pool in pools:
        seen = [(taint.get("key"), taint.get("effect")) for taint in pool.get("taints") or []]
        for key, effect in sorted({one for one in seen if seen.count(one) > 1 and all(one)}):
            problems.append(f"node pool {pool.get('name')!r}: two taints have the key {key!r} and the effect {effect}")
    return problems
