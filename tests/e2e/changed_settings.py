# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change of each role's settings in inventories/local, which leaves what the tests after it look at."""

from __future__ import annotations

from typing import Any

import yaml
from ansible_runs import Run, Workplace
from slim_inventory import LOCAL

SETTINGS: dict[str, dict[str, Any]] = {
    "argocd": {"argocd_rbac_default": "role:readonly"},
    "argocd_spokes": {"argocd_spokes_annotations": {"domain": "example.com", "team": "platform"}},
    "sealed_secrets": {"sealed_secrets_values": {"revisionHistoryLimit": 5}},
    "ingress_lb": {
        "ingress_lb_record_ttl": 120,
        "ingress_lb_annotations": {"service.beta.kubernetes.io/do-loadbalancer-http-idle-timeout-seconds": "120"},
    },
    "tekton": {"tekton_pruner_keep": 30},
    "pipelines": {"pipelines_timeout": "45m0s"},
}
# Those that have their settings elsewhere.
ROLES = ("do_cluster", "do_registry", "applications", *SETTINGS)


def change(workplace: Workplace, *roles: str) -> None:
    """Change a setting of each of these roles."""
    local = yaml.safe_load((workplace.folder / "inventories" / LOCAL).read_text())
    changed = {name: value for role in roles for name, value in SETTINGS.get(role, {}).items()}
    if "do_cluster" in roles:
        workplace.edit("shared/clusters/dev.yml", do_cluster_tags=["slipway", "dev", "changed"])
    if "do_registry" in roles:
        changed["slipway_registry"] = {**local["slipway_registry"], "push_namespaces": ["builds", "releases"]}
    if "applications" in roles:
        *others, shop = local["slipway_applications"]
        changed["slipway_applications"] = [*others, {**shop, "pod_security": "baseline"}]
    workplace.edit(LOCAL, **changed)


def changed_roles(run: Run) -> set[str]:
    """Roles with a task that changed something, or would; without the one through which others deliver."""
    tasks = [task.removeprefix("slipway.gitops.").split(" : ")[0] for task, _, _ in run.changed]
    return set(tasks) - {"component"}
