# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of every kind of object: check, create, no-op, update, no-op, removal of a key, absent, no-op.

What a module says is held against two records that it does not make: the calls that argocd-server logs, and the writes
that the Kubernetes API audits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule
from slipway_lab.pki import CertificateAuthority

pytestmark = pytest.mark.usefixtures("no_leftovers")

Options = dict[str, Any]
READS = (
    "Get",
    "List",
    "Generate",
    "ManagedResources",
    "ResourceTree",
    "GetUserInfo",
    "Version",
    "SessionService/Create",
)
HOST_KEYS = (
    "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    "AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf",
)


@dataclass(frozen=True)
class Life:
    """What is declared at each stage of an object's life.

    update, removal: what then changes; removal None = it has no key to remove
    gone: what removes it; probes: calls without effect that say what the API does not return
    """

    module: str
    create: Options
    update: Options
    removal: Options | None
    gone: Options
    probes: frozenset[str] = field(default_factory=frozenset)


def project_life(_argocd: ArgoCD, _spec: Options) -> Life:
    spec = {"sourceRepos": ["*"], "description": "one", "roles": [{"name": "ci", "policies": []}]}
    return Life(
        "argocd_project",
        {"name": "life", "spec": spec, "labels": {"team": "a"}},
        {"spec": {"description": "two", "orphanedResources": {"warn": False}}, "labels": {"team": "b"}},
        {"spec": {"description": None}, "labels": {"team": None}},
        {"name": "life", "state": "absent"},
    )


def application_life(_argocd: ArgoCD, spec: Options) -> Life:
    return Life(
        "argocd_application",
        {"name": "life", "spec": spec, "annotations": {"note": "one"}},
        {"spec": {"syncPolicy": {"syncOptions": ["Validate=false"]}}, "annotations": {"note": "two"}},
        {"spec": {"syncPolicy": None}, "annotations": {"note": None}},
        {"name": "life", "state": "absent"},
    )


def application_set_life(_argocd: ArgoCD, spec: Options) -> Life:
    template = {"metadata": {"name": "life-{{ .env }}"}, "spec": spec}
    create = {
        "goTemplate": True,
        "goTemplateOptions": ["missingkey=error"],
        "generators": [{"list": {"elements": [{"env": "dev"}]}}],
        "template": template,
    }
    update = {"generators": [{"list": {"elements": [{"env": "dev"}, {"env": "prod"}]}}]}
    return Life(
        "argocd_application_set",
        {"name": "life", "spec": create, "labels": {"team": "a"}},
        {"spec": update, "labels": {"team": "b"}},
        {"spec": {"goTemplateOptions": None}},
        {"name": "life", "state": "absent"},
    )


def cluster_life(argocd: ArgoCD, _spec: Options) -> Life:
    config = {"bearer_token": argocd.spoke.token, "tls_client_config": {"ca_data": argocd.spoke.ca_pem.decode()}}
    return Life(
        "argocd_cluster",
        {"name": "life", "server": argocd.spoke.server, "config": config, "labels": {"env": "dev", "team": "a"}},
        {"labels": {"env": "prod"}, "annotations": {"domain": "example.com"}},
        {"labels": {"team": None}, "annotations": {"domain": None}},
        {"name": "life", "state": "absent"},
    )


def repository_life(argocd: ArgoCD, _spec: Options) -> Life:
    tree, url = argocd.private_repository("life")
    tree.commit({"config.yaml": "{}\n"})
    assert tree.push().returncode == 0
    login = {"username": argocd.git_server.user, "password": argocd.git_server.password()}
    return Life(
        "argocd_repository",
        {"repo": url, "name": "one", **login},
        {"name": "two", "enable_lfs": True},
        {"name": "", "enable_lfs": False},
        {"repo": url, "state": "absent"},
        frozenset({"repository.RepositoryService/Create"}),
    )


def credentials_life(_argocd: ArgoCD, _spec: Options) -> Life:
    url = "https://life.example.com/team"
    return Life(
        "argocd_repository_credentials",
        {"url": url, "username": "robot", "password": "one-secret", "proxy": "http://proxy.example.com:3128"},
        {"password": "two-secret"},
        {"proxy": ""},
        {"url": url, "state": "absent"},
        frozenset({"repocreds.RepoCredsService/CreateRepositoryCredentials"}),
    )


