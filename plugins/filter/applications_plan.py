# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.applications_plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: applications_plan
short_description: What brings applications to the clusters of each environment, and what leaves them
version_added: 0.1.0
description:
  - For the role C(slipway.gitops.applications). Only what that role made is looked at.
  - An application whose cluster belongs to another environment by now moves there when it is declared for it and the
    folder exists; else it stays as it is. Nothing is removed that is not declared absent or named in O(confirmed).
positional: _input, environments
options:
  _input:
    description: The declared applications, as in C(slipway_applications).
    type: list
    elements: dict
    required: true
  environments:
    description: The declared environments, as in C(slipway_environments).
    type: dict
    required: true
  clusters:
    description: Clusters, as M(slipway.gitops.argocd_cluster_info) returns them.
    type: list
    elements: dict
    default: []
  foreseen:
    description: In check mode, C(name) and C(labels) of clusters that this run would register or label.
    type: list
    elements: dict
    default: []
  application_sets:
    description: ApplicationSets of the role, as M(slipway.gitops.argocd_application_set_info) returns them.
    type: list
    elements: dict
    default: []
  applications:
    description: Applications of the role, as M(slipway.gitops.argocd_application_info) returns them.
    type: list
    elements: dict
    default: []
  sources:
    description: What M(slipway.gitops.argocd_source_info) found of the C(sources) of an earlier plan.
    type: list
    elements: dict
    default: []
  confirmed:
    description: Names of applications that may go, a list or a text with commas.
    type: raw
    default: []
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Show which applications cannot follow their clusters
  ansible.builtin.debug:
    msg: >-
      {{ (slipway_applications | slipway.gitops.applications_plan(slipway_environments, clusters=clusters.clusters,
          applications=made.applications)).staying }}
"""

RETURN = r"""
_value:
  description:
    - C(placed), what there shall be, for each application and environment; C(projects), with their specs.
    - C(sources), folders to look at before the plan is final; C(moves) and C(staying), applications whose cluster has
      another environment; C(departing), what is to be removed; C(unlisted), ApplicationSets that nothing declares.
    - C(changes), sentences on moves that Argo CD cannot be asked about yet.
  type: dict
  sample:
    placed: []
    projects: []
    sources: []
    moves:
      - {application: web-dev, cluster: dev, environment: dev, to: staging, path: deploy/overlays/dev,
         to_path: deploy/overlays/staging}
    staying:
      - {application: shop-dev, name: shop, cluster: dev, environment: dev, to: staging,
         why: "https://git.example.com/shop.git has no folder deploy/overlays/staging at HEAD"}
    departing: []
    unlisted: []
    changes: ["application web-dev: from ApplicationSet web-dev to web-staging"]
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._applications import applications_plan


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"applications_plan": applications_plan}
