#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_application_set
short_description: Create, change or delete an ApplicationSet of Argo CD
version_added: 0.1.0
description:
  - Brings an ApplicationSet to what is declared, and waits until it has its applications. What its generators give
    is asked of Argo CD itself, so check mode and the diff show the applications that would be made, changed and
    deleted.
  - Argo CD's API cannot remove labels and annotations of ApplicationSets. With O(kubeconfig) the module removes
    them through the Kubernetes API; with O(server_url) it fails and says so.
  - The API refuses a project that comes from a template.
options:
  appset_namespace:
    description: Namespace of the ApplicationSet, when it is not Argo CD's own.
    type: str
  take_over:
    description:
      - Names of applications that another ApplicationSet has, or none, and that this one makes from now on. They stay
        as they are until they are this one's, and what they deployed is not touched by that.
      - The other one must not make them any more. Needs O(kubeconfig), since Argo CD's API cannot change an owner.
    type: list
    elements: str
    default: []
  hold_pruning:
    description:
      - Whether to look before Argo CD removes something because this set has changed. Where applications that are there
        get another source or destination, or begin to prune by themselves, they get it without pruning first. When
        Argo CD then finds nothing to remove, they get the pruning too. Otherwise they stay without, nothing is removed,
        and RV(held) names what would be.
      - It goes by C(spec.template.spec.syncPolicy.automated.prune), and needs to wait for the applications.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait for its applications to be there, or to be gone.
    type: int
    default: 120
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.argocd.object
  - slipway.gitops.attributes
  - slipway.gitops.argocd.waiting
  - slipway.gitops.attributes.waiting
"""

EXAMPLES = r"""
- name: The web app on every cluster for development
  slipway.gitops.argocd_application_set:
    server_url: https://argocd.example.com
    name: web
    # A file, since Ansible would take the set's own {{ }} for its templates; in a playbook, mark them with !unsafe.
    spec: "{{ lookup('ansible.builtin.file', 'web.applicationset.yml', rstrip=false) | from_yaml }}"

- name: Make applications for new clusters, but never delete one
  slipway.gitops.argocd_application_set:
    server_url: https://argocd.example.com
    name: web
    spec:
      syncPolicy: {applicationsSync: create-update}

- name: Another folder, and nothing that it has not is removed before somebody has seen it
  slipway.gitops.argocd_application_set:
    server_url: https://argocd.example.com
    name: web
    spec: {template: {spec: {source: {path: deploy/production}}}}
    hold_pruning: true
"""

RETURN = r"""
application_set:
  description: The ApplicationSet as the API shows it, null when there is none. In check mode, what it would be.
  returned: success
  type: dict
  sample: {metadata: {name: web}}
applications:
  description: Names of the applications it has, or would have.
  returned: when O(state=present)
  type: list
  elements: str
  sample: [web-dev]
held:
  description: With O(hold_pruning), what pruning would remove. Those applications do not prune until that is settled.
  returned: when O(state=present)
  type: list
  elements: dict
  contains:
    application:
      description: Name of the application.
      type: str
      returned: always
      sample: web-dev
    resources:
      description: What it would lose, each with kind, namespace and name.
      type: list
      elements: str
      returned: always
      sample: [PersistentVolumeClaim web/uploads]
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["create ApplicationSet web", "create application web-dev"]
diff:
  description: The declared values before and after, without secrets.
  returned: success
  type: dict
  contains:
    before:
      description: Values before; empty when there was nothing.
      type: dict
      returned: success
      sample: {}
    after:
      description: Values after; empty when there is nothing any more.
      type: dict
      returned: success
      sample: {}
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_set import (
    APPLICATION_SET_SPEC,
    manage_application_set,
)
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(APPLICATION_SET_SPEC, manage_application_set)


if __name__ == "__main__":
    main()
