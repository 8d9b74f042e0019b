# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""applications_plan: nothing goes because a declaration changed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.plugin_utils._application_losses import application_losses
from ansible_collections.slipway.gitops.plugins.plugin_utils._applications import applications_plan

FINALIZER = "resources-finalizer.argocd.argoproj.io"
ENVIRONMENTS: dict[str, dict[str, Any]] = {
    "dev": {"sync": "automated"}, "staging": {"sync": "automated"}, "prod": {"sync": "manual"},
}  # fmt: skip
REPO = "https://git.example.com"


def declared(name: str = "web", **more: Any) -> dict[str, Any]:
    return {"name": name, "repo": f"{REPO}/{name}.git", "path": "overlays/ENVIRONMENT", **more}


def cluster(name: str, environment: str = "") -> dict[str, Any]:
    return {"name": name, "labels": {"environment": environment} if environment else None}


def a_set(name: str, environment: str, **spec: Any) -> dict[str, Any]:
    policy = {"syncPolicy": {"applicationsSync": "create-update"}}
    labels = {"slipway.gitops/application": name, "environment": environment}
    return {
        "metadata": {"name": f"{name}-{environment}", "labels": labels, "finalizers": [FINALIZER]},
        "spec": {**policy, **spec},
    }


def live(name: str, environment: str, on: str) -> dict[str, Any]:
    """An application as the role makes it."""
    return {
        "metadata": {
            "name": f"{name}-{on}",
            "labels": {"slipway.gitops/application": name, "environment": environment},
            "ownerReferences": [{"kind": "ApplicationSet", "name": f"{name}-{environment}"}],
        },
        "spec": {
            "project": environment,
            "destination": {"name": on, "namespace": name},
            "source": {"path": f"overlays/{environment}"},
        },
    }


def looked_at(name: str, environment: str, problem: str = "") -> dict[str, Any]:
    return {"name": f"{name} in {environment}", "found": not problem, "problem": problem}


def destinations(projects: list[dict[str, Any]], name: str) -> list[str]:
    [project] = [item for item in projects if item["name"] == name]
    return [one["name"] for one in project["spec"]["destinations"]]


# Cluster dev1 was in dev and is in staging by now.
MOVED: dict[str, Any] = {
    "clusters": [cluster("dev1", "staging"), cluster("dev2", "dev")],
    "application_sets": [a_set("web", "dev")],
    "applications": [live("web", "dev", "dev1"), live("web", "dev", "dev2")],
}


def test_nothing_has_changed() -> None:
    found = applications_plan(
        [declared()], {"dev": {"sync": "automated"}},
        clusters=[cluster("dev1", "dev")], application_sets=[a_set("web", "dev")],
        applications=[live("web", "dev", "dev1")],
    )  # fmt: skip
    assert [found[key] for key in ("moves", "staying", "departing", "unlisted", "sources", "changes")] == [[]] * 6
    assert found["projects_left"] == []
    assert destinations(found["projects"], "dev") == ["dev1"]


def test_a_folder_is_looked_at_before_an_application_moves_there() -> None:
    found = applications_plan([declared(revision="v1")], ENVIRONMENTS, **MOVED)
    assert found["sources"] == [
        {"name": "web-dev1 in staging", "repo": f"{REPO}/web.git", "path": "overlays/staging", "revision": "v1",
         "project": "dev", "application": "web-dev1"}
    ]  # fmt: skip
    assert found["moves"] == []
    assert [one["application"] for one in found["staying"]] == ["web-dev1"]


