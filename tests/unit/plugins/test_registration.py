# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""registration_plan: what other labels, or another name, of a cluster take away."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.plugin_utils._registration import registration_plan

SERVER = "https://192.0.2.1"
CLUSTERS = [
    {"name": "dev", "server": SERVER, "labels": {"environment": "dev", "region": "ams3"}},
    {"name": "prod", "server": "https://192.0.2.2", "labels": {"environment": "prod"}},
]


def a_set(*generators: dict[str, Any], policy: str = "") -> dict[str, Any]:
    sync = {"applicationsSync": policy} if policy else {}
    return {"metadata": {"name": "web"}, "spec": {"generators": list(generators), "syncPolicy": sync}}


def by(*, exact: dict[str, str] | None = None, expressions: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"clusters": {"selector": {"matchLabels": exact or {}, "matchExpressions": expressions or []}}}


def app(name: str, destination: dict[str, str], owner: str = "web", **labels: str) -> dict[str, Any]:
    owners = [{"kind": "ApplicationSet", "name": owner}] if owner else []
    return {
        "metadata": {"name": name, "ownerReferences": owners, "labels": labels}, "spec": {"destination": destination},
    }  # fmt: skip


APPLICATIONS = [
    app("web-dev", {"name": "dev"}), app("by-address", {"server": SERVER}), app("web-prod", {"name": "prod"}),
    app("by-hand", {"name": "dev"}, owner=""),
]  # fmt: skip


def going(application_set: dict[str, Any], labels: dict[str, str], name: str = "dev") -> list[str]:
    plan = registration_plan(
        CLUSTERS, SERVER, name, labels, application_sets=[application_set], applications=APPLICATIONS
    )
    return [one["application"] for one in plan["going"]]


DEV = by(exact={"environment": "dev"})
GONE = ["web-dev", "by-address"]


@pytest.mark.parametrize(
    ("application_set", "labels", "gone"),
    [
        (a_set(DEV), {"environment": "staging"}, GONE),
        (a_set(DEV), {"environment": "dev"}, []),
        (a_set(DEV), {"region": "fra1"}, []),
        (a_set(DEV, policy="create-delete"), {"environment": "staging"}, GONE),
        (a_set(DEV, policy="create-update"), {"environment": "staging"}, []),
        (a_set(DEV, policy="create-only"), {"environment": "staging"}, []),
        (a_set(by(exact={"environment": "prod"})), {"environment": "staging"}, []),
        (a_set({"clusters": {}}), {"environment": "staging"}, []),
        (a_set({"clusters": None}), {"environment": "staging"}, []),
        (a_set({"list": {"elements": []}}), {"environment": "staging"}, []),
        (a_set({"matrix": {"generators": [{"git": {}}, DEV]}}), {"environment": "staging"}, GONE),
        (a_set({"merge": {"generators": [{"matrix": {"generators": [DEV, DEV]}}]}}), {"environment": "staging"}, GONE),
        (
            a_set(by(expressions=[{"key": "environment", "operator": "In", "values": ["dev", "test"]}])),
            {"environment": "staging"}, GONE,
        ),
        (
            a_set(by(expressions=[{"key": "environment", "operator": "In", "values": ["dev", "test"]}])),
            {"environment": "test"}, [],
        ),
        (
            a_set(by(expressions=[{"key": "environment", "operator": "NotIn", "values": ["prod"]}])),
            {"environment": "prod"}, GONE,
        ),
        (a_set(by(expressions=[{"key": "paused", "operator": "DoesNotExist"}])), {"paused": "true"}, GONE),
        (a_set(by(expressions=[{"key": "environment", "operator": "Exists"}])), {"environment": "staging"}, []),
        # What a selector behind the generator makes of it is not known here.
        (a_set({"clusters": {}, "selector": {"matchLabels": {"x": "y"}}}), {"environment": "staging"}, GONE),
    ],
)  # fmt: skip
def test_going(application_set: dict[str, Any], labels: dict[str, str], gone: list[str]) -> None:
    assert going(application_set, labels) == gone


def test_another_name() -> None:
    assert going(a_set({"clusters": {}}), {}, name="other") == GONE
    ours = [*APPLICATIONS, app("shop-dev", {"name": "dev"}, **{"slipway.gitops/application": "shop"})]
    plan = registration_plan(CLUSTERS, SERVER, "other", {}, applications=ours)
    assert plan["stranded"] == ["shop-dev"]
    assert plan["changes"] == ["name: dev -> other"]
    assert registration_plan(CLUSTERS, SERVER, "dev", {"environment": "x"}, applications=ours)["stranded"] == []


def test_changes_are_told() -> None:
    changes = registration_plan(CLUSTERS, SERVER, "dev", {"environment": "staging", "team": "a"})["changes"]
    assert changes == ["label environment: dev -> staging", "label team: (unset) -> a"]
    assert registration_plan(CLUSTERS, SERVER, "dev", {"region": "ams3"})["changes"] == []
    assert registration_plan(CLUSTERS, "https://192.0.2.3", "new", {"environment": "dev"})["changes"] == []
