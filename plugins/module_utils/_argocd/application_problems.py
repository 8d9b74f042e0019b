# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What Argo CD refuses of an application whatever it knows besides, all of it at once. Pure.

argo-cd 3.5.7: server/application/application.go (validateAndNormalizeApp) and util/argo/argo.go
(validateSourcePermissions, validateSourceHydrator, GetDestinationServer, ValidateManagedByURL). What depends on its
projects, clusters and repositories is not here: in check mode a task before may be about to make them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .._grammar import Each, Rule, matching, optional
from .._kubernetes.grammar import DNS_LABEL
from .._reconcile import JsonObject
from .._web_url import WEB_URL
from . import grammar

MANAGED_BY_URL = "argocd.argoproj.io/managed-by-url"
_SOURCE: Rule = {"repoURL": grammar.REPOSITORY}
APPLICATION_RULES: Mapping[str, Rule] = {
    "project": optional(grammar.NAME),
    "source": _SOURCE,
    "sources": Each(_SOURCE),
    "destination": {"namespace": optional(DNS_LABEL)},
    "syncPolicy": {
        "retry": grammar.RETRY_RULES,
        "managedNamespaceMetadata": {"labels": grammar.LABELS, "annotations": grammar.ANNOTATIONS},
    },
    "sourceHydrator": {
        "drySource": _SOURCE,
        "syncSource": {
            "path": matching(r".{2,}|[^./]", "a path in the repository, not its root", source="CRD Application")
        },
    },
}


def find_problems(application: JsonObject) -> list[str]:
    """What the application as it is to be lacks, or has too much of."""
    spec: Any = application.get("spec") or {}
    problems = _of_sources(spec) + _of_destination(spec.get("destination") or {})
    url = (application["metadata"].get("annotations") or {}).get(MANAGED_BY_URL)
    if url and not WEB_URL.fits(url):
        problems.append(WEB_URL.problem(f"annotation {MANAGED_BY_URL}", url))
    return problems


def _of_sources(spec: Mapping[str, Any]) -> list[str]:
    hydrator = spec.get("sourceHydrator")
    if hydrator:
        return _of_hydrator(hydrator)
    sources = spec.get("sources")
    if not sources:
        return _of_source("spec.source", spec.get("source") or {}, ("path", "chart"))
    names = Counter(source.get("name") for source in sources if source.get("name"))
    problems = [f"spec.sources: {count} are named {name!r}" for name, count in names.items() if count > 1]
    for number, source in enumerate(sources):
        problems += _of_source(f"spec.sources[{number}]", source, ("path", "chart", "ref"))
    return problems


def _of_source(where: str, source: Mapping[str, Any], kinds: tuple[str, ...]) -> list[str]:
    problems = []
    if not source.get("repoURL"):
        problems.append(f"{where}.repoURL is not given")
    if not any(source.get(kind) for kind in kinds):
        problems.append(f"{where} needs {' or '.join(kinds)}")
    if source.get("chart") and not source.get("targetRevision"):
        problems.append(f"{where}.targetRevision, the version of the chart, is not given")
    return problems


def _of_hydrator(hydrator: Mapping[str, Any]) -> list[str]:
    needed = {
        "drySource.repoURL": (hydrator.get("drySource") or {}).get("repoURL"),
        "syncSource.targetBranch": (hydrator.get("syncSource") or {}).get("targetBranch"),
    }
    if hydrator.get("hydrateTo") is not None:
        needed["hydrateTo.targetBranch"] = hydrator["hydrateTo"].get("targetBranch")
    return [f"spec.sourceHydrator.{field} is not given" for field, value in needed.items() if not value]


def _of_destination(destination: Mapping[str, Any]) -> list[str]:
    given = [field for field in ("server", "name") if destination.get(field)]
    if len(given) == 1:
        return []
    return [f"spec.destination needs server or name, {'and not both' if given else 'and has neither'}"]
