# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""promote.yml: what may go on, at which revision, and what happens when it does not get healthy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule
from argocd_server.playbooks import Playbooks
from git_work_tree import WorkTree

PROMOTE = "slipway.gitops.promote"
EVERYTHING = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}


def config_map(value: str, name: str = "settings") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{value: '{value}'}}\n"


# Nothing provisions storage in the harness: a claim stays Pending, which Argo CD calls Progressing; one that was lost
# is Degraded. An Ingress without an address is Progressing too.
INGRESS = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front}
spec: {defaultBackend: {service: {name: none, port: {number: 80}}}}
"""


class Apps:
    """Application web in dev and prod, each in a namespace of its own of the hub, from one repository."""

    def __init__(self, argocd: ArgoCD, run: RunModule, name: str) -> None:
        self.argocd, self.run_module, self.name = argocd, run, name
        self.repository: WorkTree = argocd.repository(name)
        self.first = self.commit("1")
        for environment in ("dev", "prod"):
            run("argocd_project", name=f"{name}-{environment}", spec=EVERYTHING)
            argocd.hub.run("create", "namespace", f"{name}-{environment}")
            policy = {"syncPolicy": {"automated": {"prune": True, "selfHeal": True}}} if environment == "dev" else {}
            run(
                "argocd_application", name=f"{name}-{environment}",
                labels={"app.kubernetes.io/name": name, "environment": environment},
                finalizers=["resources-finalizer.argocd.argoproj.io"],
                spec={
                    "project": f"{name}-{environment}",
                    "source": {"repoURL": self.repository.url, "path": "app", "targetRevision": "main"},
                    "destination": {
                        "server": "https://kubernetes.default.svc", "namespace": f"{name}-{environment}",
                    },
                    **policy,
                },
            )  # fmt: skip
        self.dev_follows()

    def commit(self, value: str, **files: str | None) -> str:
        written = {f"app/{file}.yaml": content for file, content in files.items()}
        return self.repository.commit({"app/settings.yaml": config_map(value), **written})

    def dev_follows(self) -> None:
        """Have Argo CD look now, and wait until dev runs the newest commit."""
        self.run_module("argocd_application_sync", name=f"{self.name}-dev", operation="refresh")
        self.run_module("argocd_application_sync", name=f"{self.name}-dev", operation="wait")

    def value(self, environment: str) -> str | None:
        found: Any = self.argocd.hub.get("-n", f"{self.name}-{environment}", "configmaps", "--ignore-not-found")
        values = [item["data"]["value"] for item in found["items"] if item["metadata"]["name"] == "settings"]
        return values[0] if values else None

    def application(self, environment: str) -> Any:
        return self.argocd.hub.get("-n", "argocd", "application", f"{self.name}-{environment}")

    def remove(self) -> None:
        for environment in ("dev", "prod"):
            self.run_module("argocd_application", name=f"{self.name}-{environment}", state="absent")
            self.run_module("argocd_project", name=f"{self.name}-{environment}", state="absent")


@pytest.fixture
def web(argocd: ArgoCD, run: RunModule, request: pytest.FixtureRequest) -> Iterator[Apps]:
    apps = Apps(argocd, run, f"web{int(time.time() * 1000) % 100_000_000}")
    yield apps
    apps.remove()


def test_exactly_what_is_healthy_in_dev(playbooks: Playbooks, web: Apps) -> None:
    check = playbooks.run(PROMOTE, "--check").succeeded()
    assert f"create ConfigMap {web.name}-prod/settings" in check.message("Say what would change")
    assert [task for task, *_ in check.changed] == ["Compare"]
    assert web.value("prod") is None

    # Newer in the repository than what dev runs: it must not get to prod.
    newer = web.commit("2")
    done = playbooks.run(PROMOTE, promote_confirm=True).succeeded()
    assert web.value("prod") == "1"
    assert web.application("prod")["status"]["operationState"]["syncResult"]["revision"] == web.first
    assert f"{web.name}-prod: synced and healthy at revision {web.first}" in done.message("Report")
    assert [task for task, *_ in done.changed] == ["Sync it to the revision"]

    again = playbooks.run(PROMOTE, promote_confirm=True, promote_application=web.name).succeeded()
    assert again.changed == []
    assert "nothing to change" in again.message("Say what would change")

    web.dev_follows()
    shown = playbooks.run(PROMOTE, promote_confirm=True, promote_application=[web.name]).succeeded()
    assert "data.value 1 -> 2" in shown.message("Say what would change")
    assert f"{web.first[:10]} -> {newer[:10]}" in shown.message("Say what would change")
    assert web.value("prod") == "2"
    assert web.application("prod")["status"]["sync"]["status"] == "Synced"
    nothing = playbooks.run(PROMOTE, promote_confirm=True).succeeded()
    assert "there is nothing to promote" in nothing.message("Say what would change")
    assert playbooks.argocd.admin_password not in done.output


# Objects whose lists the cluster fills in, and one whose content nobody may see.
SERVICE = """apiVersion: v1
kind: Service
metadata: {name: front}
spec: {ports: [{port: 80}], selector: {app: web}}
"""
POLICY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: front}
spec: {podSelector: {}, ingress: [{ports: [{port: 80}]}]}
"""
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {key: %s}\n"


