# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A login for a registry that will not do is told why: expired, revoked, read-only, or no room in the tier."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from lab_account import Account

MODULE = "do_container_registry_credentials_info"
DIGEST = "sha256:" + "1" * 64


@pytest.fixture
def registry(account: Account) -> str:
    assert account.run("do_container_registry", name="shop", region="fra1", tier="starter")["changed"]
    return "shop"


def login(account: Account, path: Path, access: str = "read_write", **options: Any) -> str:
    """A file with a credential, as the module that keeps them writes it."""
    made = account.run(
        "do_container_registry_credentials", name="shop", path=str(path), access=access, renew_before=0, **options
    )
    assert made["changed"], made
    return str(path)


def check(account: Account, **options: Any) -> dict[str, Any]:
    """What the module says without a token of the account."""
    result: dict[str, Any] = account.run(MODULE, name="shop", token="", **options)
    assert not result["failed"], result["msg"]
    assert result["changed"] is False
    return result


@pytest.mark.usefixtures("registry")
def test_a_login_that_will_do(account: Account, tmp_path: Path) -> None:
    path = login(account, tmp_path / "push.json")
    pulls = check(account, path=path)
    assert (pulls["accepted"], pulls["can_push"], pulls["problems"]) == (True, None, [])
    pushes = check(account, path=path, access="read_write", repositories=["web"])
    assert (pushes["accepted"], pushes["can_push"], pushes["problems"]) == (True, True, [])
    assert pushes["expires_at"] == json.loads(Path(path).read_text())["slipway.gitops"]["expires_at"]
    content = check(account, content=Path(path).read_text(), access="read_write")
    assert (content["can_push"], content["problems"]) == (True, [])


@pytest.mark.usefixtures("registry")
def test_a_read_only_one(account: Account, tmp_path: Path) -> None:
    path = login(account, tmp_path / "pull.json", "read_only")
    found = check(account, path=path, access="read_write", repositories=["web", "api"])
    assert (found["accepted"], found["can_push"]) == (True, False)
    [problem] = found["problems"]
    assert "it is read-only" in problem
    assert check(account, path=path)["problems"] == []


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("known", [True, False])
def test_an_expired_one(account: Account, tmp_path: Path, known: bool) -> None:
    path = login(account, tmp_path / "push.json", expiry_seconds=1)
    content = json.loads(Path(path).read_text())
    expires_at = content.pop("slipway.gitops")["expires_at"]
    time.sleep(1.5)
    options = {"expires_at": expires_at} if known else {}
    found = check(account, content=json.dumps(content), access="read_write", **options)
    assert (found["accepted"], found["can_push"]) == (False, None)
    words = f"it expired at {expires_at}" if known else "it has expired, was revoked, or belongs to another account"
    assert words in found["problems"][0]
    assert len(found["problems"]) == 1


@pytest.mark.usefixtures("registry")
def test_a_revoked_one(account: Account, tmp_path: Path) -> None:
    path = login(account, tmp_path / "push.json")
    text = Path(path).read_text()
    account.run("do_container_registry_credentials", name="shop", path=path, state="absent")
    found = check(account, content=text, access="read_write")
    assert found["accepted"] is False
    [problem] = found["problems"]
    assert "it was revoked, or belongs to another account (it would be valid until" in problem


@pytest.mark.usefixtures("registry")
def test_a_full_tier(account: Account, tmp_path: Path) -> None:
    """The starter tier includes one repository."""
    path = login(account, tmp_path / "push.json")
    account.server.admin.note_image("shop", "web", DIGEST)
    there = check(account, path=path, access="read_write", repositories=["web"])
    assert (there["can_push"], there["problems"]) == (True, [])
    new = check(account, path=path, access="read_write", repositories=["web", "api"])
    [problem] = new["problems"]
    assert "the account's tier is full, so there can be no new repository api" in problem
    assert "registry contains 1 repositories, limit is 1" in problem
    reader = login(account, tmp_path / "pull.json", "read_only")
    assert "it is read-only" in check(account, path=reader, access="read_write")["problems"][0]


@pytest.mark.usefixtures("registry")
def test_a_registry_that_is_not_there(account: Account, tmp_path: Path) -> None:
    path = login(account, tmp_path / "push.json")
    account.run("do_container_registry", name="shop", state="absent")
    [problem] = check(account, path=path, access="read_write")["problems"]
    assert "container registry shop, which the account has not got" in problem


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("no JSON", "is no Docker configuration"),
        ('{"auths": []}', "is no Docker configuration"),
        (
            '{"auths": {"ghcr.io": {"auth": "eDp5"}}}',
            "no login for registry.digitalocean.com; those it has are for",
        ),
        ('{"auths": {"registry.digitalocean.com": {"auth": "eDo="}}}', "no login for registry.digitalocean.com"),
    ],
)
def test_what_is_no_login(account: Account, content: str, words: str) -> None:
    mark = account.mark()
    result: dict[str, Any] = account.run(MODULE, name="shop", content=content)
    assert result["failed"] and words in result["msg"]
    assert account.calls(mark) == []
