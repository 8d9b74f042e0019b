# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories of the lab's Git server: clone, push, who may, and what stays."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest
from git_work_tree import WorkTree, git
from lab_server import LabServer
from slipway_lab.api.admin import AdminError
from slipway_lab.git.cli import add_git_commands
from slipway_lab.git.client import GitClient
from slipway_lab.git.errors import GitError
from slipway_lab.git.first_commit import first_commit


def public_url(lab_git: GitClient, name: str) -> str:
    return next(r["url"] for r in lab_git.repositories() if r["name"] == name)


def test_anyone_clones_what_was_pushed(lab_git: GitClient, work_tree: WorkTree, tmp_path: Path) -> None:
    commit = work_tree.commit({"deep/er.txt": "x" * 3_000_000}, "more than one chunk")
    assert work_tree.push().returncode == 0
    for name in ("with", "without"):
        url = public_url(lab_git, "web").removesuffix("" if name == "with" else ".git")
        assert git("clone", "--quiet", url, str(tmp_path / name)).returncode == 0
        assert git("rev-parse", "HEAD", cwd=tmp_path / name).stdout.strip() == commit
        assert (tmp_path / name / "deep/er.txt").stat().st_size == 3_000_000
    assert lab_git.repositories()[0]["branches"] == {"main": commit}


def test_a_shallow_clone_and_a_branch(lab_git: GitClient, work_tree: WorkTree, tmp_path: Path) -> None:
    work_tree.commit({"a.txt": "2\n"})
    assert work_tree.push("HEAD:refs/heads/feature/x").returncode == 0
    url = public_url(lab_git, "web")
    assert git("clone", "--quiet", "--depth=1", "--branch=feature/x", url, str(tmp_path / "x")).returncode == 0
    assert git("rev-list", "--count", "HEAD", cwd=tmp_path / "x").stdout.strip() == "1"
    assert set(lab_git.repositories()[0]["branches"]) == {"main", "feature/x"}


def test_a_push_without_password_is_refused(lab_git: GitClient, work_tree: WorkTree) -> None:
    before = lab_git.repositories()[0]["branches"]
    work_tree.commit({"a.txt": "2\n"})
    work_tree.git("remote", "set-url", "origin", public_url(lab_git, "web"))
    result = work_tree.push()
    assert result.returncode != 0
    assert "could not read Username" in result.stderr
    assert lab_git.repositories()[0]["branches"] == before


def test_a_wrong_password_is_refused(lab_git: GitClient, work_tree: WorkTree) -> None:
    lab_git.set_private("web", True)
    url = public_url(lab_git, "web").replace("http://", "http://lab:wrong@")
    for command in (("ls-remote", url), ("push", url, "main")):
        result = git(*command, cwd=work_tree.path)
        assert result.returncode != 0
        assert "Authentication failed" in result.stderr
    # Git says who it is only when asked; who says it wrong is refused what anyone may read.
    lab_git.set_private("web", False)
    refs = f"{public_url(lab_git, 'web')}/info/refs?service=git-upload-pack"
    assert httpx.get(refs).status_code == 200
    assert httpx.get(refs, auth=("lab", "wrong")).status_code == 401