def test_an_application_moves_where_it_is_declared_and_has_a_folder() -> None:
    found = applications_plan([declared()], ENVIRONMENTS, **MOVED, sources=[looked_at("web-dev1", "staging")])
    assert found["moves"] == [
        {"application": "web-dev1", "cluster": "dev1", "environment": "dev", "to": "staging", "path": "overlays/dev",
         "to_path": "overlays/staging"}
    ]  # fmt: skip
    assert found["staying"] == found["departing"] == []
    taken = {item["name"]: item["take_over"] for item in found["placed"]}
    assert taken == {"web-dev": [], "web-staging": ["web-dev1"], "web-prod": []}
    # Until it has moved its project allows its cluster.
    assert destinations(found["projects"], "dev") == ["dev1", "dev2"]
    assert destinations(found["projects"], "staging") == ["dev1"]
    assert destinations(found["projects_left"], "dev") == ["dev2"]


def test_check_mode_knows_the_label_to_come() -> None:
    before = {**MOVED, "clusters": [cluster("dev1", "dev"), cluster("dev2", "dev")]}
    foreseen = [{"name": "dev1", "labels": {"environment": "staging"}}]
    found = applications_plan(
        [declared()], ENVIRONMENTS, **before, foreseen=foreseen, sources=[looked_at("web-dev1", "staging")]
    )
    assert [one["application"] for one in found["moves"]] == ["web-dev1"]
    assert found["changes"] == ["application web-dev1: from ApplicationSet web-dev to web-staging"]
    # Argo CD's generators do not find the cluster for the new set yet.
    assert all(item["take_over"] == [] for item in found["placed"])


NO_FOLDER = f"{REPO}/web.git has no folder overlays/staging at HEAD"
CANNOT: dict[str, tuple[list[Any], dict[str, Any], str, str]] = {
    "no folder": ([declared()], ENVIRONMENTS, "staging", NO_FOLDER),
    "not declared there": (
        [declared(environments=["dev"])], ENVIRONMENTS, "staging", "slipway_applications has no web for staging"
    ),
    "not declared at all": ([], ENVIRONMENTS, "staging", "slipway_applications has no web for staging"),
    "absent there": (
        [declared(environments=["dev"]), {"name": "web", "state": "absent", "environments": ["staging"]}], ENVIRONMENTS,
        "staging", "slipway_applications has no web for staging",
    ),
    "no such environment": (
        [declared()], {"dev": {"sync": "automated"}}, "stagging", "slipway_environments has no stagging"
    ),
    "no label": ([declared()], ENVIRONMENTS, "", "cluster dev1 is in no environment"),
}  # fmt: skip


@pytest.mark.parametrize("case", CANNOT)
def test_what_cannot_follow_its_cluster_stays_and_goes_on_working(case: str) -> None:
    applications, environments, to, why = CANNOT[case]
    found = applications_plan(
        applications, environments,
        **{**MOVED, "clusters": [cluster("dev1", to), cluster("dev2", "dev")]},
        sources=[looked_at("web-dev1", "staging", NO_FOLDER)],
    )  # fmt: skip
    assert found["staying"] == [
        {"application": "web-dev1", "name": "web", "cluster": "dev1", "environment": "dev", "to": to, "why": why}
    ]
    assert found["moves"] == found["departing"] == found["projects_left"] == []
    assert destinations(found["projects"], "dev") == ["dev1", "dev2"]


@pytest.mark.parametrize("confirmed", ["web", "shop, web", ["web"]])
def test_it_goes_with_a_persons_word(confirmed: Any) -> None:
    found = applications_plan(
        [declared()], ENVIRONMENTS, **MOVED, sources=[looked_at("web-dev1", "staging", NO_FOLDER)], confirmed=confirmed
    )
    assert found["staying"] == []
    assert [(one["name"], one["remove"]) for one in found["departing"]] == [
        ("web-dev1", {"application_sets": [], "applications": [{"name": "web-dev1", "state": "absent"}]})
    ]
    # Argo CD removes nothing in a cluster that the project does not allow.
    assert destinations(found["projects"], "dev") == ["dev1", "dev2"]
    assert destinations(found["projects_left"], "dev") == ["dev2"]


def test_the_word_for_one_application_is_none_for_another() -> None:
    found = applications_plan(
        [declared()], ENVIRONMENTS, **MOVED, sources=[looked_at("web-dev1", "staging", NO_FOLDER)], confirmed="shop"
    )
    assert found["departing"] == []


