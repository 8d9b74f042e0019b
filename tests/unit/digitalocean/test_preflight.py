# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of a preflight, without an account: facts in, findings out."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.account_facts import AccountFacts
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.preflight import check_inventory
from do_objects import OPTIONS, VPC_ID, cluster, pool

SIZES = [
    {"slug": "s-2vcpu-4gb", "price_monthly": 24.0, "regions": ["ams3", "fra1"], "available": True},
    {"slug": "s-4vcpu-8gb", "price_monthly": 48.0, "regions": ["fra1"], "available": True},
]
VPC = {"id": VPC_ID, "name": "net", "region": "ams3", "ip_range": "10.120.0.0/20"}


def facts(**changes: Any) -> AccountFacts:
    given: dict[str, Any] = {
        "account": {"status": "active", "droplet_limit": 25},
        "options": OPTIONS["options"],
        "sizes": SIZES,
        "clusters": [],
        "vpcs": [VPC],
        "droplets": 3,
        "projects": [{"id": "4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679", "name": "shop"}],
    }
    return AccountFacts(**{**given, **changes})


def wanted(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "name": "dev",
        "region": "ams3",
        "version": "1.36",
        "vpc": {"name": "net", "ip_range": "10.120.0.0/20"},
        "cluster_subnet": "10.131.0.0/17",
        "service_subnet": "10.131.128.0/19",
        "ha": None,
        "node_pools": [{"name": "base", "size": "s-2vcpu-4gb", "count": 2}],
    }
    return {**given, **changes}


def problems(*clusters: dict[str, Any], **account: Any) -> list[str]:
    return check_inventory(clusters, facts(**account)).problems


def base(**changes: Any) -> list[dict[str, Any]]:
    return [{"name": "base", "size": "s-2vcpu-4gb", "count": 2, **changes}]


def test_a_good_inventory_costs_so_much() -> None:
    scaled = [*base(), {"name": "w", "size": "s-2vcpu-4gb", "auto_scale": True, "min_nodes": 1, "max_nodes": 3}]
    other = wanted(name="prod", cluster_subnet="10.132.0.0/17", service_subnet="10.132.128.0/19")
    report = check_inventory([wanted(node_pools=scaled), other], facts())
    assert report.problems == []
    assert report.clusters["dev"] == {
        "exists": False,
        "version": "1.36.3-do.1",
        "nodes": 3,
        "monthly_price": 72.0,
        "monthly_price_max": 120.0,
    }
    assert report.monthly_price == 120.0


PROBLEMS: list[tuple[dict[str, Any], str]] = [
    ({"region": None}, "cluster 'dev': region is not given"),
    ({"version": None}, "cluster 'dev': version is not given"),
    ({"node_pools": []}, "cluster 'dev': node_pools is not given"),
    ({"region": "ams4", "vpc": None}, "no Kubernetes in region 'ams4'; near it: ams3 (regions: ams3, fra1)"),
    ({"region": "AMS3", "vpc": None}, "no Kubernetes in region 'AMS3'; near it: ams3"),
    ({"node_pools": base(size="S-2vCPU-4GB")}, "size 'S-2vCPU-4GB' is no Kubernetes size; near it: s-2vcpu-4gb"),
    ({"version": "1.39"}, "version: DigitalOcean does not offer Kubernetes version '1.39'; near it: 1.36"),
    ({"node_pools": base(size="s-2vcpu-4g")}, "size 's-2vcpu-4g' is no Kubernetes size; near it: s-2vcpu-4gb"),
    ({"node_pools": base(size="s-4vcpu-8gb")}, "size 's-4vcpu-8gb' is not to be had in ams3 (only in: fra1)"),
    ({"node_pools": base(count=None)}, "does not exist yet and has no count"),
    ({"node_pools": base() * 2}, "two node pools are named 'base'"),
    ({"node_pools": base(auto_scale=True, min_nodes=3, max_nodes=2)}, "min_nodes 3 is more than max_nodes 2"),
    ({"node_pools": base(taints=[{"key": "k", "value": "", "effect": None}])}, "taint 'k' has no effect"),
    ({"cluster_subnet": "10.131.0.5/17"}, "cluster_subnet '10.131.0.5/17' is not an IPv4 range"),
    ({"cluster_subnet": "203.0.113.0/24"}, "cluster_subnet 203.0.113.0/24 is not private"),
    ({"service_subnet": "10.131.64.0/19"}, "cluster_subnet 10.131.0.0/17 overlaps cluster 'dev': service_subnet"),
    ({"cluster_subnet": "10.120.0.0/17"}, "overlaps VPC 'net' of the account 10.120.0.0/20"),
    ({"vpc": "nett"}, "vpc 'nett' is not in the account; near it: net"),
    ({"vpc": {"name": "net", "ip_range": "10.121.0.0/20"}}, "ip_range is 10.120.0.0/20 and cannot be changed"),
    ({"vpc": {"name": "new", "ip_range": "10.120.8.0/24"}}, "VPC 'new': ip_range 10.120.8.0/24 overlaps VPC 'net'"),
    ({"vpc": {"name": "new", "ip_range": "10.0.0.0/8"}}, "must be between /16 and /28"),
    ({"vpc": {"name": "new", "ip_range": "10.244.1.0/24"}}, "overlaps 10.244.0.0/16, which DigitalOcean keeps"),
    ({"region": "fra1"}, "vpc 'net' is in region ams3, the cluster in fra1"),
    ({"name": "dev_eu"}, "cluster 'dev_eu': name 'dev_eu' must be 1 to 255 letters"),
    ({"vpc": {"name": "my net", "ip_range": "10.121.0.0/20"}}, "cluster 'dev': vpc.name 'my net' must be letters"),
    ({"vpc": {"name": "new", "description": "d" * 256}}, "must be 255 characters at most"),
    ({"project": "shpo"}, "cluster 'dev': project 'shpo' is not in the account; near it: shop (projects: shop)"),
    ({"node_pools": base(count=23)}, "needs 23 more Droplets and the account has room for 22 (3 of 25 in use)"),
]