def test_the_backend_itself_refuses_a_nameless_push(lab_git: GitClient, work_tree: WorkTree) -> None:
    url = f"{lab_git.server()['url']}/web.git/git-receive-pack"
    answer = httpx.post(url, content=b"0000", headers={"Content-Type": "application/x-git-receive-pack-request"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_history_is_not_lost_by_a_plain_push(lab_git: GitClient, work_tree: WorkTree) -> None:
    work_tree.git("commit", "--quiet", "--amend", "--message", "other")
    result = work_tree.push()
    assert result.returncode != 0
    assert "rejected" in result.stderr


def test_a_private_repository_is_read_with_the_password_only(lab_git: GitClient, work_tree: WorkTree) -> None:
    lab_git.set_private("web", True)
    url = public_url(lab_git, "web")
    assert "could not read Username" in git("ls-remote", url).stderr
    assert git("ls-remote", lab_git.url_with_password("web")).stdout.endswith("refs/heads/main\n")
    # A stranger learns nothing about which names are taken.
    unknown = f"{lab_git.server()['url']}/unknown.git/info/refs?service=git-upload-pack"
    hidden = f"{lab_git.server()['url']}/web.git/info/refs?service=git-upload-pack"
    assert httpx.get(unknown).status_code == httpx.get(hidden).status_code == 401
    lab_git.set_private("web", False)
    assert git("ls-remote", url).returncode == 0


def test_a_repository_that_is_not_there(lab_git: GitClient) -> None:
    result = git("ls-remote", lab_git.url_with_password("unknown"))
    assert "not found" in result.stderr


@pytest.mark.parametrize("path", ["../../../etc/passwd", "web.git/HEAD", "web.git/slipway.json", "web.git/config"])
def test_nothing_but_smart_http_is_served(lab_git: GitClient, work_tree: WorkTree, path: str) -> None:
    assert httpx.get(f"{lab_git.server()['url']}/{path}").status_code == 404
    assert httpx.get(f"{lab_git.server()['url']}/web.git/info/refs").status_code == 403


@pytest.mark.parametrize("name", ["", "Web", "a/b", "..", "-x", "web.git", "a" * 101])
def test_names_that_cannot_be(lab_git: GitClient, name: str) -> None:
    with pytest.raises(AdminError, match="cannot name a repository"):
        lab_git.create(name)


def test_a_name_can_be_taken_once_and_again_after_deletion(lab_git: GitClient, work_tree: WorkTree) -> None:
    with pytest.raises(AdminError, match="There is a repository web already"):
        lab_git.create("web")
    lab_git.delete("web")
    with pytest.raises(AdminError, match="404"):
        lab_git.delete("web")
    assert lab_git.create("web")["branches"] == {}


def test_a_folder_becomes_the_same_first_commit_everywhere(
    lab_git: GitClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name / "app"
        (folder / "sub").mkdir(parents=True)
        (folder / "sub" / "file.txt").write_text("content\n")
        (folder / ".gitignore").write_text("*.log\n")
        (folder / f"{name}.log").write_text("noise\n")
        lab_git.create(name)
        assert lab_git.fill(name, folder) == first_commit(folder)
    commits = {repository["branches"]["main"] for repository in lab_git.repositories()}
    assert len(commits) == 1
    monkeypatch.chdir(tmp_path / "one")
    assert {first_commit(Path("app"))} == commits
    (tmp_path / "one" / "app" / "sub" / "file.txt").write_text("other\n")
    assert first_commit(tmp_path / "one" / "app") not in commits
    with pytest.raises(GitError, match="There is no folder"):
        first_commit(tmp_path / "three")


def test_everything_is_there_after_a_restart(own_lab_server: LabServer, tmp_path: Path) -> None:
    client = GitClient(own_lab_server.config)
    client.create("web", private=True)
    client.add_webhook("web", "http://127.0.0.1:1/hook", "key")
    tree = WorkTree(tmp_path / "web", client.url_with_password("web"))
    commit = tree.commit({"a.txt": "1\n"})
    assert tree.push().returncode == 0
    before, server = client.repositories(), client.server()
    assert own_lab_server.stop(signal.SIGTERM) == 0
    own_lab_server.start()
    assert client.server() == server
    assert client.repositories() == before
    assert before[0]["branches"] == {"main": commit}
    (hook,) = before[0]["webhooks"]
    assert (hook["id"], hook["url"], hook["insecure_ssl"]) == (1, "http://127.0.0.1:1/hook", False)
    assert git("ls-remote", client.url_with_password("web")).returncode == 0


def test_the_command_line(
    lab_server: LabServer, lab_git: GitClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import argparse
    import json

    parser = argparse.ArgumentParser()
    add_git_commands(parser.add_subparsers())

    def lab(*arguments: str) -> str:
        options = parser.parse_args(["git", *arguments])
        options.run(lab_server.config, options)
        return capsys.readouterr().out.strip()

    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "file.txt").write_text("content\n")
    url = lab("create", "web", "--from", str(tmp_path / "app"))
    commit = first_commit(tmp_path / "app")
    assert git("ls-remote", url).stdout.split() == [commit, "HEAD", commit, "refs/heads/main"]
    assert lab("create", "web", "--from", str(tmp_path / "app")) == url
    assert "webhook 1" in lab("webhook", "web", "http://127.0.0.1:1/hook")
    listed = json.loads(lab("list", "--json"))
    assert [(r["name"], [w["url"] for w in r["webhooks"]]) for r in listed] == [("web", ["http://127.0.0.1:1/hook"])]
    assert commit in lab("list")
    lab("webhook", "web", "http://127.0.0.1:1/hook", "--remove")
    with pytest.raises(GitError, match="it has these webhooks: none"):
        lab("webhook", "web", "http://127.0.0.1:1/hook", "--remove")
    assert json.loads(lab("login"))["username"] == "lab"
    lab("delete", "web")
    assert "No repositories" in lab("list")
