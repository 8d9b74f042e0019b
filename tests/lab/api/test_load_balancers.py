# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers behave as DigitalOcean's do: a PUT replaces all, some things stay for good, an address comes late."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from account_steps import create_cluster, create_load_balancer
from lab_server import LabServer

BALANCERS = "/v2/load_balancers"
RULE = {"entry_protocol": "tcp", "entry_port": 443, "target_protocol": "tcp", "target_port": 30443}
TLS = {
    "entry_protocol": "http2",
    "entry_port": 443,
    "target_protocol": "http",
    "target_port": 30080,
    "certificate_id": "892071a0-bb95-49bc-8021-3afd67a210bf",
}
WHOLE: dict[str, Any] = {
    "name": "front",
    "region": "fra1",
    "forwarding_rules": [RULE],
    "health_check": {"protocol": "tcp", "port": 30443, "check_interval_seconds": 3},
    "sticky_sessions": {"type": "cookies", "cookie_name": "lb", "cookie_ttl_seconds": 60},
    "firewall": {"allow": ["ip:192.0.2.1"], "deny": ["cidr:198.51.100.0/24"]},
    "redirect_http_to_https": True,
    "enable_proxy_protocol": True,
    "enable_backend_keepalive": True,
    "disable_lets_encrypt_dns_records": True,
    "http_idle_timeout_seconds": 90,
    "tls_cipher_policy": "STRONG",
    "droplet_ids": [1, 2],
    "tags": ["web"],
}
DEFAULTS = {
    "sticky_sessions": {"type": "none"},
    "firewall": {"allow": [], "deny": []},
    "redirect_http_to_https": False,
    "enable_proxy_protocol": False,
    "enable_backend_keepalive": False,
    "disable_lets_encrypt_dns_records": False,
    "http_idle_timeout_seconds": 60,
    "tls_cipher_policy": "DEFAULT",
    "droplet_ids": [],
    "tags": [],
}


def get(api: httpx.Client, balancer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{BALANCERS}/{balancer['id']}").json()["load_balancer"]
    return found


def put(api: httpx.Client, balancer: dict[str, Any], **body: Any) -> httpx.Response:
    return api.put(f"{BALANCERS}/{balancer['id']}", json=body)


def create(api: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = api.post(BALANCERS, json={**WHOLE, **body})
    assert answer.status_code == 202, answer.text
    balancer: dict[str, Any] = answer.json()["load_balancer"]
    return balancer


def test_the_answer_to_a_creation_has_no_address_yet(api: httpx.Client) -> None:
    made = create(api)
    assert (made["status"], made["ip"]) == ("new", "")
    found = get(api, made)
    assert (found["status"], found["region"]["slug"]) == ("active", "fra1")
    assert found["ip"].startswith("203.0.113.")
    assert {key: found[key] for key in WHOLE if key not in ("region", "health_check", "forwarding_rules")} == {
        key: WHOLE[key] for key in WHOLE if key not in ("region", "health_check", "forwarding_rules")
    }
    assert found["health_check"] == {
        "protocol": "tcp",
        "port": 30443,
        "path": "/",
        "check_interval_seconds": 3,
        "response_timeout_seconds": 5,
        "healthy_threshold": 3,
        "unhealthy_threshold": 5,
    }


def test_an_address_comes_with_time(tmp_path: Path) -> None:
    with LabServer(tmp_path, LAB_PROVISION_SECONDS="1.5") as server, server.client() as api:
        made = create_load_balancer(api, "slow")
        assert (get(api, made)["status"], get(api, made)["ip"]) == ("new", "")
        time.sleep(1.6)
        assert get(api, made)["status"] == "active" and get(api, made)["ip"]


def test_an_update_replaces_everything(lab_server: LabServer, api: httpx.Client) -> None:
    lab_server.admin.settings(load_balancer_resize_seconds=0)
    made = create(api, size_unit=3)
    before = get(api, made)
    assert put(api, made, name="renamed", forwarding_rules=[RULE]).status_code == 200
    after = get(api, made)
    assert (after["name"], after["size_unit"]) == ("renamed", 1)
    assert {key: after[key] for key in DEFAULTS} == DEFAULTS
    assert after["health_check"]["protocol"] == "http"
    assert (after["ip"], after["vpc_uuid"], after["type"]) == (before["ip"], before["vpc_uuid"], before["type"])
    assert put(api, made, name="renamed").status_code in (400, 422)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("region", "ams3"),
        ("vpc_uuid", "other"),
        ("type", "REGIONAL_NETWORK"),
        ("network", "INTERNAL"),
        ("network_stack", "DUALSTACK"),
    ],
)
def test_what_stays_for_good(api: httpx.Client, field: str, value: str) -> None:
    made = create(api)
    refused = put(api, made, **{**WHOLE, field: value})
    assert refused.status_code == 422
    assert field in refused.json()["message"]


