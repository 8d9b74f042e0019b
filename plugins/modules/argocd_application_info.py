#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_application_info
short_description: Read applications of Argo CD
version_added: 0.1.0
description:
  - Returns the applications that the account may see.
options:
  name:
    description: Only the application of this name.
    type: str
  app_namespace:
    description: Only applications in this namespace.
    type: str
  projects:
    description: Only applications of these projects.
    type: list
    elements: str
  selector:
    description: Only applications whose labels match, such as V(environment=dev).
    type: str
  repo:
    description: Only applications with this source repository.
    type: str
  explain:
    description: Whether to ask what is wrong with those that are not synced and healthy. That takes more calls.
    type: bool
    default: false
  deployed:
    description: Whether to ask what each of them has on its cluster. That takes more calls.
    type: bool
    default: false
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.attributes.read_only
"""

EXAMPLES = r"""
- name: Applications of production
  slipway.gitops.argocd_application_info:
    server_url: https://argocd.example.com
    projects: [prod]
"""

RETURN = r"""
applications:
  description: The applications; empty when there is none.
  returned: success
  type: list
  elements: dict
  sample: [{metadata: {name: web-dev}, status: {sync: {status: Synced}, health: {status: Healthy}}}]
reasons:
  description:
    - Why applications are not synced and healthy, namespace/name to a sentence with the resources to blame and their
      last events. It is empty where nothing can be found.
  returned: when O(explain) is true
  type: dict
  sample: {argocd/web-dev: "Deployment web/web is Degraded (exceeded its progress deadline)"}
deployed:
  description:
    - What applications have on their clusters, namespace/name to C(resources) (what Argo CD manages there), C(volumes)
      (claims of volumes that go with it when it is deleted) and C(volumes_staying) (those of StatefulSets, which
      Kubernetes keeps unless their retention policy says otherwise). Each is a list of kinds with namespace and name.
  returned: when O(deployed) is true
  type: dict
  sample:
    argocd/shop-dev:
      resources: [PersistentVolumeClaim shop/uploads, StatefulSet shop/database]
      volumes: [PersistentVolumeClaim shop/uploads]
      volumes_staying: [PersistentVolumeClaim shop/data-database-0]
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_info import (
    INFO_SPEC,
    explained_applications,
)
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(INFO_SPEC, explained_applications)


if __name__ == "__main__":
    main()
