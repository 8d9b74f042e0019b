# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's Git repository: commits files, and pushes them where a server is given."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from slipway_lab.git.first_commit import plain_git_environment

_IDENTITY = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))
}


def git(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A git command that asks nobody anything."""
    return subprocess.run(
        ["git", *arguments], cwd=cwd, env=plain_git_environment() | _IDENTITY,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


class WorkTree:
    """A work tree with its repository, on branch main. remote: its origin, with username and password to push."""

    def __init__(self, path: Path, remote: str = "") -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        if remote:
            self.git("remote", "add", "origin", remote)

    @property
    def url(self) -> str:
        """Where programs of this machine can clone it from."""
        return f"file://{self.path}"

    def git(self, *arguments: str) -> str:
        result = git(*arguments, cwd=self.path)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def commit(self, files: Mapping[str, str | None], message: str = "change") -> str:
        """Write (or with None remove) files and commit them; the commit."""
        for name, content in files.items():
            target = self.path / name
            if content is None:
                target.unlink()
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def push(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return git("push", "--quiet", "origin", *(arguments or ("main",)), cwd=self.path)
