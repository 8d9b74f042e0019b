# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Meaning, merging and checking of the API's values."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.api_schema import DEFINITIONS
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.custom_resource import Declared, plan
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.fingerprint import fingerprint, matches
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.options import snake_case
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.repository import same_repository
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.schema import check, problems
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.tokens import WantedToken, plan_token
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.values import (
    MEANINGFUL_EMPTY,
    MEANINGFUL_ZERO,
    canonical,
    differences,
    merged,
)
from ansible_collections.slipway.gitops.plugins.module_utils._errors import InvalidInputError


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("ApplicationSpec", {"source": {"directory": {"recurse": False}}}, {"source": {}}, True),
        ("ApplicationSpec", {"project": ""}, {"project": "default"}, True),
        ("ApplicationSpec", {"syncPolicy": {}}, {}, True),
        ("ApplicationSpec", {"syncPolicy": {"automated": {}}}, {}, False),
        ("ApplicationSpec", {"syncPolicy": {"automated": {"prune": False}}}, {"syncPolicy": {"automated": {}}}, True),
        ("SyncPolicy", {"automated": {"enabled": False}}, {"automated": {}}, False),
        ("SyncPolicy", {"retry": {"limit": 0}}, {"retry": {}}, True),
        ("SyncPolicy", {"retry": {"limit": 0}}, {}, False),
        ("ApplicationSource", {"plugin": {}}, {}, False),
        ("ApplicationSource", {"helm": {}}, {}, True),
        ("KustomizePatch", {"patch": "x", "target": {}}, {"patch": "x"}, False),
        ("ApplicationSpec", {"revisionHistoryLimit": 0}, {}, False),
        ("ApplicationSourceHelm", {"valuesObject": {"a": 0}}, {"valuesObject": {}}, False),
        ("AppProjectSpec", {"sourceRepos": None}, {"sourceRepos": []}, True),
        ("AppProjectSpec", {"orphanedResources": {}}, {}, False),
        ("AppProjectSpec", {"roles": [{"policies": ["p,a,  b"]}]}, {"roles": [{"policies": ["p, a, b"]}]}, True),
        ("AppProjectSpec", {"roles": [{"name": "a", "jwtTokens": [{"iat": 1}]}]}, {"roles": [{"name": "a"}]}, True),
        ("AppProjectSpec", {"sourceRepos": ["a", "b"]}, {"sourceRepos": ["b", "a"]}, False),
        (
            "ApplicationSetSpec",
            {"generators": [{"clusters": {"template": {"metadata": {}, "spec": {"destination": {}, "project": ""}}}}]},
            {"generators": [{"clusters": {}}]},
            True,
        ),
        ("ApplicationSetSpec", {"generators": [{"clusters": {}}]}, {"generators": [{}]}, False),
        ("map of str", {"a": ""}, {}, False),
    ],
)  # fmt: skip
def test_meaning(kind: str, one: Any, other: Any, same: bool) -> None:
    assert (canonical(one, kind) == canonical(other, kind)) is same


def test_meaningful_fields_exist() -> None:
    for kind, field in MEANINGFUL_ZERO | MEANINGFUL_EMPTY:
        assert field in DEFINITIONS[kind]


@pytest.mark.parametrize(
    ("existing", "declared", "expected"),
    [
        ({"project": "a", "info": [{"name": "x"}]}, {"project": "b"}, {"project": "b", "info": [{"name": "x"}]}),
        ({"syncPolicy": {"automated": {}, "retry": {"limit": 3}}}, {"syncPolicy": {"automated": None}},
         {"syncPolicy": {"retry": {"limit": 3}}}),
        ({"info": [{"name": "x"}]}, {"info": []}, {"info": []}),
        ({"source": {"helm": {"valuesObject": {"a": 1, "b": 2}}}}, {"source": {"helm": {"valuesObject": {"a": 3}}}},
         {"source": {"helm": {"valuesObject": {"a": 3}}}}),
        ({}, {"source": {"path": "x", "chart": None}}, {"source": {"path": "x"}}),
    ],
)  # fmt: skip
def test_merge(existing: Any, declared: Any, expected: Any) -> None:
    before = repr(existing)
    assert merged(existing, declared, "ApplicationSpec") == expected
    assert repr(existing) == before, "the live object was changed"