def test_a_cluster_that_argocd_does_not_have() -> None:
    found = applications_plan(
        [declared()], ENVIRONMENTS, clusters=[cluster("other", "dev")], applications=[live("web", "dev", "dev1")],
        confirmed="web",
    )  # fmt: skip
    assert [one["why"] for one in found["staying"]] == ["Argo CD has no cluster named dev1"]
    assert found["departing"] == []
    assert destinations(found["projects"], "dev") == ["other"]


def test_an_environment_that_is_renamed_everywhere() -> None:
    found = applications_plan(
        [declared()], {"staging": {"sync": "automated"}},
        **{**MOVED, "clusters": [cluster("dev1", "staging"), cluster("dev2", "staging")]},
        sources=[looked_at("web-dev1", "staging"), looked_at("web-dev2", "staging")],
    )  # fmt: skip
    assert [one["application"] for one in found["moves"]] == ["web-dev1", "web-dev2"]
    assert found["unlisted"] == ["web-dev"]


def test_less_in_the_list_removes_nothing() -> None:
    """An environment less, an application's environments, its name, an environment's applications."""
    there: dict[str, Any] = {
        "clusters": [cluster("dev1", "dev")], "application_sets": [a_set("web", "dev")],
        "applications": [live("web", "dev", "dev1")],
    }  # fmt: skip
    for applications, environments in (
        ([declared()], {"prod": {"sync": "manual"}}),
        ([declared(environments=["prod"])], ENVIRONMENTS),
        ([declared("website")], ENVIRONMENTS),
        ([], ENVIRONMENTS),
    ):
        found = applications_plan(applications, environments, **there)
        assert found["departing"] == [] and found["unlisted"] == ["web-dev"]


def test_absent() -> None:
    there: dict[str, Any] = {
        "clusters": [cluster("dev1", "dev"), cluster("prod1", "prod")],
        "application_sets": [a_set("web", "dev"), a_set("web", "prod"), a_set("web", "old")],
        "applications": [live("web", "dev", "dev1"), live("web", "prod", "prod1")],
    }
    absent = [{"name": "web", "state": "absent"}]
    found = applications_plan(absent, ENVIRONMENTS, **there)
    shown = {one["name"]: (one["confirmed"], one["applications"]) for one in found["departing"]}
    # An environment that is not declared any more is none that follows Git.
    assert shown == {"web-dev": (True, ["web-dev1"]), "web-prod": (False, ["web-prod1"]), "web-old": (False, [])}
    confirmed = applications_plan(absent, ENVIRONMENTS, **there, confirmed=["web"])
    assert all(one["confirmed"] for one in confirmed["departing"])


def test_a_set_that_takes_its_applications_with_it_is_left_to_do_so() -> None:
    taking = a_set("web", "dev", syncPolicy={})
    found = applications_plan(
        [{"name": "web", "state": "absent"}], {"dev": {"sync": "automated"}},
        clusters=[cluster("dev1", "dev")], application_sets=[taking], applications=[live("web", "dev", "dev1")],
    )  # fmt: skip
    [departing] = found["departing"]
    assert departing["remove"]["applications"] == []


def test_losses() -> None:
    deployed = {
        "argocd/shop-dev": {
            "resources": ["PersistentVolumeClaim shop/uploads", "StatefulSet shop/database"],
            "volumes": ["PersistentVolumeClaim shop/uploads"],
            "volumes_staying": ["PersistentVolumeClaim shop/data-database-0"],
        }
    }
    assert application_losses(deployed, ["shop-dev", "web-dev"]) == [
        "with application shop-dev go volumes: PersistentVolumeClaim shop/uploads; StatefulSet shop/database; "
        "PersistentVolumeClaim shop/data-database-0 stays",
        "application web-dev: it is not known what goes with it",
    ]
