# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of site.yml looked at, told from the results that its roles kept. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

# The parts in the order of site.yml, by tag: the result of its role, and what only a run of the part puts into it. Of
# clusters and of Argo CD other parts need to know where they are, so their results are kept in every run.
PARTS = {
    "clusters": ("do_cluster_result", "version"),
    "argocd": ("argocd_result", "version"),
    "argocd_spokes": ("argocd_spokes_result", "changes"),
    "sealed_secrets": ("sealed_secrets_result", "changes"),
    "registry": ("do_registry_result", "changes"),
    "ingress": ("ingress_lb_result", "changes"),
    "tekton": ("tekton_result", "changes"),
    "pipelines": ("pipelines_result", "changes"),
    "applications": ("applications_result", "changes"),
}


def parts_left_out(results: Sequence[Mapping[str, Mapping[str, Any]]], disabled: Collection[str] = ()) -> list[str]:
    """Names of the parts that the run did for no host, without those that are not enabled.

    results: of each host, name of the fact to the fact
    """
    return [
        part
        for part, (result, key) in PARTS.items()
        if part not in disabled and not any(key in (host.get(result) or {}) for host in results)
    ]