def test_plan_keeps_what_is_not_declared() -> None:
    live = {
        "metadata": {
            "name": "x", "resourceVersion": "7", "finalizers": ["keep"], "labels": {"other": "1", "mine": "1"},
            "annotations": {"argocd.argoproj.io/refresh": "normal", "other": "1"},
        },
        "spec": {"project": "a", "sourceHydrator": {"drySource": {"path": "p"}}},
        "status": {"jwtTokensByRole": {"ci": {"items": [{"iat": 1}]}}},
    }  # fmt: skip
    planned = plan(live, Declared("x", {"project": "b"}, {"mine": None}), "ApplicationSpec")
    assert [change.path for change in planned.changes] == ["labels.mine", "spec.project"]
    assert planned.removed_keys == ["labels.mine"]
    assert planned.body["status"] == live["status"]
    assert planned.body["metadata"]["finalizers"] == ["keep"]
    purged = plan(live, Declared("x", None, None, {}, purge=frozenset({"annotations"})), "ApplicationSpec")
    assert purged.body["metadata"]["annotations"] == {"argocd.argoproj.io/refresh": "normal"}


def test_differences_name_the_leaf() -> None:
    found = [change.describe() for change in differences({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}, "c": True})]
    assert found == ["a.b[1] 2 -> 3", "c (unset) -> true"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"proyect": "x"}, "did you mean project"),
        ({"project": 1}, "put it in quotes"),
        ({"revisionHistoryLimit": True}, "must be of type int"),
        ({"info": {}}, "must be a list"),
        ({"source": []}, "must be a dictionary"),
        ({"sources": [{"path": "a"}, {"pth": "b"}]}, "sources[1].pth"),
    ],
)
def test_problems(value: Any, words: str) -> None:
    (found,) = problems(value, "ApplicationSpec", "")
    assert words in found


def test_all_problems_at_once() -> None:
    with pytest.raises(InvalidInputError, match=r"(?s)1\. .*2\. "):
        check("Application x", {"a": 1, "b": 2}, "ApplicationSpec", "spec")


def test_fingerprint_says_nothing_but_equality() -> None:
    config = {"bearerToken": "secret", "tlsClientConfig": {"insecure": True}}
    mark = fingerprint(config)
    assert matches(mark, {"tlsClientConfig": {"insecure": True}, "bearerToken": "secret"})
    assert not matches(mark, {**config, "bearerToken": "other"})
    assert mark != fingerprint(config) and "secret" not in mark
    assert not any(matches(bad, config) for bad in ("", "x", "scrypt:zz:zz", "md5:00:00"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("githubAppID", "github_app_id"), ("enableOCI", "enable_oci"), ("insecureOCIForceHttp", "insecure_oci_force_http"),
     ("roleARN", "role_arn"), ("repo", "repo")],
)  # fmt: skip
def test_snake_case(name: str, expected: str) -> None:
    assert snake_case(name) == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://Git.example.com/a.git", "https://git.example.com/a", True),
        ("git@git.example.com:team/a.git", "ssh://git@git.example.com/team/a", True),
        ("https://git.example.com:8443/a", "https://git.example.com/a", False),
        ("https://git.example.com/a", "https://git.example.com/b", False),
    ],
)
def test_same_repository(one: str, other: str, same: bool) -> None:
    assert same_repository(one, other) is same


@pytest.mark.parametrize(
    ("wanted", "record", "reason"),
    [
        ({"expires_in": 100, "renew_before": 10}, {"iat": 900, "exp": 1000}, None),
        ({"expires_in": 100, "renew_before": 60}, {"iat": 940, "exp": 1040}, "it ends in 40 s"),
        ({"expires_in": 100, "renew_before": 10}, {"iat": 800, "exp": 900}, "it has expired"),
        ({"expires_in": 0}, {"iat": 900, "exp": 1000}, "it lasts 100 s, not for ever"),
        ({"expires_in": 0}, {"iat": 1}, None),
        ({"expires_in": 0, "path": "/nonexistent/token"}, {"iat": 1}, "/nonexistent/token does not hold it"),
    ],
)
def test_renewal(wanted: dict[str, Any], record: dict[str, Any], reason: str | None) -> None:
    now = 950.0 if "exp" in record and record["exp"] == 1000 else 1000.0
    step = plan_token(WantedToken("x", **wanted), [{"id": "y", "iat": 5}, {"id": "x", **record}], now)
    assert (step.reason if step else None) == reason
