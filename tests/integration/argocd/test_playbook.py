# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play as users write it: the action group's defaults, one login for all tasks, check mode, diff, progress."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml
from argocd_server.argocd import ArgoCD

ROOT = Path(__file__).resolve().parents[3]


def play(tmp_path: Path, access: dict[str, Any], tasks: list[dict[str, Any]], *options: str) -> str:
    content = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "connection": "local",
            "module_defaults": {"group/slipway.gitops.argocd": {**access, "session_dir": str(tmp_path / "sessions")}},
            "tasks": tasks,
        }
    ]
    file = tmp_path / "play.yml"
    file.write_text(yaml.safe_dump(content))
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "LC_ALL": "C.UTF-8"}
    command = ["ansible-playbook", "-i", "localhost,", str(file), *options]
    variables = ["-e", "ansible_python_interpreter={{ ansible_playbook_python }}"]
    result = subprocess.run(
        [*command, *variables], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_a_play_from_nothing_to_no_change(argocd: ArgoCD, access: dict[str, Any], tmp_path: Path) -> None:
    repository = argocd.repository("play")
    repository.commit({"web/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: play}\ndata: {a: b}\n"})
    everything = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}
    spec = {
        "project": "play",
        "source": {"repoURL": repository.url, "path": "web", "targetRevision": "main"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
    }
    tasks: list[dict[str, Any]] = [
        {"name": "project", "slipway.gitops.argocd_project": {"name": "play", "spec": everything}},
        {"name": "application", "slipway.gitops.argocd_application": {"name": "play", "spec": spec}},
        {"name": "sync", "slipway.gitops.argocd_application_sync": {"name": "play", "wait_timeout": 60}},
    ]
    first = play(tmp_path, access, tasks, "--diff")
    assert re.search(r"changed=3 .*failed=0", first)
    assert argocd.admin_password not in first
    again = play(tmp_path, access, tasks)
    assert "changed=0" in again
    assert "changed=0" in play(tmp_path, access, tasks, "--check", "--diff")
    assert len(list((tmp_path / "sessions").glob("*.json"))) == 1

    repository.commit({"web/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: play}\ndata: {a: c}\n"})
    checked = play(tmp_path, access, tasks[2:], "--check", "--diff")
    assert "changed=1" in checked
    assert re.search(r"^-\s+a: b$", checked, re.MULTILINE) and re.search(r"^\+\s+a: c$", checked, re.MULTILINE), checked

    gone: list[dict[str, Any]] = [
        {"name": "application", "slipway.gitops.argocd_application": {"name": "play", "state": "absent"}},
        {"name": "project", "slipway.gitops.argocd_project": {"name": "play", "state": "absent"}},
    ]
    assert "changed=2" in play(tmp_path, access, gone)
    assert "changed=0" in play(tmp_path, access, gone)
