# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long builds on the hub take, with and without their caches: the part `builds` of bench.py."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path

import lab_instance
from slipway_lab.config import LabConfig
from slipway_lab.git.client import GitClient

CHECKOUT = Path(__file__).resolve().parent.parent
IMAGE = "registry.digitalocean.com/slipway/web"
SOURCE, CHANGE = "internal/server/server.go", ("// Package server answers", "// Package server gives")
# As playbooks/templates/build_report.j2 writes it.
_TASK = re.compile(r"^ +(\S+) +succeeded, (\d+) s$", re.MULTILINE)


def _settings(environment: dict[str, str], git: GitClient) -> str:
    """The inventory `local` with everything that a build of the web app needs, as extra variables."""
    server = git.server()
    return json.dumps(
        {
            "slipway_sealed_secrets": {"enabled": True},
            "sealed_secrets_backup_password": "of the benchmark",
            "slipway_registry": {"name": "slipway", "push_namespaces": ["builds"]},
            "slipway_tekton": {"enabled": True},
            "slipway_pipelines": {"enabled": True},
            "pipelines_webhook_secret": "of the benchmark",
            # Builds are started here, not by pushes.
            "pipelines_forge_token": "",
            "pipelines_git_username": server["username"],
            "pipelines_git_token": server["password"],
            "pipelines_ca_cert": environment["DIGITALOCEAN_CA_CERT"],
            "pipelines_image_mirror": environment["SLIPWAY_IMAGE_MIRROR"],
            "slipway_applications": [
                {
                    "name": "web",
                    "repo": f"{server['url']}/web.git",
                    "path": "deploy/overlays/ENVIRONMENT",
                    "build": {"language": "go", "image": IMAGE},
                }
            ],
        }
    )


def measure() -> dict[str, dict[str, int]]:
    """Seconds of each task of a run, by what was built; a lab of its own, and only the hub in it."""
    images = ("argocd", "examples", "sealed-secrets", "tekton", "pipelines")
    with lab_instance.running(images=images) as environment, tempfile.TemporaryDirectory() as directory:
        git = GitClient(LabConfig.from_environment(environment))
        lab_instance.create_example_repositories(environment)
        settings = _settings(environment, git)

        def play(playbook: str, *arguments: str) -> str:
            command = ["ansible-playbook", playbook, "-i", "inventories/local", "-e", settings, *arguments]
            result = subprocess.run(command, cwd=CHECKOUT, env=environment, check=False, capture_output=True, text=True)
            if result.returncode != 0:
                raise SystemExit(f"bench: {playbook} failed\n{result.stdout}{result.stderr}")
            return result.stdout

        def build() -> dict[str, int]:
            report = play("playbooks/build.yml", "-e", "build_repository=web")
            return {task: int(seconds) for task, seconds in _TASK.findall(report)}

        play("site.yml", "--limit", "hub")
        first = build()
        lab_instance.push_replacement(git, "web", SOURCE, CHANGE, Path(directory) / "clone")
        return {
            "first build, nothing cached": first,
            "one source file changed": build(),
            "the same commit again": build(),
        }
