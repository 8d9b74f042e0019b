# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container registries and their credentials through their lives."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from lab_account import Account, same_story, unchanged

MODULE = "do_container_registry"
REGISTRY = {"name": "shop", "region": "fra1", "tier": "basic"}
DIGEST = "sha256:" + "1" * 64


def names(account: Account) -> list[str]:
    return [item["name"] for item in account.api("GET", "/v2/registries")["registries"]]


def make_cluster(account: Account, name: str = "dev") -> str:
    pool = {"name": "base", "size": "s-2vcpu-4gb", "count": 1}
    result = account.run("do_kubernetes_cluster", name=name, region="ams3", version="1.36", node_pools=[pool])
    assert not result["failed"], result["msg"]
    return str(result["cluster"]["id"])


def has_a_registry(account: Account, name: str = "dev") -> bool:
    cluster = account.cluster(name)
    assert cluster is not None
    return bool(cluster["registry_enabled"])


def test_the_life_of_a_registry(account: Account) -> None:
    assert account.run(MODULE)["failed"]
    checked = account.run(MODULE, **REGISTRY, check_mode=True)
    assert names(account) == []
    created = account.run(MODULE, **REGISTRY)
    assert created["changed"] and same_story(checked, created)
    assert (created["registry"]["region"], created["endpoint"]) == ("fra1", "registry.digitalocean.com/shop")
    unchanged(account, MODULE, **REGISTRY)
    unchanged(account, MODULE, name="shop")

    bigger = {**REGISTRY, "tier": "professional"}
    checked = account.run(MODULE, **bigger, check_mode=True)
    changed = account.run(MODULE, **bigger)
    assert changed["changed"] and same_story(checked, changed)
    assert changed["changes"] == ["tier of all registries of the account basic -> professional"]
    unchanged(account, MODULE, **bigger)
    found = account.run("do_container_registry_info", name="shop")
    assert [item["name"] for item in found["registries"]] == ["shop"]
    assert found["subscription"]["tier"]["slug"] == "professional"

    checked = account.run(MODULE, name="shop", state="absent", check_mode=True)
    assert names(account) == ["shop"]
    removed = account.run(MODULE, name="shop", state="absent")
    assert removed["changed"] and same_story(checked, removed)
    assert names(account) == []
    unchanged(account, MODULE, name="shop", state="absent")