@pytest.mark.parametrize("newer_in_the_branch", [False, True])
def test_the_preview_shows_what_changes_and_nothing_else(
    playbooks: Playbooks, web: Apps, newer_in_the_branch: bool
) -> None:
    """Neither what the cluster filled in, nor what is in a Secret."""
    web.commit("1", service=SERVICE, policy=POLICY, key=SECRET % "first-secret")
    web.dev_follows()
    playbooks.run(PROMOTE, promote_confirm=True).succeeded()
    web.commit("2", service=SERVICE, policy=POLICY, key=SECRET % "first-secret")
    web.dev_follows()
    if newer_in_the_branch:
        web.commit("3", service=SERVICE.replace("app: web", "app: other"), key=SECRET % "second-secret")
        web.run_module("argocd_application_sync", name=f"{web.name}-prod", operation="refresh")
    check = playbooks.run(PROMOTE, "--check", "--diff").succeeded()
    shown = [line.strip() for line in check.message("Say what would change").splitlines() if line.strip()[0] == "-"]
    # Of a Secret at another revision than the newest Argo CD shows not even whether it changes.
    veiled = [f"- sync Secret {web.name}-prod/key, of which Argo CD does not show whether its content changes"]
    assert sorted(shown) == [
        f"- change ConfigMap {web.name}-prod/settings: data.value 1 -> 2",
        *(veiled if newer_in_the_branch else []),
    ]
    done = playbooks.run(PROMOTE, "--diff", promote_confirm=True).succeeded()
    assert web.value("prod") == "2"
    again = playbooks.run(PROMOTE, promote_confirm=True, promote_application=web.name).succeeded()
    assert again.changed == []
    for run in (check, done, again):
        assert "-secret" not in run.output


def test_what_is_not_confirmed_is_not_done(playbooks: Playbooks, web: Apps) -> None:
    run = playbooks.run(PROMOTE)
    assert run.returncode != 0
    assert "it was not confirmed" in run.errors and "-e promote_confirm=true" in run.errors
    assert web.value("prod") is None


@pytest.mark.parametrize(("answer", "value"), [("yes", "1"), ("no", None)])
def test_a_person_is_asked(playbooks: Playbooks, web: Apps, answer: str, value: str | None) -> None:
    returncode, output = playbooks.run_at_terminal(PROMOTE, {"Type yes to go on": f"{answer}\r"})
    assert (returncode == 0) is (value is not None), output
    assert web.value("prod") == value


