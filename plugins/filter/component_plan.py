# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.component_plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: component_plan
short_description: The Applications of Argo CD that deliver a component of the platform
version_added: 0.1.0
description:
  - For the role C(slipway.gitops.component), which describes the keys of a component.
  - A description that cannot be used gives problems, all at once, and nothing else.
positional: _input
options:
  _input:
    description: The component, with the role's variables as keys, without C(component_).
    type: dict
    required: true
  pools:
    description: The pool map. Needed for a component with C(pool).
    type: dict
  gitops_repo:
    description: C(url), C(branch) and C(path) of the repository that delivers the component. If omitted, it is Argo
      CD's API that does.
    type: dict
  carrier:
    description: C(repo), C(name), C(version), C(values) and C(skip_crds) of the chart that carries C(source.manifests)
      in its value C(extraDeploy) where there is no O(gitops_repo).
    type: dict
author:
  - Slipway contributors (@slipway-gitops)
seealso:
  - plugin: slipway.gitops.pool_placement
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the Application of a chart
  ansible.builtin.debug:
    msg: "{{ component | slipway.gitops.component_plan(pools=slipway_pools) }}"
  vars:
    component:
      name: metrics
      namespace: metrics
      clusters: [hub]
      pool: tools
      placement: [server]
      source: {chart: {repo: "https://charts.example.com", name: metrics, version: 1.2.3}}
"""

RETURN = r"""
_value:
  description: C(problems), a list of sentences; C(applications), a list of objects; C(files), a list of C(path) and
    C(content) for a repository.
  type: dict
  sample: {problems: ["component_clusters is empty; name a cluster of Argo CD at least"], applications: [], files: []}
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._component import plan


def component_plan(
    component: Mapping[str, Any],
    *,
    pools: Any = None,
    gitops_repo: Mapping[str, Any] | None = None,
    carrier: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return plan(component, pools, gitops_repo, carrier)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"component_plan": component_plan}
