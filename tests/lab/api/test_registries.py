# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container registries behave as DigitalOcean's do: names, tiers, images, credentials, integration with clusters."""

from __future__ import annotations

import base64
import ssl
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from account_steps import CLUSTERS, create_cluster
from cryptography import x509
from lab_server import LabServer

REGISTRIES = "/v2/registries"
SERVICE = "registry.digitalocean.com"


def digest(number: int) -> str:
    return f"sha256:{number:064}"


def create_registry(api: httpx.Client, name: str, tier: str = "basic", **extra: Any) -> dict[str, Any]:
    answer = api.post(REGISTRIES, json={"name": name, "subscription_tier_slug": tier, **extra})
    assert answer.status_code == 201, answer.text
    registry: dict[str, Any] = answer.json()["registry"]
    return registry


def secret_of(api: httpx.Client, **query: Any) -> str:
    """The password of new credentials for the registry `shop`."""
    auth = api.get(f"{REGISTRIES}/shop/docker-credentials", params=query).json()
    user, _, secret = base64.b64decode(auth["auths"]["registry.digitalocean.com"]["auth"]).decode().partition(":")
    assert "@" in user
    return secret


def test_names_are_unique_in_all_accounts(lab_server: LabServer, api: httpx.Client) -> None:
    lab_server.admin.settings(taken_registry_names=["somebodys"])
    create_registry(api, "shop")
    for name in ("shop", "somebodys"):
        for path in (REGISTRIES, f"{REGISTRIES}/validate-name"):
            refused = api.post(path, json={"name": name})
            assert (refused.status_code, refused.json()["message"]) == (409, "name already exists")
    assert api.post(REGISTRIES, json={"name": "Shop_2"}).status_code == 422
    assert api.post(f"{REGISTRIES}/validate-name", json={"name": "free"}).status_code == 204


def test_a_tier_has_so_many_registries(api: httpx.Client) -> None:
    create_registry(api, "one")
    refused = api.post(REGISTRIES, json={"name": "two"})
    assert (refused.status_code, refused.json()["message"]) == (
        422,
        "registry limit reached: the tier basic includes 1",
    )
    assert api.post(REGISTRIES, json={"name": "two", "subscription_tier_slug": "professional"}).status_code == 422
    assert api.post(f"{REGISTRIES}/subscription", json={"tier_slug": "professional"}).status_code == 200
    for number in range(9):
        create_registry(api, f"more-{number}", "professional")
    assert api.post(REGISTRIES, json={"name": "eleventh"}).status_code == 422
    refused = api.post(f"{REGISTRIES}/subscription", json={"tier_slug": "basic"})
    assert (refused.status_code, refused.json()["id"]) == (412, "precondition_failed")


def test_the_subscription_goes_with_the_last_registry(api: httpx.Client) -> None:
    assert api.get(f"{REGISTRIES}/subscription").status_code == 404
    create_registry(api, "shop", region="ams3")
    assert api.get(f"{REGISTRIES}/subscription").json()["subscription"]["tier"]["slug"] == "basic"
    assert api.delete(f"{REGISTRIES}/shop").status_code == 204
    assert api.delete(f"{REGISTRIES}/shop").status_code == 404
    assert api.get(f"{REGISTRIES}/subscription").status_code == 404


def test_a_tier_has_so_many_repositories(lab_server: LabServer, api: httpx.Client) -> None:
    create_registry(api, "shop")
    lab_server.admin.note_image("shop", "web", digest(1))
    lab_server.admin.note_image("shop", "my/repo", digest(2))
    tiers = {tier["slug"]: tier for tier in api.get(f"{REGISTRIES}/options").json()["options"]["subscription_tiers"]}
    assert (tiers["starter"]["eligible"], tiers["starter"]["eligibility_reasons"]) == (False, ["OverRepositoryLimit"])
    assert tiers["basic"]["eligible"]
    refused = api.post(f"{REGISTRIES}/subscription", json={"tier_slug": "starter"})
    assert refused.status_code == 412
    for number in range(3):
        lab_server.admin.note_image("shop", f"more-{number}", digest(number))
    with pytest.raises(Exception, match="registry contains 5 repositories, limit is 5"):
        lab_server.admin.note_image("shop", "sixth", digest(6))


def test_images_of_a_repository_with_a_slash(lab_server: LabServer, api: httpx.Client) -> None:
    create_registry(api, "shop")
    lab_server.admin.note_image("shop", "my/repo", digest(1), tag="v1")
    lab_server.admin.note_image("shop", "my/repo", digest(2), tag="v1")
    path = f"{REGISTRIES}/shop/repositories/my%2Frepo"
    assert [tag["manifest_digest"] for tag in api.get(f"{path}/tags").json()["tags"]] == [digest(2)]
    assert [m["tags"] for m in api.get(f"{path}/digests").json()["manifests"]] == [[], ["v1"]]
    found = api.get(f"{REGISTRIES}/shop/repositoriesV2").json()["repositories"]
    assert [(one["name"], one["tag_count"], one["manifest_count"]) for one in found] == [("my/repo", 1, 2)]
    assert api.get(f"{REGISTRIES}/shop").json()["registry"]["storage_usage_bytes"] == 2_000_000
    assert api.delete(f"{path}/digests/{digest(1)}").status_code == 204
    assert api.delete(f"{path}/tags/v1").status_code == 204
    assert api.delete(f"{path}/tags/v1").status_code == 404
    assert api.delete(path).status_code == 204
    assert api.get(f"{REGISTRIES}/shop/repositoriesV2").json()["repositories"] == []


