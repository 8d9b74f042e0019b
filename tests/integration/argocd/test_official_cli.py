# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The official argocd CLI reads what the modules wrote, and finds no difference to what was declared.

Where the CLI can create an object from a file, it is asked to do so without --upsert: the server then refuses whatever
differs from what is stored.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from argocd_server.argocd import ArgoCD
from argocd_server.config_maps import config_map
from argocd_server.modules import RunModule
from git_work_tree import WorkTree
from slipway_lab.pki import CertificateAuthority

pytestmark = pytest.mark.usefixtures("no_leftovers")


def written(tmp_path: Path, kind: str, spec: dict[str, Any], **metadata: Any) -> str:
    """A manifest in a file, as people write them for the CLI."""
    document = {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}
    file = tmp_path / f"{kind}.yaml"
    file.write_text(yaml.safe_dump(document))
    return str(file)


def test_project(argocd: ArgoCD, run: RunModule, tmp_path: Path) -> None:
    spec: dict[str, Any] = {
        "description": "of the CLI's test",
        "sourceRepos": ["https://git.example.com/*"],
        "destinations": [{"server": "*", "namespace": "web"}],
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
        "roles": [{"name": "ci", "policies": ["p, proj:cli:ci, applications, sync, cli/*, allow"]}],
        "syncWindows": [
            {"kind": "deny", "schedule": "0 22 * * *", "duration": "1h", "applications": ["*"], "timeZone": "UTC"}
        ],
    }
    run("argocd_project", name="cli", spec=spec, labels={"team": "a"})
    read = json.loads(argocd.cli("proj", "get", "cli", "-o", "json"))
    assert read["metadata"]["labels"] == {"team": "a"}
    assert {key: read["spec"][key] for key in spec} == spec
    argocd.cli("proj", "create", "--file", written(tmp_path, "AppProject", spec, name="cli"))
    other = written(tmp_path, "AppProject", {**spec, "description": "another"}, name="cli")
    assert "is different" in argocd.cli_result("proj", "create", "--file", other).stderr


def test_application(
    argocd: ArgoCD, run: RunModule, spec: dict[str, Any], repository: WorkTree, tmp_path: Path
) -> None:
    del spec["source"]["directory"]
    run("argocd_application", name="cli", spec=spec, labels={"team": "a"})
    argocd.cli("app", "create", "--file", written(tmp_path, "Application", spec, name="cli", labels={"team": "a"}))
    other = written(tmp_path, "Application", spec, name="cli", labels={"team": "b"})
    assert "is different" in argocd.cli_result("app", "create", "--file", other).stderr
    run("argocd_application_sync", name="cli")
    read = json.loads(argocd.cli("app", "get", "cli", "-o", "json"))
    assert (read["metadata"]["labels"], read["status"]["sync"]["status"]) == ({"team": "a"}, "Synced")
    argocd.cli("app", "diff", "cli")
    argocd.cli("app", "wait", "cli", "--sync", "--health", "--timeout", "5")

    repository.commit({"web/config.yaml": config_map("web", color="green")})
    expected = run("argocd_application_sync", name="cli", check=True)
    difference = argocd.cli_result("app", "diff", "cli", "--refresh")
    assert difference.returncode == 1 and "green" in difference.stdout
    assert expected["changes"] == ["change ConfigMap default/web: data.color blue -> green"]


def test_application_set(argocd: ArgoCD, run: RunModule, spec: dict[str, Any], tmp_path: Path) -> None:
    del spec["source"]["directory"]
    template = {"metadata": {"name": "cli-{{ .env }}"}, "spec": spec}
    set_spec = {
        "goTemplate": True,
        "generators": [{"list": {"elements": [{"env": "dev"}, {"env": "prod"}]}}],
        "template": template,
    }
    run("argocd_application_set", name="cli", spec=set_spec)
    file = written(tmp_path, "ApplicationSet", set_spec, name="cli")
    argocd.cli("appset", "create", file)
    read = json.loads(argocd.cli("appset", "get", "cli", "-o", "json"))
    assert read["spec"]["template"]["metadata"] == template["metadata"]
    generated = json.loads(argocd.cli("appset", "generate", file, "-o", "json"))
    live = json.loads(argocd.cli("app", "list", "-o", "json"))
    assert {app["metadata"]["name"]: app["spec"] for app in generated} == {
        app["metadata"]["name"]: app["spec"] for app in live
    }
    run("argocd_application_set", name="cli", state="absent")
    assert argocd.cli_result("appset", "get", "cli").returncode != 0


