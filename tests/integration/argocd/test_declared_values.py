# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that cannot be: check mode says what the run says, nothing is written, and Argo CD itself says the same."""

from __future__ import annotations

from typing import Any

import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule
from declared_argocd import BAD_APPLICATIONS, BAD_PROJECTS, GOOD_PROJECTS

pytestmark = pytest.mark.usefixtures("no_leftovers")

# Taken by Argo CD, which then does something else than what was written, or fails at it again and again.
USELESS = ("spec.destination.namespace 'my space'", "spec.syncPolicy.retry.backoff")
HOST_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def verdicts(argocd: ArgoCD, run: RunModule, module: str, words: str, **options: Any) -> None:
    """Refused in check mode and in the run, in the same words, without a write."""
    writes = len(argocd.writes())
    checked = run(module, check=True, fails=True, **options)
    assert run(module, fails=True, **options)["msg"] == checked["msg"]
    assert words in checked["msg"], checked["msg"]
    assert argocd.writes()[writes:] == []


def body_of(declared: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: declared[key] for key in ("name", "labels", "annotations", "finalizers") if key in declared}
    return {"metadata": metadata, "spec": declared["spec"]}


@pytest.mark.trap("late-refusals")
@pytest.mark.parametrize(("declared", "words"), BAD_PROJECTS)
def test_a_bad_project(argocd: ArgoCD, run: RunModule, declared: dict[str, Any], words: str) -> None:
    verdicts(argocd, run, "argocd_project", words, **declared)
    status, answer = argocd.ask("POST", "/api/v1/projects", {"project": body_of(declared)})
    assert status >= 400, answer


@pytest.mark.trap("unknown-time-zones")
def test_a_time_zone_that_does_not_exist(argocd: ArgoCD, run: RunModule) -> None:
    """Argo CD says nothing, and would open and close the window by another clock."""
    window = {"kind": "deny", "schedule": "0 22 * * *", "duration": "1h", "applications": ["*"], "timeZone": "Berlin"}
    wanted = {"name": "web", "spec": {"syncWindows": [window]}}
    verdicts(argocd, run, "argocd_project", "timeZone 'Berlin' must be a time zone such as Europe/Berlin", **wanted)
    status, answer = argocd.ask("POST", "/api/v1/projects", {"project": body_of(wanted)})
    assert (status, answer["spec"]["syncWindows"][0]["timeZone"]) == (200, "UTC")


@pytest.mark.parametrize("declared", GOOD_PROJECTS)
def test_a_good_project(run: RunModule, declared: dict[str, Any]) -> None:
    checked = run("argocd_project", check=True, **declared)
    assert run("argocd_project", **declared)["changes"] == checked["changes"] == ["create project web"]
    assert not run("argocd_project", **declared)["changed"]


@pytest.mark.parametrize(("declared", "words"), BAD_APPLICATIONS)
def test_a_bad_application(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], declared: dict[str, Any], words: str
) -> None:
    declared = {**declared, "spec": {**spec, **declared["spec"]}}
    verdicts(argocd, run, "argocd_application", words, **declared)
    status, answer = argocd.ask("POST", "/api/v1/applications", body_of(declared))
    assert (status >= 400) is not words.startswith(USELESS), answer


def test_one_bad_object_stops_all_before_the_first_is_written(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any]
) -> None:
    verdicts(
        argocd,
        run,
        "argocd_objects",
        "name 'My App' must be",
        projects=[{"name": "web", "spec": {"sourceRepos": ["*"]}}],
        applications=[{"name": "My App", "spec": spec}],
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"template": {"metadata": {"name": "web-{{.n}}_"}}}, "application 'web-1_': name 'web-1_' must be"),
        (
            {"syncPolicy": {"applicationsSync": "never"}},
            "spec.syncPolicy.applicationsSync 'never' must be create-only or",
        ),
    ],
)
def test_a_bad_application_set(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], changes: dict[str, Any], words: str
) -> None:
    wanted: dict[str, Any] = {
        "goTemplate": True,
        "generators": [{"list": {"elements": [{"n": "1"}]}}],
        "template": {"metadata": {"name": "web-{{.n}}"}},
        **changes,
    }
    wanted["template"]["spec"] = spec
    verdicts(argocd, run, "argocd_application_set", words, name="web", spec=wanted)


@pytest.mark.parametrize(
    ("module", "options", "words"),
    [
        ("argocd_application_set", {"name": "my set", "spec": {"generators": []}}, "name 'my set' must be"),
        ("argocd_repository", {"repo": "not a url"}, "repo 'not a url' must be the URL of a repository"),
        (
            "argocd_repository",
            {"repo": "https://git.example.com/a", "type": "svn"},
            "type 'svn' must be git or helm or oci",
        ),
        (
            "argocd_repository",
            {"repo": "https://git.example.com/a", "project": "My Project"},
            "project 'My Project' must be",
        ),
        ("argocd_cluster", {"name": "dev", "server": "my cluster"}, "server 'my cluster' must be"),
        ("argocd_cluster", {"server": "https://dev", "labels": {"env": "a b"}}, "value of label 'env': 'a b' must be"),
        ("argocd_cluster", {"server": "https://dev", "namespaces": ["My"]}, "namespaces[0] 'My' must be"),
        ("argocd_cluster", {"server": "https://dev", "shard": -2}, "shard -2 must be -1 or more"),
        (
            "argocd_certificate",
            {"server_name": "git example", "type": "ssh", "key_type": "ssh-ed25519", "data": HOST_KEY},
            "server_name 'git example' is no host name",
        ),
        (
            "argocd_certificate",
            {"server_name": "git.example.com", "type": "ssh", "key_type": "ssh-rsa", "data": HOST_KEY},
            "data holds a key of type ssh-ed25519",
        ),
        (
            "argocd_certificate",
            {
                "server_name": "git.example.com",
                "type": "https",
                "data": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            },
            "what is between them is none",
        ),
    ],
)
def test_a_bad_value(argocd: ArgoCD, run: RunModule, module: str, options: dict[str, Any], words: str) -> None:
    verdicts(argocd, run, module, words, **options)
