# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which applications go from one environment to the next, at which revision, and what forbids it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_state import (
    State,
    describe_resources,
    state_of,
)
from ansible_collections.slipway.gitops.plugins.plugin_utils._plain import plain

NAME_LABEL, ENVIRONMENT_LABEL = "app.kubernetes.io/name", "environment"
JsonObject = dict[str, Any]


def promotion_plan(
    applications: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    source: str,
    target: str,
    reasons: Mapping[str, str] | None = None,
    *,
    builds: Mapping[str, str] | None = None,
) -> JsonObject:
    """What a promotion would do.

    applications: of both environments, as Argo CD's API shows them
    names: the applications (label app.kubernetes.io/name) to promote; empty means all that are not in sync in target,
        or were compared there with another revision than the one in source, or run another digest there
    source, target: environments (label environment)
    reasons: why applications are not well, by namespace/name, where Argo CD was asked
    builds: repositories of the images that are deployed by digest, by name of the application

    Returns problems (sentences, then there are no promotions) and promotions, in order of name: name, application,
    cluster, environment, revision (the one to sync to), deployed (the one that was synced last, "" for none), images,
    digest (of the build that has to get into the overlay of target first, "" for none).
    """
    images = builds or {}
    before = _by_name(plain(list(applications)), source)
    after = _by_name(plain(list(applications)), target)
    built = {name: _digests(found, images.get(name, "")) for name, found in before.items()}
    waiting = [
        name
        for name, found in after.items()
        if any(
            _waits(app, before.get(name, [])) or built.get(name, set()) - _digests([app], images.get(name, ""))
            for app in found
        )
    ]
    problems: list[str] = []
    promotions: list[JsonObject] = []
    for name in sorted(set(names) or waiting):
        wrong = _missing(name, before, after, source, target)
        wrong = wrong or [text for app in before[name] for text in _unfit(app, source, reasons or {})]
        wrong = wrong or _mismatch(name, before[name], after[name], source)
        wrong = wrong or [text for app in after[name] for text in _busy(app)]
        if not wrong and len(built[name]) > 1:
            wrong = [f"{name} has several digests of its image in {source}: {', '.join(sorted(built[name]))}"]
        problems += wrong
        if not wrong:
            revision = state_of(before[name][0]).revision
            for app in after[name]:
                lacking = built[name] - _digests([app], images.get(name, ""))
                promotions.append(_promotion(name, app, revision, target) | {"digest": next(iter(lacking), "")})
    return {"problems": problems, "promotions": [] if problems else promotions}


def _waits(app: JsonObject, before: Sequence[JsonObject]) -> bool:
    """Whether an application of target may lack something. Argo CD asks Git about each at times of its own, so one that
    is in sync may be so with a revision that source has left behind.
    """
    state = state_of(app)
    return state.sync != "Synced" or any(state_of(one).revision != state.revision for one in before)


def _digests(apps: Sequence[JsonObject], image: str) -> set[str]:
    """Digests of an image that applications run."""
    return {
        digest
        for app in apps
        for reference in _images(app)
        for name, _at, digest in [reference.partition("@")]
        if image and digest and name == image
    }


def _images(app: JsonObject) -> list[str]:
    return list(((app.get("status") or {}).get("summary") or {}).get("images") or [])


def _by_name(applications: Sequence[JsonObject], environment: str) -> dict[str, list[JsonObject]]:
    found: dict[str, list[JsonObject]] = {}
    for app in sorted(applications, key=lambda one: str(one["metadata"]["name"])):
        labels = app["metadata"].get("labels") or {}
        if labels.get(ENVIRONMENT_LABEL) == environment and labels.get(NAME_LABEL):
            found.setdefault(labels[NAME_LABEL], []).append(app)
    return found


def _missing(name: str, before: Mapping[str, Any], after: Mapping[str, Any], source: str, target: str) -> list[str]:
    if name in before and name in after:
        return []
    if name not in before and name not in after:
        known = sorted({*before, *after})
        near = get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]}?" if near else f" (there are {', '.join(known) or 'none'})"
        return [f"{name}: there is no such application in {source} or {target}{hint}"]
    there, missing = (target, source) if name in after else (source, target)
    return [f"{name} is in {there} and not in {missing}"]


def _unfit(app: JsonObject, source: str, known: Mapping[str, str]) -> list[str]:
    """Why an application may not leave its environment."""
    state = state_of(app)
    if state.good and not state.operating and state.revision:
        return []
    why = known.get(f"{app['metadata'].get('namespace', '')}/{app['metadata']['name']}", "")
    failure = f"its last operation failed: {state.message}" if state.failed else ""
    why = why or "; ".join([*state.errors, failure, describe_resources(_out_of_sync(state), 3)])
    why = why.strip("; ")
    return [f"{app['metadata']['name']} is {state.describe()} in {source}" + (f": {why}" if why else "")]


def _out_of_sync(state: State) -> list[JsonObject]:
    return [{**item, "health": {}} for item in state.out_of_sync]


def _mismatch(name: str, before: Sequence[JsonObject], after: Sequence[JsonObject], source: str) -> list[str]:
    if any(app["spec"].get("sources") for app in [*before, *after]):
        return [f"{name} has several sources, which have no one revision: promote it by a commit"]
    revisions = {state_of(app).revision: app["metadata"]["name"] for app in before}
    if len(revisions) > 1:
        found = ", ".join(f"{app} {revision[:7]}" for revision, app in revisions.items())
        return [f"{name} has no one revision in {source}: {found}"]
    repositories = {app["spec"]["source"]["repoURL"] for app in [*before, *after]}
    if len(repositories) > 1:
        return [f"{name} comes from different repositories: {', '.join(sorted(repositories))}"]
    return []


def _busy(app: JsonObject) -> list[str]:
    state = state_of(app)
    if not state.operating:
        return []
    return [
        f"{app['metadata']['name']} is being synced already ({state.phase or 'queued'}); wait for it or terminate it"
    ]


def _promotion(name: str, app: JsonObject, revision: str, environment: str) -> JsonObject:
    history = (app.get("status") or {}).get("history") or []
    return {
        "name": name,
        "application": app["metadata"]["name"],
        "namespace": app["metadata"].get("namespace", ""),
        "cluster": app["spec"]["destination"].get("name") or app["spec"]["destination"].get("server", ""),
        "environment": environment,
        "revision": revision,
        "deployed": str(history[-1].get("revision", "")) if history else "",
        "images": _images(app),
    }
