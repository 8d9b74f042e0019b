# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role applications does: which ApplicationSets and projects there shall be, which applications move with their
cluster to another environment, which stay where they are, and which go. Pure.

Nothing goes because a declaration changed. An application goes when it is declared absent, or cannot follow its cluster
and a person says so (decision 6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_set import FINALIZER
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_set_children import (
    CREATE_ONLY,
    CREATE_UPDATE,
    owner_of,
    policy_of,
    taking_over,
)
from ansible_collections.slipway.gitops.plugins.plugin_utils._plain import plain

# Marks the ApplicationSets and applications that the role made, with the application's name.
MADE_LABEL, ENVIRONMENT_LABEL = "slipway.gitops/application", "environment"
ENVIRONMENT_WORD = "ENVIRONMENT"
AUTOMATED, MANUAL, ABSENT = "automated", "manual", "absent"
# Every minute of every day: nothing syncs by itself, people can.
MANUAL_ONLY = [{"kind": "deny", "schedule": "* * * * *", "duration": "24h", "applications": ["*"], "manualSync": True}]
JsonObject = dict[str, Any]


@dataclass(frozen=True)
class _Live:
    """An application of the role as Argo CD has it."""

    name: str
    application: str
    environment: str
    cluster: str
    owner: str
    project: str
    path: str

    @classmethod
    def of(cls, item: JsonObject) -> _Live:
        labels, spec = item["metadata"].get("labels") or {}, item["spec"]
        return cls(
            name=item["metadata"]["name"],
            application=labels.get(MADE_LABEL, ""),
            environment=labels.get(ENVIRONMENT_LABEL, ""),
            cluster=(spec.get("destination") or {}).get("name", ""),
            owner=owner_of(item),
            project=spec.get("project", ""),
            path=(spec.get("source") or {}).get("path", ""),
        )


@dataclass(frozen=True)
class _Displaced:
    """An application whose cluster has another environment by now. to: that, "" for none; why: it cannot follow."""

    live: _Live
    to: str
    why: str

    @property
    def heir(self) -> str:
        """The ApplicationSet that it would belong to."""
        return f"{self.live.application}-{self.to}"


def applications_plan(
    declared: Sequence[Mapping[str, Any]],
    environments: Mapping[str, Mapping[str, Any]],
    *,
    clusters: Sequence[Mapping[str, Any]] = (),
    application_sets: Sequence[Mapping[str, Any]] = (),
    applications: Sequence[Mapping[str, Any]] = (),
    foreseen: Sequence[Mapping[str, Any]] = (),
    sources: Sequence[Mapping[str, Any]] = (),
    confirmed: str | Sequence[str] = (),
) -> JsonObject:
    """What is to be done.

    declared, environments: slipway_applications and slipway_environments
    clusters: as Argo CD has them (name, labels); foreseen: the same of those that check mode would register or label
    application_sets, applications: that the role made, as Argo CD's API shows them
    sources: what argocd_source_info found of C(sources) of an earlier plan; a source that is not in it was not looked
        at, and its application stays
    confirmed: names of applications that may go where that takes a person's word; a list, or a text with commas

    Returns placed (application, environment, name of the set, automated, take_over, hold_pruning), projects (name,
    spec), projects_left (those that are other when moves and removals are done), sources (name, repo, path, revision,
    project: to look at before the plan is final), moves (application, cluster, environment, to, path, to_path), staying
    (application, name, cluster, environment, to, why), departing (name, application, environment, automated, confirmed,
    applications, remove: for argocd_objects), unlisted (names of sets), and changes (sentences on what Argo CD cannot
    be asked about in check mode).
    """
    words = confirmed.split(",") if isinstance(confirmed, str) else confirmed
    found = _Found(
        clusters={item["name"]: _environment(item) for item in plain(list(clusters))},
        foreseen={item["name"]: _environment(item) for item in plain(list(foreseen))},
        sets={item["metadata"]["name"]: item for item in plain(list(application_sets))},
        live=sorted((_Live.of(item) for item in plain(list(applications))), key=lambda one: one.name),
        sources={item["name"]: item for item in plain(list(sources))},
    )
    plan = _Planner(plain(list(declared)), plain(dict(environments)), found, {str(word).strip() for word in words})
    return plan.as_result()


def on_automatic(environments: Mapping[str, Mapping[str, Any]], environment: str) -> bool:
    """Whether applications of the environment follow Git by themselves."""
    return environments.get(environment, {}).get("sync") == AUTOMATED


@dataclass(frozen=True)
class _Found:
    """What there is. clusters, foreseen: environments of clusters, "" for none; sets, sources: by name."""

    clusters: dict[str, str]
    foreseen: dict[str, str]
    sets: dict[str, JsonObject]
    live: list[_Live]
    sources: dict[str, JsonObject]


class _Planner:
    def __init__(
        self, declared: list[JsonObject], environments: dict[str, JsonObject], found: _Found, confirmed: set[str]
    ) -> None:
        self.environments = environments
        self.found = found
        self.live = found.live
        self.confirmed = confirmed
        self.clusters = {**found.clusters, **found.foreseen}
        self.placed = list(self._placed(declared, absent=False))
        self.absent = list(self._placed(declared, absent=True))
        self.by_name = {item["name"]: item for item in self.placed}
        self.displaced = [gone for one in self.live if (gone := self._displaced(one)) is not None]
        self.moves = [one for one in self.displaced if not one.why]

    def as_result(self) -> JsonObject:
        for one in self.moves:
            # In check mode its cluster may not have its new label yet, and no set makes it.
            if self.found.clusters.get(one.live.cluster) == one.to:
                self.by_name[one.heir]["take_over"].append(one.live.name)
        departing = [*self._departing(), *self._left_behind()]
        going = {name for item in departing if item["confirmed"] for name in item["applications"]}
        known = {*self.by_name, *(item["name"] for item in self.absent)}
        return {
            "placed": self.placed,
            "projects": [self._project(name, self._still_in(name)) for name in self.environments],
            "projects_left": [
                self._project(name, self._staying_in(name, going))
                for name in self.environments
                if self._still_in(name) != self._staying_in(name, going)
            ],
            "sources": self._sources(),
            "moves": [self._move(one) for one in self.moves],
            "staying": [_stay(one) for one in self.displaced if one.why and one.live.name not in going],
            "departing": departing,
            "unlisted": sorted(self.found.sets.keys() - known),
            "changes": [
                taking_over(one.live.name, one.live.owner, one.heir)
                for one in self.moves
                if one.live.name not in self.by_name[one.heir]["take_over"]
            ],
        }

    def _placed(self, declared: list[JsonObject], *, absent: bool) -> Iterator[JsonObject]:
        """One for each application and environment."""
        for application in declared:
            if ((application.get("state") or "present") == ABSENT) is not absent:
                continue
            everywhere = list(self.environments)
            if absent:
                everywhere += sorted(self._environments_of(application["name"]) - set(everywhere))
            for environment in application.get("environments") or everywhere:
                automated = on_automatic(self.environments, environment)
                yield {
                    "application": application,
                    "environment": environment,
                    "name": f"{application['name']}-{environment}",
                    "automated": automated,
                    "take_over": [],
                    "hold_pruning": automated and application["name"] not in self.confirmed,
                }

    def _environments_of(self, application: str) -> set[str]:
        """Environments that it is in as Argo CD has it, those that are not declared any more too."""
        labels = [item["metadata"].get("labels") or {} for item in self.found.sets.values()]
        of_sets = {one.get(ENVIRONMENT_LABEL, "") for one in labels if one.get(MADE_LABEL) == application}
        return (of_sets | {one.environment for one in self.live if one.application == application}) - {""}

    def _displaced(self, one: _Live) -> _Displaced | None:
        if one.cluster not in self.clusters:
            return _Displaced(one, "", f"Argo CD has no cluster named {one.cluster or 'so'}")
        to = self.clusters[one.cluster]
        if to == one.environment:
            return None
        return _Displaced(one, to, self._why_not(one, to))

    def _why_not(self, one: _Live, to: str) -> str:
        """Why an application cannot follow its cluster, "" when it can."""
        if not to:
            return f"cluster {one.cluster} is in no environment"
        if to not in self.environments:
            return f"slipway_environments has no {to}"
        if f"{one.application}-{to}" not in self.by_name:
            return f"slipway_applications has no {one.application} for {to}"
        source = self._source(one, to)
        looked_at = self.found.sources.get(source["name"])
        if looked_at is None:
            return f"nobody has looked whether {source['repo']} has {source['path']}"
        return "" if looked_at["found"] else str(looked_at["problem"])

    def _source(self, one: _Live, to: str) -> JsonObject:
        """Where its manifests are in another environment. The project is the one that it is in: it may use it."""
        application = self.by_name[f"{one.application}-{to}"]["application"]
        return {
            "name": f"{one.name} in {to}",
            "repo": application["repo"],
            "path": application["path"].replace(ENVIRONMENT_WORD, to),
            "revision": application.get("revision") or "HEAD",
            "project": one.project,
            "application": one.name,
        }

    def _sources(self) -> list[JsonObject]:
        return [
            self._source(one.live, one.to)
            for one in self.displaced
            if f"{one.live.application}-{one.to}" in self.by_name and one.to in self.environments
        ]

    def _move(self, one: _Displaced) -> JsonObject:
        return {
            "application": one.live.name,
            "cluster": one.live.cluster,
            "environment": one.live.environment,
            "to": one.to,
            "path": one.live.path,
            "to_path": self._source(one.live, one.to)["path"],
        }

    def _still_in(self, environment: str) -> set[str]:
        """Clusters that have left the environment and have applications of it. In a cluster that its project does not
        allow, Argo CD neither compares an application nor removes what it deployed.
        """
        return self._staying_in(environment, set()) | {
            one.live.cluster for one in self.moves if one.live.environment == environment
        }

    def _staying_in(self, environment: str, going: set[str]) -> set[str]:
        """The same when moves and removals are done."""
        return {
            one.live.cluster
            for one in self.displaced
            if one.why and one.live.environment == environment and one.live.name not in going
        }

    def _project(self, environment: str, others: set[str]) -> JsonObject:
        """It takes the environment's clusters, and others."""
        settings = self.environments[environment]
        names = {name for name, its in self.clusters.items() if its == environment} | (others & self.clusters.keys())
        spec = {
            "description": f"Environment {environment}, sync {settings['sync']}",
            "sourceRepos": settings.get("source_repos") or ["*"],
            "destinations": [{"name": name, "namespace": "*"} for name in sorted(names)],
            "clusterResourceWhitelist": settings.get("cluster_resources", [{"group": "", "kind": "Namespace"}]),
            "syncWindows": MANUAL_ONLY if settings["sync"] == MANUAL else [],
        }
        return {"name": environment, "spec": spec}

    def _departing(self) -> Iterator[JsonObject]:
        """What shall not be there and still is."""
        moving = {one.live.name for one in self.moves}
        for item in self.absent:
            name, application, environment = item["name"], item["application"]["name"], item["environment"]
            there = self.found.sets.get(name)
            left = [
                one.name
                for one in self.live
                if (one.application, one.environment) == (application, environment) and one.name not in moving
            ]
            if there is not None and _takes_its_applications(there):
                left = [one for one in left if self._owner(one) != name]
            if there is not None or left:
                yield {
                    "name": name,
                    "application": application,
                    "environment": environment,
                    "automated": item["automated"],
                    # Where people decide, removal is theirs too.
                    "confirmed": item["automated"] or application in self.confirmed,
                    "applications": left,
                    "remove": _removal([name] if there is not None else [], left),
                }

    def _left_behind(self) -> Iterator[JsonObject]:
        """Applications that cannot follow their cluster, and that a person wants to go. Their set may have others."""
        absent = {item["name"] for item in self.absent}
        for one in self.displaced:
            live = one.live
            named = live.application in self.confirmed and live.cluster in self.clusters
            if one.why and named and f"{live.application}-{live.environment}" not in absent:
                yield {
                    "name": live.name,
                    "application": live.application,
                    "environment": live.environment,
                    "automated": on_automatic(self.environments, live.environment),
                    "confirmed": True,
                    "applications": [live.name],
                    "remove": _removal([], [live.name]),
                }

    def _owner(self, application: str) -> str:
        return next(one.owner for one in self.live if one.name == application)


def _removal(sets: list[str], applications: list[str]) -> JsonObject:
    """As argocd_objects takes it."""
    named = {"application_sets": sets, "applications": applications}
    return {kind: [{"name": name, "state": ABSENT} for name in names] for kind, names in named.items()}


def _environment(cluster: JsonObject) -> str:
    return str((cluster.get("labels") or {}).get(ENVIRONMENT_LABEL, ""))


def _takes_its_applications(application_set: JsonObject) -> bool:
    """Whether it takes its applications with it when it is deleted, as argocd_application_set finds."""
    kept = policy_of(application_set) in {CREATE_ONLY, CREATE_UPDATE}
    return not (kept and FINALIZER in (application_set["metadata"].get("finalizers") or []))


def _stay(one: _Displaced) -> JsonObject:
    return {
        "application": one.live.name,
        "name": one.live.application,
        "cluster": one.live.cluster,
        "environment": one.live.environment,
        "to": one.to,
        "why": one.why,
    }
