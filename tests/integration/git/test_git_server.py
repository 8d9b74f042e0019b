# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""git_files against the lab's Git server: smart HTTP with a password, and several that push at once."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from lab_git import lab_git
from lab_server import lab_server
from module_runner import run_module
from slipway_lab.git.client import GitClient

__all__ = ["lab_git", "lab_server"]


@pytest.fixture
def access(lab_git: GitClient) -> dict[str, Any]:
    """Options that lead to a private repository."""
    server = lab_git.server()
    repository = lab_git.create("platform", private=True)
    return {"repo_url": repository["url"], "username": server["username"], "token": server["password"]}


def branches(lab_git: GitClient) -> dict[str, str]:
    found: dict[str, str] = lab_git.repositories()[0]["branches"]
    return found


def test_life(lab_git: GitClient, access: dict[str, Any]) -> None:
    files = [{"path": "a.yaml", "content": "a: 1\n"}]
    check = run_module("git_files", check_mode=True, folder="x", files=files, **access)
    assert check["changes"] == ["create x/a.yaml"] and branches(lab_git) == {}
    first = run_module("git_files", folder="x", files=files, **access)
    assert first["changes"] == check["changes"]
    assert branches(lab_git) == {"main": first["commit"]}
    again = run_module("git_files", folder="x", files=files, **access)
    assert not again["changed"] and not again["failed"]
    removed = run_module("git_files", folder="x", purge=True, **access)
    assert removed["changes"] == ["delete x/a.yaml"]
    assert access["token"] not in repr([check, first, again, removed])


def test_wrong_and_missing_credentials(lab_git: GitClient, access: dict[str, Any]) -> None:
    for wrong in ({"token": "wrong-word"}, {"token": None, "username": None}):
        result = run_module("git_files", **{**access, **wrong})
        assert result["failed"] and "Check username and token" in result["msg"]
        assert "wrong-word" not in result["msg"]
    missing = {**access, "repo_url": access["repo_url"].replace("platform", "nothing")}
    assert "Check repo_url" in run_module("git_files", **missing)["msg"]


def test_the_password_is_on_no_command_line(
    lab_git: GitClient, access: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every program that git starts writes down how it was called."""
    log = tmp_path / "calls"
    real = next(Path(folder) / "git" for folder in ("/usr/bin", "/usr/local/bin") if (Path(folder) / "git").exists())
    spy = tmp_path / "bin" / "git"
    spy.parent.mkdir()
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {log}\nexec {real} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}:/usr/bin:/bin")
    assert run_module("git_files", files=[{"path": "a", "content": "1"}], **access)["changed"]
    calls = log.read_text()
    assert "push" in calls and access["repo_url"] in calls
    assert access["token"] not in calls


def test_many_at_once_lose_nothing(lab_git: GitClient, access: dict[str, Any]) -> None:

    run_module("git_files", files=[{"path": "start", "content": "1"}], **access)

    def push(number: int) -> None:
        # In processes of their own, as from several playbooks.
        code = (
            "import json, sys; sys.path[:0] = json.loads(sys.argv[1]); from module_runner import "
            "run_module; r = run_module('git_files', push_attempts=30, **json.loads(sys.stdin.read())); "
            "sys.exit(r['msg'] if r['failed'] else 0)"
        )

        options = {**access, "folder": "many", "files": [{"path": str(number), "content": "1"}]}
        tests = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", code, json.dumps([str(tests.parent / "collections"), str(tests)])],
            input=json.dumps(options), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(push, range(6)))
    clone = run_module("git_files", check_mode=True, folder="many", purge=True, **access)
    assert clone["changes"] == [f"delete many/{number}" for number in range(6)]
