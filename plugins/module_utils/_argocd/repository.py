# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Repositories, and credentials for all repositories whose URL begins alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError, ObjectFailedError, raise_all
from .._grammar import Rule, at_least, optional, problems_of
from .._outcome import Outcome
from .._reconcile import JsonObject
from . import grammar
from .api_schema import DEFINITIONS
from .client import Client
from .module import Run
from .options import options_of, snake_case, to_api
from .stored_credentials import Probe, probe, refuse_loss
from .values import canonical, differences

STATE: dict[str, Any] = {"type": "str", "choices": ["present", "absent"], "default": "present"}
# Written by Argo CD, or replaced by another field (insecureIgnoreHostKey by insecure).
NOT_OPTIONS = frozenset({"connectionState", "inheritedCreds", "insecureIgnoreHostKey"})
# Fields of a repository that the API returns; the others can only be compared by a probe.
VISIBLE = frozenset(
    {
        "repo", "type", "name", "insecure", "enableLfs", "enableOCI", "proxy", "noProxy", "project", "depth",
        "forceHttpBasicAuth", "githubAppID", "githubAppInstallationID", "githubAppEnterpriseBaseUrl",
        "useAzureWorkloadIdentity", "azureActiveDirectoryEndpoint", "azureServicePrincipalClientId",
        "azureServicePrincipalTenantId",
    }
)  # fmt: skip
# Visible fields that a repository can inherit from a credential template; then they are not its own.
INHERITABLE = frozenset(
    {
        "githubAppID", "githubAppInstallationID", "githubAppEnterpriseBaseUrl", "useAzureWorkloadIdentity",
        "azureActiveDirectoryEndpoint", "azureServicePrincipalClientId", "azureServicePrincipalTenantId",
        "forceHttpBasicAuth", "proxy", "noProxy",
    }
)  # fmt: skip
VISIBLE_CREDENTIALS = frozenset({"url", "username"})
_SCP_LIKE = re.compile(r"^(?P<user>[^@/:]+@)?(?P<host>[^@/:]+):(?P<path>(?!//).*)$")

REPOSITORY_SPEC = ArgumentSpec(
    options={"state": STATE, **options_of("Repository", NOT_OPTIONS), "repo": {"type": "str", "required": True}}
)
REPOSITORY_RULES: Mapping[str, Rule] = {
    "repo": grammar.REPOSITORY,
    "type": grammar.REPOSITORY_TYPE,
    "project": optional(grammar.NAME),
    "depth": at_least(0),
}
REPOSITORY_INFO_SPEC = ArgumentSpec(options={"repo": {"type": "str"}, "project": {"type": "str"}})
CREDENTIALS_SPEC = ArgumentSpec(
    options={"state": STATE, **options_of("RepoCreds"), "url": {"type": "str", "required": True}}
)
CREDENTIALS_INFO_SPEC = ArgumentSpec(options={"url": {"type": "str"}})


@dataclass(frozen=True)
class Target:
    """What is managed: subject in words, key of the result, the API's collection, definition and visible fields."""

    subject: str
    key: str
    collection: str
    kind: str
    visible: frozenset[str]

    @property
    def hidden(self) -> frozenset[str]:
        """Fields that can be given but that the API does not return."""
        options = options_of(self.kind, NOT_OPTIONS)
        return frozenset(f for f in DEFINITIONS[self.kind] if snake_case(f) in options and f not in self.visible)

    def view(self, item: Mapping[str, Any]) -> JsonObject:
        """The visible fields in canonical form."""
        return canonical({field: item.get(field) for field in self.visible}, self.kind) or {}


def same_repository(one: str, other: str) -> bool:
    """Whether two URLs name one repository, as Argo CD sees it: letter case, .git and the short SSH form aside."""
    return _normalised(one) == _normalised(other)


def _normalised(url: str) -> str:
    url = url.strip().lower()
    scp_like = _SCP_LIKE.match(url)
    if scp_like:
        url = f"{scp_like['user'] or ''}{scp_like['host']}/{scp_like['path']}"
    return url.removeprefix("ssh://").removesuffix(".git")


def find_repository(client: Client, url: str, project: str, *, connect: bool = False) -> JsonObject | None:
    """The repository of this URL in this project ("" = for all projects). connect: have Argo CD try it now."""
    query = {"forceRefresh": True} if connect else None
    for item in client.items("list repositories", "repositories", query=query):
        if same_repository(item["repo"], url) and (item.get("project") or "") == project:
            return item
    return None


