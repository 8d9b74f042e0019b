# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks of the lab's Git server: what they are told, how it is signed, and when it is told again."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
from pathlib import Path
from typing import Any

import pytest
from git_work_tree import WorkTree
from lab_server import LabServer, free_port, wait_for
from slipway_lab.api.admin import AdminError
from slipway_lab.git.client import GitClient
from webhook_receiver import Receiver


def event(receiver: Receiver, number: int) -> dict[str, Any]:
    """The number-th event that came, from 1."""
    body: dict[str, Any] = json.loads(receiver.wait(number)[number - 1].body)
    return body


def test_a_push_is_told_as_github_tells_it(lab_git: GitClient, work_tree: WorkTree, receiver: Receiver) -> None:
    lab_git.add_webhook("web", f"{receiver.url}/hook", "key")
    before = work_tree.git("rev-parse", "HEAD")
    middle = work_tree.commit({"a.txt": "2\n", "c/d e.txt": "1\n"}, "second\n\nwith a body")
    after = work_tree.commit({"b.txt": None, "a.txt": "3\n"}, "third")
    assert work_tree.push().returncode == 0
    (told,) = receiver.wait(1)
    assert told.path == "/hook"
    assert told.headers["X-GitHub-Event"] == "push"
    assert told.headers["Content-Type"] == "application/json"
    expected = hmac.new(b"key", told.body, hashlib.sha256).hexdigest()
    assert told.headers["X-Hub-Signature-256"] == f"sha256={expected}"
    body = json.loads(told.body)
    assert (body["ref"], body["before"], body["after"]) == ("refs/heads/main", before, after)
    assert (body["created"], body["deleted"], body["forced"]) == (False, False, False)
    assert [(c["id"], c["message"]) for c in body["commits"]] == [(middle, "second\n\nwith a body"), (after, "third")]
    assert [(c["added"], c["modified"], c["removed"]) for c in body["commits"]] == [
        (["c/d e.txt"], ["a.txt"], []),
        ([], ["a.txt"], ["b.txt"]),
    ]
    assert body["head_commit"]["id"] == after
    assert body["head_commit"]["author"] == {"name": "Ada", "email": "ada@example.com"}
    repository = body["repository"]
    assert repository["clone_url"] == lab_git.repositories()[0]["url"] == f"{repository['html_url']}.git"
    assert (repository["name"], repository["default_branch"]) == ("web", "main")


def test_nothing_is_told_when_nothing_changed_or_nothing_is_asked(
    lab_git: GitClient, work_tree: WorkTree, receiver: Receiver
) -> None:
    lab_git.add_webhook("web", receiver.url)
    assert work_tree.push().returncode == 0
    work_tree.git("commit", "--quiet", "--amend", "--message", "other")
    assert work_tree.push().returncode != 0
    work_tree.git("reset", "--quiet", "--hard", "origin/main")
    work_tree.commit({"a.txt": "2\n"})
    assert work_tree.push().returncode == 0
    (told,) = receiver.wait(1)
    assert "X-Hub-Signature-256" not in told.headers
    assert len(lab_git.deliveries("web")) == 1


def test_branches_and_tags_made_moved_and_removed(lab_git: GitClient, work_tree: WorkTree, receiver: Receiver) -> None:
    lab_git.add_webhook("web", receiver.url)
    main = work_tree.git("rev-parse", "HEAD")
    work_tree.git("checkout", "--quiet", "-b", "next")
    new = work_tree.commit({"n.txt": "1\n"}, "on next")
    assert work_tree.push("next").returncode == 0
    made = event(receiver, 1)
    assert (made["ref"], made["created"], made["before"]) == ("refs/heads/next", True, "0" * 40)
    assert [commit["id"] for commit in made["commits"]] == [new]  # what main has is not told again

    work_tree.git("reset", "--quiet", "--hard", main)
    other = work_tree.commit({"n.txt": "2\n"}, "instead")
    assert work_tree.push("--force", "next").returncode == 0
    moved = event(receiver, 2)
    assert (moved["before"], moved["after"], moved["forced"]) == (new, other, True)

    assert work_tree.push(":next").returncode == 0
    gone = event(receiver, 3)
    assert (gone["deleted"], gone["after"], gone["commits"], gone["head_commit"]) == (True, "0" * 40, [], None)

    work_tree.git("tag", "-a", "-m", "release", "v1")
    assert work_tree.push("v1").returncode == 0
    tag = event(receiver, 4)
    assert (tag["ref"], tag["commits"]) == ("refs/tags/v1", [])


