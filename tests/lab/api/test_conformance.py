# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every answer of every path the lab serves is what DigitalOcean's OpenAPI description promises."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import digitalocean_openapi
import httpx
import published_api
import pytest
from account_steps import CLUSTERS, create_cluster, create_load_balancer, create_volume, pool, wait_until_settled
from fastapi.routing import APIRoute
from lab_server import LabServer
from openapi_core.exceptions import OpenAPIError
from slipway_lab.api.app import RESOURCES
from slipway_lab.api.scopes import Scopes

pytestmark = digitalocean_openapi.needs_description
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def served() -> list[tuple[str, APIRoute]]:
    """Every method and route of the API."""
    routes = itertools.chain.from_iterable(module.router.routes for module in RESOURCES)
    return [
        (method, route) for route in routes if isinstance(route, APIRoute) for method in sorted(route.methods or ())
    ]


SERVED = served()
IDS = [f"{method} {route.path}" for method, route in SERVED]


@pytest.fixture(scope="module")
def succeeded(lab_server: LabServer) -> Iterator[set[tuple[str, str]]]:
    """Methods and described paths that gave a good answer in the story below, each checked when it came."""
    seen: set[tuple[str, str]] = set()

    def note(response: httpx.Response) -> None:
        published_api.check(response)
        assert response.is_success, f"{response.request.method} {response.request.url}: {response.text}"
        seen.add((response.request.method, published_api.template_of(response.request.url.path) or ""))

    lab_server.admin.settings(burst_requests=100_000)
    with lab_server.client() as api:
        api.event_hooks = {"response": [note]}
        tell_the_story(lab_server, api)
        yield seen


def tell_the_story(lab_server: LabServer, api: httpx.Client) -> None:
    """Call everything once, in an order in which it can succeed."""
    for path in ("account", "regions", "sizes", "kubernetes/options", "vpcs", "tags", "projects", "droplets"):
        api.get(f"/v2/{path}")
    tell_of_networks(api)
    tell_of_clusters(api)
    tell_of_registries(lab_server, api)
    tell_of_domains(api)


def tell_of_networks(api: httpx.Client) -> None:
    api.post("/v2/vpcs", json={"name": "first", "region": "fra1"})
    vpc = api.post("/v2/vpcs", json={"name": "second", "region": "fra1", "ip_range": "10.50.0.0/16"}).json()["vpc"]
    path = f"/v2/vpcs/{vpc['id']}"
    for call in (
        api.put(path, json={"name": "third", "description": "of many"}),
        api.patch(path, json={"description": ""}),
        api.get(path),
        api.get(f"{path}/members"),
        api.delete(path),
    ):
        assert call.is_success


def tell_of_clusters(api: httpx.Client) -> None:
    cluster = create_cluster(api, version="1.35.7-do.0", tags=["one"], node_pools=[pool(labels={"a": "b"}, count=2)])
    tell_of_what_is_around(api, cluster["id"])
    path = f"{CLUSTERS}/{cluster['id']}"
    api.get(CLUSTERS)
    for part in (
        "credentials",
        "kubeconfig",
        "user",
        "upgrades",
        "status_messages",
        "destroy_with_associated_resources",
    ):
        api.get(f"{path}/{part}")
    api.put(path, json={"name": "dev", "surge_upgrade": True})
    run = api.post(f"{path}/clusterlint", json={}).json()["run_id"]
    api.get(f"{path}/clusterlint", params={"run_id": run})
    api.post(f"{path}/upgrade", json={"version": "1.35.7-do.1"})
    wait_until_settled(api, cluster["id"])

    added = api.post(f"{path}/node_pools", json=pool("more", count=2)).json()["node_pool"]
    cluster = wait_until_settled(api, cluster["id"])
    more = f"{path}/node_pools/{added['id']}"
    api.get(f"{path}/node_pools")
    api.put(more, json={"name": "more", "count": 3})
    node = api.get(more).json()["node_pool"]["nodes"][0]
    api.post(f"{more}/recycle", json={"nodes": [node["id"]]})
    cluster = wait_until_settled(api, cluster["id"])
    node = api.get(more).json()["node_pool"]["nodes"][0]
    api.delete(f"{more}/nodes/{node['id']}", params={"replace": 1})
    api.delete(more)
    droplet = api.get("/v2/droplets").json()["droplets"][0]
    api.get(f"/v2/droplets/{droplet['id']}")

    volume = create_volume(api, "mine", f"k8s:{cluster['id']}")
    api.request("DELETE", f"{path}/destroy_with_associated_resources/selective", json={"volumes": [volume["id"]]})
    for delete in ("", "/destroy_with_associated_resources/dangerous"):
        doomed = create_cluster(api, name="doomed")
        api.delete(f"{CLUSTERS}/{doomed['id']}{delete}")


