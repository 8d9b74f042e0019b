# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Check a whole inventory of clusters against an account, before anything is touched. Pure: facts in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from .._argument_spec import ArgumentSpec
from .._errors import SlipwayError
from .._grammar import problems_of
from .._reconcile import JsonObject, compare, declared, drift_problems
from . import cluster_state, offers, versions
from .account_facts import AccountFacts
from .address_ranges import Range, overlaps, parse_range, vpc_range
from .cluster_fields import CLUSTER_FIELDS, CLUSTER_SPEC, TOGGLES
from .cluster_plan import settings_of
from .cluster_problems import SUBNETS, find_problems
from .node_pools import create_body, plan_pool
from .suggest import suggest
from .vpc import VPC_FIELDS, VPC_RULES, is_uuid

# Options of do_kubernetes_cluster that are about what a run does, or of which no value can be wrong.
NOT_CHECKED = ("state", "purge_node_pools", "associated_resources", *TOGGLES)


def lenient_options() -> dict[str, Any]:
    """The options of do_kubernetes_cluster, but with nothing required save names: what is missing is reported here,
    together with every other problem."""
    options = {name: deepcopy(dict(option)) for name, option in CLUSTER_SPEC.options.items() if name not in NOT_CHECKED}
    options["vpc"] = {"type": "raw"}
    pools = options["node_pools"]
    pools.pop("required_if")
    pools.pop("required_by")
    for taint_option in pools["options"]["taints"]["options"].values():
        taint_option.pop("required", None)
    return options


PREFLIGHT_SPEC = ArgumentSpec(
    options={"clusters": {"type": "list", "elements": "dict", "required": True, "options": lenient_options()}}
)