def test_cluster(argocd: ArgoCD, run: RunModule) -> None:
    config = {"bearer_token": argocd.spoke.token, "tls_client_config": {"ca_data": argocd.spoke.ca_pem.decode()}}
    wanted: dict[str, Any] = {
        "name": "cli", "server": argocd.spoke.server, "labels": {"env": "dev"},
        "annotations": {"domain": "example.com"}, "namespaces": ["api", "web"], "shard": 1,
    }  # fmt: skip
    run("argocd_cluster", config=config, wait=False, **wanted)
    read = json.loads(argocd.cli("cluster", "get", "cli", "-o", "json"))
    assert read["annotations"].pop("slipway.gitops/config-fingerprint")
    read["annotations"].pop("argocd.argoproj.io/refresh", None)
    assert {key: read[key] for key in wanted} == wanted


def test_repository(argocd: ArgoCD, run: RunModule) -> None:
    tree, url = argocd.private_repository("cli")
    tree.commit({"config.yaml": "{}\n"})
    assert tree.push().returncode == 0
    username, password = argocd.git_server.user, argocd.git_server.password()
    run("argocd_repository", repo=url, name="cli", username=username, password=password)
    same = ("repo", "add", url, "--name", "cli", "--username", username, "--password", password)
    argocd.cli(*same)
    different = argocd.cli_result(*same[:4], "other", *same[5:])
    assert "is different" in different.stderr
    read = json.loads(argocd.cli("repo", "get", url, "-o", "json"))
    assert (read["name"], read["connectionState"]["status"]) == ("cli", "Successful")


def test_repository_credentials(argocd: ArgoCD, run: RunModule) -> None:
    url = "https://cli.example.com/team"
    run("argocd_repository_credentials", url=url, type="git", username="robot", password="secret")
    same = ("repocreds", "add", url, "--username", "robot", "--password")
    argocd.cli(*same, "secret")
    assert "is different" in argocd.cli_result(*same, "other").stderr
    assert [item["url"] for item in json.loads(argocd.cli("repocreds", "list", "-o", "json"))] == [url]


def test_account(argocd: ArgoCD, run: RunModule, tmp_path: Path) -> None:
    run("argocd_account", name="robot", tokens=[{"id": "cli", "expires_in": 3600, "path": str(tmp_path / "token")}])
    read = json.loads(argocd.cli("account", "get", "--account", "robot", "-o", "json"))
    (token,) = (item for item in read["tokens"] if item["id"] == "cli")
    assert token["expiresAt"] - token["issuedAt"] == 3600
    as_robot = json.loads(argocd.cli("account", "get-user-info", "-o", "json", token=(tmp_path / "token").read_text()))
    assert as_robot["username"] == "robot"
    run("argocd_account", name="robot", tokens=[{"id": "cli", "state": "absent"}])


def test_certificate(argocd: ArgoCD, run: RunModule, tmp_path: Path) -> None:
    certificate = tmp_path / "ca.crt"
    certificate.write_bytes(CertificateAuthority.create("cli").certificate_pem)
    run("argocd_certificate", server_name="cli.example.com", type="https", data=certificate.read_text())
    read = json.loads(argocd.cli("cert", "list", "--cert-type", "https", "-o", "json"))
    assert [item["certInfo"] for item in read if item["serverName"] == "cli.example.com"] == ["CN=cli"]
    argocd.cli("cert", "add-tls", "cli.example.com", "--from", str(certificate))
    other = tmp_path / "other.crt"
    other.write_bytes(CertificateAuthority.create("other").certificate_pem)
    refused = argocd.cli_result("cert", "add-tls", "cli.example.com", "--from", str(other))
    assert "already exists" in refused.stderr
    run("argocd_certificate", server_name="cli.example.com", type="https", state="absent")