def tell_of_what_is_around(api: httpx.Client, cluster_id: str) -> None:
    urn = f"do:kubernetes:{cluster_id}"
    project = api.post("/v2/projects", json={"name": "shop", "purpose": "IoT", "environment": "Staging"}).json()
    path = f"/v2/projects/{project['project']['id']}"
    whole = {"description": "", "purpose": "IoT", "environment": "Production", "is_default": False}
    api.put(path, json={"name": "store", **whole})
    api.patch(path, json={"name": "shop"})
    api.get(path)
    api.get("/v2/projects/default")
    api.get("/v2/projects/default/resources")
    api.post(f"{path}/resources", json={"resources": [urn, f"do:volume:{UNKNOWN}"]})
    api.get(f"{path}/resources")
    api.post("/v2/projects/default/resources", json={"resources": [urn]})
    api.delete(path)

    volume = create_volume(api, "data", "kept")
    snapshots = f"/v2/volumes/{volume['id']}/snapshots"
    snapshot = api.post(snapshots, json={"name": "before", "tags": ["kept"]}).json()["snapshot"]
    balancer = create_load_balancer(api, "front", "kept", tag="k8s:worker")
    for found in (
        "/v2/volumes",
        f"/v2/volumes/{volume['id']}",
        snapshots,
        "/v2/snapshots",
        f"/v2/snapshots/{snapshot['id']}",
        "/v2/load_balancers",
        f"/v2/load_balancers/{balancer['id']}",
    ):
        api.get(found)

    tagged = {"resources": [{"resource_id": volume["id"], "resource_type": "volume"}]}
    api.post("/v2/tags", json={"name": "fresh"})
    api.post("/v2/tags/fresh/resources", json=tagged)
    api.get("/v2/tags/fresh")
    api.request("DELETE", "/v2/tags/fresh/resources", json=tagged)
    api.delete("/v2/tags/fresh")
    front = f"/v2/load_balancers/{balancer['id']}"
    rule = {"entry_protocol": "udp", "entry_port": 53, "target_protocol": "udp", "target_port": 5353}
    api.put(front, json={"name": "front", "region": "fra1", "forwarding_rules": [rule]})
    more = {"forwarding_rules": [{**rule, "entry_port": 54}]}
    api.post(f"{front}/forwarding_rules", json=more)
    api.request("DELETE", f"{front}/forwarding_rules", json=more)
    api.post(f"{front}/droplets", json={"droplet_ids": [1]})
    api.request("DELETE", f"{front}/droplets", json={"droplet_ids": [1]})
    world = api.post(
        "/v2/load_balancers", json={"name": "world", "type": "GLOBAL", "forwarding_rules": [{**rule, "entry_port": 80}]}
    ).json()
    api.delete(f"/v2/load_balancers/{world['load_balancer']['id']}/cache")
    api.delete(f"/v2/snapshots/{snapshot['id']}")
    api.delete(f"/v2/volumes/{volume['id']}")
    api.delete(f"/v2/load_balancers/{balancer['id']}")


def tell_of_registries(lab_server: LabServer, api: httpx.Client) -> None:
    api.post("/v2/registries/validate-name", json={"name": "shop"})
    api.post("/v2/registries", json={"name": "shop", "region": "fra1", "subscription_tier_slug": "basic"})
    path = "/v2/registries/shop"
    for number in range(4):
        lab_server.admin.note_image("shop", "web", f"sha256:{number:064}", tag=f"v{number}")
    for part in ("", "/options", "/subscription", "/shop", "/shop/docker-credentials", "/shop/repositoriesV2"):
        api.get(f"/v2/registries{part}")
    for part in ("tags", "digests"):
        api.get(f"{path}/repositories/web/{part}")
    api.post("/v2/registries/subscription", json={"tier_slug": "professional"})
    both = {"cluster_uuids": [create_cluster(api, name="puller")["id"]], "registries": ["shop"]}
    api.post("/v2/kubernetes/registries", json=both)
    api.request("DELETE", "/v2/kubernetes/registries", json=both)
    api.delete(f"{path}/repositories/web/tags/v0")
    api.delete(f"{path}/repositories/web/digests/sha256:{1:064}")
    api.delete(f"{path}/repositories/web")
    api.delete(path)


