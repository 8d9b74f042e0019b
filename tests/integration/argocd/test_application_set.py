# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""argocd_application_set and its info module, with previews made by Argo CD's own generators."""

from __future__ import annotations

import json
from typing import Any

import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule

pytestmark = pytest.mark.usefixtures("no_leftovers")

FINALIZER = "resources-finalizer.argocd.argoproj.io"


@pytest.fixture(scope="module")
def url(argocd: ArgoCD) -> str:
    repository = argocd.repository("sets")
    repository.commit({"web/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: set}\n"})
    return repository.url


@pytest.fixture
def spec(url: str) -> dict[str, Any]:
    return {
        "goTemplate": True,
        "generators": [{"list": {"elements": [{"env": "dev"}, {"env": "prod"}]}}],
        "template": {
            "metadata": {"name": "web-{{ .env }}"},
            "spec": {
                "project": "default",
                "source": {"repoURL": url, "path": "web", "targetRevision": "main"},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
            },
        },
    }


def children(argocd: ArgoCD) -> list[str]:
    found = argocd.hub.run("-n", "argocd", "get", "applications", "-o", "jsonpath={.items[*].metadata.name}")
    return found.split()


@pytest.mark.trap("appset-put")
@pytest.mark.trap("generator-defaults")
@pytest.mark.trap("orphaned-children")
def test_life(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    wanted: dict[str, Any] = {"name": "web", "spec": spec, "labels": {"team": "a"}}
    assert "spec" in run("argocd_application_set", name="web", fails=True)["msg"]
    checked = run("argocd_application_set", check=True, **wanted)
    assert children(argocd) == []
    assert checked["changes"] == [
        "create ApplicationSet web",
        "create application web-dev",
        "create application web-prod",
    ]
    assert set(checked["diff"]["after"]["applications"]) == {"web-dev", "web-prod"}
    created = run("argocd_application_set", **wanted)
    assert created["changes"] == checked["changes"]
    assert children(argocd) == ["web-dev", "web-prod"], "it returned before the applications were there"
    assert not run("argocd_application_set", **wanted)["changed"], "the server puts defaults into every generator"

    spec["generators"] = [{"list": {"elements": [{"env": "dev"}, {"env": "test"}]}}]
    spec["template"]["spec"]["source"]["targetRevision"] = "HEAD"
    wanted["labels"] = {"team": "b"}
    checked = run("argocd_application_set", check=True, **wanted)
    assert "create application web-test" in checked["changes"] and "delete application web-prod" in checked["changes"]
    assert "application web-dev: spec.source.targetRevision main -> HEAD" in checked["changes"]
    assert children(argocd) == ["web-dev", "web-prod"]
    assert run("argocd_application_set", **wanted)["changes"] == checked["changes"]
    assert children(argocd) == ["web-dev", "web-test"], "it returned before an application was gone"
    assert not run("argocd_application_set", **wanted)["changed"]
    shown = json.loads(argocd.cli("appset", "get", "web", "-o", "json"))
    assert shown["metadata"]["labels"] == {"team": "b"}
    found = run("argocd_application_set_info", selector="team=b")["application_sets"]
    assert [item["metadata"]["name"] for item in found] == ["web"]

    spec["goTemplateOptions"] = ["missingkey=error"]
    run("argocd_application_set", **wanted)
    spec["goTemplateOptions"] = None
    removed = run("argocd_application_set", **wanted)
    assert removed["changes"] == ["ApplicationSet web: spec.goTemplateOptions [missingkey=error] -> (unset)"]
    assert not run("argocd_application_set", **wanted)["changed"]

    assert run("argocd_application_set", name="web", state="absent", check=True)["changed"]
    run("argocd_application_set", name="web", state="absent")
    assert children(argocd) == [], "it returned before the applications were gone"
    assert not run("argocd_application_set", name="web", state="absent")["changed"]


@pytest.mark.trap("orphaned-children")
def test_a_set_is_gone_when_its_applications_are(run: RunModule, spec: dict[str, Any]) -> None:
    """Nobody takes these finalizers away, so the applications stay after the set has been deleted."""
    spec["template"]["metadata"]["finalizers"] = ["example.com/keep"]
    run("argocd_application_set", name="web", spec=spec)
    result = run("argocd_application_set", name="web", state="absent", wait_timeout=3, fails=True)
    assert result["changed"] and "applications left: web-dev, web-prod" in result["msg"]


def test_finalizers_survive_an_update(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    run("argocd_application_set", name="web", spec=spec, finalizers=["example.com/keep"])
    run("argocd_application_set", name="web", spec={**spec, "syncPolicy": {"applicationsSync": "create-update"}})
    live: Any = argocd.hub.get("-n", "argocd", "applicationset", "web")
    assert live["metadata"]["finalizers"] == ["example.com/keep"]
    argocd.hub.run(
        "-n", "argocd", "patch", "applicationset", "web", "--type=merge", "-p", '{"metadata":{"finalizers":[]}}'
    )


def test_what_a_set_may_not_do_is_not_announced(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    """create-only: applications that are there are neither changed nor deleted, and nobody waits for that."""
    spec["syncPolicy"] = {"applicationsSync": "create-only"}
    run("argocd_application_set", name="web", spec=spec)
    spec["generators"] = [{"list": {"elements": [{"env": "dev"}, {"env": "test"}]}}]
    spec["template"]["spec"]["source"]["targetRevision"] = "HEAD"
    changes = run("argocd_application_set", name="web", spec=spec)["changes"]
    assert [change for change in changes if "application " in change] == ["create application web-test"]
    assert children(argocd) == ["web-dev", "web-prod", "web-test"]
    revision = ("application", "web-dev", "-o", "jsonpath={.spec.source.targetRevision}")
    assert argocd.hub.run("-n", "argocd", "get", *revision) == "main"


def test_applications_that_a_set_may_not_delete_stay(argocd: ArgoCD, run: RunModule, spec: dict[str, Any]) -> None:
    spec["syncPolicy"] = {"applicationsSync": "create-update"}
    run("argocd_application_set", name="web", spec=spec, finalizers=[FINALIZER])
    checked = run("argocd_application_set", name="web", state="absent", check=True)
    removed = run("argocd_application_set", name="web", state="absent")
    assert removed["changes"] == checked["changes"] == ["delete ApplicationSet web"]
    assert set(removed["diff"]["after"]["applications"]) == {"web-dev", "web-prod"}
    assert children(argocd) == ["web-dev", "web-prod"]
    assert not run("argocd_application_set", name="web", state="absent")["changed"]


def test_without_its_finalizer_a_set_takes_them_whatever_its_policy(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any]
) -> None:
    spec["syncPolicy"] = {"applicationsSync": "create-update"}
    run("argocd_application_set", name="web", spec=spec)
    removed = run("argocd_application_set", name="web", state="absent")
    assert removed["changes"][1:] == ["delete application web-dev", "delete application web-prod"]
    assert children(argocd) == []


@pytest.mark.trap("prune-by-declaration")
def test_what_a_change_would_have_removed_is_held(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], url: str
) -> None:
    """Another folder: its content comes, what it has not stays until it is let go."""

    def there() -> list[str]:
        names = ("old", "both", "new")
        return [name for name in names if argocd.hub.run("get", "configmap", name, "-o", "name", "--ignore-not-found")]

    def config_maps(folder: str, *names: str) -> dict[str, str]:
        return {
            f"{folder}/{name}.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n" for name in names
        }

    argocd.repository("sets").commit({**config_maps("first", "old", "both"), **config_maps("second", "both", "new")})
    spec["generators"] = [{"list": {"elements": [{"env": "dev"}]}}]
    template = spec["template"]["spec"]
    template |= {"syncPolicy": {"automated": {"prune": True, "selfHeal": True}}}
    template["source"]["path"] = "first"
    wanted: dict[str, Any] = {"name": "web", "spec": spec, "hold_pruning": True}
    run("argocd_application_set", **wanted)
    run("argocd_application_sync", name="web-dev", operation="wait")
    assert there() == ["old", "both"]

    template["source"]["path"] = "second"
    held = run("argocd_application_set", **wanted)
    assert held["held"] == [{"application": "web-dev", "resources": ["ConfigMap default/old"]}]
    run("argocd_application_sync", name="web-dev", operation="wait")
    assert there() == ["old", "both", "new"]
    for check in (True, False):
        again = run("argocd_application_set", check=check, **wanted)
        assert not again["changed"] and again["held"] == held["held"]

    # The folder has it after all.
    argocd.repository("sets").commit(config_maps("second", "old"))
    released = run("argocd_application_set", **wanted)
    assert released["held"] == [] and released["changed"]
    assert not run("argocd_application_set", **wanted)["changed"]
    argocd.repository("sets").commit({"second/old.yaml": None})
    run("argocd_application_sync", name="web-dev", operation="refresh")
    run("argocd_application_sync", name="web-dev", operation="wait")
    assert there() == ["both", "new"], "a commit that takes something away is what pruning is for"

    # Somebody said that it may go.
    template["source"]["path"] = "first"
    run("argocd_application_set", **{**wanted, "hold_pruning": False})
    run("argocd_application_sync", name="web-dev", operation="refresh")
    run("argocd_application_sync", name="web-dev", operation="wait")
    assert there() == ["old", "both"]
    assert "wait" in run("argocd_application_set", **{**wanted, "spec": moved(spec), "wait": False}, fails=True)["msg"]
    run("argocd_application", name="web-dev", state="absent")


def moved(spec: dict[str, Any]) -> dict[str, Any]:
    template = spec["template"]
    source = {**template["spec"]["source"], "path": "second"}
    return {**spec, "template": {**template, "spec": {**template["spec"], "source": source}}}


def test_an_application_of_another_set_cannot_be_taken_over_the_api(run: RunModule, spec: dict[str, Any]) -> None:
    run("argocd_application_set", name="web", spec=spec)
    message = run("argocd_application_set", name="heir", spec=spec, take_over=["web-dev"], fails=True)["msg"]
    assert "cannot take web-dev over" in message and "kubeconfig" in message


@pytest.mark.trap("appset-labels")
def test_a_label_cannot_be_removed_over_the_api(run: RunModule, spec: dict[str, Any]) -> None:
    run("argocd_application_set", name="web", spec=spec, labels={"team": "a"})
    result = run("argocd_application_set", name="web", spec=spec, labels={"team": None}, fails=True)
    assert "labels.team" in result["msg"] and "kubeconfig" in result["msg"]


@pytest.mark.trap("templated-project")
def test_bad_input(run: RunModule, spec: dict[str, Any]) -> None:
    templated = {
        **spec,
        "template": {**spec["template"], "spec": {**spec["template"]["spec"], "project": "{{ .env }}"}},
    }
    message = run("argocd_application_set", name="web", spec=templated, fails=True)["msg"]
    assert "'{{ .env }}'" in message and "one ApplicationSet for each project" in message
    unknown = run("argocd_application_set", name="web", spec={**spec, "generator": []}, fails=True)
    assert "spec.generator" in unknown["msg"] and "did you mean generators" in unknown["msg"]
    broken = {**spec, "goTemplateOptions": ["missingkey=error"]}
    broken["template"] = {**spec["template"], "metadata": {"name": "web-{{ .nope }}"}}
    result = run("argocd_application_set", name="web", spec=broken, fails=True, check=True)
    assert "nope" in result["msg"]
