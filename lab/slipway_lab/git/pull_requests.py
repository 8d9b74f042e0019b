# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pull requests from one branch of a repository to another, and GitHub's event `pull_request`. There are no forks.

Source of the forms: https://docs.github.com/en/rest/pulls/pulls and
https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slipway_lab.git.errors import GitError
from slipway_lab.git.push_event import described_repository
from slipway_lab.git.repositories import PullRequest, Repositories, Repository, RepositorySettings

_STATES = ("open", "closed")
_BRANCHES = "refs/heads/"


class PullRequests:
    """tell: queues an event (its kind, what it says) for the webhooks of a repository.

    url: base of every repository's; user: who does all of it. Raises GitError for what GitHub would not take.
    """

    def __init__(
        self, repositories: Repositories, tell: Callable[[Repository, str, dict[str, Any]], None], url: str, user: str
    ) -> None:
        self._repositories = repositories
        self._tell = tell
        self._url = url
        self._user = user

    def open(
        self, repository: Repository, settings: RepositorySettings, title: str, head: str, base: str
    ) -> PullRequest:
        refs = repository.refs()
        for field, branch in (("head", head), ("base", base)):
            if _BRANCHES + branch not in refs:
                raise GitError(f"{field} is invalid: there is no branch {branch!r}")
        if any((one.head, one.base, one.state) == (head, base, "open") for one in settings.pull_requests):
            raise GitError(f"A pull request already exists for {head}.")
        if not repository.git("rev-list", "--max-count=1", _BRANCHES + head, "--not", _BRANCHES + base):
            raise GitError(f"No commits between {base} and {head}")
        pull = PullRequest(
            number=len(settings.pull_requests) + 1, title=title, head=head, base=base, sha=refs[_BRANCHES + head]
        )
        settings.pull_requests.append(pull)
        self._told(repository, pull, "opened")
        return pull

    def change(self, repository: Repository, pull: PullRequest, state: str) -> None:
        """Close it, or open it again."""
        if state not in _STATES:
            raise GitError(f"state is {state!r}; give one of {', '.join(_STATES)}")
        if pull.state != state:
            pull.state = state
            pull.sha = repository.refs().get(_BRANCHES + pull.head, pull.sha)
            self._told(repository, pull, "closed" if state == "closed" else "reopened")

    def pushed(self, repository: Repository, before: Mapping[str, str]) -> None:
        """Tell of those whose head a push has moved, and close those that it has taken a branch from."""
        after = repository.refs()
        if after == before:
            return
        with self._repositories.change(repository.name) as settings:
            for pull in settings.pull_requests:
                if pull.state != "open":
                    continue
                head = after.get(_BRANCHES + pull.head)
                if head is None or _BRANCHES + pull.base not in after:
                    pull.state = "closed"
                    self._told(repository, pull, "closed")
                elif head != pull.sha:
                    old, pull.sha = pull.sha, head
                    self._told(repository, pull, "synchronize", before=old, after=head)

    def described(self, repository: Repository, pull: PullRequest) -> dict[str, Any]:
        url = f"{self._url}/{repository.name}"
        about = described_repository(repository, url)
        base = repository.refs().get(_BRANCHES + pull.base)
        return {
            "number": pull.number,
            "state": pull.state,
            "title": pull.title,
            "html_url": f"{url}/pull/{pull.number}",
            "user": {"login": self._user, "type": "User"},
            "head": {"label": pull.head, "ref": pull.head, "sha": pull.sha, "repo": about},
            "base": {"label": pull.base, "ref": pull.base, "sha": base, "repo": about},
            "draft": False,
            "merged": False,
        }

    def _told(self, repository: Repository, pull: PullRequest, action: str, **more: str) -> None:
        event = {
            "action": action,
            "number": pull.number,
            **more,
            "pull_request": self.described(repository, pull),
            "repository": described_repository(repository, f"{self._url}/{repository.name}"),
            "sender": {"login": self._user, "type": "User"},
        }
        self._tell(repository, "pull_request", event)