def test_what_is_not_healthy_in_dev_is_refused(playbooks: Playbooks, web: Apps) -> None:
    web.commit("2", front=INGRESS)
    web.run_module("argocd_application_sync", name=f"{web.name}-dev", operation="refresh")
    web.run_module("argocd_application_sync", name=f"{web.name}-dev", operation="wait", wait_for_health=False)
    run = playbooks.run(PROMOTE, promote_confirm=True)
    assert run.returncode != 0
    assert f"{web.name}-dev is Synced, Progressing in dev: Ingress {web.name}-dev/front is Progressing" in run.errors
    assert web.value("prod") is None


def test_names_that_are_not_there(playbooks: Playbooks, web: Apps) -> None:
    run = playbooks.run(PROMOTE, promote_confirm=True, promote_application=f"{web.name}x, other")
    assert run.returncode != 0
    assert f"1. other: there is no such application in dev or prod (there are {web.name})" in run.errors
    assert f"2. {web.name}x: there is no such application in dev or prod; did you mean {web.name}?" in run.errors


def test_wrong_options_all_at_once(playbooks: Playbooks) -> None:
    playbooks.variables["slipway_environments"] = {"dev": {"sync": "automated"}, "prod": {"sync": "manual"}}
    run = playbooks.run(
        PROMOTE, promote_from="tets", promote_to="tets", promote_timeout="soon", promote_confirm="maybe"
    )
    assert run.returncode != 0
    for words in (
        "1. promote_from and promote_to are both tets",
        "2. there is no environment tets (slipway_environments has dev, prod)",
        "3. promote_timeout is soon",
        "4. promote_confirm takes true or false, not maybe",
    ):
        assert words in run.errors
    assert {result["task"] for result in run.results} == {"Stop on anything that cannot work"}


@pytest.mark.parametrize("rollback", [False, True])
def test_one_that_does_not_get_healthy(playbooks: Playbooks, web: Apps, rollback: bool) -> None:
    playbooks.run(PROMOTE, promote_confirm=True).succeeded()
    # In dev the Ingress gets an address, in prod it never does.
    revision = web.commit("2", front=INGRESS)
    web.run_module("argocd_application_sync", name=f"{web.name}-dev", operation="refresh")
    web.run_module("argocd_application_sync", name=f"{web.name}-dev", operation="wait", wait_for_health=False)
    web.argocd.hub.run(
        "-n", f"{web.name}-dev", "patch", "ingress", "front", "--subresource=status", "--type=merge",
        "-p", '{"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}',
    )  # fmt: skip
    web.dev_follows()
    run = playbooks.run(PROMOTE, promote_confirm=True, promote_timeout=20, promote_rollback=rollback)
    assert run.returncode != 0
    report = run.message("Report")
    assert f"{web.name}-prod: FAILED at revision {revision}" in report
    assert f"Ingress {web.name}-prod/front is Progressing" in report
    if rollback:
        assert f"rollback: {web.first[:10]} is back and healthy" in report
        assert web.value("prod") == "1"
        left: Any = web.argocd.hub.get("-n", f"{web.name}-prod", "ingresses")
        assert left["items"] == []
    else:
        assert "rollback: not asked for" in report
        assert web.value("prod") == "2"
    assert "was not promoted" in run.errors


def test_a_resource_that_prod_refuses(playbooks: Playbooks, web: Apps) -> None:
    """The resource and the reason are told; there is nothing to go back to."""
    refused = {**EVERYTHING, "namespaceResourceBlacklist": [{"group": "", "kind": "ConfigMap"}]}
    web.run_module("argocd_project", name=f"{web.name}-prod", spec=refused)
    run = playbooks.run(PROMOTE, promote_confirm=True, promote_rollback=True, promote_timeout=30)
    assert run.returncode != 0
    report = run.message("Report")
    assert f"{web.name}-prod: FAILED" in report
    assert f"ConfigMap {web.name}-prod/settings" in report and "not permitted in project" in report
    assert "rollback: there was nothing before to bring back" in report