def test_a_size_changes_once_an_hour(lab_server: LabServer, api: httpx.Client) -> None:
    made = create(api)
    refused = put(api, made, **WHOLE, size_unit=2)
    assert (refused.status_code, refused.json()["message"]) == (422, "a load balancer can be resized once an hour")
    lab_server.admin.settings(load_balancer_resize_seconds=0)
    assert put(api, made, **WHOLE, size_unit=2).status_code == 200


@pytest.mark.parametrize(
    "right",
    [
        {"forwarding_rules": [TLS, {**TLS, "entry_protocol": "http3"}]},
        {
            "type": "GLOBAL",
            "region": None,
            "enable_proxy_protocol": False,
            "forwarding_rules": [{**TLS, "certificate_id": ""}],
        },
        {"firewall": {"allow": ["cidr:192.0.2.1/24", "ip:2001:db8::1"]}},
    ],
)
def test_load_balancers_that_can_be(api: httpx.Client, right: dict[str, Any]) -> None:
    create(api, **right)


@pytest.mark.parametrize(
    "wrong",
    [
        {"forwarding_rules": []},
        {"forwarding_rules": [RULE, RULE]},
        {"forwarding_rules": [{**RULE, "entry_protocol": "udp"}]},
        {"forwarding_rules": [{**RULE, "entry_protocol": "https", "target_protocol": "http"}]},
        {"forwarding_rules": [{**RULE, "entry_protocol": "http"}], "type": "REGIONAL_NETWORK"},
        {"type": "REGIONAL_NETWORK"},
        {"tag": "web"},
        {"forwarding_rules": [{**TLS, "entry_protocol": "http3", "certificate_id": "", "tls_passthrough": True}]},
        {"forwarding_rules": [TLS, {**TLS, "entry_protocol": "https"}]},
        {"health_check": {"check_interval_seconds": 2}},
        {"health_check": {"healthy_threshold": 11}},
        {"name": "two words"},
        {"region": "mars1"},
        {"vpc_uuid": "nowhere"},
        {"firewall": {"allow": ["192.0.2.1"]}},
        {"http_idle_timeout_seconds": 5},
        {"size_unit": 201},
        {"project_id": "nowhere"},
    ],
)
def test_load_balancers_that_can_not_be(api: httpx.Client, wrong: dict[str, Any]) -> None:
    assert api.post(BALANCERS, json={**WHOLE, **wrong}).status_code == 422


def test_names_are_unique(api: httpx.Client) -> None:
    create(api)
    other = create(api, name="other")
    for refused in (api.post(BALANCERS, json=WHOLE), put(api, other, **WHOLE)):
        assert refused.json()["message"] == "There is already a load balancer with that name"


def test_droplets_come_one_by_one_or_by_a_tag(api: httpx.Client) -> None:
    cluster = create_cluster(api)
    droplet = int(cluster["node_pools"][0]["nodes"][0]["droplet_id"])
    tagged = create_load_balancer(api, "tagged", tag=f"k8s:{cluster['id']}")
    assert get(api, tagged)["droplet_ids"] == [droplet]
    assert api.post(f"{BALANCERS}/{tagged['id']}/droplets", json={"droplet_ids": [7]}).status_code == 422
    single = create_load_balancer(api, "single", droplet_ids=[1])
    assert api.post(f"{BALANCERS}/{single['id']}/droplets", json={"droplet_ids": [7]}).status_code == 204
    gone = api.request("DELETE", f"{BALANCERS}/{single['id']}/droplets", json={"droplet_ids": [1]})
    assert gone.status_code == 204
    assert get(api, single)["droplet_ids"] == [7]


def test_an_internal_one_has_an_address_of_its_vpc(api: httpx.Client) -> None:
    vpc = api.post("/v2/vpcs", json={"name": "net", "region": "fra1", "ip_range": "10.50.0.0/24"}).json()["vpc"]
    made = create(api, vpc_uuid=vpc["id"], network="INTERNAL")
    assert get(api, made)["ip"].startswith("10.50.0.")


def test_it_is_in_a_project(api: httpx.Client) -> None:
    project = api.post("/v2/projects", json={"name": "shop", "purpose": "IoT"}).json()["project"]
    made = create(api)
    assert get(api, made)["project_id"] != project["id"]
    assert put(api, made, **WHOLE, project_id=project["id"]).status_code == 200
    assert put(api, made, **WHOLE).status_code == 200
    assert get(api, made)["project_id"] == project["id"]