@pytest.mark.parametrize(("change", "words"), PROBLEMS)
def test_a_problem_is_told_by_cluster_and_field(change: dict[str, Any], words: str) -> None:
    found = problems(wanted(**change))
    assert [text for text in found if words in text], found


def test_who_could_be_shut_out_by_a_firewall_is_said() -> None:
    firewall = {"enabled": True, "allowed_addresses": ["203.0.113.7"]}
    notes = check_inventory([wanted(control_plane_firewall=firewall)], facts()).notes
    assert "lets in these addresses only: dev (203.0.113.7)" in notes[0] and "Argo CD is shut out" in notes[0]
    assert len(check_inventory([wanted(control_plane_firewall={**firewall, "enabled": False})], facts()).notes) == 1


def test_problems_of_the_account() -> None:
    found = problems(wanted(), account={"status": "locked", "status_message": "unpaid"}, refused=("scope",))
    assert found == ["scope", "the account is locked: unpaid; nothing can be made until that is settled"]


def test_names_are_unique_in_the_inventory_and_in_the_account() -> None:
    found = problems(wanted(), wanted(), clusters=[cluster(), cluster(id="other")])
    assert "cluster 'dev': name is used 2 times in the inventory" in found
    assert [text for text in found if "carried by 2 clusters of the account" in text and "other" in text]


def test_subnets_of_the_inventory_overlap() -> None:
    found = problems(wanted(), wanted(name="prod"))
    assert len(found) == 2
    assert "cluster 'dev': cluster_subnet 10.131.0.0/17 overlaps cluster 'prod': cluster_subnet" in found[0]


def test_subnets_of_other_clusters_of_the_account_overlap() -> None:
    found = problems(wanted(), clusters=[cluster(id="x", name="foreign")])
    assert len(found) == 2
    assert "cluster 'foreign' of the account: cluster_subnet 10.131.0.0/17" in found[0]


def test_the_own_cluster_is_not_in_its_own_way() -> None:
    report = check_inventory([wanted(node_pools=base(count=1))], facts(clusters=[cluster()]))
    assert report.problems == []
    assert report.clusters["dev"]["exists"] is True
    assert report.clusters["dev"]["version"] == "1.36.3-do.0"


def test_a_cluster_that_leaves_is_not_there() -> None:
    leaving = cluster(state="deleting", region="fra1")
    assert problems(wanted(), clusters=[leaving]) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"region": "fra1"}, "region is ams3 and cannot be changed to fra1"),
        ({"service_subnet": "10.9.0.0/19"}, "service_subnet is 10.131.128.0/19 and cannot be changed"),
        ({"node_pools": base(size="s-4vcpu-8gb")}, "node pool 'base': size is s-2vcpu-4gb and cannot be changed"),
        ({"version": "1.35"}, "cannot be downgraded"),
    ],
)
def test_what_an_existing_cluster_cannot_become(change: dict[str, Any], words: str) -> None:
    found = problems(wanted(**change), clusters=[cluster()])
    assert [text for text in found if text.startswith("cluster 'dev': ") and words in text], found


def test_an_upgrade_is_foretold() -> None:
    report = check_inventory([wanted()], facts(clusters=[cluster(version="1.35.6-do.0")]))
    assert report.clusters["dev"]["version"] == "1.36.3-do.1"


def test_only_nodes_that_are_missing_count_for_the_limit() -> None:
    there = cluster(pool("base", 20))
    assert problems(wanted(node_pools=base(count=22)), clusters=[there], droplets=23) == []
    assert len(problems(wanted(node_pools=base(count=23)), clusters=[there], droplets=23)) == 1
    assert problems(wanted(node_pools=base(count=99)), droplets=None) == []


def test_an_autoscaled_pool_counts_in_full_for_the_limit() -> None:
    scaled = base(auto_scale=True, min_nodes=1, max_nodes=23)
    assert "needs 23 more Droplets" in problems(wanted(node_pools=scaled))[0]


def test_a_vpc_by_its_uuid() -> None:
    assert problems(wanted(vpc=VPC_ID)) == []
    unknown = "11111111-1111-4111-8111-111111111111"
    assert [text for text in problems(wanted(vpc=unknown)) if unknown in text]


def test_all_problems_come_at_once() -> None:
    bad = wanted(region="ams4", version="1.39", vpc="nett", cluster_subnet="x", node_pools=base(size="y"))
    assert len(problems(bad)) == 5