def test_credentials_are_tokens_with_few_scopes(lab_server: LabServer, api: httpx.Client) -> None:
    """Read-only and without an end unless asked otherwise."""
    create_registry(api, "shop")
    reader, writer = secret_of(api), secret_of(api, read_write="true")
    assert reader != writer
    for secret, may_write in ((reader, False), (writer, True)):
        with lab_server.client(secret) as limited:
            assert limited.get(REGISTRIES).status_code == 200
            assert limited.get(CLUSTERS).status_code == 403
            changed = limited.post(f"{REGISTRIES}/subscription", json={"tier_slug": "basic"})
            assert changed.status_code == (200 if may_write else 403)
            assert limited.delete(f"{REGISTRIES}/shop").status_code == 403


def test_credentials_run_out(lab_server: LabServer, api: httpx.Client) -> None:
    create_registry(api, "shop")
    short, endless = secret_of(api, expiry_seconds=1), secret_of(api, expiry_seconds=0)
    time.sleep(1.1)
    for secret, status in ((short, 401), (endless, 200)):
        with lab_server.client(secret) as client:
            assert client.get(REGISTRIES).status_code == status


def test_credentials_can_be_revoked(lab_server: LabServer, api: httpx.Client) -> None:
    create_registry(api, "shop")
    doomed, kept = secret_of(api), secret_of(api)
    with lab_server.client(doomed) as client:
        assert client.post("/v1/oauth/revoke", data={"token": kept}).status_code == 400
        assert client.post("/v1/oauth/revoke", data={"token": doomed}).status_code == 200
        assert client.get(REGISTRIES).status_code == 401
        assert client.post("/v1/oauth/revoke", data={"token": doomed}).status_code == 401
    with lab_server.client(kept) as client:
        assert client.get(REGISTRIES).status_code == 200


def test_a_cluster_shows_only_that_it_has_a_registry(api: httpx.Client) -> None:
    cluster = create_cluster(api)
    create_registry(api, "one", "professional")
    create_registry(api, "two", "professional")

    def change(method: str, *registries: str) -> int:
        body = {"cluster_uuids": [cluster["id"]], "registries": list(registries)}
        return api.request(method, "/v2/kubernetes/registries", json=body).status_code

    def enabled() -> bool:
        return bool(api.get(f"{CLUSTERS}/{cluster['id']}").json()["kubernetes_cluster"]["registry_enabled"])

    assert not enabled()
    assert [change("POST", "one", "two"), change("POST", "one"), change("DELETE", "one")] == [204] * 3
    assert enabled()
    assert api.delete(f"{REGISTRIES}/two").status_code == 204
    assert not enabled()
    assert change("POST", "nowhere") == 422
    nobody = {"cluster_uuids": ["nobody"], "registries": ["one"]}
    assert api.post("/v2/kubernetes/registries", json=nobody).status_code == 404


def log_in(lab_server: LabServer, secret: str, *scopes: str) -> httpx.Response:
    """What a client of the registry asks with its login; a scope such as repository:shop/web:pull."""
    with httpx.Client(base_url=lab_server.url, verify=ssl.create_default_context(cafile=lab_server.ca_cert)) as client:
        query = [("service", SERVICE), *(("scope", scope) for scope in scopes)]
        return client.get("/v2/registry/auth", params=query, auth=("you@example.com", secret))


def test_a_login_becomes_a_token_that_a_registry_can_verify(lab_server: LabServer, api: httpx.Client) -> None:
    create_registry(api, "shop")
    answer = log_in(lab_server, secret_of(api), "repository:shop/my/web:pull")
    assert answer.status_code == 200, answer.text
    token = answer.json()["token"]
    leaf = x509.load_der_x509_certificate(base64.b64decode(jwt.get_unverified_header(token)["x5c"][0]))
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(Path(lab_server.ca_cert).read_bytes()))
    claims = jwt.decode(token, leaf.public_key(), ["ES256"], audience=SERVICE)  # type: ignore[arg-type]
    assert claims["access"] == [{"type": "repository", "name": "shop/my/web", "actions": ["pull"]}]


def test_what_a_login_may_do(lab_server: LabServer, api: httpx.Client) -> None:
    create_registry(api, "shop", "starter")
    reader, writer = secret_of(api), secret_of(api, read_write="true")
    pull, push = "repository:shop/web:pull", "repository:shop/web:pull,push"
    assert log_in(lab_server, reader).status_code == 200
    assert log_in(lab_server, reader, pull).status_code == 200
    assert log_in(lab_server, reader, push).status_code == 401
    assert log_in(lab_server, writer, push).status_code == 200
    assert log_in(lab_server, writer, "repository:shop/web:delete").status_code == 401
    assert log_in(lab_server, writer, "repository:other/web:pull").status_code == 400
    lab_server.admin.note_image("shop", "web", digest(1))
    assert log_in(lab_server, writer, push).status_code == 200
    full = log_in(lab_server, writer, "repository:shop/second:pull,push")
    assert (full.status_code, full.json()["message"]) == (403, "denied: registry contains 1 repositories, limit is 1")
    stranger = lab_server.admin.create_token("stranger", ["kubernetes:read"])
    assert log_in(lab_server, stranger).status_code == 401
    assert log_in(lab_server, "nonsense", pull).status_code == 401
    with lab_server.client(reader) as client:
        client.post("/v1/oauth/revoke", data={"token": reader})
    assert log_in(lab_server, reader, pull).status_code == 401


def test_a_login_is_good_for_the_registry_only(lab_server: LabServer, api: httpx.Client) -> None:
    with httpx.Client(base_url=lab_server.url, verify=ssl.create_default_context(cafile=lab_server.ca_cert)) as client:
        assert client.get("/v2/account", auth=("you", lab_server.token)).status_code == 401
        bearer = {"Authorization": f"Bearer {lab_server.token}"}
        assert client.get("/v2/registry/auth", headers=bearer).status_code == 401