def tell_of_domains(api: httpx.Client) -> None:
    api.post("/v2/domains", json={"name": "example.com", "ip_address": "192.0.2.1"})
    path = "/v2/domains/example.com"
    made = [
        api.post(f"{path}/records", json={"name": "www", **record}).json()["domain_record"]
        for record in (
            {"type": "A", "data": "192.0.2.2"},
            {"type": "MX", "data": "mail.example.com.", "priority": 10},
            {"type": "SRV", "data": "sip.example.com.", "priority": 1, "port": 5060, "weight": 2},
            {"type": "CAA", "data": "letsencrypt.org.", "flags": 0, "tag": "issue"},
        )
    ]
    for part in ("", "/example.com", "/example.com/records", f"/example.com/records/{made[0]['id']}"):
        api.get(f"/v2/domains{part}")
    record = f"{path}/records/{made[0]['id']}"
    api.put(record, json={"type": "A", "data": "192.0.2.3"})
    api.patch(record, json={"type": "A", "ttl": 60})
    api.delete(record)
    api.delete(path)


@pytest.mark.parametrize(("method", "route"), SERVED, ids=IDS)
def test_good_answers_conform(succeeded: set[tuple[str, str]], method: str, route: APIRoute) -> None:
    template = published_api.template_of(route.path)
    assert template is not None, f"{route.path} is no path of DigitalOcean's"
    assert (method, template) in succeeded, "the story does not call this route: add it there"


@pytest.mark.parametrize(("method", "route"), SERVED, ids=IDS)
def test_scopes_are_those_of_the_description(method: str, route: APIRoute) -> None:
    operation = published_api.operation(method, route.path)
    assert operation is not None
    required = {scope for dependency in route.dependencies for scope in dependency.dependency.scopes}  # type: ignore[union-attr]
    assert all(isinstance(dependency.dependency, Scopes) for dependency in route.dependencies)
    described = {scope for requirement in operation["security"] for scope in requirement["bearer_auth"]}
    # No token can have api:*; one operation (volumes_list) names them beside its real scope.
    assert required == {scope for scope in described if not scope.startswith("api:")}


@pytest.mark.parametrize(("method", "route"), SERVED, ids=IDS)
def test_errors_conform(lab_server: LabServer, method: str, route: APIRoute) -> None:
    """Without a token, without the scope, with an unknown id, with a malformed body."""
    path = route.path_format
    for name in route.param_convertors:
        path = path.replace(f"{{{name}}}", UNKNOWN)
    with_body = method != "GET" and (
        method != "DELETE"
        or path.endswith(("/selective", "/resources", "/kubernetes/registries", "/droplets", "/forwarding_rules"))
    )
    poor = lab_server.admin.create_token("poor", [])

    def status(token: str, content: str) -> int:
        with lab_server.client(token) as api:
            api.event_hooks = {"response": [published_api.check]}
            answer = api.request(
                method, path, content=content if with_body else None, headers={"Content-Type": "application/json"}
            )
            if answer.status_code >= 400:
                assert answer.json()["request_id"] == answer.headers["x-request-id"]
                assert answer.headers.keys() >= {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}
            return answer.status_code

    assert status("unknown", "{}") == 401
    assert status(poor, "{}") in (403, 422)
    if route.param_convertors:
        assert status(lab_server.token, "{}") in (404, 422)
    if with_body and not path.endswith("/clusterlint"):
        assert status(lab_server.token, "{nonsense") == 400


def test_the_check_can_fail(lab_server: LabServer) -> None:
    with lab_server.client() as api:
        answer = api.get("/v2/account")
        body = answer.json()
        body["account"]["droplet_limit"] = "many"
        wrong = httpx.Response(200, json=body, headers=dict(ratelimits(answer)), request=answer.request)
        with pytest.raises(OpenAPIError):
            published_api.check(wrong)


def ratelimits(answer: httpx.Response) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in answer.headers.items() if key.startswith("ratelimit-"))
