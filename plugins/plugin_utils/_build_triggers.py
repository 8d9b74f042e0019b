# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a forge's webhooks starts a build: Tekton's interceptors and the commit to build, by kind of forge. Pure.

Forms of the events:
  GitHub           https://docs.github.com/en/webhooks/webhook-events-and-payloads
  Gitea, Forgejo   modules/structs/hook.go of go-gitea/gitea. Its pushes have no `deleted`, a list of files that is
                   empty is null, a pull request that got commits is "synchronized", and of a push of many commits
                   only the newest are told, with their number in `total_commits`. It signs as GitHub does and names
                   the event in X-GitHub-Event too, beside headers of its own.
  GitLab           https://docs.gitlab.com/user/project/integrations/webhook_events/. It signs nothing: the secret
                   itself is in X-Gitlab-Token. 20 commits are told, with their number in `total_commits_count`.
A filter is an expression in CEL; one that fails, as on a field that is not there, starts nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._plain import plain

JsonObject = dict[str, Any]

# What a ref points to that was deleted.
NO_COMMIT = "0" * 40


@dataclass(frozen=True)
class Forge:
    """How a kind of forge tells of what happened.

    interceptor: Tekton's, which proves that it was the forge
    push, pull_request: its names of the two events
    url: where the repository's URL is in both
    total: where the number of commits of a push is
    offered: CEL, a pull request that was opened or got commits
    own: CEL, a pull request that comes from the repository itself. Of forks: anybody could have code run here
    target, head: branch that a pull request goes to, and its newest commit
    """

    interceptor: str
    push: str
    pull_request: str
    url: str
    total: str
    offered: str
    own: str
    target: str
    head: str


FORGES: Mapping[str, Forge] = {
    "github": Forge(
        interceptor="github",
        push="push",
        pull_request="pull_request",
        url="body.repository.clone_url",
        total="total_commits",
        offered='body.action in ["opened", "synchronize", "synchronized", "reopened"]',
        own="body.pull_request.head.repo.full_name == body.repository.full_name",
        target="body.pull_request.base.ref",
        head="body.pull_request.head.sha",
    ),
    "gitlab": Forge(
        interceptor="gitlab",
        push="Push Hook",
        pull_request="Merge Request Hook",
        url="body.project.git_http_url",
        total="total_commits_count",
        # An update without oldrev is one of its words, not of its commits.
        offered='(body.object_attributes.action in ["open", "reopen"]'
        ' || (body.object_attributes.action == "update" && has(body.object_attributes.oldrev)))',
        own="body.object_attributes.source_project_id == body.object_attributes.target_project_id",
        target="body.object_attributes.target_branch",
        head="body.object_attributes.last_commit.id",
    ),
}


def build_triggers(build: Mapping[str, Any]) -> list[JsonObject]:
    """The events that start something, each with what Tekton needs to know it.

    build: forge (of FORGES), repo (URL), branch, ignored (beginnings of paths whose changes start nothing: above all
        those of the overlays, whose commits builds make themselves), pull_requests

    Returns event (push or pull-request), interceptor (name of Tekton's), event_type (the forge's name of the event),
    filter (CEL) and revision (where the commit to build is in the event).
    """
    build = plain(dict(build))
    forge = FORGES[build["forge"]]
    triggers = [_trigger(forge, "push", forge.push, _push_filter(forge, build), "body.after")]
    if build["pull_requests"]:
        told = _pull_request_filter(forge, build)
        triggers.append(_trigger(forge, "pull-request", forge.pull_request, told, forge.head))
    return triggers


def _trigger(forge: Forge, event: str, event_type: str, told: str, revision: str) -> JsonObject:
    return {
        "event": event,
        "interceptor": forge.interceptor,
        "event_type": event_type,
        "filter": told,
        "revision": f"$({revision})",
    }


def _push_filter(forge: Forge, build: Mapping[str, Any]) -> str:
    """A push to the branch that changes something else than what is ignored, or that tells only a part of itself."""
    ignored = " || ".join(f"f.startsWith({json.dumps(path)})" for path in build["ignored"])
    lists = json.dumps(["added", "modified", "removed"])
    changes = f"body.commits.exists(c, {lists}.exists(k, k in c && c[k] != null && c[k].exists(f, !({ignored}))))"
    untold = f"has(body.{forge.total}) && double(body.{forge.total}) > double(size(body.commits))"
    return _all_of(
        _repository(forge.url, build["repo"]),
        f"body.ref == {json.dumps('refs/heads/' + build['branch'])}",
        f'body.after != "{NO_COMMIT}"',
        "body.commits != null",
        f"({changes} || ({untold}))",
    )


def _pull_request_filter(forge: Forge, build: Mapping[str, Any]) -> str:
    return _all_of(
        _repository(forge.url, build["repo"]),
        forge.offered,
        forge.own,
        f"{forge.target} == {json.dumps(build['branch'])}",
    )


def _repository(where: str, url: str) -> str:
    name = url.removesuffix(".git")
    return f"{where} in {json.dumps([name, name + '.git'])}"


def _all_of(*conditions: str) -> str:
    return " && ".join(conditions)
