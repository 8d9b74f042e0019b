# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.promotion_plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: promotion_plan
short_description: Which applications go from one environment to the next, and what forbids it
version_added: 0.1.0
description:
  - For the playbook C(slipway.gitops.promote).
  - An application is known by its label C(app.kubernetes.io/name), its environment by its label C(environment).
  - Only what is synced and healthy in one environment may go to the next, at exactly the revision that it has there.
positional: _input, names, source, target
options:
  _input:
    description: Applications of both environments, as M(slipway.gitops.argocd_application_info) returns them.
    type: list
    elements: dict
    required: true
  names:
    description: Applications to promote. Empty means all that are not in sync in O(target).
    type: list
    elements: str
    required: true
  source:
    description: Environment that they come from.
    type: str
    required: true
  target:
    description: Environment that they go to.
    type: str
    required: true
  reasons:
    description: Why applications are not well, as M(slipway.gitops.argocd_application_info) with C(explain)
      returns it.
    type: dict
  builds:
    description:
      - Repositories of images, without tag or digest, by name of the application. Where one runs by digest in
        O(source) and not in O(target), C(digest) of the promotion names it.
    type: dict
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Show what waits for production
  ansible.builtin.debug:
    msg: "{{ found.applications | slipway.gitops.promotion_plan([], 'dev', 'prod') }}"
"""

RETURN = r"""
_value:
  description: C(problems), a list of sentences, and C(promotions), which is empty when there are problems.
  type: dict
  sample:
    problems: []
    promotions:
      - name: web
        application: web-prod
        namespace: argocd
        cluster: prod
        environment: prod
        revision: 9d72e9d67381c0100ef6f845306ec648145917e8
        deployed: 3f786850e387550fdab836ed7e6dc881de23001b
        images: ["registry.example.com/web:3f78685"]
        digest: ""
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._promotion import promotion_plan


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"promotion_plan": promotion_plan}
