# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""argocd_repository and argocd_repository_credentials, with a Git server that asks for a password."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule

pytestmark = pytest.mark.usefixtures("no_leftovers")


@pytest.fixture(scope="module")
def url(argocd: ArgoCD) -> str:
    tree, url = argocd.private_repository("private")
    tree.commit({"config.yaml": "{}\n"})
    assert tree.push().returncode == 0
    return url


@pytest.fixture
def login(argocd: ArgoCD) -> dict[str, str]:
    """What the Git server lets in."""
    return {"username": argocd.git_server.user, "password": argocd.git_server.password()}


def stored(argocd: ArgoCD, kind: str = "repository") -> list[dict[str, str]]:
    found: Any = argocd.hub.get("-n", "argocd", "secrets", "-l", f"argocd.argoproj.io/secret-type={kind}")
    return [{key: base64.b64decode(value).decode() for key, value in item["data"].items()} for item in found["items"]]


@pytest.mark.trap("echoed-secrets")
def test_life(argocd: ArgoCD, run: RunModule, url: str, login: dict[str, str]) -> None:
    wanted: dict[str, Any] = {"repo": url, **login, "name": "private"}
    assert "repo" in run("argocd_repository", name="x", fails=True)["msg"]
    checked = run("argocd_repository", check=True, **wanted)
    assert stored(argocd) == []
    created = run("argocd_repository", **wanted)
    assert created["changes"] == checked["changes"] == [f"create repository {url}"]
    assert created["repository"]["type"] == "git"
    assert login["password"] not in json.dumps(created)
    assert not run("argocd_repository", **wanted)["changed"]
    assert not run("argocd_repository", check=True, **wanted)["changed"]

    wanted.update(name="renamed", enable_lfs=True)
    checked = run("argocd_repository", check=True, **wanted)
    assert stored(argocd)[0]["name"] == "private", "check mode wrote"
    updated = run("argocd_repository", **wanted)
    assert updated["changes"] == checked["changes"]
    assert [change.split(": ", 1)[1] for change in updated["changes"]] == [
        "enableLfs (unset) -> true",
        "name private -> renamed",
    ]
    assert not {"username", "password"} & updated["repository"].keys(), "the API's answer to an upsert holds them"
    assert (stored(argocd)[0]["password"], stored(argocd)[0]["type"]) == (login["password"], "git")
    assert not run("argocd_repository", **wanted)["changed"]
    assert url in argocd.cli("repo", "get", url, "-o", "url")

    info = run("argocd_repository_info", repo=url + ".git")
    assert [item["name"] for item in info["repositories"]] == ["renamed"]

    wanted.update(enable_lfs=False)
    assert run("argocd_repository", **wanted)["changes"] == [f"repository {url}: enableLfs true -> (unset)"]
    assert run("argocd_repository", repo=url, state="absent", check=True)["changed"]
    assert run("argocd_repository", repo=url, state="absent")["changes"] == [f"delete repository {url}"]
    assert stored(argocd) == []
    assert not run("argocd_repository", repo=url, state="absent")["changed"]


@pytest.mark.trap("secret-probe")
def test_drift_of_a_password_is_found_without_reading_it(
    argocd: ArgoCD, run: RunModule, url: str, login: dict[str, str]
) -> None:
    wanted = {"repo": url, **login}
    run("argocd_repository", **wanted)
    (secret,) = argocd.hub.run(
        "-n", "argocd", "get", "secrets", "-l", "argocd.argoproj.io/secret-type=repository", "-o", "name"
    ).split()
    argocd.hub.run("-n", "argocd", "patch", secret, "-p", json.dumps({"stringData": {"password": "spoiled"}}))
    expected = [f"repository {url}: password differs from the stored one"]
    assert run("argocd_repository", check=True, **wanted)["changes"] == expected
    assert stored(argocd)[0]["password"] == "spoiled"
    assert run("argocd_repository", **wanted)["changes"] == expected
    assert stored(argocd)[0]["password"] == login["password"]


@pytest.mark.trap("put-replaces")
def test_undeclared_credentials_are_never_blanked(
    argocd: ArgoCD, run: RunModule, url: str, login: dict[str, str]
) -> None:
    run("argocd_repository", repo=url, **login, name="a")
    # Written without credentials Argo CD could not even reach it; inheriting them keeps the connection up.
    run("argocd_repository_credentials", url=argocd.git_server.url, **login)
    assert not run("argocd_repository", repo=url, name="a")["changed"]
    refused = run("argocd_repository", repo=url, name="b", fails=True)
    assert "password, username" in refused["msg"]
    assert stored(argocd)[0]["password"] == login["password"]
    removed = run("argocd_repository", repo=url, name="b", username="", password="")
    assert removed["changed"]
    assert not stored(argocd)[0].get("password")
    assert not run("argocd_repository", repo=url, name="b", username="", password="")["changed"]
    assert run("argocd_repository", repo=url, name="c")["changed"], "inherited credentials are not its own"
    assert not stored(argocd)[0].get("password")


