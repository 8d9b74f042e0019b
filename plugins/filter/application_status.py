# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.application_status."""

from __future__ import annotations

DOCUMENTATION = r"""
name: application_status
short_description: How applications of Argo CD are, in the few words that a table needs
version_added: 0.1.0
description:
  - For the playbook C(slipway.gitops.status).
  - C(problem) says what Argo CD finds wrong.
  - C(verdict) is V(good), V(busy) (on its way there), V(waiting) (for a person to sync it or go on with it) or V(bad).
positional: _input
options:
  _input:
    description: Applications, as M(slipway.gitops.argocd_application_info) returns them.
    type: list
    elements: dict
    required: true
  reasons:
    description: Why applications are not well, as M(slipway.gitops.argocd_application_info) with C(explain)
      returns it.
    type: dict
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ found.applications | slipway.gitops.application_status }}"
"""

RETURN = r"""
_value:
  description: The applications, in order of name. C(revision) is what is on the cluster.
  type: list
  elements: dict
  sample:
    - {name: web-prod, project: prod, cluster: prod, namespace: web, sync: OutOfSync, health: Healthy, verdict: waiting,
     operation: "", revision: 3f78685, compared_revision: 9d72e9d, images: ["registry.example.com/web:3f78685"],
     problem: ""}
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._platform_status import application_status


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"application_status": application_status}
