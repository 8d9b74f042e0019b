# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPCs, projects, tags, tokens and limits behave as DigitalOcean's do."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import httpx
import pytest
from account_steps import (
    CLUSTERS,
    create_cluster,
    create_load_balancer,
    create_volume,
    order,
    wait_until_gone,
    wait_until_settled,
)
from lab_server import LabServer


def create_vpc(api: httpx.Client, name: str, **extra: Any) -> dict[str, Any]:
    answer = api.post("/v2/vpcs", json={"name": name, "region": "fra1", **extra})
    assert answer.status_code == 201, answer.text
    vpc: dict[str, Any] = answer.json()["vpc"]
    return vpc


def test_the_first_vpc_of_a_region_is_its_default_and_stays(api: httpx.Client) -> None:
    first, second = create_vpc(api, "first"), create_vpc(api, "second")
    assert (first["default"], second["default"]) == (True, False)
    refused = api.delete(f"/v2/vpcs/{first['id']}")
    assert (refused.status_code, refused.json()["message"]) == (403, "Can not delete default VPCs")
    assert api.patch(f"/v2/vpcs/{first['id']}", json={"default": False}).status_code == 422
    assert api.patch(f"/v2/vpcs/{second['id']}", json={"default": True}).json()["vpc"]["default"]
    assert api.delete(f"/v2/vpcs/{first['id']}").status_code == 204


def test_a_region_gets_a_default_vpc_when_it_is_used(api: httpx.Client) -> None:
    assert api.get("/v2/vpcs").json()["vpcs"] == []
    cluster = create_cluster(api)
    vpcs = api.get("/v2/vpcs").json()["vpcs"]
    assert [(v["id"], v["name"], v["default"]) for v in vpcs] == [(cluster["vpc_uuid"], "default-fra1", True)]


def test_a_vpc_with_members_stays(api: httpx.Client) -> None:
    create_vpc(api, "default-one")
    vpc = create_vpc(api, "net")
    cluster = create_cluster(api, vpc_uuid=vpc["id"])
    members = [m["urn"] for m in api.get(f"/v2/vpcs/{vpc['id']}/members").json()["members"]]
    assert members[0] == f"do:kubernetes:{cluster['id']}"
    droplet = cluster["node_pools"][0]["nodes"][0]["droplet_id"]
    assert members[1].startswith("do:droplet:")
    assert droplet not in members[1]
    only = api.get(f"/v2/vpcs/{vpc['id']}/members", params={"resource_type": "kubernetes"}).json()["members"]
    assert [m["urn"] for m in only] == members[:1]
    refused = api.delete(f"/v2/vpcs/{vpc['id']}")
    assert (refused.status_code, refused.json()["id"]) == (409, "conflict")
    assert refused.json()["message"] == "Can not delete VPC with members"
    balancer = create_load_balancer(api, "lb", vpc_uuid=vpc["id"])
    api.delete(f"{CLUSTERS}/{cluster['id']}")
    wait_until_gone(api, cluster["id"])
    assert api.delete(f"/v2/vpcs/{vpc['id']}").status_code == 409
    api.delete(f"/v2/load_balancers/{balancer['id']}")
    assert api.delete(f"/v2/vpcs/{vpc['id']}").status_code == 204


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"ip_range": "10.20.16.0/24"}, "overlaps with another VPC network in your account: net 10.20.0.0/16."),
        ({"ip_range": "10.21.0.1/16"}, "CIDR"),
        ({"ip_range": "8.8.0.0/16"}, "RFC1918"),
        ({"ip_range": "10.0.0.0/12"}, "/28"),
        ({"ip_range": "10.245.0.0/24"}, "reserved by DigitalOcean"),
        ({"name": "net"}, "already exists"),
        ({"name": "no_underscores"}, "alphanumeric"),
        ({"region": "mars1"}, "not available"),
        ({"description": "x" * 256}, "too long"),
    ],
)
def test_vpcs_that_can_not_be(api: httpx.Client, extra: dict[str, str], message: str) -> None:
    create_vpc(api, "net", ip_range="10.20.0.0/16")
    answer = api.post("/v2/vpcs", json={"name": "other", "region": "fra1", **extra})
    assert answer.status_code == 422
    assert message in answer.json()["message"]


def test_a_project_with_resources_stays(api: httpx.Client) -> None:
    volume = create_volume(api, "data")
    urn = f"do:volume:{volume['id']}"
    project = api.post("/v2/projects", json={"name": "shop", "purpose": "IoT"}).json()["project"]
    path = f"/v2/projects/{project['id']}"
    assert "environment" not in project
    statuses = [
        api.post(f"{path}/resources", json={"resources": [resource]}).json()["resources"][0]["status"]
        for resource in (urn, urn, "do:volume:none")
    ]
    assert statuses == ["assigned", "already_assigned", "not_found"]
    refused = api.delete(path)
    assert (refused.status_code, refused.json()["id"]) == (412, "precondition_failed")
    api.delete(f"/v2/volumes/{volume['id']}")
    assert api.delete(path).status_code == 204


