# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""status.yml: one table, the same as JSON and as a page, also of what cannot be reached."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from argocd_server.argocd import NAMESPACE, ArgoCD
from argocd_server.modules import RunModule
from argocd_server.playbooks import Playbooks

STATUS = "slipway.gitops.status"
EVIL = "<script>alert('x')</script>"
SERVER = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "argocd-server", "namespace": NAMESPACE},
    "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "server", "image": "quay.io/argoproj/argocd:v3.5.7"}]},
        },
    },
}


class Page(HTMLParser):
    """Words, tags and addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


@pytest.fixture
def platform(argocd: ArgoCD, run: RunModule, spoke: str, tmp_path: Path) -> Iterator[None]:
    """A Deployment that says the version, a node, an application in sync and one that cannot be compared."""
    argocd.hub.apply(SERVER)
    node = {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "tools-a", "labels": {"doks.digitalocean.com/node-pool": "tools"}},
    }  # fmt: skip
    argocd.spoke.apply(node)
    ready = '{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}'
    argocd.spoke.run("patch", "node", "tools-a", "--subresource=status", "--type=merge", "-p", ready)
    repository = argocd.repository(tmp_path.name)
    repository.commit({"app/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"})
    destination = {"name": "spoke", "namespace": "default"}
    for name, path in (("good", "app"), ("bad", f"no/{EVIL}")):
        source = {"repoURL": repository.url, "path": path, "targetRevision": "main"}
        spec = {"project": "default", "source": source, "destination": destination}
        run("argocd_application", name=name, spec=spec, validate=False)
    run("argocd_application_sync", name="good")
    run("argocd_application_sync", name="bad", operation="refresh")
    yield
    for name in ("good", "bad"):
        run("argocd_application", name=name, state="absent")
    argocd.hub.run("-n", NAMESPACE, "delete", "deployment", "argocd-server")
    argocd.spoke.run("delete", "node", "tools-a")


def test_table_json_and_page(playbooks: Playbooks, platform: None, tmp_path: Path) -> None:
    json_file, page_file = tmp_path / "status.json", tmp_path / "status.html"
    run = playbooks.run(STATUS, status_json=str(json_file), status_html=str(page_file)).succeeded()
    table = run.message("Report")
    found: dict[str, Any] = json.loads(json_file.read_text())
    clusters = {cluster["name"]: cluster for cluster in found["clusters"]}
    assert clusters["spoke"]["pools"] == [{"name": "tools", "nodes": 1, "ready": 1, "versions": [], "not_ready": []}]
    assert clusters["hub"]["hub"] is True and clusters["hub"]["version"].startswith("v1.")
    assert found["argocd"]["version"] == "v3.5.7"
    assert "spoke" in found["argocd"]["clusters"] and found["argocd"]["problem"] == ""
    apps = {app["name"]: app for app in found["applications"]}
    assert (apps["good"]["sync"], apps["good"]["health"]) == ("Synced", "Healthy")
    assert len(apps["good"]["revision"]) == 40
    assert apps["bad"]["sync"] == "Unknown" and EVIL in apps["bad"]["problem"]
    assert (apps["good"]["verdict"], apps["bad"]["verdict"]) == ("good", "bad")

    lines = table.splitlines()
    assert any(line.split()[:1] == ["spoke"] and "tools 1/1" in line for line in lines), table
    assert any(line.split()[:3] == ["good", "Synced", "Healthy"] for line in lines), table
    assert "Argo CD v3.5.7" in table
    assert "1 of 2 applications are synced and healthy, 1 in trouble" in table

    page = Page(page_file.read_text())
    assert "script" not in page.tags and page.addresses == [] and not page.tags & {"link", "img", "iframe"}
    assert any(EVIL in words for words in page.words)
    assert {"good", "spoke", "hub", "something is wrong"} <= set(page.words)
    assert {task for task, *_ in run.changed} == {"Write JSON", "Write a page"}
    assert playbooks.run(STATUS).succeeded().changed == []


def test_what_cannot_be_reached_is_told(playbooks: Playbooks, platform: None, tmp_path: Path) -> None:
    gone = tmp_path / "kubeconfig"
    argocd = playbooks.argocd
    gone.write_text(argocd.spoke.kubeconfig.read_text().replace(argocd.spoke.server, "https://127.0.0.1:1"))
    playbooks.hosts["spoke"]["argocd_spokes_kubeconfig"] = str(gone)
    table = playbooks.run(STATUS).succeeded().message("Report")
    assert "PROBLEM" in table and "127.0.0.1" in table
    assert "good" in table
    playbooks.variables["argocd_namespace"] = "nowhere"
    table = playbooks.run(STATUS).succeeded().message("Report")
    assert "No pod of argocd-server is ready in namespace nowhere" in table


def test_a_file_that_cannot_be_written(playbooks: Playbooks, tmp_path: Path) -> None:
    run = playbooks.run(STATUS, status_json=str(tmp_path / "no" / "status.json"))
    assert run.returncode != 0
    assert "cannot be written: give a file in a folder that exists" in run.errors
