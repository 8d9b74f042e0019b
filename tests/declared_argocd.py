# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of Argo CD as people declare them, with one bad value each, and with good ones that look odd."""

from __future__ import annotations

from typing import Any

POLICY = "p, proj:web:ci, applications, sync, web/*, allow"
WINDOW = {"kind": "deny", "schedule": "0 22 * * *", "duration": "1h", "applications": ["*"]}


def project(spec: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"name": "web", "spec": spec or {}, **more}


def role(**changes: Any) -> dict[str, Any]:
    return project({"roles": [{"name": "ci", **changes}]})


def policy(line: str) -> dict[str, Any]:
    return role(policies=[line])


def window(**changes: Any) -> dict[str, Any]:
    return project({"syncWindows": [{**WINDOW, **changes}]})


def application(name: str = "web", metadata: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """source and destination are the test's own where they are not given."""
    return {"name": name, "spec": spec, **(metadata or {})}


BAD_PROJECTS: list[tuple[dict[str, Any], str]] = [
    ({"name": "My Project", "spec": {}}, "name 'My Project' must be"),
    (project(labels={"bad key!": "x"}), "label key 'bad key!' must be"),
    (project(labels={"team": "a b"}), "value of label 'team': 'a b' must be"),
    (project(annotations={"a b": "x"}), "annotation key 'a b' must be"),
    (project(finalizers=["not one!"]), "finalizers[0] 'not one!' must be"),
    (window(schedule="22:00"), "spec.syncWindows[0].schedule '22:00' must be a cron schedule of five fields"),
    (window(schedule="0 24 * * *"), "schedule '0 24 * * *' must be"),
    (window(schedule="@daily"), "schedule '@daily' must be"),
    (window(schedule="0 22 * * 7"), "schedule '0 22 * * 7' must be"),
    (window(duration="1 hour"), "spec.syncWindows[0].duration '1 hour' must be a duration"),
    (window(duration="2d"), "duration '2d' must be a duration"),
    (window(kind="block"), "spec.syncWindows[0].kind 'block' must be allow or deny"),
    (window(kind=None), "spec.syncWindows[0].kind is not given"),
    (window(description="d" * 256), "description 'ddd"),
    (window(applications=[]), "spec.syncWindows[0] needs one of applications, namespaces and clusters"),
    (project({"syncWindows": [WINDOW, WINDOW]}), "spec.syncWindows[1] is spec.syncWindows[0] again"),
    (project({"sourceRepos": ["!*"]}), "spec.sourceRepos[0] '!*' must be"),
    (project({"sourceRepos": ["a", "a"]}), "spec.sourceRepos: a is there twice"),
    (project({"sourceNamespaces": ["a", "a"]}), "spec.sourceNamespaces: a is there twice"),
    (project({"destinations": [{"server": "*", "namespace": "!*"}]}), "spec.destinations[0].namespace '!*' must be"),
    (
        project({"destinations": [{"server": "*", "namespace": "web"}] * 2}),
        "spec.destinations: */web is there twice",
    ),
    (project({"roles": [{"name": "my role"}]}), "name 'my role' must be letters"),
    (project({"roles": [{"name": "ci"}, {"name": "ci"}]}), "spec.roles: ci is there twice"),
    (role(groups=["a,b"]), "role 'ci': groups[0] 'a,b' must be"),
    (role(groups=["a", "a"]), "role 'ci': the group 'a' is there twice"),
    (policy("applications, sync, web/*, allow"), "it must be like p, proj:web:ci"),
    (policy("p, proj:web:other, applications, sync, web/*, allow"), "its subject 'proj:web:other' must be proj:web:ci"),
    (policy("p, proj:web:ci, accounts, sync, web/*, allow"), "its resource 'accounts' must be"),
    (policy("p, proj:web:ci, applications, deploy, web/*, allow"), "its action 'deploy' must be"),
    (policy("p, proj:web:ci, applications, sync, shop/*, allow"), "its object 'shop/*' must be web/* or"),
    (policy("p, proj:web:ci, applications, sync, web/*, yes"), "its effect 'yes' must be allow or deny"),
    (role(policies=[POLICY, POLICY.replace(", ", ",")]), "is there twice"),
    (
        project({"destinationServiceAccounts": [{"server": "*", "namespace": "a", "defaultServiceAccount": "a/b"}]}),
        "spec.destinationServiceAccounts[0].defaultServiceAccount 'a/b' must be",
    ),
    (
        project({"destinationServiceAccounts": [{"server": "!x", "namespace": "a", "defaultServiceAccount": "a"}]}),
        "spec.destinationServiceAccounts[0].server '!x' must be",
    ),
]
GOOD_PROJECTS: list[dict[str, Any]] = [
    project(),
    project(labels={"example.com/team": "a", "empty": ""}, annotations={"Example.com/note": "any text at all!"}),
    project({"sourceRepos": ["*", "!https://git.example.com/*"], "destinations": [{"name": "*", "namespace": "!a"}]}),
    project({"destinations": [{"server": "*", "namespace": "a"}, {"server": "*", "namespace": "b"}]}),
    policy(POLICY.replace(", ", ",")),
    policy("p, proj:web:ci, applications, action/apps/Deployment/restart, web/shop/a-b_c.d*, deny"),
    policy("p, proj:web:ci, logs, *, web/*, allow"),
    role(groups=["team", '"a,b"', "oidc:group with space"]),
    project({"roles": [{"name": "Ci_1-a", "groups": ["team"]}]}),
    window(schedule="*/15 9-17 1,15 jan-MAR mon-fri"),
    window(schedule="0 5/2 ? * ?", duration="1h30m"),
    window(schedule="TZ=Europe/Berlin 0 22 * * *", timeZone="Europe/Berlin"),
    window(duration="90s", applications=None, namespaces=["*"], manualSync=True),
    project({"syncWindows": [WINDOW, {**WINDOW, "kind": "allow"}]}),
]
GIT = {"repoURL": "https://git.example.com/web.git", "path": "web"}
BAD_APPLICATIONS: list[tuple[dict[str, Any], str]] = [
    (application("My App"), "name 'My App' must be"),
    (application("web_app"), "name 'web_app' must be"),
    (application(metadata={"labels": {"team": "a b"}}), "value of label 'team': 'a b' must be"),
    (application(project="My Project"), "spec.project 'My Project' must be"),
    (application(source={"repoURL": "not a url", "path": "web"}), "spec.source.repoURL 'not a url' must be"),
    (application(source={"repoURL": GIT["repoURL"]}), "spec.source needs path or chart"),
    (application(source={"path": "web"}), "spec.source.repoURL is not given"),
    (
        application(source={"repoURL": "https://charts.example.com", "chart": "web"}),
        "spec.source.targetRevision, the version of the chart, is not given",
    ),
    (application(source=None, sources=[{"repoURL": GIT["repoURL"]}]), "spec.sources[0] needs path or chart or ref"),
    (application(source=None, sources=[{**GIT, "name": "a"}] * 2), "spec.sources: 2 are named 'a'"),
    (application(destination={}), "spec.destination needs server or name, and has neither"),
    (
        application(destination={"server": "https://kubernetes.default.svc", "name": "in-cluster"}),
        "spec.destination needs server or name, and not both",
    ),
    (
        application(destination={"server": "https://kubernetes.default.svc", "namespace": "my space"}),
        "spec.destination.namespace 'my space' must be",
    ),
    (
        application(syncPolicy={"retry": {"backoff": {"duration": "1 minute"}}}),
        "spec.syncPolicy.retry.backoff.duration '1 minute' must be seconds, or a duration",
    ),
    (
        application(metadata={"annotations": {"argocd.argoproj.io/managed-by-url": "argo"}}),
        "annotation argocd.argoproj.io/managed-by-url 'argo' must be a URL",
    ),
]
