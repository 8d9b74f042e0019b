# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bare repositories below LAB_HOME/git, and what the lab knows of each."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from slipway_lab.git.errors import GitError
from slipway_lab.git.first_commit import BRANCH, plain_git_environment

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
_SETTINGS = "slipway.json"


class Webhook(BaseModel):
    """Where what happens to a repository is told.

    secret: key of the signature, "" for none; insecure_ssl: whether any certificate is good enough
    events: what is told of, in GitHub's words; there are push and pull_request
    """

    model_config = ConfigDict(extra="forbid")

    id: int
    url: str
    secret: str = ""
    insecure_ssl: bool = False
    events: list[str] = ["push"]
    active: bool = True


class PullRequest(BaseModel):
    """One branch that is offered to another. sha: the commit that head was last seen at; state: open or closed"""

    number: int
    title: str
    head: str
    base: str
    sha: str
    state: str = "open"


class RepositorySettings(BaseModel):
    """private: reading needs the password too. next_webhook: id of the next one, ids are not used twice."""

    private: bool = False
    webhooks: list[Webhook] = []
    next_webhook: int = 1
    pull_requests: list[PullRequest] = []


@dataclass(frozen=True)
class Repository:
    """One bare repository."""

    name: str
    path: Path

    @property
    def settings(self) -> RepositorySettings:
        return RepositorySettings.model_validate_json((self.path / _SETTINGS).read_bytes())

    def refs(self) -> dict[str, str]:
        """Object of every branch and tag."""
        lines = self.git("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        return {ref: commit for commit, _, ref in (line.partition(" ") for line in lines)}

    def git(self, *arguments: str) -> str:
        """Output of a git command. Raises GitError."""
        result = subprocess.run(
            ["git", f"--git-dir={self.path}", *arguments],
            env=plain_git_environment(), capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        if result.returncode:
            raise GitError(f"git {arguments[0]} failed in repository {self.name}: {result.stderr.strip()}")
        return result.stdout


class Repositories:
    """All repositories of a lab. Safe to use from several threads of one process."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    def list(self) -> list[Repository]:
        found = sorted(path for path in self._directory.glob("*.git") if (path / _SETTINGS).is_file())
        return [Repository(path.stem, path) for path in found]

    def find(self, name: str) -> Repository | None:
        if not _NAME.fullmatch(name):
            return None
        path = self._directory / f"{name}.git"
        return Repository(name, path) if (path / _SETTINGS).is_file() else None

    def create(self, name: str, private: bool) -> Repository:
        """An empty repository. GitError when the name cannot be used or is taken."""
        if not _NAME.fullmatch(name) or name.endswith(".git"):
            raise GitError(
                f"{name!r} cannot name a repository: lower case letters, digits, and - _ . between them, at most 100."
            )
        path = self._directory / f"{name}.git"
        with self._lock:
            if path.exists():
                raise GitError(f"There is a repository {name} already.")
            new = self._directory / f".{name}.new"
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True)
            # No hooks of a template: what a push does here depends on nothing of the host.
            Repository(name, new).git("init", "--quiet", "--bare", "--template=", f"--initial-branch={BRANCH}")
            _write(new, RepositorySettings(private=private))
            new.rename(path)
        return Repository(name, path)

    def delete(self, name: str) -> None:
        """Remove a repository. GitError when there is none."""
        with self._lock:
            gone = self._directory / f".{name}.deleted"
            shutil.rmtree(gone, ignore_errors=True)
            self._require(name).path.rename(gone)
        shutil.rmtree(gone)

    @contextmanager
    def change(self, name: str) -> Iterator[RepositorySettings]:
        """Settings of a repository; what is changed in them is kept. GitError when there is no such repository."""
        with self._lock:
            repository = self._require(name)
            settings = repository.settings
            yield settings
            _write(repository.path, settings)

    def _require(self, name: str) -> Repository:
        repository = self.find(name)
        if repository is None:
            raise GitError(f"There is no repository {name}.")
        return repository


def _write(path: Path, settings: RepositorySettings) -> None:
    temporary = path / f"{_SETTINGS}.new"
    temporary.touch(mode=0o600)
    temporary.write_text(settings.model_dump_json(indent=1))
    temporary.replace(path / _SETTINGS)
