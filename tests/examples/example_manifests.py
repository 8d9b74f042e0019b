# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifests of examples/, rendered by the kustomize that Argo CD gets in the lab."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.config import LabConfig

Manifest = dict[str, Any]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OVERLAYS = [(example, overlay) for example in ("web", "shop") for overlay in ("dev", "prod")]
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job")


@functools.cache
def kustomize() -> Path:
    cache = BinaryCache(LabConfig.from_environment().cache)
    return cache.ensure(UPSTREAMS["kustomize"], lambda line: print(line, flush=True))["kustomize"]


def build(folder: Path) -> list[Manifest]:
    result = subprocess.run([str(kustomize()), "build", str(folder)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == "", "kustomize warns"
    return [manifest for manifest in yaml.safe_load_all(result.stdout) if manifest]


@functools.cache
def overlay(example: str, name: str) -> Sequence[Manifest]:
    """Everything one overlay deploys."""
    return build(EXAMPLES / example / "deploy" / "overlays" / name)


def of_kind(manifests: Sequence[Manifest], *kinds: str) -> dict[str, Manifest]:
    """Manifests of these kinds by name."""
    return {m["metadata"]["name"]: m for m in manifests if m["kind"] in kinds}


def pod(workload: Manifest) -> Manifest:
    """The pod a workload makes, as an object of its own."""
    template = workload["spec"]["template"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": workload["metadata"]["name"], "labels": template["metadata"]["labels"]},
        "spec": template["spec"],
    }
