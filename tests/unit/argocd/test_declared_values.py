# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that Argo CD would refuse are told before it is asked; what it takes is not refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._argocd import certificate_data, cron, grammar
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application import declared_application
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_problems import find_problems
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.custom_resource import plan
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.project import declared_project
from ansible_collections.slipway.gitops.plugins.module_utils._errors import InvalidInputError, raise_all
from declared_argocd import BAD_APPLICATIONS, BAD_PROJECTS, GIT, GOOD_PROJECTS, application

OPTIONS: dict[str, Any] = {
    "state": "present", "spec": None, "labels": None, "annotations": None, "finalizers": None, "purge": [],
}  # fmt: skip
CLUSTER = {"server": "https://kubernetes.default.svc", "namespace": "web"}


def check_application(declared: dict[str, Any]) -> None:
    spec = {"source": GIT, "destination": CLUSTER, **declared["spec"]}
    wanted = declared_application({**OPTIONS, **declared, "spec": spec})
    raise_all(find_problems(plan(None, wanted, "ApplicationSpec").body), InvalidInputError, "Application")


@pytest.mark.parametrize(("declared", "words"), BAD_PROJECTS)
def test_a_bad_project_is_told_alone(declared: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        declared_project({**OPTIONS, **declared})
    assert words in str(caught.value) and "2. " not in str(caught.value), str(caught.value)


@pytest.mark.parametrize("declared", GOOD_PROJECTS)
def test_a_good_project_is_not_refused(declared: dict[str, Any]) -> None:
    declared_project({**OPTIONS, **declared})


def test_all_of_it_at_once() -> None:
    spec = {"roles": [{"name": "my role"}], "syncWindows": [{"kind": "x", "schedule": "22:00", "duration": "1 hour"}]}
    with pytest.raises(InvalidInputError, match=r"6\. "):
        declared_project({**OPTIONS, "name": "My Project", "spec": spec})


def test_what_is_to_go_may_have_any_name() -> None:
    assert declared_project({**OPTIONS, "name": "My Project", "state": "absent"}).name == "My Project"


@pytest.mark.parametrize(("declared", "words"), BAD_APPLICATIONS)
def test_a_bad_application_is_told_alone(declared: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_application(declared)
    assert words in str(caught.value) and "2. " not in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    "declared",
    [
        application(),
        application("a.b-c", {"labels": {"x/y": ""}, "finalizers": ["resources-finalizer.argocd.argoproj.io"]}),
        application(source={"repoURL": "registry.example.com/charts", "chart": "web", "targetRevision": "1.x"}),
        application(source=None, sources=[GIT, {"repoURL": "git@git.example.com:values.git", "ref": "values"}]),
        application(destination={"name": "in-cluster"}),
        application(syncPolicy={"retry": {"limit": -1, "backoff": {"duration": "5", "maxDuration": "3m"}}}),
        application(
            source=None,
            sourceHydrator={
                "drySource": {"repoURL": GIT["repoURL"], "path": "web", "targetRevision": "main"},
                "syncSource": {"targetBranch": "env/dev", "path": "web"},
            },
        ),
    ],
)
def test_a_good_application_is_not_refused(declared: dict[str, Any]) -> None:
    check_application(declared)


@pytest.mark.parametrize(
    "text", ["* * * * *", "0 22 * * *", "*/5 1-2 1,15 JAN sun", "5/10 ? * * ?", "CRON_TZ=UTC 0 0 * * *", "+1 0 1 1 0"]
)
def test_schedules(text: str) -> None:
    assert cron.is_schedule(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "22:00", "@daily", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
        "* * * * 7", "5-1 * * * *", "*/0 * * * *", "*/x * * * *", "1-2-3 * * * *", "a * * * *", "-1 * * * *",
        "TZ=Nowhere/Land 0 0 * * *",
    ],
)  # fmt: skip
def test_what_is_no_schedule(text: str) -> None:
    assert not cron.is_schedule(text)


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/web.git", "http://git/web", "git@git.example.com:web.git", "ssh://git@git:2222/web",
        "file:///srv/web.git", "oci://registry.example.com/charts/web", "registry-1.docker.io/bitnamicharts",
        "org-1@github.com:org/web.git", "https://git.example.com/{{.path}}",
    ],
)  # fmt: skip
def test_urls_of_repositories(url: str) -> None:
    assert grammar.REPOSITORY.fits(url)


@pytest.mark.parametrize("url", ["", "web", "not a url", "https://", "https:// x", "https://[::1/web"])
def test_what_is_no_url_of_a_repository(url: str) -> None:
    assert not grammar.REPOSITORY.fits(url)


@pytest.mark.parametrize(
    ("name", "key_type", "data", "words"),
    [
        ("git.example.com", "ssh-rsa", "AAAAC3NzaC1lZDI1NTE5AAAAIOMq", "data holds a key of type ssh-ed25519"),
        ("git.example.com", "ssh-ed25519", "AAAA!", "data is no key in base64"),
        ("git.example.com", "ssh-ed25519", "aGVsbG8gd29ybGQ=", "data is no key in base64"),
        ("git.example.com", "ssh-ed25519", "", "ssh-keyscan git.example.com prints both"),
        ("[git example]:22", "ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIOMq", "is no host name"),
    ],
)
def test_what_is_no_host_key(name: str, key_type: str, data: str, words: str) -> None:
    found = certificate_data.host_key_problems(name, key_type, data)
    assert len(found) == 1 and words in found[0], found


@pytest.mark.parametrize(
    "name", ["git.example.com", "[git.example.com]:2222", "2001:db8::1", "[::1]:22", "my_host", "a."]
)
def test_host_keys(name: str) -> None:
    key = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    assert certificate_data.host_key_problems(name, "ssh-ed25519", key) == []


@pytest.mark.parametrize(
    ("name", "pem", "words"),
    [
        ("git.example.com", "hello", "data is no certificate in PEM"),
        (
            "git.example.com",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            "what is between them is none",
        ),
    ],
)
def test_what_is_no_certificate(name: str, pem: str, words: str) -> None:
    found = certificate_data.certificate_problems(name, pem)
    assert len(found) == 1 and words in found[0], found
