#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_project
short_description: Create, change or delete a project of Argo CD
version_added: 0.1.0
description:
  - >-
    Brings an AppProject to what is declared: sources, destinations, roles with policies, sync windows, and tokens
    of roles.
  - Tokens of roles survive every change. Policies are compared as the server normalises them.
options:
  tokens:
    description: Tokens of roles of the project. Others stay as they are.
    type: list
    elements: dict
    suboptions:
      role:
        description: Role that the token is for; it must be declared or exist.
        type: str
        required: true
      id:
        description: Name of the token.
        type: str
        required: true
      state:
        description: Whether the token shall be there.
        type: str
        choices: [present, absent]
        default: present
      expires_in:
        description: Seconds it lasts; V(0) is for ever. A token with another lifetime is made anew.
        type: int
        default: 0
      renew_before:
        description:
          - Seconds before its end from which on it is made anew. If omitted, a quarter of O(tokens[].expires_in).
        type: int
      path:
        description:
          - File that the token is written to, with mode 0600. Its folder must exist.
          - When the file does not hold the token that Argo CD knows, the token is made anew.
        type: path
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.argocd.object
  - slipway.gitops.argocd.issued_once
  - slipway.gitops.attributes
"""

EXAMPLES = r"""
- name: Production, where only people sync
  slipway.gitops.argocd_project:
    server_url: https://argocd.example.com
    name: prod
    spec:
      description: What customers use
      sourceRepos: ["https://git.example.com/apps"]
      destinations: [{name: prod, namespace: "*"}]
      clusterResourceWhitelist: [{group: "", kind: Namespace}]
      syncWindows:
        - {kind: deny, schedule: "* * * * *", duration: 24h, applications: ["*"], manualSync: true}
      roles:
        - name: deploy
          policies: ["p, proj:prod:deploy, applications, sync, prod/*, allow"]
    tokens:
      - {role: deploy, id: ci, expires_in: 2592000, path: /run/secrets/ci.token}

- name: Remove the sync windows and nothing else
  slipway.gitops.argocd_project:
    server_url: https://argocd.example.com
    name: prod
    spec: {syncWindows: null}
"""

RETURN = r"""
project:
  description: The project as the API shows it, null when there is none. In check mode, what it would be.
  returned: success
  type: dict
  sample: {metadata: {name: prod}, spec: {sourceRepos: ["*"]}}

tokens:
  description: The declared tokens that are there.
  returned: when O(tokens) is given
  type: list
  elements: dict
  sample:
    - {id: ci, role: deploy, changed: true, issued_at: 1795230000, expires_at: 1797822000, path: /run/secrets/ci.token}
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["create project prod", "create token ci of role deploy of project prod"]
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

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.project import PROJECT_SPEC, manage_project


def main() -> None:
    run_module(PROJECT_SPEC, manage_project)


if __name__ == "__main__":
    main()