def manage_repository(run: Run) -> Outcome:
    """Bring a repository to what is declared, or remove it."""
    url, project = run.params["repo"], run.params["project"] or ""
    subject = f"repository {url}" + (f" of project {project}" if project else "")
    target = Target(subject, "repository", "repositories", "Repository", VISIBLE)
    if run.params["state"] == "present":
        raise_all(problems_of(REPOSITORY_RULES, run.params), InvalidInputError, f"{subject} cannot be as asked")
    live = find_repository(run.client, url, project)
    if run.params["state"] == "absent":
        return _remove(run, target, live, (live or {}).get("repo", ""), {"appProject": project})
    desired = to_api("Repository", run.params)

    def read() -> JsonObject | None:
        # Only those of no project are tried by Argo CD before it stores them.
        written = find_repository(run.client, url, project, connect=bool(project))
        state = (written or {}).get("connectionState") or {}
        if project and state.get("status") == "Failed":
            raise ObjectFailedError(
                f"Argo CD cannot read {subject}: {state.get('message', 'no reason given')}.",
                "The entry was written. Give credentials that work, and run again.",
            )
        return written

    if live is None:
        desired.setdefault("type", "git")
        return _create(run, target, desired, read)
    inherited = bool(live.get("inheritedCreds"))
    kept = {f: live[f] for f in VISIBLE if live.get(f) and not (inherited and f in INHERITABLE)}
    # Under the URL as it is stored: another spelling would make a second entry.
    stored_url = live["repo"]
    body = {**kept, **desired, "repo": stored_url}
    found = probe(run.client, f"check {subject}", target.collection, target.kind, body=body, hidden=target.hidden)
    own = _without_inherited(found, body) if inherited else found

    def write() -> None:
        run.client.change(f"update {subject}", "PUT", "repositories", stored_url, body=body)

    return _update(run, target, live, body, found=own, write=write, read=read)


def _without_inherited(found: Probe, body: JsonObject) -> Probe:
    """What differs, without what comes from a credential template: nothing of that is stored in the repository."""
    return Probe(tuple(field for field in found.declared if body[field]))


def repository_info(run: Run) -> Outcome:
    """Repositories, filtered by URL and project."""
    url, project = run.params["repo"], run.params["project"]
    found = [
        item
        for item in run.client.items("list repositories", "repositories")
        if (not url or same_repository(item["repo"], url))
        and (project is None or (item.get("project") or "") == project)
    ]
    return Outcome(data={"repositories": found})


def find_credentials(client: Client, url: str) -> JsonObject | None:
    return next((item for item in client.items("list credentials", "repocreds") if item["url"] == url), None)


def manage_credentials(run: Run) -> Outcome:
    """Bring credentials for a URL prefix to what is declared, or remove them."""
    url = run.params["url"]
    target = Target(f"credentials for {url}", "credentials", "repocreds", "RepoCreds", VISIBLE_CREDENTIALS)
    live = find_credentials(run.client, url)
    if run.params["state"] == "absent":
        return _remove(run, target, live, url)
    desired = to_api("RepoCreds", run.params)

    def read() -> JsonObject | None:
        return find_credentials(run.client, url)

    if live is None:
        if set(desired) == {"url"}:
            raise InvalidInputError(
                f"There are no {target.subject}, and none are declared.", "Declare a password, say."
            )
        return _create(run, target, desired, read)
    body = {**{f: live[f] for f in VISIBLE_CREDENTIALS if live.get(f)}, **desired}
    found = probe(run.client, f"check {target.subject}", "repocreds", target.kind, body=body, hidden=target.hidden)

    def write() -> None:
        # PUT /repocreds/{url} does not decode its path, so it never finds a URL; upsert does the same.
        run.client.change(f"update {target.subject}", "POST", "repocreds", query={"upsert": True}, body=body)

    return _update(run, target, live, body, found=found, write=write, read=read)


def credentials_info(run: Run) -> Outcome:
    """Credentials for URL prefixes: what the API tells of them, which is no secret."""
    url = run.params["url"]
    items = run.client.items("list credentials", "repocreds")
    return Outcome(data={"credentials": [item for item in items if not url or item["url"] == url]})


def _create(run: Run, target: Target, desired: JsonObject, read: Callable[[], JsonObject | None]) -> Outcome:
    change = f"create {target.subject}"
    after = {**target.view(desired), **{field: "written" for field in target.hidden if desired.get(field)}}
    result: JsonObject | None = {field: desired[field] for field in target.visible if field in desired}
    if not run.check_mode:
        run.client.change(change, "POST", target.collection, body=desired)
        run.done.append(change)
        result = read()
    return Outcome([change], {}, after, {target.key: result})


def _update(
    run: Run,
    target: Target,
    live: JsonObject,
    body: JsonObject,
    *,
    found: Probe,
    write: Callable[[], object],
    read: Callable[[], JsonObject | None],
) -> Outcome:
    before, after = target.view(live), target.view(body)
    changes = [f"{target.subject}: {change.describe()}" for change in differences(before, after)]
    changes += [f"{target.subject}: {snake_case(field)} differs from the stored one" for field in found.declared]
    before.update(dict.fromkeys(found.declared, "stored"))
    after.update({field: "written" if body[field] else "removed" for field in found.declared})
    result: JsonObject | None = live
    if changes:
        refuse_loss(target.subject.capitalize(), found.undeclared)
        if not run.check_mode:
            write()
            run.done += changes
            # Read again, never the answer of the write: an upsert echoes the secrets.
            result = read()
    return Outcome(changes, before, after, {target.key: result})


def _remove(run: Run, target: Target, live: JsonObject | None, url: str, query: JsonObject | None = None) -> Outcome:
    if live is None:
        return Outcome(data={target.key: None})
    change = f"delete {target.subject}"
    if not run.check_mode:
        run.client.change(change, "DELETE", target.collection, url, query=query)
    before = {field: value for field, value in live.items() if field != "connectionState"}
    return Outcome([change], before, {}, {target.key: None})
