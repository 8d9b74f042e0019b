# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""git_files on repositories of this machine: commits, races, refusals. The server's part is in tests/integration."""

from __future__ import annotations

import os
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._git.keep_files import keep_files
from module_runner import run_module
from unit.contracts.test_completeness import PLUGINS, arguments_of, differences, documentation, tasks_of, undocumented


class Origin:
    """A bare repository that is pushed to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"file://{path}"
        path.mkdir()
        self.git("init", "--quiet", "--bare", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        identity = {f"GIT_{role}_{field}": "test" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, capture_output=True, text=True, check=False,
            env={**os.environ, **identity},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def files(self, branch: str = "main") -> dict[str, str]:
        names = self.git("ls-tree", "-r", "--name-only", branch).splitlines()
        return {name: self.git("show", f"{branch}:{name}") for name in names}

    def hook(self, name: str, script: str) -> None:
        path = self.path / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    return Origin(tmp_path / "origin.git")


def keep(origin: Origin, files: dict[str, str | None] | None = None, **options: Any) -> dict[str, Any]:
    listed = [
        {"path": path, "state": "absent"} if content is None else {"path": path, "content": content}
        for path, content in (files or {}).items()
    ]
    result = run_module("git_files", repo_url=origin.url, files=listed, **options)
    assert not result["failed"], result
    return result


def refused(origin: Origin, **options: Any) -> str:
    result = run_module("git_files", **{"repo_url": origin.url, **options})
    assert result["failed"], result
    return str(result["msg"])


def test_life(origin: Origin) -> None:
    check = keep(origin, {"a.yaml": "a: 1\n"}, folder="x", check_mode=True)
    assert check["changes"] == ["create x/a.yaml"] and check["commit"] is None
    assert origin.git("for-each-ref") == ""
    first = keep(origin, {"a.yaml": "a: 1\n"}, folder="x")
    assert first["changes"] == check["changes"] and first["diff"] == check["diff"]
    assert first["diff"] == [{"before_header": "x/a.yaml", "after_header": "x/a.yaml", "before": "", "after": "a: 1\n"}]
    assert first["commit"] == origin.git("rev-parse", "main") and first["before_commit"] is None

    again = keep(origin, {"a.yaml": "a: 1\n"}, folder="x")
    assert not again["changed"] and again["commit"] == again["before_commit"] == first["commit"]

    wanted: dict[str, str | None] = {"a.yaml": "a: 2\n", "b.yaml": "b: é\n"}
    check = keep(origin, wanted, folder="x", check_mode=True)
    second = keep(
        origin, wanted, folder="x", commit_message="a message", author_name="Ada", author_email="ada@example.com"
    )
    assert second["changes"] == check["changes"] == ["change x/a.yaml", "create x/b.yaml"]
    assert second["diff"] == check["diff"]
    assert second["before_commit"] == first["commit"]
    log = origin.git("log", "-1", "--format=%an <%ae> %cn: %s")
    assert log == "Ada <ada@example.com> Ada: a message"
    assert origin.git("rev-list", "--count", "main") == "2"

    keep(origin, {"other.yaml": "1"})
    purged = keep(origin, {"b.yaml": "b: é\n"}, folder="x", purge=True)
    assert purged["changes"] == ["delete x/a.yaml"]
    assert origin.files() == {"x/b.yaml": "b: é", "other.yaml": "1"}
    assert keep(origin, {"other.yaml": None})["changes"] == ["delete other.yaml"]
    assert not keep(origin, {"other.yaml": None})["changed"]


def test_the_message_names_the_files(origin: Origin) -> None:
    keep(origin, {"a": "1"})
    assert origin.git("log", "-1", "--format=%B") == "Create a"
    keep(origin, {"a": "2", "b": "1"})
    assert origin.git("log", "-1", "--format=%B") == "Change 2 files\n\n- change a\n- create b"


def test_modes_links_and_binary_content(origin: Origin, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (work / "run.sh").write_text("1")
    (work / "run.sh").chmod(0o755)
    (work / "x").mkdir()
    (work / "x/link").symlink_to(victim)
    (work / "x/out").symlink_to(tmp_path)
    (work / "x/binary").write_bytes(b"\xff\x00")
    origin.git("--work-tree", str(work), "add", "--all")
    origin.git("--work-tree", str(work), "commit", "--quiet", "--message", "first")
    assert "x/link is a symbolic link" in refused(origin, files=[{"path": "x/link", "content": "2"}])
    assert "x/out is a file in the repository" in refused(origin, files=[{"path": "x/out/victim", "content": "2"}])
    result = keep(origin, {"run.sh": "2"})
    assert origin.git("ls-tree", "main", "run.sh").startswith("100755 ")
    assert result["diff"][0]["before"] == "1"
    purged = keep(origin, {}, folder="x", purge=True)
    assert {one["before"] for one in purged["diff"]} == {"(binary, 2 bytes)\n", str(victim), str(tmp_path)}
    assert victim.read_text() == "mine"


def test_branches(origin: Origin) -> None:
    assert keep(origin, {"a": "1"}, branch="trunk")["changed"]
    origin.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    message = refused(origin, branch="new/one", files=[{"path": "a", "content": "2"}])
    assert "has no branch new/one; its default branch is trunk" in message
    made = keep(origin, {"a": "2"}, branch="new/one", create_branch=True)
    assert made["before_commit"] == origin.git("rev-parse", "trunk")
    assert origin.files("new/one") == {"a": "2"} and origin.files("trunk") == {"a": "1"}
    # A name that ends in ours is another branch.
    keep(origin, {"a": "3"}, branch="refs/heads/main", create_branch=True)
    assert "has no branch main" in refused(origin, files=[])
    assert "which is no name of a branch" in refused(origin, branch="a..b")


def test_someone_else_is_quicker(origin: Origin) -> None:
    """While our push is on its way another commit takes the branch: ours is made again on top of it."""
    keep(origin, {"a": "1"})
    theirs = origin.git("commit-tree", "main^{tree}", "-p", "main", "-m", "theirs")
    # A hook may not move references while objects are in quarantine, so this one is told that there is none.
    origin.hook(
        "pre-receive",
        f"test -e raced && exit 0; touch raced; env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main {theirs}",
    )
    result = keep(origin, {"a": "2"})
    assert result["before_commit"] == theirs
    assert origin.git("log", "--format=%s", "main").splitlines() == ["Change a", "theirs", "Create a"]
    assert (origin.path / "raced").exists()


def test_many_at_once_lose_nothing(origin: Origin) -> None:
    keep(origin, {"start": "1"})

    def push(number: int) -> None:
        params = {
            "repo_url": origin.url, "branch": "main", "create_branch": False, "folder": "many", "purge": False,
            "files": [{"path": str(number), "content": "1", "state": "present"}], "commit_message": None,
            "author_name": "test", "author_email": "test@example.com", "username": None, "token": None,
            "ssh_key_file": None, "ssh_known_hosts_file": None, "ca_cert": None, "push_attempts": 30,
            "git_timeout": 60,
        }  # fmt: skip
        assert keep_files(params, check_mode=False).changes == [f"create many/{number}"]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(push, range(8)))
    assert set(origin.files()) == {"start", *(f"many/{number}" for number in range(8))}
    assert origin.git("rev-list", "--count", "main") == "9"


def test_an_answer_that_is_lost(origin: Origin) -> None:
    """The push arrives, but git is told that it failed: it is not committed twice."""
    keep(origin, {"a": "1"})
    origin.hook("post-receive", "kill -9 $PPID")
    result = keep(origin, {"a": "2"})
    assert result["commit"] == origin.git("rev-parse", "main")
    assert origin.git("rev-list", "--count", "main") == "2"


def test_a_server_that_does_not_want_it(origin: Origin) -> None:
    keep(origin, {"a": "1"})
    origin.hook("pre-receive", "echo 'main is protected: ask for a review' >&2; exit 1")
    message = refused(origin, files=[{"path": "a", "content": "2"}])
    assert "Cannot push to branch main" in message and "main is protected: ask for a review" in message
    assert "name another one" in message
    assert origin.files() == {"a": "1"}


def test_settings_of_the_user_do_not_count(origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-push").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-push").chmod(0o755)
    (tmp_path / ".gitconfig").write_text(
        f"[core]\n\thooksPath = {hooks}\n\tautocrlf = true\n[commit]\n\tgpgsign = true\n[user]\n\tname = Me\n"
    )
    with monkeypatch.context() as environment:
        environment.setenv("HOME", str(tmp_path))
        environment.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
        keep(origin, {"a": "1\r\n"})
    assert origin.git("cat-file", "-s", "main:a") == "3"
    assert origin.git("log", "-1", "--format=%an") == "Slipway"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"repo_url": "https://me:secret-word@git.example.com/x"}, "has a name or password in it"),
        ({"repo_url": "ext::sh -c touch% /tmp/x"}, "no address of a repository"),
        ({"repo_url": "--upload-pack=touch"}, "no address of a repository"),
        ({"repo_url": "file:///no/such/repository"}, "Check repo_url"),
        ({"repo_url": "http://127.0.0.1:1/x"}, "Check the host in repo_url"),
        ({"ssh_key_file": "/no/such/key"}, "ssh_key_file names /no/such/key, which is not a file"),
        ({"token": "secret-word\nurl=https://elsewhere"}, "has a line break in it"),
        ({"token": "x", "username": "secret-word\n"}, "ends with a line break"),
        ({"ca_cert": __file__}, "which holds no certificate in PEM"),
        ({"author_email": "a <b>"}, "author_email is"),
        ({"push_attempts": 0}, "push_attempts and git_timeout are 1 at least"),
        ({"purge": True}, "purge needs folder"),
    ],
)
def test_bad_input(origin: Origin, options: dict[str, Any], words: str) -> None:
    message = refused(origin, **options)
    assert words in message
    assert "secret-word" not in message


def test_no_git(origin: Origin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git is not installed" in refused(origin)


def test_a_server_that_never_answers(origin: Origin) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        assert "took longer than 1 s" in refused(origin, repo_url=url, git_timeout=1)


def test_documentation() -> None:
    doc, examples, returned = documentation("git_files")
    spec = arguments_of("git_files")["argument_spec"]
    assert differences(spec, doc["options"]) == []
    assert [name for name, option in spec.items() if option.get("no_log")] == ["token"]
    assert doc["attributes"]["check_mode"]["support"] == doc["attributes"]["diff_mode"]["support"] == "full"
    for value in returned.values():
        assert value["description"] and value["returned"] and value["type"]
        assert "sample" in value or "contains" in value
    for task in tasks_of(examples):
        assert undocumented(task["slipway.gitops.git_files"], doc["options"], "") == []
    assert not (PLUGINS / "action" / "git_files.py").exists()
