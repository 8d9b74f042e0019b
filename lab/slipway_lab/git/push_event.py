# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a push changed, in the form of GitHub's `push` event.

Source of the form: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway_lab.git.repositories import Repository

_NO_OBJECT = "0" * 40
# As many as GitHub tells of one push.
_MOST_COMMITS = 2048
# Between commits and between fields of one; neither is found in names or messages.
_COMMIT, _FIELD = "\x1e", "\x1f"
_FORMAT = _COMMIT + _FIELD.join(("%H", "%T", "%cI", "%an", "%ae", "%cn", "%ce", "%B", ""))
_LISTS = {"A": "added", "D": "removed"}


def push_events(repository: Repository, before: Mapping[str, str], url: str, pusher: str) -> list[dict[str, Any]]:
    """One event for every ref that differs from what it was before, in the order of their names.

    before: object of every ref before the push; url: where the repository is, without .git
    """
    after = repository.refs()
    known = sorted(set(before.values()))
    about = {
        "repository": described_repository(repository, url),
        "pusher": {"name": pusher, "email": f"{pusher}@example.com"},
        "sender": {"login": pusher, "type": "User"},
    }
    changed = (ref for ref in sorted(before.keys() | after.keys()) if before.get(ref) != after.get(ref))
    changes = (_Change(ref, before.get(ref, _NO_OBJECT), after.get(ref, _NO_OBJECT)) for ref in changed)
    return [_event(repository, change, known, url) | about for change in changes]


@dataclass(frozen=True)
class _Change:
    ref: str
    before: str
    after: str


def _event(repository: Repository, change: _Change, known: list[str], url: str) -> dict[str, Any]:
    ref, before, after = change.ref, change.before, change.after
    created, deleted = before == _NO_OBJECT, after == _NO_OBJECT
    commits: list[dict[str, Any]] = []
    head = None
    forced = False
    if not deleted and ref.startswith("refs/heads/"):
        old = known if created else [before]
        commits = _commits(repository, url, [f"--max-count={_MOST_COMMITS}", "--reverse", after, "--not", *old])
        head = _commits(repository, url, ["--max-count=1", after])[0]
        # Something that was on the branch is not any more.
        forced = not created and bool(repository.git("rev-list", "--max-count=1", before, "--not", after))
    return {
        "ref": ref,
        "before": before,
        "after": after,
        "created": created,
        "deleted": deleted,
        "forced": forced,
        "base_ref": None,
        "compare": f"{url}/compare/{before[:12]}...{after[:12]}",
        "commits": commits,
        "head_commit": head,
    }


def described_repository(repository: Repository, url: str) -> dict[str, Any]:
    """As every event has it."""
    branch = repository.git("symbolic-ref", "--short", "HEAD").strip()
    return {
        "id": zlib.crc32(repository.name.encode()),
        "name": repository.name,
        "full_name": repository.name,
        "private": repository.settings.private,
        "html_url": url,
        "url": url,
        "clone_url": f"{url}.git",
        "git_url": f"{url}.git",
        "default_branch": branch,
        "master_branch": branch,
    }


def _commits(repository: Repository, url: str, selection: list[str]) -> list[dict[str, Any]]:
    log = repository.git(
        "log", "-z", "--name-status", "--no-renames", "--diff-merges=first-parent", f"--format={_FORMAT}", *selection
    )
    return [_commit(text, url) for text in log.split(_COMMIT)[1:]]


def _commit(text: str, url: str) -> dict[str, Any]:
    id_, tree, time, author, author_email, committer, committer_email, message, changes = text.split(_FIELD)
    files: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    names = [token for token in (part.strip("\n") for part in changes.split("\0")) if token]
    for status, path in zip(names[::2], names[1::2], strict=True):
        files[_LISTS.get(status, "modified")].append(path)
    return {
        "id": id_,
        "tree_id": tree,
        "distinct": True,
        "message": message.rstrip("\n"),
        "timestamp": time,
        "url": f"{url}/commit/{id_}",
        "author": {"name": author, "email": author_email},
        "committer": {"name": committer, "email": committer_email},
        **files,
    }
