# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers through their lives: every field, nothing lost by an update, those of clusters left to them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from lab_account import Account, same_story, unchanged
from lab_server import LabServer

MODULE = "do_load_balancer"
BALANCERS = "/v2/load_balancers"
HTTP = {"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 30080}
TLS = {"entry_protocol": "tcp", "entry_port": 443, "target_protocol": "tcp", "target_port": 30443}
FRONT: dict[str, Any] = {"name": "front", "region": "ams3", "forwarding_rules": [HTTP]}
CHANGES: list[dict[str, Any]] = [
    {"forwarding_rules": [TLS, HTTP]},
    {"health_check": {"protocol": "tcp", "port": 30080}},
    {"health_check": {"check_interval_seconds": 3, "unhealthy_threshold": 2}},
    {"sticky_sessions": {"type": "cookies", "cookie_name": "lb", "cookie_ttl_seconds": 60}},
    {"firewall": {"allow": ["ip:192.0.2.1", "cidr:198.51.100.0/24"]}},
    {"firewall": {"deny": ["ip:192.0.2.2"]}},
    {"redirect_http_to_https": True},
    {"enable_proxy_protocol": True},
    {"enable_backend_keepalive": True},
    {"disable_lets_encrypt_dns_records": True},
    {"http_idle_timeout_seconds": 90},
    {"size_unit": 2},
    {"tls_cipher_policy": "STRONG"},
    {"droplet_ids": [8, 7]},
    {"droplet_ids": None, "tag": "web"},
    {"domains": [{"name": "www.example.com", "is_managed": True}]},
    {"target_load_balancer_ids": ["one"]},
    {"glb_settings": {"target_protocol": "http", "target_port": 80, "cdn": {"is_enabled": True}}},
    {"glb_settings": {"failover_threshold": 50, "region_priorities": {"ams3": 1}}},
    {"project": "web"},
]


def balancers(account: Account) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.api("GET", f"{BALANCERS}?per_page=200")["load_balancers"]
    return found


def without_state(balancer: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in balancer.items() if key not in names}


@pytest.fixture
def account(account: Account) -> Account:
    """With a project, and without the rule that a size changes once an hour."""
    project = {"name": "web", "purpose": "Service or API", "environment": "Development"}
    account.api("POST", "/v2/projects", json=project)
    account.server.admin.settings(load_balancer_resize_seconds=0)
    return account


def test_the_life_of_a_load_balancer(account: Account) -> None:
    checked = account.run(MODULE, **FRONT, check_mode=True)
    assert balancers(account) == []
    created = account.run(MODULE, **FRONT)
    assert not created["failed"], created["msg"]
    assert created["changed"] and same_story(checked, created)
    assert created["ip"] == created["load_balancer"]["ip"] == balancers(account)[0]["ip"] != ""
    assert created["load_balancer"]["status"] == "active"
    unchanged(account, MODULE, **FRONT)

    wanted = copy.deepcopy(FRONT)
    for change in CHANGES:
        wanted = {key: value for key, value in (wanted | change).items() if value is not None}
        before = balancers(account)[0]
        checked = account.run(MODULE, **wanted, check_mode=True)
        assert balancers(account)[0] == before
        real = account.run(MODULE, **wanted)
        assert not real["failed"], real["msg"]
        assert real["changed"], f"{change} changed nothing"
        assert same_story(checked, real), change
        after = balancers(account)[0]
        touched = {*change, "project_id", "droplet_ids", "tag"}
        assert without_state(before, *touched) == without_state(after, *touched), f"{change} changed more"
        unchanged(account, MODULE, **wanted)
    final = balancers(account)[0]
    assert final["health_check"]["unhealthy_threshold"] == 2 and final["health_check"]["port"] == 30080
    assert final["ip"] == created["ip"]

    # What is no longer written is left as it is.
    unchanged(account, MODULE, name="front")
    small = account.run(MODULE, name="front", http_idle_timeout_seconds=120)
    assert small["changes"] == ["load balancer front: http_idle_timeout_seconds 90 -> 120"]
    assert balancers(account)[0] == {**final, "http_idle_timeout_seconds": 120}

    checked = account.run(MODULE, name="front", state="absent", check_mode=True)
    assert len(balancers(account)) == 1
    removed = account.run(MODULE, name="front", state="absent")
    assert removed["changed"] and same_story(checked, removed)
    unchanged(account, MODULE, name="front", state="absent")


def test_all_that_can_be_asked_of_a_new_one(account: Account) -> None:
    account.run("do_vpc", name="net", region="ams3", ip_range="10.120.0.0/20")
    wanted = {
        **FRONT,
        "vpc": "net",
        "type": "REGIONAL",
        "network": "EXTERNAL",
        "network_stack": "DUALSTACK",
        "size_unit": 2,
        "project": "web",
        "droplet_ids": [1],
    }
    checked = account.run(MODULE, **wanted, check_mode=True)
    made = account.run(MODULE, **wanted)
    assert same_story(checked, made)
    assert made["changes"] == ["create load balancer front of type REGIONAL in ams3 and in project web"]
    assert made["load_balancer"]["ipv6"]
    mark = account.mark()
    assert account.run(MODULE, **wanted)["changed"] is False
    assert account.writes(mark) == [] and len(account.calls(mark)) == 3


def test_tags_of_the_load_balancer_survive_an_update(account: Account) -> None:
    body = {**FRONT, "tags": ["kept"], "droplet_ids": []}
    account.api("POST", BALANCERS, json=body)
    account.run(MODULE, name="front", enable_backend_keepalive=True)
    assert balancers(account)[0]["tags"] == ["kept"]


@pytest.mark.parametrize(
    ("field", "value"), [("region", "fra1"), ("vpc", "net"), ("type", "REGIONAL_NETWORK"), ("network", "INTERNAL")]
)
def test_drift_that_cannot_be_mended_names_the_way_out(account: Account, field: str, value: str) -> None:
    account.run("do_vpc", name="net", region="ams3", ip_range="10.120.0.0/20")
    account.run(MODULE, **FRONT)
    mark = account.mark()
    result = account.run(MODULE, name="front", **{field: value})
    assert result["failed"]
    assert "cannot be changed" in result["msg"] and "another name" in result["msg"]
    assert account.writes(mark) == []


def test_it_is_found_by_its_id_whatever_its_name(account: Account) -> None:
    made = account.run(MODULE, **FRONT)["load_balancer"]
    renamed = account.run(MODULE, id=made["id"], name="back")
    assert renamed["changes"] == ["load balancer back: name front -> back"]
    unchanged(account, MODULE, id=made["id"])
    assert account.run(MODULE, **FRONT, id="00000000-0000-4000-8000-000000000000")["failed"]
    unchanged(account, MODULE, id="00000000-0000-4000-8000-000000000000", state="absent")
    assert account.run(MODULE, id=made["id"], state="absent")["changed"] is True
    assert balancers(account) == []


def adopt(account: Account, name: str = "front") -> str:
    """What the cloud controller does when a Service takes a load balancer over: it writes all of it."""
    pool = {"name": "base", "size": "s-2vcpu-4gb", "count": 1}
    cluster = account.run("do_kubernetes_cluster", name="dev", region="ams3", version="1.36", node_pools=[pool])
    identity = str(cluster["cluster"]["id"])
    droplet = int(cluster["cluster"]["node_pools"][0]["nodes"][0]["droplet_id"])
    service = {**TLS, "target_port": 31999}
    body = {"name": name, "region": "ams3", "forwarding_rules": [service], "tags": [f"k8s:{identity}"]}
    account.api("PUT", f"{BALANCERS}/{balancers(account)[0]['id']}", json={**body, "droplet_ids": [droplet]})
    return identity


def test_one_that_a_cluster_took_over_is_left_to_it(account: Account) -> None:
    wanted = {**FRONT, "health_check": {"protocol": "tcp", "port": 30080}}
    account.run(MODULE, **wanted)
    cluster_id = adopt(account)
    before = balancers(account)[0]
    mark = account.mark()
    result = account.run(MODULE, **wanted)
    assert result["changed"] is False and account.writes(mark) == []
    assert (result["cluster_id"], result["left_to_cluster"]) == (cluster_id, ["forwarding_rules", "health_check"])
    assert result["ip"] == before["ip"]
    joined = account.run(MODULE, **wanted, project="web")
    assert joined["changes"] == ["put load balancer front into project web"]
    assert without_state(balancers(account)[0], "project_id") == without_state(before, "project_id")
    found = account.run("do_load_balancer_info", cluster_id=cluster_id, region="ams3")["load_balancers"]
    assert [item["name"] for item in found] == ["front"]
    assert account.run("do_load_balancer_info", cluster_id="other")["load_balancers"] == []


def test_one_that_a_cluster_uses_goes_only_on_an_explicit_word(account: Account) -> None:
    account.run(MODULE, **FRONT)
    adopt(account)
    gone = {"name": "front", "state": "absent"}
    for check_mode in (True, False):
        refused = account.run(MODULE, **gone, check_mode=check_mode)
        assert refused["failed"] and "is used by cluster dev, which would lose its address" in refused["msg"]
    kept = account.run(MODULE, **gone, in_use="keep")
    assert kept["changed"] is False and "left as it is" in str(kept["warnings"])
    foretold = account.run(MODULE, **gone, leaving_clusters=["dev"], check_mode=True)
    assert foretold["changed"] is True
    assert account.run(MODULE, **gone, in_use="delete", check_mode=True)["changed"] is True
    account.run("do_kubernetes_cluster", name="dev", state="absent")
    removed = account.run(MODULE, **gone)
    assert removed["changed"] and same_story(foretold, removed)


def test_a_size_changes_once_an_hour(account: Account) -> None:
    account.server.admin.settings(load_balancer_resize_seconds=3600)
    account.run(MODULE, **FRONT)
    result = account.run(MODULE, name="front", size_unit=3)
    assert result["failed"]
    assert "once an hour" in result["msg"] and "try again later" in result["msg"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_everything_that_is_wrong_is_said_at_once(account: Account, check_mode: bool) -> None:
    udp = {"entry_protocol": "udp", "entry_port": 0, "target_protocol": "tcp", "target_port": 80}
    https = {**HTTP, "entry_protocol": "https"}
    mark = account.mark()
    result = account.run(
        MODULE,
        name="front",
        type="REGIONAL_NETWORK",
        forwarding_rules=[HTTP, HTTP, udp, https],
        enable_proxy_protocol=True,
        size_unit=0,
        http_idle_timeout_seconds=10,
        health_check={"port": 99999},
        firewall={"allow": ["192.0.2.1"]},
        sticky_sessions={"type": "cookies"},
        check_mode=check_mode,
    )
    assert result["failed"]
    for words in (
        "1. region: it does not exist yet",
        "forwarding_rules[2].entry_port 0 must be 1 to 65535",
        "forwarding_rules[2]: udp is forwarded to udp only",
        "forwarding_rules[3]: a load balancer of type REGIONAL_NETWORK forwards tcp and udp, not https",
        "forwarding_rules[3]: https needs certificate_id",
        "entry port 80 is used by 3 rules for TCP",
        "size_unit 0 must be 1 to 200",
        "http_idle_timeout_seconds 10 must be 30 to 600",
        "health_check.port 99999 must be",
        "enable_proxy_protocol: a load balancer of type REGIONAL_NETWORK does not speak it",
        "firewall.allow[0] '192.0.2.1' must be like ip:",
        "sticky_sessions: cookies need cookie_name",
    ):
        assert words in result["msg"], result["msg"]
    assert account.writes(mark) == []


def test_a_global_one_has_no_region(account: Account) -> None:
    account.run(MODULE, **FRONT)
    target = balancers(account)[0]["id"]
    rule = {"entry_protocol": "http", "entry_port": 80, "target_protocol": "http", "target_port": 80}
    wanted = {"name": "world", "type": "GLOBAL", "forwarding_rules": [rule], "target_load_balancer_ids": [target]}
    assert account.run(MODULE, **wanted)["changed"] is True
    unchanged(account, MODULE, **wanted)
    changed = account.run(MODULE, **wanted, glb_settings={"cdn": {"is_enabled": True}})
    assert changed["changed"] is True
    assert balancers(account)[1]["target_load_balancer_ids"] == [target]


def test_the_address_is_waited_for(tmp_path: Path) -> None:
    with LabServer(tmp_path, LAB_PROVISION_SECONDS="2") as server:
        account = Account(server)
        account.empty()
        early = account.run(MODULE, **FRONT, wait=False)
        assert (early["changed"], early["ip"]) == (True, None)
        late = account.run(MODULE, **FRONT, wait_timeout=0)
        assert late["failed"] and "active with an address; last seen: load balancer front new" in late["msg"]
        waited = account.run(MODULE, **FRONT)
        assert (waited["changed"], waited["ip"]) == (False, balancers(account)[0]["ip"])


def test_one_that_a_lagging_list_did_not_show_is_not_made_again(account: Account) -> None:
    """Names are unique: the creation is refused, and what is there is taken."""
    made = account.run(MODULE, **FRONT)["load_balancer"]
    account.server.admin.add_fault("stale_read", method="GET", path=BALANCERS)
    result = account.run(MODULE, **FRONT)
    assert not result["failed"], result["msg"]
    assert result["load_balancer"]["id"] == made["id"]
    assert len(balancers(account)) == 1
