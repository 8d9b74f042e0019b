# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of what runs on the clusters that cannot work stop site.yml before anything is made, and all are told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_runs import Workplace

BAD_ARGOCD = {
    "argocd_version": "v3.5",
    "argocd_pool": "tulz",
    "argocd_accounts": {"ci": {"capabilities": ["apikey"]}},
    "argocd_oidc": {"name": "Example", "issuer": "https://login.example.com", "client_id": "argocd"},
    "argocd_command_params": {"applicationsetcontroller.policy": "sync"},
}
TOLD_OF_ARGOCD = [
    "1. argocd_pool: there is no pool tulz; there are base, tools, workloads.",
    "2. argocd_version is v3.5",
    "3. argocd_oidc needs argocd_url",
    "4. argocd_accounts: an account has no capability apikey",
    "5. argocd_command_params: applicationsetcontroller.policy takes the say",
]
BAD_TEKTON = {
    "slipway_tekton": {"enabled": True},
    "tekton_operator_version": "v0.81.1",
    "tekton_pool": "tulz",
    "tekton_pruner": "job",
    "tekton_pruner_keep": 0,
    "tekton_pruner_schedule": "hourly",
    "tekton_config": {"tektonpruner": {"disabled": False}},
}
TOLD_OF_TEKTON = [
    "1. tekton_pool: there is no pool tulz; there are base, tools, workloads.",
    "2. tekton_operator_version is v0.81.1",
    "3. tekton_pruner_keep is 0",
    "4. tekton_pruner_schedule is hourly",
    "5. tekton_config: tektonpruner come",
]
BAD_PIPELINES = {
    "slipway_pipelines": {"enabled": True},
    "slipway_tekton": {"enabled": False},
    "slipway_sealed_secrets": {"enabled": False},
    "slipway_registry": {"name": "example"},
    "pipelines_pool": "tulz",
    "pipelines_webhook_secret": "short",
    "pipelines_ca_cert": "/nowhere/ca.crt",
    "slipway_applications": [
        {
            "name": "web",
            "repo": "git@git.example.com:web",
            "path": "deploy",
            "build": {"langauge": "go", "ignore_paths": "docs/"},
        },
        {
            "name": "shop",
            "repo": "https://git.example.com/shop.git",
            "path": "deploy",
            "build": {"language": "cobol", "image": "registry.example.com/shop:latest"},
        },
    ],
}
TOLD_OF_PIPELINES = [
    "1. slipway_applications, web, build.language is missing; give one of go, node, python.",
    "2. slipway_applications, web, build.image is missing",
    "3. slipway_applications, web, build: the repository is git@git.example.com:web; builds clone and push over HTTP",
    "4. slipway_applications, shop, build.language is cobol",
    "5. slipway_applications, shop, build.image is registry.example.com/shop:latest",
    "6. slipway_applications, web, build.ignore_paths is docs/; give a list.",
    "7. slipway_applications, web, build.langauge is unknown",
    "8. pipelines_webhook_secret is shorter than 16 characters",
    "9. pipelines_pool: there is no pool tulz; there are base, tools, workloads.",
    "10. slipway_sealed_secrets is not enabled, and builds need it.",
    "11. slipway_tekton is not enabled, and builds need it.",
    "12. slipway_registry.push_namespaces has no builds",
    "13. pipelines_ca_cert: there is no file /nowhere/ca.crt.",
]
BAD_APPLICATIONS = {
    "slipway_environments": {"dev": {"sync": "auto"}, "prod": {"sync": "manual", "source_repo": ["*"]}},
    "slipway_applications": [
        {"name": "web", "repo": "/web.git", "path": "deploy", "pool": "work"},
        {"name": "web", "repo": "git@example.com:web.git", "path": "../deploy", "environments": ["stage"]},
        {
            "name": "shop",
            "repo": "git@example.com:shop.git",
            "path": "deploy",
            "route": {"hostname": "*.shop", "component": "/route"},
        },
    ],
}
TOLD_OF_APPLICATIONS = [
    "1. applications_environments: dev needs sync: automated",
    "2. applications_environments: prod has the unknown key source_repo",
    "3. applications_list: 2 applications are named web",
    '4. applications_list: web: repo is "/web.git"',
    "5. applications_list: web: there is no pool work; there are base, tools, workloads.",
    '6. applications_list: web: path is "../deploy"',
    "7. applications_list: web: there is no environment stage; there are dev, prod.",
    '8. applications_list: shop: route.hostname is "*.shop"',
    '9. applications_list: shop: route.component is "/route"',
]
BAD_SEALED_SECRETS = {
    "slipway_sealed_secrets": {"enabled": True},
    "sealed_secrets_pool": "tulz",
    "sealed_secrets_version": "v0.38",
}
TOLD_OF_SEALED_SECRETS = [
    "1. sealed_secrets_pool: there is no pool tulz; there are base, tools, workloads.",
    "2. sealed_secrets_version is v0.38",
    "3. sealed_secrets_backup_password: the backup of the sealing keys needs a password.",
]
BAD_REGISTRY = {
    "slipway_registry": {"name": "Example", "push_namespaces": ["a_b"]},
    "do_registry_pull_secret": "pull secret",
    "do_registry_renew_before": 2592000,
}
TOLD_OF_REGISTRY = [
    "1. do_registry_name is Example",
    "2. do_registry_push_namespaces: a_b is no name for a namespace",
    "3. do_registry_pull_secret: pull secret is no name for a Secret",
    "4. do_registry_renew_before is 2592000",
]
# The hub and dev would both have the load balancer and the name.
BAD_INGRESS = {
    "slipway_ingress": {"enabled": True},
    "ingress_lb_name": "edge",
    "ingress_lb_subdomain": "apps",
    "ingress_lb_record_ttl": 5,
    "ingress_lb_pool": "tool",
    "ingress_lb_annotations": {"service.beta.kubernetes.io/do-loadbalancer-type": 2},
}
TOLD_OF_INGRESS = [
    '1. ingress_lb_name is "edge" for each of',
    "2. *.apps.example.com would be the name of each of",
    "3. ingress_lb_record_ttl is 5; 30 seconds at least.",
    "4. ingress_lb_pool: there is no pool tool; there are base, tools, workloads.",
    "5. ingress_lb_annotations: service.beta.kubernetes.io/do-loadbalancer-type: the role writes it itself.",
    "6. ingress_lb_annotations: values are texts; put them in quotes.",
]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (BAD_ARGOCD, TOLD_OF_ARGOCD),
        (BAD_APPLICATIONS, TOLD_OF_APPLICATIONS),
        (BAD_SEALED_SECRETS, TOLD_OF_SEALED_SECRETS),
        (BAD_REGISTRY, TOLD_OF_REGISTRY),
        (BAD_INGRESS, TOLD_OF_INGRESS),
        (BAD_TEKTON, TOLD_OF_TEKTON),
        (BAD_PIPELINES, TOLD_OF_PIPELINES),
    ],
    ids=["argocd", "applications", "sealed_secrets", "registry", "ingress", "tekton", "pipelines"],
)
def test_all_problems_are_told_before_anything_is_made(
    workplace: Workplace, settings: dict[str, Any], told: list[str]
) -> None:
    workplace.edit("platform/group_vars/all.yml", **settings)
    run = workplace.run("site.yml", "dev")
    assert run.returncode != 0
    assert run.requests == []
    for problem in told:
        assert problem in run.errors
    assert f"{len(told) + 1}. " not in run.errors