def test_one_repository_in_two_spellings(argocd: ArgoCD, run: RunModule, url: str, login: dict[str, str]) -> None:
    wanted = login
    run("argocd_repository", repo=url, **wanted)
    assert not run("argocd_repository", repo=url + ".git", **wanted)["changed"]
    assert run("argocd_repository", repo=url + ".git", name="x", **wanted)["changed"]
    assert len(stored(argocd)) == 1


def test_repository_of_a_project(argocd: ArgoCD, run: RunModule, url: str, login: dict[str, str]) -> None:
    wanted = {"repo": url, **login, "project": "default"}
    run("argocd_repository", **wanted)
    assert not run("argocd_repository", **wanted)["changed"]
    run("argocd_repository", repo=url, **login)
    assert len(stored(argocd)) == 2
    run("argocd_repository", repo=url, project="default", state="absent")
    assert ["project" in secret for secret in stored(argocd)] == [False]
    assert not run("argocd_repository", repo=url, project="default", state="absent")["changed"]


def test_wrong_password_and_unreachable_server(argocd: ArgoCD, run: RunModule, url: str, login: dict[str, str]) -> None:
    wrong = run("argocd_repository", repo=url, username=login["username"], password="no", fails=True)
    assert f"create repository {url}" in wrong["msg"] and "authentication" in wrong["msg"].lower()
    lost = run("argocd_repository", repo="http://127.0.0.1:1/x", fails=True)
    assert "127.0.0.1:1" in lost["msg"]
    assert stored(argocd) == []


@pytest.mark.trap("untested-credentials")
def test_credentials_that_no_longer_work(argocd: ArgoCD, run: RunModule, url: str, login: dict[str, str]) -> None:
    """An update is not tried out by Argo CD, nor anything of a repository of one project."""
    run("argocd_repository", repo=url, **login)
    wrong = {**login, "password": "no"}
    assert "authentication" in run("argocd_repository", repo=url, **wrong, fails=True)["msg"].lower()
    assert stored(argocd)[0]["password"] == login["password"], "a password that does not work took another's place"
    result = run("argocd_repository", repo=url, project="default", **wrong, fails=True)
    assert "of project default" in result["msg"] and "authentication" in result["msg"].lower()
    assert result["changed"] and "The entry was written" in result["msg"]
    assert run("argocd_repository", repo=url, project="default", **login)["changed"]


@pytest.mark.trap("repocreds-put")
def test_life_of_credentials(argocd: ArgoCD, run: RunModule) -> None:
    prefix = "https://git.example.com/team"
    wanted: dict[str, Any] = {"url": prefix, "username": "robot", "password": "one-secret"}
    assert "url" in run("argocd_repository_credentials", username="x", fails=True)["msg"]
    assert run("argocd_repository_credentials", check=True, **wanted)["changed"]
    assert stored(argocd, "repo-creds") == []
    created = run("argocd_repository_credentials", **wanted)
    assert created["credentials"] == {"url": prefix, "username": "robot"}
    assert not run("argocd_repository_credentials", **wanted)["changed"]

    wanted["password"] = "two-secret"
    expected = [f"credentials for {prefix}: password differs from the stored one"]
    assert run("argocd_repository_credentials", check=True, **wanted)["changes"] == expected
    updated = run("argocd_repository_credentials", **wanted)
    assert updated["changes"] == expected
    assert "two-secret" not in json.dumps(updated)
    assert stored(argocd, "repo-creds")[0]["password"] == "two-secret"
    assert not run("argocd_repository_credentials", **wanted)["changed"]
    assert prefix in argocd.cli("repocreds", "list")

    assert "password" in run("argocd_repository_credentials", url=prefix, username="other", fails=True)["msg"]
    key = {**wanted, "password": "", "username": "", "bearer_token": "three-secret"}
    run("argocd_repository_credentials", **key)
    assert {k: v for k, v in stored(argocd, "repo-creds")[0].items() if v} == {
        "url": prefix,
        "bearerToken": "three-secret",
    }
    assert not run("argocd_repository_credentials", **key)["changed"]
    assert run("argocd_repository_credentials_info", url=prefix)["credentials"][0]["url"] == prefix
    assert run("argocd_repository_credentials", url=prefix, state="absent")["changed"]
    assert stored(argocd, "repo-creds") == []
    assert not run("argocd_repository_credentials", url=prefix, state="absent")["changed"]
