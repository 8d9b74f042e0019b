# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds in a lab: what the inventory `local` needs for them beside what it has, and where pushes are told."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import lab_instance
from slipway_lab.config import LabConfig
from slipway_lab.git.client import GitClient

# Sets of images that have to be made for them.
IMAGE_SETS = ("argocd", "examples", "sealed-secrets", "tekton", "pipelines")
IMAGE = "registry.digitalocean.com/slipway/web"
NAMESPACE = "builds"
LISTENER_PORT = 8080
WEBHOOK_SECRET = "what pushes are signed with"  # noqa: S105 - of a lab that goes with the run


def settings(environment: dict[str, str]) -> dict[str, Any]:
    """Variables with which the web app is built on the hub. environment: of a running lab"""
    server = GitClient(LabConfig.from_environment(environment)).server()
    return {
        "slipway_tekton": {"enabled": True},
        "slipway_pipelines": {"enabled": True},
        "pipelines_webhook_secret": WEBHOOK_SECRET,
        "pipelines_git_username": server["username"],
        "pipelines_git_token": server["password"],
        "pipelines_ca_cert": environment["DIGITALOCEAN_CA_CERT"],
        "pipelines_image_mirror": environment["SLIPWAY_IMAGE_MIRROR"],
        # The Git server is outside of the clusters.
        "pipelines_listener_service": "NodePort",
        "slipway_applications": [
            {
                "name": "web",
                "repo": f"{server['url']}/web.git",
                "path": "deploy/overlays/ENVIRONMENT",
                "pool": "workloads",
                "build": {"language": "go", "image": IMAGE},
            }
        ],
    }


def listener_url(environment: dict[str, str]) -> str:
    """Where the hub takes webhooks: the Service of its EventListener, by the port that every node has for it."""
    ports = hub(environment, "get", "service", "el-builds", "--namespace", NAMESPACE)["spec"]["ports"]
    port = next(one["nodePort"] for one in ports if one["port"] == LISTENER_PORT)
    nodes = hub(environment, "get", "nodes")["items"]
    [address, *_] = [one["address"] for one in nodes[0]["status"]["addresses"] if one["type"] == "InternalIP"]
    return f"http://{address}:{port}"


def hub(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """What kubectl gets from the hub."""
    command = [lab_instance.LAB, "kubectl", "hub", "--", *arguments, "--output=json"]
    result = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer
