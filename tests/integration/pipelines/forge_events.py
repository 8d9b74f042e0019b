# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What forges tell of a push and of a pull request, cut down to what says something.

GitHub: https://docs.github.com/en/webhooks/webhook-events-and-payloads
Gitea, Forgejo: modules/structs/hook.go and pull.go of go-gitea/gitea
GitLab: https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from __future__ import annotations

from typing import Any

URL = "https://git.example.com/team/web.git"
OLD, NEW, NONE = "1" * 40, "2" * 40, "0" * 40
MAIN = "refs/heads/main"

Event = dict[str, Any]


def github_push(*commits: Event, ref: str = MAIN, after: str = NEW, url: str = URL, **more: Any) -> Event:
    return {
        "ref": ref,
        "before": OLD,
        "after": after,
        "created": False,
        "deleted": after == NONE,
        "forced": False,
        "commits": list(commits),
        "repository": {"full_name": "team/web", "clone_url": url},
    } | more


def github_commit(**files: list[str]) -> Event:
    return {"id": NEW, "added": [], "removed": [], "modified": [], **files}


def gitea_push(*commits: Event, ref: str = MAIN, after: str = NEW, url: str = URL, **more: Any) -> Event:
    return {
        "ref": ref,
        "before": OLD,
        "after": after,
        "compare_url": "https://git.example.com/team/web/compare/1...2",
        "commits": list(commits) or None,
        "total_commits": len(commits),
        "repository": {"full_name": "team/web", "clone_url": url},
        "pusher": {"login": "dev"},
    } | more


def gitea_commit(**files: list[str]) -> Event:
    return {"id": NEW, "added": None, "removed": None, "modified": None, **files}


def gitlab_push(*commits: Event, ref: str = MAIN, after: str = NEW, url: str = URL, **more: Any) -> Event:
    return {
        "object_kind": "push",
        "event_name": "push",
        "ref": ref,
        "before": OLD,
        "after": after,
        "checkout_sha": None if after == NONE else after,
        "project": {"path_with_namespace": "team/web", "git_http_url": url},
        "commits": list(commits),
        "total_commits_count": len(commits),
        "repository": {"name": "web", "git_http_url": url},
    } | more


def github_pull_request(action: str = "opened", source: str = "team/web", target: str = "main") -> Event:
    return {
        "action": action,
        "number": 1,
        "pull_request": {
            "base": {"ref": target, "repo": {"full_name": "team/web"}},
            "head": {"ref": "change", "sha": NEW, "repo": {"full_name": source}},
        },
        "repository": {"full_name": "team/web", "clone_url": URL},
    }


def gitlab_merge_request(action: str = "open", source: int = 1, target: str = "main", **more: Any) -> Event:
    return {
        "object_kind": "merge_request",
        "project": {"path_with_namespace": "team/web", "git_http_url": URL},
        "object_attributes": {
            "action": action,
            "source_project_id": source,
            "target_project_id": 1,
            "target_branch": target,
            "last_commit": {"id": NEW},
        }
        | more,
    }