def test_a_merge_tells_what_it_brought(lab_git: GitClient, work_tree: WorkTree, receiver: Receiver) -> None:
    work_tree.git("checkout", "--quiet", "-b", "side")
    side = work_tree.commit({"side.txt": "1\n"}, "side")
    work_tree.git("checkout", "--quiet", "main")
    main = work_tree.commit({"a.txt": "2\n"}, "main")
    work_tree.git("merge", "--quiet", "--no-edit", "side")
    lab_git.add_webhook("web", receiver.url)
    assert work_tree.push().returncode == 0
    commits = event(receiver, 1)["commits"]
    assert {commit["id"] for commit in commits[:2]} == {side, main}
    assert commits[2]["added"] == ["side.txt"]


def test_an_unwell_receiver_is_told_again(lab_git: GitClient, work_tree: WorkTree) -> None:
    receiver = Receiver(answers=[500, 429])
    try:
        lab_git.add_webhook("web", receiver.url, "key")
        work_tree.commit({"a.txt": "2\n"})
        assert work_tree.push().returncode == 0
        first, second, third = receiver.wait(3)
        assert first.body == second.body == third.body
        assert len({told.headers["X-GitHub-Delivery"] for told in (first, second, third)}) == 1
        (delivery,) = wait_for(lambda: lab_git.deliveries("web"), lambda found: found[0]["state"] != "pending")
        assert (delivery["state"], delivery["attempts"], delivery["status"]) == ("delivered", 3, 200)
    finally:
        receiver.stop()


@pytest.mark.parametrize("status", [400, 302])
def test_a_receiver_that_says_no_is_not_asked_again(lab_git: GitClient, work_tree: WorkTree, status: int) -> None:
    receiver = Receiver(answers=[status])
    try:
        lab_git.add_webhook("web", receiver.url)
        work_tree.commit({"a.txt": "2\n"})
        assert work_tree.push().returncode == 0
        (delivery,) = wait_for(lambda: lab_git.deliveries("web"), lambda found: found[0]["state"] != "pending")
        assert (delivery["state"], delivery["attempts"], delivery["status"]) == ("failed", 1, status)
        assert [told.path for told in receiver.received] == ["/"]
    finally:
        receiver.stop()


def test_the_same_url_twice_is_one_webhook_with_the_newer_key(
    lab_git: GitClient, work_tree: WorkTree, receiver: Receiver
) -> None:
    first = lab_git.add_webhook("web", receiver.url, "old")
    assert lab_git.add_webhook("web", receiver.url, "new") == first
    work_tree.commit({"a.txt": "2\n"})
    assert work_tree.push().returncode == 0
    (told,) = receiver.wait(1)
    assert told.headers["X-Hub-Signature-256"].endswith(hmac.new(b"new", told.body, hashlib.sha256).hexdigest())
    lab_git.remove_webhook("web", first["id"])
    with pytest.raises(AdminError, match="404"):
        lab_git.remove_webhook("web", first["id"])
    assert lab_git.add_webhook("web", receiver.url)["id"] > first["id"]


def test_a_webhook_needs_a_url_that_can_be_called(lab_git: GitClient, work_tree: WorkTree) -> None:
    for url in ("ftp://127.0.0.1/x", "file:///etc/passwd", "hook"):
        with pytest.raises(AdminError, match="no http or https URL"):
            lab_git.add_webhook("web", url)


def test_what_was_not_told_before_a_restart_is_told_after_it(own_lab_server: LabServer, tmp_path: Path) -> None:
    client = GitClient(own_lab_server.config)
    client.create("web")
    client.add_webhook("web", f"http://127.0.0.1:{free_port()}", "key")
    tree = WorkTree(tmp_path / "web", client.url_with_password("web"))
    tree.commit({"a.txt": "1\n"})
    assert tree.push().returncode == 0
    wait_for(lambda: client.deliveries("web"), lambda found: found[0]["attempts"] > 0)
    assert client.deliveries("web")[0]["error"].startswith("no answer")
    receiver = Receiver()
    try:
        # The webhook's new address takes the place of the old one under the same id.
        own_lab_server.stop(signal.SIGKILL)
        settings = own_lab_server.config.home / "git" / "web.git" / "slipway.json"
        content = json.loads(settings.read_text())
        content["webhooks"][0]["url"] = receiver.url
        settings.write_text(json.dumps(content))
        own_lab_server.start()
        assert event(receiver, 1)["ref"] == "refs/heads/main"
    finally:
        receiver.stop()
