# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Bring declared files into a branch of a repository elsewhere, also while others push to it."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError, WaitTimeoutError
from .._outcome import Outcome
from .._sealed_secrets.short_names import texts_named_shortly
from .declared_files import SUBMODULE, Declared, Entry, FileChange, changes_to, declared_files
from .remote_branch import Access, Author, RemoteBranch

FILES_SPEC = ArgumentSpec(
    options={
        "repo_url": {"type": "str", "required": True},
        "branch": {"type": "str", "default": "main"},
        "create_branch": {"type": "bool", "default": False},
        "folder": {"type": "str", "default": ""},
        "files": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "path": {"type": "str", "required": True},
                "content": {"type": "str"},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            },
        },
        "purge": {"type": "bool", "default": False},
        "commit_message": {"type": "str"},
        "author_name": {"type": "str", "default": "Slipway"},
        "author_email": {"type": "str", "default": "slipway@localhost"},
        "username": {"type": "str"},
        "token": {"type": "str", "no_log": True},
        "ssh_key_file": {"type": "path"},
        "ssh_known_hosts_file": {"type": "path"},
        "ca_cert": {"type": "path"},
        "push_attempts": {"type": "int", "default": 10},
        "git_timeout": {"type": "int", "default": 120},
    },
)
LONGEST_PAUSE_SECONDS = 4.0
SHOWN_FILES = 10


@dataclass(frozen=True)
class _Base:
    """What a commit is made on top of. commit: "" in an empty repository; new_branch: the branch is not there yet."""

    commit: str
    new_branch: bool


def keep_files(params: Mapping[str, Any], *, check_mode: bool) -> Outcome:
    """Bring the files to what is declared; what a module run does. Raises SlipwayError."""
    declared = declared_files(params["folder"] or "", params["files"] or [], params["purge"])
    _check_options(params)
    with tempfile.TemporaryDirectory(prefix="slipway-git-") as directory:
        branch = RemoteBranch(_access(params), params["branch"], Path(directory))
        return _Keeper(branch, declared, params).run(check_mode=check_mode)


class _Keeper:
    def __init__(self, branch: RemoteBranch, declared: Declared, params: Mapping[str, Any]) -> None:
        self.branch = branch
        self.declared = declared
        self.params = params

    def run(self, *, check_mode: bool) -> Outcome:
        """Fetch, change, push; from the start again while others are quicker."""
        attempts = self.params["push_attempts"]
        words = ""
        for attempt in range(attempts):
            base = self._fetch()
            changes = changes_to(self.declared, self.branch.tree())
            if not changes or check_mode:
                return self._outcome(base.commit, base.commit, changes)
            diff = [self._diff(change) for change in changes]
            author = Author(self.params["author_name"], self.params["author_email"])
            message = self.params["commit_message"] or _message(changes)
            commit = self.branch.commit(base.commit, changes, message, author)
            words = self.branch.push(commit)
            if not words:
                return self._outcome(commit, base.commit, changes, diff)
            head = self.branch.fetch()
            if head == commit:
                # The push arrived, only the answer did not.
                return self._outcome(commit, base.commit, changes, diff)
            if head == ("" if base.new_branch else base.commit):
                # Nobody was quicker: the server does not want it.
                raise self.branch.refused(words)
            # Several that push at once must not stay in step.
            time.sleep(random.uniform(0, min(0.1 * 2**attempt, LONGEST_PAUSE_SECONDS)))  # noqa: S311
        raise WaitTimeoutError(
            f"Others pushed to branch {self.params['branch']} of {self.params['repo_url']} before each of "
            f"{attempts} attempts: {words}.",
            "Nothing of this was pushed. Run again, or raise push_attempts.",
        )

    def _fetch(self) -> _Base:
        commit = self.branch.fetch()
        if commit:
            return _Base(commit, new_branch=False)
        commit, default = self.branch.fetch_default()
        if commit and not self.params["create_branch"]:
            raise InvalidInputError(
                f"{self.params['repo_url']} has no branch {self.params['branch']}; its default branch is {default}.",
                "Give a branch that it has, or set create_branch to true.",
            )
        return _Base(commit, new_branch=True)

    def _outcome(
        self, commit: str, before: str, changes: list[FileChange], diff: list[dict[str, str]] | None = None
    ) -> Outcome:
        shown = [self._diff(change) for change in changes] if diff is None else diff
        data = {
            "commit": commit or None,
            "before_commit": before or None,
            "branch": self.params["branch"],
            "diff": shown,
        }
        return Outcome([change.describe() for change in changes], data=data)

    def _diff(self, change: FileChange) -> dict[str, str]:
        before, after = texts_named_shortly(self._text_before(change.before), _text(change.content or b""))
        return {"before_header": change.path, "after_header": change.path, "before": before, "after": after}

    def _text_before(self, entry: Entry | None) -> str:
        if entry is None:
            return ""
        return f"(submodule {entry.blob})\n" if entry.mode == SUBMODULE else _text(self.branch.content(entry))


def _check_options(params: Mapping[str, Any]) -> None:
    if params["push_attempts"] < 1 or params["git_timeout"] < 1:
        raise InvalidInputError("push_attempts and git_timeout are 1 at least.")
    for option in ("ssh_key_file", "ssh_known_hosts_file", "ca_cert"):
        if params[option] and not Path(params[option]).is_file():
            raise InvalidInputError(f"{option} names {params[option]}, which is not a file.", "Give its right path.")
    for option in ("author_name", "author_email"):
        if not params[option].strip() or any(character in params[option] for character in "<>\n"):
            raise InvalidInputError(f"{option} is {params[option]!r}, which Git cannot write into a commit.")


def _access(params: Mapping[str, Any]) -> Access:
    return Access(
        url=params["repo_url"],
        username=params["username"] or "",
        token=params["token"] or "",
        ssh_key_file=params["ssh_key_file"] or "",
        ssh_known_hosts_file=params["ssh_known_hosts_file"] or "",
        ca_cert=params["ca_cert"] or "",
        timeout=params["git_timeout"],
    )


def _message(changes: list[FileChange]) -> str:
    """A commit message that names the files."""
    deeds = [change.describe() for change in changes]
    if len(deeds) == 1:
        return deeds[0][0].upper() + deeds[0][1:]
    more = [f"- and {len(deeds) - SHOWN_FILES} more"] if len(deeds) > SHOWN_FILES else []
    return "\n".join([f"Change {len(deeds)} files", "", *(f"- {deed}" for deed in deeds[:SHOWN_FILES]), *more])


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"(binary, {len(content)} bytes)\n"
