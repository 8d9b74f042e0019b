#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_application_sync
short_description: Sync, wait for, refresh, roll back or stop an application of Argo CD
version_added: 0.1.0
description:
  - Runs an operation of an application and waits until it is over and has taken effect.
  - A sync of what is in place already changes nothing. In check mode it says, resource by resource, what it would
    do.
  - The wait does not believe a success of an earlier operation, nor a status older than the end of this one, nor
    the health of an application that Argo CD cannot compare. When it fails it names the resource, its reason and
    its last events.
options:
  name:
    description: Name of the application.
    type: str
    required: true
  app_namespace:
    description: Namespace of the application, when it is not Argo CD's own.
    type: str
  operation:
    description:
      - V(sync) brings what the repository says to the cluster.
      - V(wait) waits until the application is synced and healthy, and changes nothing.
      - V(refresh) has Argo CD compare with the repository now, and changes nothing.
      - V(rollback) brings back an earlier deployment.
      - V(terminate) ends the operation that runs.
    type: str
    choices: [sync, wait, refresh, rollback, terminate]
    default: sync
  revision:
    description: Commit, tag or branch to sync to in place of the application's targetRevision. It stays OutOfSync then.
    type: str
  prune:
    description: Whether resources that are no longer in the repository are removed.
    type: bool
    default: false
  force:
    description: Whether resources that cannot be changed are deleted and made anew.
    type: bool
    default: false
  resources:
    description: Only these resources, with the fields group, kind, namespace and name.
    type: list
    elements: dict
  sync_options:
    description: Sync options for this run, in place of all those of the application.
    type: list
    elements: str
  strategy:
    description: Sync strategy, with the field names of the API. Wins over O(force).
    type: dict
  retry:
    description: Retry strategy, with the field names of the API.
    type: dict
  infos:
    description: Notes to keep with the operation, with the fields name and value.
    type: list
    elements: dict
  hard:
    description: Whether O(operation=refresh) renders manifests anew, too.
    type: bool
    default: false
  history_id:
    description: Id of the deployment in the history to roll back to. If omitted, the last one that differs from now.
    type: int
  wait_for_health:
    description: Whether to wait until the application is healthy.
    type: bool
    default: true
  wait_for_sync:
    description: Whether to wait until the application is synced.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait in all.
    type: int
    default: 600
notes:
  - For O(revision) the preview is made by laying the rendered manifests over the live objects; in all other cases
    it is what Argo CD itself computed.
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
- name: Production gets what is in the repository
  slipway.gitops.argocd_application_sync:
    server_url: https://argocd.example.com
    name: web-prod
    prune: true

- name: And back again
  slipway.gitops.argocd_application_sync:
    server_url: https://argocd.example.com
    name: web-prod
    operation: rollback
"""

RETURN = r"""
application:
  description: The application as the API shows it. In check mode null when it does not exist yet.
  returned: success
  type: dict
  sample: {metadata: {name: web-prod}}
sync:
  description: Its sync status.
  returned: success
  type: str
  sample: Synced
health:
  description: Its health.
  returned: success
  type: str
  sample: Healthy
revision:
  description: Revision that it was compared with.
  returned: success
  type: str
  sample: 9d72e9d67381c0100ef6f845306ec648145917e8
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["change Deployment web/frontend: spec.replicas 1 -> 2"]
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

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_sync import (
    SYNC_SPEC,
    operate_application,
)
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(SYNC_SPEC, operate_application)


if __name__ == "__main__":
    main()
