# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ConfigMaps that tests deploy: their manifests, and what of them is on the hub."""

from __future__ import annotations

import yaml

from .argocd import ArgoCD


def config_map(name: str, **data: str) -> str:
    return yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})


def color(argocd: ArgoCD, name: str = "web") -> str:
    """The value of key color, "" when there is no such ConfigMap."""
    return argocd.hub.run(
        "-n", "default", "get", "configmap", name, "-o", "jsonpath={.data.color}", "--ignore-not-found"
    )