def tls_certificate_life(_argocd: ArgoCD, _spec: Options) -> Life:
    one, two = (CertificateAuthority.create(name).certificate_pem.decode() for name in ("one", "two"))
    target = {"server_name": "life.example.com", "type": "https"}
    return Life(
        "argocd_certificate",
        {**target, "data": one},
        {"data": two},
        None,
        {**target, "state": "absent"},
        frozenset({"certificate.CertificateService/CreateCertificate"}),
    )


def host_key_life(_argocd: ArgoCD, _spec: Options) -> Life:
    target = {"server_name": "[life.example.com]:2222", "type": "ssh", "key_type": "ssh-ed25519"}
    return Life(
        "argocd_certificate",
        {**target, "data": HOST_KEYS[0]},
        {"data": HOST_KEYS[1]},
        None,
        {**target, "state": "absent"},
        frozenset({"certificate.CertificateService/CreateCertificate"}),
    )


def token_life(_argocd: ArgoCD, _spec: Options) -> Life:
    return Life(
        "argocd_account",
        {"name": "robot", "tokens": [{"id": "life", "expires_in": 3600}]},
        {"tokens": [{"id": "life", "expires_in": 7200}]},
        None,
        {"name": "robot", "tokens": [{"id": "life", "state": "absent"}]},
    )


LIVES = (
    project_life, application_life, application_set_life, cluster_life, repository_life, credentials_life,
    tls_certificate_life, host_key_life, token_life,
)  # fmt: skip


@contextmanager
def nothing_written(argocd: ArgoCD, probes: frozenset[str] = frozenset()) -> Iterator[None]:
    """Fails when argocd-server was asked for more than reads and probes, or had anything written."""
    calls, writes = len(argocd.calls()), len(argocd.writes())
    yield
    asked = {call for call in argocd.calls()[calls:] if not call.endswith(READS) and "/List" not in call} - probes
    assert (asked, argocd.writes()[writes:]) == (set(), [])


@pytest.mark.parametrize("make", LIVES, ids=lambda make: make.__name__)
def test_life(argocd: ArgoCD, run: RunModule, spec: Options, make: Callable[[ArgoCD, Options], Life]) -> None:
    life = make(argocd, spec)
    wanted = life.create

    def nothing_to_do(**options: Any) -> None:
        for check in (True, False):
            with nothing_written(argocd, life.probes):
                result = run(life.module, check=check, **options)
            assert not result["changed"] and result["changes"] == []
            assert result["diff"]["before"] == result["diff"]["after"]

    for stage in (life.create, life.update, life.removal, life.gone):
        if stage is None:
            continue
        wanted = life.gone if stage is life.gone else {**wanted, **stage}
        with nothing_written(argocd, life.probes):
            checked = run(life.module, check=True, **wanted)
        assert checked["changed"]
        before = len(argocd.writes())
        done = run(life.module, **wanted)
        assert (done["changed"], done["changes"]) == (True, checked["changes"])
        assert done["diff"] == checked["diff"]
        assert argocd.writes()[before:], "it says it changed something, and wrote nothing"
        nothing_to_do(**wanted)


@pytest.mark.parametrize(
    "module",
    [
        "argocd_account_info", "argocd_application_info", "argocd_application_set_info", "argocd_certificate_info",
        "argocd_cluster_info", "argocd_project_info", "argocd_repository_credentials_info", "argocd_repository_info",
    ],
)  # fmt: skip
def test_info_modules_only_read(argocd: ArgoCD, run: RunModule, module: str) -> None:
    for check in (True, False):
        with nothing_written(argocd):
            assert not run(module, check=check)["changed"]


def test_a_sync_of_what_is_in_place_starts_no_operation(argocd: ArgoCD, run: RunModule, spec: Options) -> None:
    run("argocd_application", name="life", spec=spec)
    run("argocd_application_sync", name="life")
    before = argocd.calls()
    for _ in range(2):
        assert not run("argocd_application_sync", name="life")["changed"]
    assert {call for call in argocd.calls()[len(before) :] if not call.endswith(READS) and "/List" not in call} == set()
    history = argocd.hub.get("-n", "argocd", "application", "life")["status"]
    assert len(history["history"]) == 1  # type: ignore[index]