@dataclass
class Report:
    """Findings. clusters: name -> version, nodes, monthly_price, monthly_price_max, exists."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    clusters: dict[str, JsonObject] = field(default_factory=dict)

    @property
    def monthly_price(self) -> float:
        return round(sum(item["monthly_price"] or 0.0 for item in self.clusters.values()), 2)


@dataclass(frozen=True)
class WantedVpc:
    """The VPC a cluster asks for. made: given as a dictionary, so it will be made when it is not there."""

    name: str = ""
    ip_range: str = ""
    made: bool = False

    @classmethod
    def of(cls, value: Any) -> WantedVpc:
        if isinstance(value, Mapping):
            return cls(str(value.get("name") or ""), str(value.get("ip_range") or ""), made=True)
        return cls(str(value or ""))


def check_inventory(wanted: Sequence[Mapping[str, Any]], facts: AccountFacts) -> Report:
    """Every problem of every cluster, each sentence naming cluster and field."""
    clusters = [declared(cluster) for cluster in wanted]
    report = Report(problems=[*facts.refused, *account_problems(facts.account)])
    report.problems += name_problems(clusters, facts.clusters)
    existing = {
        str(cluster.get("name")): cluster for cluster in facts.clusters if not cluster_state.is_leaving(cluster)
    }
    for cluster in clusters:
        actual = existing.get(cluster["name"])
        where = f"cluster {cluster['name']!r}"
        report.problems += [f"{where}: {problem}" for problem in cluster_problems(cluster, actual, facts)]
        report.clusters[cluster["name"]] = summary(cluster, actual, facts)
    report.problems += network_problems(clusters, facts)
    report.problems += quota_problems(clusters, existing, facts)
    report.notes += firewall_notes(clusters)
    if any("node_pools" in cluster for cluster in clusters):
        report.notes.append(
            "Prices are those of the nodes; a highly available control plane, load balancers and volumes are not in "
            "the API's price list and come on top."
        )
    return report


def firewall_notes(clusters: Iterable[Mapping[str, Any]]) -> list[str]:
    """Who is forgotten in a firewall of the Kubernetes API cannot be told from here: the nodes of the cluster that runs
    Argo CD come from addresses of their own, which change when they are replaced."""
    fenced = [
        f"{cluster['name']} ({', '.join(cluster['control_plane_firewall']['allowed_addresses'])})"
        for cluster in clusters
        if (cluster.get("control_plane_firewall") or {}).get("enabled")
        and cluster["control_plane_firewall"].get("allowed_addresses")
    ]
    if not fenced:
        return []
    return [
        f"The Kubernetes API lets in these addresses only: {', '.join(fenced)}. They must hold the one that Ansible "
        "comes from and those of the nodes of the cluster that runs Argo CD, or Argo CD is shut out."
    ]


def account_problems(account: Mapping[str, Any]) -> list[str]:
    status = account.get("status")
    if status in (None, "active", "warning"):
        return []
    reason = account.get("status_message") or "DigitalOcean gives no reason"
    return [f"the account is {status}: {reason}; nothing can be made until that is settled"]


def name_problems(clusters: Iterable[Mapping[str, Any]], existing: Iterable[Mapping[str, Any]]) -> list[str]:
    names = [str(cluster["name"]) for cluster in clusters]
    problems = [
        f"cluster {name!r}: name is used {names.count(name)} times in the inventory"
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    for name in sorted(set(names)):
        ids = [
            str(item.get("id")) for item in existing if item.get("name") == name and not cluster_state.is_leaving(item)
        ]
        if len(ids) > 1:
            problems.append(
                f"cluster {name!r}: name is carried by {len(ids)} clusters of the account: {', '.join(ids)}"
            )
    return problems


def cluster_problems(cluster: JsonObject, actual: JsonObject | None, facts: AccountFacts) -> list[str]:
    pools = cluster.get("node_pools") or []
    vpc = cluster.get("vpc")
    problems = find_problems({**cluster, "vpc": WantedVpc.of(vpc).name or None}, actual)
    problems += problems_of(VPC_RULES, vpc, "vpc") if isinstance(vpc, Mapping) else []
    if actual is None:
        problems += [f"{name} is not given" for name in ("region", "version", "node_pools") if not cluster.get(name)]
        problems += creation_problems(pools)
    else:
        problems += drift(cluster, actual)
    problems += offers.region_problems(cluster.get("region"), facts.options)
    problems += size_problems(cluster, actual, facts)
    problems += project_problems(cluster, facts)
    if cluster.get("version") and facts.options:
        try:
            wanted_version(cluster, actual, facts)
        except SlipwayError as error:
            problems.append(f"version: {error}")
    return problems


def project_problems(cluster: Mapping[str, Any], facts: AccountFacts) -> list[str]:
    project = str(cluster.get("project") or "")
    if not project or facts.projects is None:
        return []
    names = sorted(str(item.get("name")) for item in facts.projects)
    if project in names or any(item.get("id") == project for item in facts.projects):
        return []
    listed = ", ".join(names) or "none"
    return [f"project {project!r} is not in the account{suggest(project, names)} (projects: {listed})"]


def creation_problems(pools: Iterable[JsonObject]) -> list[str]:
    problems = []
    for pool in pools:
        if pool.get("auto_scale") and "min_nodes" not in pool:
            continue  # pool_problems says so
        try:
            create_body(pool)
        except SlipwayError as error:
            problems.append(str(error))
    return problems


def drift(cluster: JsonObject, actual: JsonObject) -> list[str]:
    """What an existing cluster cannot be changed to."""
    changes = compare(CLUSTER_FIELDS, settings_of(cluster, ""), actual).changes
    problems = [sentence.removeprefix(": ") for sentence in drift_problems("", changes)]
    pools = {str(pool.get("name")): pool for pool in actual.get("node_pools") or []}
    for pool in cluster.get("node_pools") or []:
        if pool["name"] in pools:
            there = pools[pool["name"]]
            problems += drift_problems(f"node pool {pool['name']!r}", plan_pool(pool, there).changes)
    return problems


def size_problems(cluster: Mapping[str, Any], actual: Mapping[str, Any] | None, facts: AccountFacts) -> list[str]:
    """Sizes of pools to be made that DOKS does not offer, or not in this region."""
    there = {str(pool.get("name")) for pool in (actual or {}).get("node_pools") or []}
    new = [pool for pool in cluster.get("node_pools") or [] if pool["name"] not in there]
    problems = offers.size_problems(new, facts.options)
    offered = {str(item.get("slug")) for item in facts.options.get("sizes") or []}
    sold = {str(item.get("slug")): item for item in facts.sizes if item.get("slug") in offered}
    known_regions = {item.get("slug") for item in facts.options.get("regions") or []}
    for pool in new:
        size, region = str(pool.get("size")), cluster.get("region")
        if size not in sold:
            continue
        where = f"node pool {pool['name']!r}: size {size!r}"
        if region in known_regions and region not in (sold[size].get("regions") or []):
            regions = ", ".join(sorted(map(str, sold[size].get("regions") or []))) or "nowhere"
            problems.append(f"{where} is not to be had in {region} (only in: {regions})")
        elif not sold[size].get("available", True):
            problems.append(f"{where} is sold out")
    return problems


def wanted_version(cluster: Mapping[str, Any], actual: Mapping[str, Any] | None, facts: AccountFacts) -> str | None:
    """The slug the cluster will run. Raises InvalidInputError for one that cannot be."""
    wanted = cluster.get("version")
    running = str(actual.get("version")) if actual else None
    if not wanted:
        return running
    if running and versions.is_satisfied(str(wanted), running):
        return running
    target = versions.resolve(str(wanted), facts.options)
    if running and (versions.parse(target) or ()) < (versions.parse(running) or ()):
        return running
    return target


def summary(cluster: JsonObject, actual: JsonObject | None, facts: AccountFacts) -> JsonObject:
    try:
        version = wanted_version(cluster, actual, facts)
    except SlipwayError:
        version = None
    prices = {str(item.get("slug")): float(item.get("price_monthly") or 0) for item in facts.sizes}
    pools = cluster.get("node_pools") or []
    known = all(pool.get("size") in prices for pool in pools)
    low, high = (sum(nodes(pool)[end] * prices.get(str(pool.get("size")), 0.0) for pool in pools) for end in (0, 1))
    return {
        "exists": actual is not None,
        "version": version,
        "nodes": sum(nodes(pool)[0] for pool in pools),
        "monthly_price": round(low, 2) if known else None,
        "monthly_price_max": round(high, 2) if known else None,
    }


def nodes(pool: Mapping[str, Any]) -> tuple[int, int]:
    """Least and greatest number of nodes."""
    if pool.get("auto_scale"):
        low = int(pool.get("min_nodes") or 0)
        return low, max(low, int(pool.get("max_nodes") or 0))
    count = int(pool.get("count") or 0)
    return count, count


def network_problems(clusters: Sequence[JsonObject], facts: AccountFacts) -> list[str]:
    """Ranges of VPCs that are none, and every overlap: among the inventory's own, with its VPCs, with the account's.
    Subnets that are no ranges are told of with the other values of their cluster."""
    problems: list[str] = []
    own: list[Range | None] = []
    for cluster in clusters:
        for name in SUBNETS:
            if cluster.get(name):
                own.append(parse_range(f"cluster {cluster['name']!r}: {name}", cluster[name])[0])
    account_vpcs = {str(vpc.get("name")): vpc for vpc in facts.vpcs}
    wanted = {vpc.name: (vpc, cluster) for cluster in clusters if (vpc := WantedVpc.of(cluster.get("vpc"))).name}
    for vpc, cluster in wanted.values():
        problems += vpc_problems(vpc, cluster, account_vpcs, facts)
        if vpc.ip_range and vpc.name not in account_vpcs:
            found, wrong = vpc_range(f"VPC {vpc.name!r}: ip_range", vpc.ip_range)
            own.append(found)
            problems += wrong
    return problems + overlaps([item for item in own if item is not None], foreign_ranges(clusters, facts))


def vpc_problems(
    vpc: WantedVpc, cluster: Mapping[str, Any], account_vpcs: Mapping[str, JsonObject], facts: AccountFacts
) -> list[str]:
    """A VPC that is not there, is in another region, or has another range."""
    where = f"cluster {cluster['name']!r}: vpc {vpc.name!r}"
    if is_uuid(vpc.name):
        actual = next((item for item in facts.vpcs if item.get("id") == vpc.name), None)
    else:
        actual = account_vpcs.get(vpc.name)
    if actual is None:
        known = sorted(account_vpcs)
        missing = f"{where} is not in the account{suggest(vpc.name, known)} (VPCs: {', '.join(known) or 'none'})"
        return [] if vpc.made else [missing]
    problems = []
    if cluster.get("region") and actual.get("region") != cluster["region"]:
        problems.append(f"{where} is in region {actual.get('region')}, the cluster in {cluster['region']}")
    desired = {"ip_range": vpc.ip_range} if vpc.ip_range else {}
    return problems + drift_problems(where, compare(VPC_FIELDS, desired, actual).changes)


def foreign_ranges(clusters: Sequence[JsonObject], facts: AccountFacts) -> list[Range]:
    """Ranges of the account that are not the inventory's own: all VPCs, and the subnets of other clusters."""
    names = {cluster["name"] for cluster in clusters}
    found = [parse_range(f"VPC {vpc.get('name')!r} of the account", str(vpc.get("ip_range")))[0] for vpc in facts.vpcs]
    for cluster in facts.clusters:
        if cluster.get("name") in names or cluster_state.is_leaving(cluster):
            continue
        found += [
            parse_range(f"cluster {cluster.get('name')!r} of the account: {name}", str(cluster.get(name)))[0]
            for name in SUBNETS
            if cluster.get(name)
        ]
    return [item for item in found if item is not None]


def quota_problems(
    clusters: Sequence[JsonObject], existing: Mapping[str, JsonObject], facts: AccountFacts
) -> list[str]:
    """Whether the account's Droplet limit has room for the nodes that are to come. DigitalOcean counts an autoscaled
    pool with its greatest number of nodes."""
    limit = facts.account.get("droplet_limit")
    if not isinstance(limit, int) or facts.droplets is None:
        return []
    extra = 0
    for cluster in clusters:
        pools = (existing.get(cluster["name"]) or {}).get("node_pools") or []
        there = {str(pool.get("name")): len(pool.get("nodes") or []) for pool in pools}
        extra += sum(max(0, nodes(pool)[1] - there.get(pool["name"], 0)) for pool in cluster.get("node_pools") or [])
    if facts.droplets + extra <= limit:
        return []
    return [
        f"the inventory needs {extra} more Droplets and the account has room for {max(0, limit - facts.droplets)} "
        f"({facts.droplets} of {limit} in use); ask DigitalOcean for a higher limit or lower the node counts"
    ]
