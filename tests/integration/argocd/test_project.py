# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""argocd_project and argocd_project_info: life, roles, tokens, sync windows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from argocd_server.argocd import ArgoCD
from argocd_server.modules import RunModule

pytestmark = pytest.mark.usefixtures("no_leftovers")

POLICY = "p,proj:web:ci,  applications,sync,web/*, allow"
ROLE = {"name": "ci", "policies": [POLICY]}


def live(argocd: ArgoCD) -> dict[str, Any]:
    result: dict[str, Any] = argocd.hub.get("-n", "argocd", "appproject", "web")
    return result


@pytest.mark.trap("resource-version")
@pytest.mark.trap("project-upsert")
@pytest.mark.trap("policy-spelling")
def test_life(argocd: ArgoCD, run: RunModule) -> None:
    spec: dict[str, Any] = {
        "description": "the web",
        "sourceRepos": ["*"],
        "destinations": [{"server": "*", "namespace": "web"}],
        "roles": [ROLE],
        "orphanedResources": {"warn": False},
    }
    wanted: dict[str, Any] = {"name": "web", "spec": spec, "labels": {"team": "a"}}
    assert "name" in run("argocd_project", spec=spec, fails=True)["msg"]
    checked = run("argocd_project", check=True, **wanted)
    assert run("argocd_project_info", name="web")["projects"] == []
    created = run("argocd_project", **wanted)
    assert created["changes"] == checked["changes"] == ["create project web"]
    assert not run("argocd_project", **wanted)["changed"], "the server writes policies in its own way"

    window = {"kind": "deny", "schedule": "* * * * *", "duration": "24h", "applications": ["*"], "manualSync": True}
    spec.update(description=None, syncWindows=[window], sourceRepos=["https://git.example.com/*"])
    wanted["labels"] = {"team": None, "env": "prod"}
    checked = run("argocd_project", check=True, **wanted)
    updated = run("argocd_project", **wanted)
    assert updated["changes"] == checked["changes"]
    assert [change.split(": ", 1)[1].split(" ")[0] for change in updated["changes"]] == [
        "labels.env", "labels.team", "spec.description", "spec.sourceRepos[0]", "spec.syncWindows",
    ]  # fmt: skip
    assert live(argocd)["metadata"]["labels"] == {"env": "prod"}
    assert "description" not in live(argocd)["spec"]
    assert live(argocd)["spec"]["orphanedResources"] == {"warn": False}
    assert not run("argocd_project", **wanted)["changed"]
    shown = json.loads(argocd.cli("proj", "get", "web", "-o", "json"))
    assert shown["spec"]["syncWindows"][0]["manualSync"] is True

    del spec["syncWindows"]
    assert not run("argocd_project", **wanted)["changed"]
    purged = run("argocd_project", **wanted, purge=["spec"])
    assert [change.split(" ")[2] for change in purged["changes"]] == ["spec.syncWindows"]
    assert not run("argocd_project", **wanted, purge=["spec"])["changed"]

    assert run("argocd_project", name="web", state="absent", check=True)["changed"]
    assert run("argocd_project", name="web", state="absent")["changes"] == ["delete project web"]
    assert not run("argocd_project", name="web", state="absent")["changed"]
    assert run("argocd_project_info", name="web")["projects"] == []


@pytest.mark.trap("project-tokens")
def test_tokens_survive_every_update(argocd: ArgoCD, run: RunModule, tmp_path: Path) -> None:
    """A PUT without status erases the list of tokens, and so revokes them."""
    path = tmp_path / "ci.token"
    wanted: dict[str, Any] = {
        "name": "web",
        "spec": {"sourceRepos": ["*"], "roles": [ROLE, {"name": "other"}]},
        "tokens": [{"role": "ci", "id": "one", "expires_in": 3600, "path": str(path)}, {"role": "other", "id": "two"}],
    }
    created = run("argocd_project", **wanted)
    assert created["changes"][1:] == [
        "create token one of role ci of project web",
        "create token two of role other of project web",
    ]
    token = path.read_text().strip()
    assert path.stat().st_mode & 0o777 == 0o600
    assert token not in json.dumps(created)
    assert created["tokens"][1]["token"].count(".") == 2
    assert not run("argocd_project", **wanted)["changed"]
    wanted["spec"] = {"description": "new", "roles": [{**ROLE, "description": "new"}, {"name": "other"}]}
    run("argocd_project", **wanted)
    run("argocd_project", name="web", labels={"a": "b"})
    for jwt in (token, created["tokens"][1]["token"]):
        info = argocd.call("GET", "/api/v1/session/userinfo", token=jwt)
        assert info.get("loggedIn") is True, "an update revoked a token"
    assert not run("argocd_project", **wanted)["changed"]


def test_tokens_are_renewed_and_removed(argocd: ArgoCD, run: RunModule, tmp_path: Path) -> None:
    path = tmp_path / "ci.token"
    token: dict[str, Any] = {"role": "ci", "id": "one", "expires_in": 60, "renew_before": 0, "path": str(path)}
    spec = {"roles": [ROLE]}
    run("argocd_project", name="web", spec=spec, tokens=[token])
    first = path.read_text()
    token.update(expires_in=3600, renew_before=None)
    renewed = run("argocd_project", name="web", tokens=[token])
    assert renewed["changes"] == ["renew token one of role ci of project web: it lasts 60 s, not 3600 s"]
    assert path.read_text() != first
    path.write_text("lost\n")
    assert "does not hold it" in run("argocd_project", name="web", tokens=[token])["changes"][0]
    assert not run("argocd_project", name="web", tokens=[token])["changed"]
    gone = {"role": "ci", "id": "one", "state": "absent"}
    assert run("argocd_project", name="web", tokens=[gone])["changes"] == ["delete token one of role ci of project web"]
    assert not run("argocd_project", name="web", tokens=[gone])["changed"]
    assert (
        "has no role nope" in run("argocd_project", name="web", tokens=[{**token, "role": "nope"}], fails=True)["msg"]
    )
    folder = {**token, "path": str(tmp_path / "missing" / "x")}
    assert "does not exist" in run("argocd_project", name="web", tokens=[folder], fails=True)["msg"]


def test_server_problems_are_told(argocd: ArgoCD, run: RunModule) -> None:
    policy = run("argocd_project", name="web", spec={"roles": [{"name": "ci", "policies": ["nonsense"]}]}, fails=True)
    assert "Project web cannot be as asked" in policy["msg"] and "nonsense" in policy["msg"]
    assert policy["api_error"]["id"] == "InvalidArgument"
    assert "default" in run("argocd_project", name="default", state="absent", fails=True)["msg"]
    unknown = run("argocd_project", name="web", spec={"destinatons": []}, fails=True)
    assert "spec.destinatons" in unknown["msg"] and "did you mean destinations" in unknown["msg"]
