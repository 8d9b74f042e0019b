# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may push to the lab's registry and pull from it, and that the API tells of what is really there."""

from __future__ import annotations

import base64
import ssl
import tarfile
import time
from pathlib import Path

import httpx
import pytest
from registry_lab import NAME, REGISTRIES, RegistryLab, password

pytestmark = pytest.mark.real
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"


def test_what_is_pushed_is_pulled(registry_lab: RegistryLab, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40_000
    digest = registry_lab.pushed(registry_lab.login("shop", read_write="true"), "shop/my/web:1.0", content)
    reader = registry_lab.login("shop")
    pulled = tmp_path / "image.tar"
    exported = registry_lab.crane(reader, "export", f"{registry_lab.address}/shop/my/web@{digest}", str(pulled))
    assert exported.returncode == 0, exported.stderr
    with tarfile.open(pulled) as archive:
        file = archive.extractfile("hello")
        assert file is not None and file.read() == content
    assert registry_lab.digest(reader, "shop/my/web:1.0").stdout.strip() == digest


def test_the_api_tells_what_is_in_the_registry(registry_lab: RegistryLab) -> None:
    writer = registry_lab.login("shop", read_write="true")
    first = registry_lab.pushed(writer, "shop/web:1", b"one")
    second = registry_lab.pushed(writer, "shop/web:1", b"two")
    nested = registry_lab.pushed(writer, "shop/web/worker:main", b"two")
    assert second == nested != first
    assert registry_lab.repositories("shop") == {"web": 2, "web/worker": 1}
    assert registry_lab.tags("shop", "web") == {"1": second}
    manifest = registry_lab.crane(writer, "manifest", f"{registry_lab.address}/shop/web:1")
    with registry_lab.api() as api:
        found = api.get(f"{REGISTRIES}/shop/repositories/web/digests").json()["manifests"]
        assert {one["digest"]: one["tags"] for one in found} == {first: [], second: ["1"]}
        blobs = next(one["blobs"] for one in found if one["digest"] == second)
        assert all(blob["digest"] in manifest.stdout for blob in blobs)
        usage = api.get(f"{REGISTRIES}/shop").json()["registry"]["storage_usage_bytes"]
        assert usage == sum({b["digest"]: b["compressed_size_bytes"] for one in found for b in one["blobs"]}.values())


def test_an_index_is_an_image_too(registry_lab: RegistryLab) -> None:
    writer = registry_lab.login("shop", read_write="true")
    child = registry_lab.pushed(writer, "shop/web:child")
    there = f"{registry_lab.address}/shop/web"
    made = registry_lab.crane(writer, "index", "append", "-m", f"{there}@{child}", "-t", f"{there}:index")
    assert made.returncode == 0, made.stderr
    tags = registry_lab.tags("shop", "web")
    assert set(tags) == {"child", "index"}
    with registry_lab.api() as api:
        found = api.get(f"{REGISTRIES}/shop/repositories/web/digests").json()["manifests"]
    assert [b["digest"] for m in found if m["digest"] == tags["index"] for b in m["blobs"]] == [child]


def test_a_read_only_login_cannot_push(registry_lab: RegistryLab) -> None:
    digest = registry_lab.pushed(registry_lab.login("shop", read_write="true"), "shop/web:1")
    reader = registry_lab.login("shop")
    refused = registry_lab.push(reader, "shop/web:2", b"other")
    assert refused.returncode != 0
    assert "401" in refused.stderr
    assert registry_lab.tags("shop", "web") == {"1": digest}
    assert registry_lab.digest(reader, "shop/web:1").returncode == 0


def test_nobody_pulls_without_a_login(registry_lab: RegistryLab) -> None:
    registry_lab.pushed(registry_lab.login("shop", read_write="true"), "shop/web:1")
    stranger = registry_lab.server.admin.create_token("stranger", ["kubernetes:read"])
    for login in (None, base64.b64encode(b"you@example.com:wrong").decode(), encoded(stranger)):
        refused = registry_lab.digest(login, "shop/web:1")
        assert refused.returncode != 0
        assert "401" in refused.stderr


def test_a_token_of_the_account_is_a_login(registry_lab: RegistryLab) -> None:
    everything = encoded(registry_lab.server.token)
    digest = registry_lab.pushed(everything, "shop/web:1")
    assert registry_lab.digest(everything, "shop/web:1").stdout.strip() == digest


def test_a_revoked_login_cannot_pull(registry_lab: RegistryLab) -> None:
    registry_lab.pushed(registry_lab.login("shop", read_write="true"), "shop/web:1")
    doomed = registry_lab.login("shop")
    assert registry_lab.digest(doomed, "shop/web:1").returncode == 0
    with registry_lab.server.client(password(doomed)) as client:
        assert client.post("/v1/oauth/revoke", data={"token": password(doomed)}).status_code == 200
    refused = registry_lab.digest(doomed, "shop/web:1")
    assert refused.returncode != 0
    assert "401" in refused.stderr


def test_a_login_that_ran_out_cannot_pull(registry_lab: RegistryLab) -> None:
    """Also not with a token of the registry that it got before."""
    registry_lab.pushed(registry_lab.login("shop", read_write="true"), "shop/web:1")
    short = registry_lab.login("shop", expiry_seconds=3)
    base = f"https://{registry_lab.address}"
    path = "/v2/shop/web/manifests/1"
    with httpx.Client(
        base_url=base,
        verify=ssl.create_default_context(cafile=registry_lab.server.ca_cert),
        headers={"Accept": OCI_MANIFEST},
    ) as client:
        challenge = client.get(path)
        assert challenge.status_code == 401
        realm = f'Bearer realm="{base}/v2/registry/auth",service="{NAME}",scope="repository:shop/web:pull"'
        assert challenge.headers["www-authenticate"] == realm
        query = {"service": NAME, "scope": "repository:shop/web:pull"}
        token = client.get("/v2/registry/auth", params=query, auth=("you", password(short))).json()["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        assert client.get(path, headers=bearer).status_code == 200
        # The token is for this repository, and for pulling.
        assert client.get("/v2/shop/other/manifests/1", headers=bearer).status_code == 401
        assert client.post("/v2/shop/web/blobs/uploads/", headers=bearer).status_code == 401
        assert client.delete(path, headers=bearer).status_code == 401
        time.sleep(4)
        assert client.get(path, headers=bearer).status_code == 401
    refused = registry_lab.digest(short, "shop/web:1")
    assert refused.returncode != 0
    assert "401" in refused.stderr


def test_only_what_is_below_a_registry_of_the_account(registry_lab: RegistryLab) -> None:
    writer = registry_lab.login("shop", read_write="true")
    for image in ("other/web:1", "shop:1"):
        refused = registry_lab.push(writer, image)
        assert refused.returncode != 0
        assert "there is no registry" in refused.stderr


def test_a_repository_may_be_named_as_the_token_service(registry_lab: RegistryLab) -> None:
    registry_lab.create_registry("registry", "professional")
    digest = registry_lab.pushed(registry_lab.login("registry", read_write="true"), "registry/auth:1")
    assert registry_lab.tags("registry", "auth") == {"1": digest}


def test_a_full_tier_takes_no_other_repository(shared_registry_lab: RegistryLab) -> None:
    lab = shared_registry_lab
    lab.create_registry("small", "starter")
    try:
        writer = lab.login("small", read_write="true")
        lab.pushed(writer, "small/web:1")
        refused = lab.push(writer, "small/api:1")
        assert refused.returncode != 0
        assert "denied: registry contains 1 repositories, limit is 1" in refused.stderr
        lab.pushed(writer, "small/web:2", b"more")
        with lab.api() as api:
            assert api.delete(f"{REGISTRIES}/small/repositories/web").status_code == 204
        lab.pushed(writer, "small/api:1")
    finally:
        with lab.api() as api:
            api.delete(f"{REGISTRIES}/small")


def test_what_the_api_deletes_is_gone(registry_lab: RegistryLab) -> None:
    writer = registry_lab.login("shop", read_write="true")
    one, two = (registry_lab.pushed(writer, f"shop/web:{tag}", tag.encode()) for tag in ("one", "two"))
    registry_lab.pushed(writer, "shop/web/worker:1")
    path = f"{REGISTRIES}/shop/repositories/web"
    with registry_lab.api() as api:
        assert api.delete(f"{path}/tags/one").status_code == 204
        assert registry_lab.digest(writer, "shop/web:one").returncode != 0
        assert registry_lab.digest(writer, f"shop/web@{one}").returncode == 0
        assert api.delete(f"{path}/digests/{two}").status_code == 204
        for reference in (":two", f"@{two}"):
            gone = registry_lab.digest(writer, f"shop/web{reference}")
            assert gone.returncode != 0
            assert "MANIFEST_UNKNOWN" in gone.stderr or "404" in gone.stderr
        assert registry_lab.repositories("shop") == {"web": 1, "web/worker": 1}
        assert api.delete(path).status_code == 204
        assert registry_lab.repositories("shop") == {"web/worker": 1}
        # Pushed again, it is there again.
        assert registry_lab.pushed(writer, "shop/web:one", b"one") == one
        assert (
            registry_lab.crane(writer, "validate", "--remote", f"{registry_lab.address}/shop/web:one").returncode == 0
        )
        assert api.delete(f"{REGISTRIES}/shop").status_code == 204
    assert registry_lab.digest(writer, "shop/web:one").returncode != 0
    registry_lab.create_registry("shop", "professional")
    assert registry_lab.repositories("shop") == {}


def test_a_node_is_sent_to_what_was_pushed_before_what_the_lab_makes(registry_lab: RegistryLab) -> None:
    registry_lab.create_registry("slipway", "professional")
    base = f"https://{registry_lab.address}"
    made, other = "slipway/web/manifests/1.0.0", "slipway/web/manifests/9.9.9"
    with httpx.Client(
        base_url=f"{base}/_registry/v2/", verify=ssl.create_default_context(cafile=registry_lab.server.ca_cert)
    ) as node:
        mirror = f"http://{registry_lab.address}:5000/v2/{made}?ns={NAME}"
        assert (node.head(made).status_code, node.head(made).headers["location"]) == (307, mirror)
        for path in (other, "shop/web/manifests/1.0.0", f"slipway/web/blobs/sha256:{'0' * 64}", "../web/manifests/1"):
            assert node.get(path).headers.get("location", "/v2/").startswith("/v2/")
        digest = registry_lab.pushed(registry_lab.login("slipway", read_write="true"), "slipway/web:1.0.0")
        assert node.get(made).headers["location"] == f"/v2/{made}"
        by_digest = f"slipway/web/manifests/{digest}"
        assert node.get(by_digest).headers["location"] == f"/v2/{by_digest}"


def encoded(token: str) -> str:
    """A login with a token of the account."""
    return base64.b64encode(f"you@example.com:{token}".encode()).decode()
