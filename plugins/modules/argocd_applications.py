#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_applications
short_description: Keep the applications with a label as declared, and wait until they run
version_added: 0.1.0
description:
  - Writes each application as M(slipway.gitops.argocd_application) does, removes others that match O(selector) with
    what they deployed, syncs again those that Argo CD has given up on, and waits until all are synced and healthy.
    It is one task over one connection, where four with a loop take several times as long.
  - Argo CD does not try a commit again whose sync has failed. An application in that state that this run has not
    written is synced again, and resources that are not in its source any more are removed by that.
  - The first application that fails ends the task, which says what was written before it.
  - Applications are in Argo CD's own namespace. For other options use M(slipway.gitops.argocd_application).
options:
  selector:
    description:
      - Selector of labels, such as V(team=web). Applications that match it and are not in O(applications) are removed.
      - An application of O(applications) needs the labels in its O(applications[].labels), or the next run does not
        know it for one of these.
    type: str
    required: true
  applications:
    description: The applications. An empty list removes all that match O(selector).
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the application.
        type: str
        required: true
      spec:
        description: Its specification, as in M(slipway.gitops.argocd_application).
        type: dict
        required: true
      labels:
        description: Labels, as in M(slipway.gitops.argocd_application).
        type: dict
      annotations:
        description: Annotations, as in M(slipway.gitops.argocd_application).
        type: dict
      finalizers:
        description: All finalizers of the application. If omitted, they stay as they are.
        type: list
        elements: str
      purge:
        description: Of these, everything that is not declared is removed, except what Argo CD writes for itself.
        type: list
        elements: str
        choices: [spec, labels, annotations]
        default: []
  written_elsewhere:
    description:
      - Whether somebody else writes the applications, such as an application that reads them from a repository. They
        are then not written here, but others that match O(selector) are removed, failed ones synced again and all
        waited for.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait for each application.
    type: int
    default: 600
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.attributes
  - slipway.gitops.argocd.waiting
  - slipway.gitops.attributes.waiting
"""

EXAMPLES = r"""
- name: Metrics on two clusters, and on no others
  slipway.gitops.argocd_applications:
    server_url: https://argocd.example.com
    selector: component=metrics
    applications:
      - name: metrics-dev
        labels: {component: metrics}
        spec: "{{ metrics | combine({'destination': {'name': 'dev', 'namespace': 'metrics'}}) }}"
      - name: metrics-prod
        labels: {component: metrics}
        spec: "{{ metrics | combine({'destination': {'name': 'prod', 'namespace': 'metrics'}}) }}"
  vars:
    metrics:
      project: default
      source: {repoURL: "https://charts.example.com", chart: metrics, targetRevision: 1.2.3}
      syncPolicy: {automated: {prune: true, selfHeal: true}}
"""

RETURN = r"""
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [create application metrics-dev, create application metrics-prod]
diff:
  description: The declared values of the changed applications before and after, by kind and name, without secrets.
  returned: success
  type: dict
  contains:
    before:
      description: Values before; without applications that were not there.
      type: dict
      returned: success
      sample: {}
    after:
      description: Values after; without applications that are not there any more.
      type: dict
      returned: success
      sample: {Application metrics-dev: {spec: {project: default}}}
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_group import GROUP_SPEC, manage_group
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(GROUP_SPEC, manage_group)


if __name__ == "__main__":
    main()