def test_projects_have_one_default_and_unique_names(api: httpx.Client) -> None:
    first = api.get("/v2/projects/default").json()["project"]
    made = api.post("/v2/projects", json={"name": "shop", "purpose": "IoT"}).json()["project"]
    assert api.post("/v2/projects", json={"name": "shop", "purpose": "IoT"}).status_code == 422
    assert api.post("/v2/projects", json={"name": "x", "purpose": "IoT", "environment": "Moon"}).status_code == 422
    assert api.delete(f"/v2/projects/{first['id']}").status_code == 412
    assert api.patch(f"/v2/projects/{made['id']}", json={"is_default": True}).status_code == 200
    assert api.get("/v2/projects/default").json()["project"]["id"] == made["id"]
    assert api.get(f"/v2/projects/{first['id']}").json()["project"]["is_default"] is False
    assert api.put(f"/v2/projects/{first['id']}", json={"name": "only"}).status_code == 422


def test_deleting_a_tag_untags(api: httpx.Client) -> None:
    volume = create_volume(api, "data", "keep", "drop")
    assert api.get("/v2/tags/drop").json()["tag"]["resources"]["volumes"]["count"] == 1
    assert api.delete("/v2/tags/drop").status_code == 204
    assert api.get(f"/v2/volumes/{volume['id']}").json()["volume"]["tags"] == ["keep"]
    bad = api.post("/v2/tags", json={"name": "no spaces"})
    assert (bad.status_code, bad.json()["root_causes"]) == (400, [bad.json()["error"]])


def test_a_token_does_only_what_its_scopes_allow(lab_server: LabServer, api: httpx.Client) -> None:
    reader = lab_server.admin.create_token("reader", ["kubernetes:read"])
    with lab_server.client(reader) as limited:
        assert limited.get(CLUSTERS).status_code == 200
        for refused in (limited.post(CLUSTERS, json=order()), limited.get(f"{CLUSTERS}/x/credentials")):
            assert (refused.status_code, refused.json()["id"]) == (403, "forbidden")
            assert refused.json()["message"] == "you do not have access for the attempted action"
        assert limited.get("/v2/account").json()["message"] == "You are not authorized to perform this operation"
    assert api.get(CLUSTERS).json()["meta"]["total"] == 0
    wide = lab_server.admin.create_token("wide", ["kubernetes:*", "project:update"])
    with lab_server.client(wide) as allowed:
        assert allowed.post(CLUSTERS, json=order()).status_code == 201
        assert allowed.post("/v2/projects/default/resources", json={"resources": []}).status_code == 200
        assert allowed.get("/v2/vpcs").status_code == 403
        for extra in ({"tags": ["one"]}, {"vpc_uuid": "any"}):
            assert allowed.post(CLUSTERS, json=order(**extra)).status_code == 403
    lab_server.admin.revoke_token("wide")
    with lab_server.client(wide) as revoked:
        answer = revoked.get(CLUSTERS)
        assert (answer.status_code, answer.json()["message"]) == (401, "Unable to authenticate you.")


def test_the_burst_limit_says_when_to_come_back(lab_server: LabServer, api: httpx.Client) -> None:
    lab_server.admin.settings(burst_requests=3, burst_seconds=1.5)
    answers = [api.get("/v2/account") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["id"] == "too_many_requests"
    assert all("retry-after" not in answer.headers for answer in answers[:3])
    time.sleep(int(answers[3].headers["retry-after"]))
    assert api.get("/v2/account").status_code == 200


def test_the_hourly_limit_only_has_ratelimit_reset(lab_server: LabServer, api: httpx.Client) -> None:
    lab_server.admin.settings(hourly_requests=2)
    answers = [api.get("/v2/account") for _ in range(3)]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[2].status_code == 429
    assert "retry-after" not in answers[2].headers
    assert 3500 < int(answers[2].headers["ratelimit-reset"]) - time.time() <= 3601


def test_unknown_paths_and_methods(api: httpx.Client) -> None:
    for answer, status, id_ in (
        (api.get("/v2/clouds"), 404, "not_found"),
        (api.get("/v2/account/"), 404, "not_found"),
        (api.put("/v2/account"), 405, "method_not_allowed"),
    ):
        assert (answer.status_code, answer.json()["id"]) == (status, id_)
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_page_has_two_hundred_items_at_most(api: httpx.Client) -> None:
    for number in range(203):
        assert api.post("/v2/tags", json={"name": f"t{number}"}).status_code == 201
    answer = api.get("/v2/tags", params={"per_page": 500}).json()
    assert (len(answer["tags"]), answer["meta"]["total"]) == (200, 203)
    rest = api.get(answer["links"]["pages"]["next"]).json()["tags"]
    assert [tag["name"] for tag in rest] == ["t200", "t201", "t202"]


def test_what_the_lab_can_not_handle_is_a_500_without_a_traceback(own_lab_server: LabServer) -> None:
    with sqlite3.connect(own_lab_server.config.database) as database:
        database.execute("INSERT INTO records (kind, id, body) VALUES ('vpc', 'broken', '{}')")
    with own_lab_server.client() as api:
        answer = api.get("/v2/vpcs")
        assert answer.status_code == 500
        assert answer.json() == {
            "id": "server_error",
            "message": "Unexpected server-side error",
            "request_id": answer.headers["x-request-id"],
        }
    assert answer.headers["x-request-id"] in own_lab_server.log
    assert own_lab_server.admin.requests()[-1].status == 500


def test_regions_are_slugs_in_requests_and_objects_in_answers(api: httpx.Client) -> None:
    assert create_volume(api, "data")["region"]["slug"] == "fra1"
    assert create_load_balancer(api, "front")["region"]["slug"] == "fra1"
    cluster = api.post(CLUSTERS, json=order()).json()["kubernetes_cluster"]
    assert cluster["region"] == "fra1"
    wait_until_settled(api, cluster["id"])
