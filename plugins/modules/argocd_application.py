#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_application
short_description: Create, change or delete an application of Argo CD
version_added: 0.1.0
description:
  - Brings an application to what is declared. Labels, annotations and finalizers of others survive every change.
  - An application of this name in another project is not taken over, and one that an ApplicationSet generates is
    not changed.
options:
  app_namespace:
    description: Namespace of the application, when it is not Argo CD's own.
    type: str
  validate:
    description: Whether Argo CD renders the manifests before it takes the application.
    type: bool
    default: true
  move_project:
    description: Whether an application of another project than declared is moved.
    type: bool
    default: false
  cascade:
    description: Whether O(state=absent) deletes what the application deployed, too.
    type: bool
    default: true
  propagation_policy:
    description: How the deployed resources are deleted.
    type: str
    choices: [foreground, background]
  wait_timeout:
    description: Seconds to wait until a deleted application is gone.
    type: int
    default: 300
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
- name: Follow main, by itself
  slipway.gitops.argocd_application:
    server_url: https://argocd.example.com
    name: web-dev
    finalizers: [resources-finalizer.argocd.argoproj.io]
    spec:
      project: dev
      source: {repoURL: "https://git.example.com/apps", path: web/overlays/dev, targetRevision: main}
      destination: {name: dev, namespace: web}
      syncPolicy: {automated: {prune: true, selfHeal: true}, syncOptions: [CreateNamespace=true]}

- name: Do not sync by itself any more
  slipway.gitops.argocd_application:
    server_url: https://argocd.example.com
    name: web-dev
    spec: {syncPolicy: {automated: null}}
"""

RETURN = r"""
application:
  description: The application as the API shows it, null when there is none. In check mode, what it would be.
  returned: success
  type: dict
  sample: {metadata: {name: web-dev}, spec: {project: dev}, status: {sync: {status: Synced}, health: {status: Healthy}}}
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["application web: spec.source.targetRevision main -> v2"]
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

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application import (
    APPLICATION_SPEC,
    manage_application,
)
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(APPLICATION_SPEC, manage_application)


if __name__ == "__main__":
    main()
