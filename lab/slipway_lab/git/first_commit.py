# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns a folder into the first commit of a repository; the same content always gives the same commit."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from slipway_lab.git.errors import GitError
from slipway_lab.proxies import without_proxies

BRANCH = "main"
# Everything a commit's hash depends on but the content.
_IDENTITY = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "Slipway"), ("EMAIL", "slipway@example.com"), ("DATE", "2026-01-01T00:00:00Z"))
}


def first_commit(folder: Path) -> str:
    """Hash of the commit that push_first_commit makes of the folder. Raises GitError."""
    with tempfile.TemporaryDirectory(prefix="lab-git-") as directory:
        return _commit(folder, Path(directory))


def push_first_commit(folder: Path, url: str) -> str:
    """Push the folder as the first commit of an empty repository; its hash. url: with username and password."""
    with tempfile.TemporaryDirectory(prefix="lab-git-") as directory:
        repository = Path(directory)
        commit = _commit(folder, repository)
        _git(repository, "push", "--quiet", url, f"{commit}:refs/heads/{BRANCH}")
        return commit


def _commit(folder: Path, repository: Path) -> str:
    if not folder.is_dir():
        raise GitError(f"There is no folder {folder}.")
    folder = folder.resolve()
    _git(repository, "init", "--quiet", "--bare", f"--initial-branch={BRANCH}")
    # What the folder's own .gitignore names stays out; a user's global one does not count.
    _git(repository, f"--work-tree={folder}", "-c", "core.excludesFile=", "add", "--all", ".", cwd=folder)
    tree = _git(repository, "write-tree")
    return _git(repository, "commit-tree", "-m", f"{folder.name}: first commit", tree)


def _git(repository: Path, *arguments: str, cwd: Path | None = None) -> str:
    result = subprocess.run(
        ["git", f"--git-dir={repository}", *arguments],
        cwd=cwd or repository, env=plain_git_environment() | _IDENTITY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        raise GitError(f"git {arguments[0]} failed: {result.stderr.strip()}")
    return result.stdout.strip()


def plain_git_environment() -> dict[str, str]:
    """The environment without what would make git behave other than documented: settings of users and callers."""
    kept = {name: value for name, value in without_proxies(os.environ).items() if not name.startswith("GIT_")}
    return kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