def test_no_registry_of_another_name_is_touched(account: Account) -> None:
    account.run(MODULE, **REGISTRY)
    mark = account.mark()
    assert account.run(MODULE, name="staging", state="absent", images="delete")["changed"] is False
    assert account.writes(mark) == []
    for check_mode in (True, False):
        refused = account.run(MODULE, name="staging", check_mode=check_mode)
        assert refused["failed"]
        assert "the account's tier basic is full, it includes 1 and the account has shop" in refused["msg"]
        assert "tier: professional" in refused["msg"]
    assert names(account) == ["shop"]
    second = account.run(MODULE, name="staging", tier="professional")
    assert second["changes"][0] == "tier of all registries of the account basic -> professional"
    assert names(account) == ["shop", "staging"]
    account.run(MODULE, name="staging", state="absent")
    assert names(account) == ["shop"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_everything_that_is_wrong_is_said_at_once(account: Account, check_mode: bool) -> None:
    account.server.admin.settings(taken_registry_names=["shop"])
    mark = account.mark()
    result = account.run(MODULE, name="shop", region="ams33", tier="basic", check_mode=check_mode)
    assert result["failed"]
    assert "1. region: there are no registries in 'ams33'; near it: ams3" in result["msg"]
    assert "2. name: 'shop' is taken, by another account" in result["msg"]
    assert account.writes(mark) == ["POST /v2/registries/validate-name"]


def test_a_region_stays(account: Account) -> None:
    account.run(MODULE, **REGISTRY)
    result = account.run(MODULE, name="shop", region="ams3")
    assert result["failed"]
    assert "region is fra1 and cannot be changed to ams3" in result["msg"]


def test_a_tier_the_account_cannot_have(account: Account) -> None:
    account.run(MODULE, **REGISTRY)
    for number in range(2):
        account.server.admin.note_image("shop", f"app-{number}", DIGEST)
    mark = account.mark()
    for check_mode in (True, False):
        result = account.run(MODULE, name="shop", tier="starter", check_mode=check_mode)
        assert result["failed"]
        assert "it has more repositories than the tier includes" in result["msg"]
    assert account.writes(mark) == []


def test_images_are_deleted_only_on_an_explicit_word(account: Account) -> None:
    account.run(MODULE, **REGISTRY)
    account.server.admin.note_image("shop", "my/app", DIGEST)
    found = account.run("do_container_registry_info", repositories=True)["registries"]
    assert [item["name"] for item in found[0]["repositories"]] == ["my/app"]
    for check_mode in (True, False):
        refused = account.run(MODULE, name="shop", state="absent", check_mode=check_mode)
        assert refused["failed"]
        assert "holds 1 image in my/app, which would be lost" in refused["msg"]
    kept = account.run(MODULE, name="shop", state="absent", images="keep")
    assert kept["changed"] is False and "left as it is" in str(kept["warnings"])
    checked = account.run(MODULE, name="shop", state="absent", images="delete", check_mode=True)
    assert names(account) == ["shop"]
    removed = account.run(MODULE, name="shop", state="absent", images="delete")
    assert removed["changed"] and same_story(checked, removed)
    assert names(account) == []


def test_clusters_come_and_go_in_place(account: Account) -> None:
    make_cluster(account)
    wanted = {**REGISTRY, "clusters": ["dev"]}
    checked = account.run(MODULE, **wanted, check_mode=True)
    created = account.run(MODULE, **wanted)
    assert same_story(checked, created)
    assert created["changes"][-1] == "integrate cluster dev with container registry shop"
    assert has_a_registry(account)
    unchanged(account, MODULE, **wanted)
    unchanged(account, MODULE, name="shop")

    apart = {"name": "shop", "detached_clusters": ["dev", "never-made"]}
    checked = account.run(MODULE, **apart, check_mode=True)
    assert has_a_registry(account)
    ended = account.run(MODULE, **apart)
    assert ended["changed"] and same_story(checked, ended)
    assert not has_a_registry(account)
    unchanged(account, MODULE, **apart)


def test_a_cluster_may_be_about_to_be_made(account: Account) -> None:
    wanted = {**REGISTRY, "clusters": ["dev"]}
    checked = account.run(MODULE, **wanted, check_mode=True)
    assert not checked["failed"]
    make_cluster(account)
    assert same_story(checked, account.run(MODULE, **wanted))


def test_clusters_that_are_not_there(account: Account) -> None:
    make_cluster(account)
    mark = account.mark()
    result = account.run(MODULE, **REGISTRY, clusters=["dve", "dev"], detached_clusters=["dev"])
    assert result["failed"]
    assert "1. clusters: there is no cluster 'dve'; near it: dev" in result["msg"]
    assert "2. detached_clusters: cluster 'dev' is in clusters and in detached_clusters" in result["msg"]
    assert account.writes(mark) == []


def test_with_several_registries_a_cluster_does_not_show_which_it_has(account: Account) -> None:
    cluster_id = make_cluster(account)
    account.run(MODULE, **{**REGISTRY, "tier": "professional"}, clusters=["dev"])
    # A new one no cluster can have yet.
    second = account.run(MODULE, name="second", clusters=["dev"])
    assert second["changes"][-1] == "integrate cluster dev with container registry second"
    mark = account.mark()
    again = account.run(MODULE, name="second", clusters=["dev"])
    assert again["changed"] is False
    assert "does not show whether 'second' is among them" in str(again["warnings"])
    assert account.writes(mark) == []
    forced = account.run(MODULE, name="second", detached_clusters=[cluster_id], force_integration=True)
    assert forced["changed"] is True
    assert has_a_registry(account), "the other registry stays"
    account.run(MODULE, name="shop", detached_clusters=["dev"], force_integration=True)
    assert not has_a_registry(account)


def test_a_token_without_the_scope(account: Account) -> None:
    token = account.server.admin.create_token("reader", ["registry:read"])
    result = account.run(MODULE, **REGISTRY, token=token)
    assert result["failed"]
    assert "registry:create" in result["msg"]


def test_the_last_of_many_registries_is_found(account: Account) -> None:
    account.run(MODULE, name="r-0", tier="professional")
    for number in range(1, 10):
        account.run(MODULE, name=f"r-{number}")
    unchanged(account, MODULE, name="r-9")
    full: dict[str, Any] = account.run(MODULE, name="r-10", tier="professional")
    assert full["failed"] and "tier professional is full, it includes 10" in full["msg"]


CREDENTIALS = "do_container_registry_credentials"


def secret_in(path: Path) -> str:
    """The password in a file of credentials."""
    auth = json.loads(path.read_text())["auths"]["registry.digitalocean.com"]["auth"]
    return base64.b64decode(auth).decode().partition(":")[2]


def may(account: Account, secret: str, action: str) -> bool:
    """Ask where a client of the registry asks."""
    with account.server.client() as client:
        query = {"service": "registry.digitalocean.com", "scope": f"repository:shop/web:{action}"}
        return client.get("/v2/registry/auth", params=query, auth=("you", secret)).status_code == 200


@pytest.mark.parametrize("access", ["read_only", "read_write"])
def test_the_life_of_credentials(account: Account, tmp_path: Path, access: str) -> None:
    path = tmp_path / "new" / "config.json"
    wanted = {"name": "shop", "path": str(path), "access": access}
    foretold = account.run(CREDENTIALS, **wanted, check_mode=True)
    assert foretold["changed"] and not path.exists()
    assert "no container registry 'shop'" in account.run(CREDENTIALS, **wanted)["msg"]
    account.run(MODULE, **REGISTRY)
    made = account.run(CREDENTIALS, **wanted)
    assert made["changed"] and same_story(foretold, made)
    assert (made["access"], made["can_push"]) == (access, access == "read_write")
    assert ("read-write (pull and push)" if made["can_push"] else "read-only (pull)") in made["changes"][0]
    assert path.stat().st_mode & 0o777 == 0o600
    secret = secret_in(path)
    assert secret not in repr(made)
    assert may(account, secret, "pull") and may(account, secret, "pull,push") is made["can_push"]

    text = path.read_text()
    unchanged(account, CREDENTIALS, **wanted)
    assert path.read_text() == text
    content = account.run(CREDENTIALS, **wanted, return_content=True)
    assert json.loads(content["dockerconfigjson"]) == {"auths": json.loads(text)["auths"]}
    assert content["access"] == access

    other = {**wanted, "access": "read_only" if made["can_push"] else "read_write"}
    checked = account.run(CREDENTIALS, **other, check_mode=True)
    assert path.read_text() == text
    changed = account.run(CREDENTIALS, **other)
    assert changed["changed"] and same_story(checked, changed)
    assert changed["can_push"] is not made["can_push"]
    unchanged(account, CREDENTIALS, **other)
    secret = secret_in(path)

    checked = account.run(CREDENTIALS, **other, state="absent", check_mode=True)
    assert path.exists() and may(account, secret, "pull")
    removed = account.run(CREDENTIALS, **other, state="absent", token=None)
    assert removed["changed"] and same_story(checked, removed)
    assert not path.exists() and not may(account, secret, "pull")
    unchanged(account, CREDENTIALS, **other, state="absent")


def test_credentials_are_renewed_in_time(account: Account, tmp_path: Path) -> None:
    account.run(MODULE, **REGISTRY)
    wanted = {"name": "shop", "path": str(tmp_path / "config.json")}
    account.run(CREDENTIALS, **wanted, expiry_seconds=3600)
    first = secret_in(tmp_path / "config.json")
    unchanged(account, CREDENTIALS, **wanted, expiry_seconds=7200, renew_before=3000)
    renewed = account.run(CREDENTIALS, **wanted, expiry_seconds=7200, renew_before=3700)
    assert renewed["changes"][0].endswith("it expires soon")
    assert first != secret_in(tmp_path / "config.json")
    assert may(account, first, "pull"), "what still uses it is not cut off"
    writing = account.run(CREDENTIALS, **wanted, access="read_write")
    assert writing["changes"][0].endswith("it is read-only (pull)")
    assert may(account, secret_in(tmp_path / "config.json"), "pull,push")


@pytest.mark.parametrize("verify", [True, False])
def test_revoked_credentials_are_replaced(account: Account, tmp_path: Path, verify: bool) -> None:
    account.run(MODULE, **REGISTRY)
    wanted = {"name": "shop", "path": str(tmp_path / "config.json"), "verify": verify}
    account.run(CREDENTIALS, **wanted)
    secret = secret_in(tmp_path / "config.json")
    with account.server.client(secret) as client:
        assert client.post("/v1/oauth/revoke", data={"token": secret}).status_code == 200
    again = account.run(CREDENTIALS, **wanted)
    assert again["changed"] is verify
    assert may(account, secret_in(tmp_path / "config.json"), "pull") is verify


def test_credentials_that_were_revoked_already_can_be_removed(account: Account, tmp_path: Path) -> None:
    account.run(MODULE, **REGISTRY)
    path = tmp_path / "config.json"
    account.run(CREDENTIALS, name="shop", path=str(path))
    secret = secret_in(path)
    with account.server.client(secret) as client:
        client.post("/v1/oauth/revoke", data={"token": secret})
    assert account.run(CREDENTIALS, name="shop", path=str(path), state="absent")["changed"] is True
    assert not path.exists()


@pytest.mark.parametrize(
    "answer", [{"status": 200, "body": "<html>", "content_type": "text/html"}, {"status": 401}, {"status": 200}]
)
@pytest.mark.parametrize("kind", ["answer_before", "answer_after"])
def test_the_only_copy_of_a_login_goes_when_the_login_is_invalid_and_not_before(
    account: Account, tmp_path: Path, kind: str, answer: dict[str, Any]
) -> None:
    account.run(MODULE, **REGISTRY)
    path = tmp_path / "config.json"
    account.run(CREDENTIALS, name="shop", path=str(path))
    secret = secret_in(path)
    account.server.admin.add_fault(kind, path="/v1/oauth/revoke", count=None, **answer)
    result = account.run(CREDENTIALS, name="shop", path=str(path), state="absent")
    revoked = kind == "answer_after"
    assert may(account, secret, "pull") is not revoked
    assert path.exists() is not revoked
    assert result["failed"] is not revoked
    assert revoked or "was not revoked" in result["msg"]
    account.server.admin.clear_faults()
    account.run(CREDENTIALS, name="shop", path=str(path), state="absent")
    assert not path.exists() and not may(account, secret, "pull")


def test_a_docker_configuration_of_somebody_else_is_left_alone(account: Account, tmp_path: Path) -> None:
    account.run(MODULE, **REGISTRY)
    path = tmp_path / "config.json"
    path.write_text('{"auths": {"ghcr.io": {"auth": "eDp5"}}}')
    for state in ("present", "absent"):
        refused = account.run(CREDENTIALS, name="shop", path=str(path), state=state)
        assert refused["failed"] and "was not written by this module" in refused["msg"]
    assert "ghcr.io" in path.read_text()


@pytest.mark.parametrize("options", [{"expiry_seconds": 0}, {"expiry_seconds": 60, "renew_before": 60}])
def test_credentials_that_would_be_renewed_at_once(account: Account, tmp_path: Path, options: dict[str, int]) -> None:
    mark = account.mark()
    result = account.run(CREDENTIALS, name="shop", path=str(tmp_path / "config.json"), **options)
    assert result["failed"] and "renewed at once" in result["msg"]
    assert account.calls(mark) == []
