# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pull requests of the lab's Git server: GitHub's API for them, and what webhooks are told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from git_work_tree import WorkTree
from slipway_lab.git.client import GitClient
from webhook_receiver import Receiver


@dataclass(frozen=True)
class Forge:
    """The API of the Git server, as a user of GitHub's calls it."""

    url: str
    token: str

    def call(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        """Status and answer. path: below the repository"""
        answer = httpx.request(
            method,
            f"{self.url}/api/v3/repos/web/{path}",
            json=body or None,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=10,
        )
        return answer.status_code, answer.json()

    def open(self, head: str = "change") -> tuple[int, Any]:
        return self.call("POST", "pulls", title="A change", head=head, base="main")


@pytest.fixture
def forge(lab_git: GitClient, work_tree: WorkTree, receiver: Receiver) -> Forge:
    """Its repository `web` tells the receiver of pull requests only, and has a branch `change`."""
    server = lab_git.server()
    forge = Forge(server["url"], server["password"])
    config = {"url": receiver.url, "content_type": "json", "secret": "key"}
    assert forge.call("POST", "hooks", config=config, events=["pull_request"])[0] == 201
    work_tree.git("checkout", "--quiet", "-b", "change")
    work_tree.commit({"a.txt": "2\n"})
    assert work_tree.push("change").returncode == 0
    return forge


def events(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    found = receiver.wait(count)
    assert {one.headers["X-GitHub-Event"] for one in found} == {"pull_request"}
    return [json.loads(one.body) for one in found]


def test_one_is_told_of_as_github_tells_it(forge: Forge, work_tree: WorkTree, receiver: Receiver) -> None:
    commit = work_tree.git("rev-parse", "HEAD")
    status, opened = forge.open()
    assert (status, opened["number"], opened["state"]) == (201, 1, "open")
    later = work_tree.commit({"a.txt": "3\n"})
    assert work_tree.push("change").returncode == 0
    assert forge.call("PATCH", "pulls/1", state="closed")[1]["state"] == "closed"
    # Closed ones are told of no more.
    newest = work_tree.commit({"a.txt": "4\n"})
    assert work_tree.push("change").returncode == 0
    assert forge.call("PATCH", "pulls/1", state="open", title="Another")[1]["title"] == "Another"
    told = events(receiver, 4)
    assert [one["action"] for one in told] == ["opened", "synchronize", "closed", "reopened"]
    assert [one["pull_request"]["head"]["sha"] for one in told] == [commit, later, later, newest]
    assert (told[1]["before"], told[1]["after"]) == (commit, later)
    offered = told[0]["pull_request"]
    assert (offered["head"]["ref"], offered["base"]["ref"]) == ("change", "main")
    assert offered["head"]["repo"]["full_name"] == told[0]["repository"]["full_name"] == "web"
    assert told[0]["repository"]["clone_url"] == f"{forge.url}/web.git"
    assert all(one.headers["X-Hub-Signature-256"].startswith("sha256=") for one in receiver.received)


def test_one_without_its_branch_is_closed(forge: Forge, work_tree: WorkTree, receiver: Receiver) -> None:
    assert forge.open()[0] == 201
    assert work_tree.push("--delete", "change").returncode == 0
    assert [one["action"] for one in events(receiver, 2)] == ["opened", "closed"]
    assert forge.call("GET", "pulls") == (200, [])
    [closed] = forge.call("GET", "pulls?state=all")[1]
    assert (closed["number"], closed["state"]) == (1, "closed")
    assert forge.call("GET", "pulls/1") == (200, closed)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"title": "A change"}, "missing: head, base"),
        ({"title": "A change", "head": "chance", "base": "main"}, "there is no branch 'chance'"),
        ({"title": "A change", "head": "main", "base": "main"}, "No commits between main and main"),
    ],
)
def test_what_cannot_be_offered(forge: Forge, receiver: Receiver, order: dict[str, str], words: str) -> None:
    status, answer = forge.call("POST", "pulls", **order)
    assert status == 422
    assert words in answer["errors"][0]["message"]
    assert receiver.received == []


def test_the_same_twice_and_what_is_not_there(forge: Forge) -> None:
    assert forge.open()[0] == 201
    status, answer = forge.open()
    assert status == 422
    assert "A pull request already exists for change." in answer["errors"][0]["message"]
    assert forge.call("PATCH", "pulls/1", state="merged")[0] == 422
    assert forge.call("GET", "pulls/2")[0] == 404
    assert Forge(forge.url, "wrong").open()[0] == 401
