# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in a lab's Git server, and what a developer does with them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import lab_instance
from slipway_lab.git.client import GitClient
from slipway_lab.git.first_commit import plain_git_environment

_EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
_DEVELOPER = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "Developer"), ("EMAIL", "developer@example.com"))
}


def create(environment: dict[str, str]) -> None:
    """Make their repositories, as `make demo` does."""
    for name in ("web", "shop"):
        command = [lab_instance.LAB, "git", "create", name, "--from", str(_EXAMPLES / name)]
        subprocess.run(command, env=environment, check=True)


def push(git: GitClient, repository: str, file: str, change: Callable[[str], str], folder: Path) -> str:
    """Change the text of a file of a repository on main, from a new clone; the commit. folder: not there yet."""

    def run_git(*arguments: str) -> str:
        result = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=plain_git_environment() | _DEVELOPER,
            capture_output=True,
            text=True,
            check=True,
        )
        return result.stdout.strip()

    folder.mkdir()
    run_git("clone", "--quiet", git.url_with_password(repository), ".")
    path = folder / file
    path.write_text(change(path.read_text()))
    run_git("commit", "--quiet", "--all", "--message", f"Change {file}")
    run_git("push", "--quiet")
    return run_git("rev-parse", "HEAD")


def push_replacement(git: GitClient, repository: str, file: str, change: tuple[str, str], folder: Path) -> str:
    """Push a change that replaces a text (old, new), as `push` does; the commit."""
    old, new = change

    def replaced(text: str) -> str:
        if old not in text:
            raise ValueError(f"{file} of {repository} does not have {old!r}")
        return text.replace(old, new)

    return push(git, repository, file, replaced, folder)
