# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""git_webhook against the lab's Git server, which keeps webhooks by GitHub's API."""

from __future__ import annotations

from typing import Any

import pytest
from lab_git import lab_git
from lab_server import lab_server
from module_runner import run_module
from slipway_lab.git.client import GitClient

__all__ = ["lab_git", "lab_server"]

URL = "https://builds.example.com/"
SECRET = "key-of-the-tests"


@pytest.fixture
def access(lab_git: GitClient) -> dict[str, Any]:
    server = lab_git.server()
    lab_git.create("web")
    return {"repository": "web", "api_url": f"{server['url']}/api/v3", "token": server["password"]}


def webhooks(lab_git: GitClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lab_git.repositories()[0]["webhooks"]
    return found


def test_life(lab_git: GitClient, access: dict[str, Any]) -> None:
    wanted = {"url": URL, "secret": SECRET, **access}
    check = run_module("git_webhook", check_mode=True, **wanted)
    assert check["changes"] == [f"create webhook {URL} of web"]
    assert webhooks(lab_git) == []
    first = run_module("git_webhook", **wanted)
    assert first["changes"] == check["changes"] and first["diff"] == check["diff"]
    (hook,) = webhooks(lab_git)
    assert (hook["url"], hook["events"], hook["active"]) == (URL, ["push", "pull_request"], True)
    again = run_module("git_webhook", **wanted)
    assert not again["changed"] and again["id"] == first["id"]

    there = webhooks(lab_git)
    other = {**wanted, "events": ["push"], "insecure_ssl": True}
    check = run_module("git_webhook", check_mode=True, **other)
    assert webhooks(lab_git) == there
    turned = run_module("git_webhook", **other)
    assert turned["diff"] == check["diff"]
    assert (
        turned["changes"]
        == check["changes"]
        == [
            f"webhook {URL} of web: events [pull_request, push] -> [push]",
            f"webhook {URL} of web: config.insecure_ssl 0 -> 1",
        ]
    )
    (hook,) = webhooks(lab_git)
    assert (hook["id"], hook["events"], hook["insecure_ssl"]) == (first["id"], ["push"], True)

    check = run_module("git_webhook", check_mode=True, state="absent", url=URL, **access)
    assert webhooks(lab_git) == [hook]
    removed = run_module("git_webhook", state="absent", url=URL, **access)
    assert removed["changes"] == check["changes"] == [f"delete webhook {URL} of web"]
    assert not run_module("git_webhook", state="absent", url=URL, **access)["changed"]
    assert webhooks(lab_git) == []
    for result in (check, first, again, turned, removed):
        assert SECRET not in repr(result) and access["token"] not in repr(result)


def test_a_secret_is_set_when_it_is_asked_for(lab_git: GitClient, access: dict[str, Any]) -> None:
    wanted = {"url": URL, "secret": SECRET, **access}
    run_module("git_webhook", **wanted)
    assert not run_module("git_webhook", **{**wanted, "secret": "another-key"})["changed"]
    result = run_module("git_webhook", **{**wanted, "secret": "another-key", "update_secret": True})
    assert result["changes"] == [f"webhook {URL} of web: set its secret"]


def test_others_are_left_alone(lab_git: GitClient, access: dict[str, Any]) -> None:
    lab_git.add_webhook("web", "https://other.example.com/", "key")
    run_module("git_webhook", url=URL, secret=SECRET, **access)
    run_module("git_webhook", state="absent", url=URL, **access)
    assert [hook["url"] for hook in webhooks(lab_git)] == ["https://other.example.com/"]


def test_a_repository_that_is_gone_has_none(access: dict[str, Any]) -> None:
    result = run_module("git_webhook", state="absent", url=URL, **{**access, "repository": "nothing"})
    assert not result["failed"] and not result["changed"]
    assert "nothing is gone, or the token may not see its webhooks" in str(result["warnings"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"token": "wrong-word"}, "Bad credentials (HTTP 401). The token is wrong"),
        ({"repository": "nothing"}, "Not Found (HTTP 404). Check repository"),
        ({"api_url": "http://127.0.0.1:1/api/v3"}, "cannot be reached"),
        (
            {"repository": "a b", "url": "builds", "events": [], "secret": ""},
            "1. repository: 'a b' is no owner/name\n  2. url: 'builds' is no http or https URL\n  3. events: there is",
        ),
    ],
    ids=["token", "repository", "address", "options"],
)
def test_what_cannot_work(access: dict[str, Any], change: dict[str, Any], told: str) -> None:
    result = run_module("git_webhook", **{"url": URL, "secret": SECRET, **access, **change})
    assert result["failed"] and told in result["msg"]
    assert "wrong-word" not in repr(result)