@pytest.mark.parametrize(
    ("taken", "there", "told"),
    [
        (["slipway"], [], "'slipway' is taken, by another account"),
        ([], ["first"], "tier basic is full, it includes 1 and the account has first; give tier: professional"),
    ],
    ids=["name taken", "tier full"],
)
def test_a_registry_the_account_cannot_have_is_told_before_there_are_clusters(
    workplace: Workplace, taken: list[str], there: list[str], told: str
) -> None:
    for name in there:
        workplace.make_registry(name)
    workplace.server.admin.settings(taken_registry_names=taken)
    workplace.edit("platform/group_vars/all.yml", slipway_registry={"name": "slipway"})
    for arguments in ((), ("--check",)):
        run = workplace.run("site.yml", "dev", *arguments)
        assert run.returncode != 0
        assert told in run.errors
        assert run.mutating == []
        assert "Traceback" not in run.output


def test_an_application_without_a_repository_is_named(workplace: Workplace) -> None:
    workplace.edit("platform/group_vars/all.yml", slipway_applications=[{"name": "web", "path": "deploy"}])
    run = workplace.run("site.yml", "dev")
    assert run.returncode != 0
    assert run.requests == []
    assert "1. applications_list: web: repo is missing" in run.errors


def test_a_run_without_the_hub_brings_the_cluster_and_says_who_registers_it(workplace: Workplace) -> None:
    run = workplace.run("site.yml", "dev", "--limit", "dev", "--skip-tags", "nodes").succeeded()
    assert workplace.clusters() == ["dev"]
    assert "by a run that hub is part of" in run.message("Say why the cluster is not registered")
    assert "dev: Kubernetes" in run.message("Report")
