# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""git_webhook against a scripted forge: answers that no healthy one gives, and values that cannot be sent."""

from __future__ import annotations

from typing import Any

import pytest
from module_runner import run_module
from scripted_api import HTML, RESET, ScriptedApi

HOOKS = "/repos/team/web/hooks"
URL = "https://builds.example.com/"
SECRET, TOKEN = "the-key-of-the-signature", "the-token-of-the-forge"
HOOK = {
    "id": 7, "active": True, "events": ["pull_request", "push"],
    "config": {"url": URL, "content_type": "json", "insecure_ssl": "0"},
}  # fmt: skip


def keep(api: ScriptedApi, **options: Any) -> dict[str, Any]:
    given = {"repository": "team/web", "url": URL, "secret": SECRET, "token": TOKEN, "api_url": api.url, **options}
    result = run_module("git_webhook", ca_cert=given.pop("ca_cert", api.ca_cert), **given)
    for secret in (SECRET, TOKEN, "secret-word"):
        assert secret not in repr(result)
    return result


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"token": f"{TOKEN}\n# secret-word"}, "The forge's token (from option token) has a line break in it"),
        ({"token": f"{TOKEN}\u2019"}, "a character in it that a header cannot carry"),
        ({"secret": f"{SECRET}\n"}, "secret: it ends with a line break"),
        ({"api_url": "https://you:secret-word@127.0.0.1"}, "has a name or password in it"),
        ({"api_url": "https://127.0.0.1/api/v3?x=1"}, "leave ?x=1 out"),
        ({"api_url": "https://[::1"}, "api_url: it cannot be read as a URL"),
        ({"ca_cert": __file__}, "which holds no certificate in PEM"),
        ({"ca_cert": "/nowhere/ca.crt"}, "which is not a file"),
    ],
)
def test_what_cannot_be_sent_is_told_before(api: ScriptedApi, options: dict[str, Any], words: str) -> None:
    result = keep(api, **options)
    assert result["failed"] and words in result["msg"]
    assert api.seen == []


@pytest.mark.parametrize("answer", [None, {}, HTML])
def test_a_creation_that_answers_without_its_webhook_is_looked_for(api: ScriptedApi, answer: Any) -> None:
    api.expect("GET", HOOKS, [])
    api.expect("POST", HOOKS, answer, status=201)
    api.expect("GET", HOOKS, [HOOK])
    result = keep(api)
    assert (result["changed"], result["id"]) == (True, 7)


def test_a_creation_that_is_not_there_is_not_made_twice(api: ScriptedApi) -> None:
    api.expect("GET", HOOKS, [])
    api.expect("POST", HOOKS, behaviour=RESET)
    api.expect("GET", HOOKS, [])
    result = keep(api)
    assert result["failed"] and "may or may not have had its effect" in result["msg"]


@pytest.mark.parametrize(("there", "fails"), [(HOOK, False), ({**HOOK, "events": ["push"]}, True)])
def test_a_change_that_answers_without_its_webhook_is_read_again(
    api: ScriptedApi, there: dict[str, Any], fails: bool
) -> None:
    api.expect("GET", HOOKS, [{**HOOK, "events": ["push"]}])
    api.expect("PATCH", f"{HOOKS}/7", {})
    api.expect("GET", HOOKS, [there])
    result = keep(api)
    assert result["failed"] is fails
    assert fails or result["changed"]


@pytest.mark.parametrize("answer", [HTML, None, {}])
def test_a_404_that_is_not_the_forges_is_not_a_webhook_that_is_gone(api: ScriptedApi, answer: Any) -> None:
    api.expect("GET", HOOKS, answer, status=404)
    result = keep(api, state="absent")
    assert result["failed"] and "api_url must be the address of the API" in result["msg"]


def test_a_repository_without_webhooks_to_see_is_said(api: ScriptedApi) -> None:
    api.expect("GET", HOOKS, {"message": "Not Found"}, status=404)
    result = keep(api, state="absent")
    assert not result["failed"] and "the token may not see its webhooks" in str(result["warnings"])


def test_a_removal_that_did_not_happen_is_said(api: ScriptedApi) -> None:
    api.expect("GET", HOOKS, [HOOK])
    api.expect("DELETE", f"{HOOKS}/7", HTML)
    api.expect("GET", HOOKS, [HOOK])
    assert "still there" in keep(api, state="absent")["msg"]


def test_a_redirect_says_where_it_leads_and_no_more(api: ScriptedApi) -> None:
    leads = "https://you:secret-word@other.example.com/hooks?token=secret-word"
    api.expect("GET", HOOKS, {}, status=302, headers={"Location": leads})
    assert "(HTTP 302) to https://other.example.com." in keep(api)["msg"]


@pytest.mark.parametrize(
    ("status", "message", "words"),
    [
        (403, "API rate limit exceeded for user", "run again later"),
        (403, "Resource not accessible by personal access token", "admin:repo_hook"),
        (500, "Server Error", "The forge has trouble: run again"),
    ],
)
def test_every_refusal_has_its_own_next_step(api: ScriptedApi, status: int, message: str, words: str) -> None:
    api.expect("GET", HOOKS, {"message": message}, status=status)
    result = keep(api)
    assert message in result["msg"] and words in result["msg"]
    assert ("admin:repo_hook" in result["msg"]) is ("not accessible" in message)
