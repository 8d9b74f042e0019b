# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Folders of repositories as Argo CD's repo server sees them, before an application comes from there."""

from __future__ import annotations

from .._argument_spec import ArgumentSpec
from .._outcome import Outcome
from .._reconcile import JsonObject
from .client import Client
from .module import Run
from .transport import Answer, to_error

# Of an application that is there Argo CD tells only sources that it had, so it is asked for one that is not.
NOBODY = "slipway-source-info"
# The repo server's words (upstream: util/app/path/path.go).
NO_FOLDER = "app path does not exist"
FORBIDDEN = (401, 403)

SOURCE_INFO_SPEC = ArgumentSpec(
    options={
        "sources": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "name": {"type": "str", "required": True},
                "repo": {"type": "str", "required": True},
                "path": {"type": "str", "required": True},
                "revision": {"type": "str", "default": "HEAD"},
                "project": {"type": "str", "default": "default"},
                "application": {"type": "str"},
            },
        }
    }
)


def source_info(run: Run) -> Outcome:
    """Whether each of the sources can be deployed."""
    return Outcome(data={"sources": [_look(run.client, one) for one in run.params["sources"]]})


def _look(client: Client, wanted: JsonObject) -> JsonObject:
    repo, path, revision = wanted["repo"], wanted["path"], wanted["revision"]
    if wanted["application"]:
        # The repo server keeps for minutes which commits a repository's branches are at; to compare an application it
        # asks anew (upstream: reposerver/repository.go, NoRevisionCache), and knows a push of a moment ago then.
        query = {"project": wanted["project"], "refresh": "normal"}
        client.get(f"compare application {wanted['application']}", "applications", wanted["application"], query=query)
    body = {
        "source": {"repoURL": repo, "path": path, "targetRevision": revision},
        "appName": NOBODY,
        "appProject": wanted["project"],
    }
    answer = client.call("POST", "repositories", repo, "appdetails", body=body)
    if answer.status in FORBIDDEN:
        raise to_error(answer, f"look at {path} of {repo}")
    problem = "" if answer.ok else _problem(answer, repo, path, revision)
    return {"name": wanted["name"], "found": answer.ok, "type": str(answer.body.get("type", "")), "problem": problem}


def _problem(answer: Answer, repo: str, path: str, revision: str) -> str:
    if NO_FOLDER in answer.error:
        return f"{repo} has no folder {path} at {revision}"
    return f"Argo CD cannot use {path} of {repo} at {revision}: {answer.error.strip().rstrip('.')}"
