#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_repository
short_description: Add, change or remove a repository of Argo CD
version_added: 0.1.0
description:
  - Brings a repository to what is declared. It is found by its URL (letter case and C(.git) aside) and project.
  - >-
    Whether stored secrets are the declared ones is found without reading them: Argo CD compares them and says which
    fields differ.
  - Argo CD replaces a repository whole. When that would remove a stored secret that is not declared, the module
    fails and names it.
options:
  repo:
    description: URL of the repository.
    type: str
    required: true
  name:
    description: Name of the repository; Helm repositories need one.
    type: str
  project:
    description: Project that the repository is kept for. If omitted, it is for all; that is another entry.
    type: str
  insecure:
    description: Whether the server's certificate or host key is not checked.
    type: bool
  enable_lfs:
    description: Whether to fetch files of Git LFS.
    type: bool
  depth:
    description: Depth of clones; V(0) is all.
    type: int
  webhook_manifest_cache_warm_disabled:
    description: Whether webhooks do not make Argo CD render manifests beforehand.
    type: bool
notes:
  - To compare secrets the module sends Argo CD the declared object without permission to replace; this stores
    nothing when the repository exists, but is a POST, in check mode too. For repositories of no project Argo CD
    also tests the connection then.
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.argocd.repository_credentials
  - slipway.gitops.attributes
"""

EXAMPLES = r"""
- name: A private repository
  slipway.gitops.argocd_repository:
    server_url: https://argocd.example.com
    repo: https://git.example.com/apps
    username: argocd
    password: "{{ git_token }}"
"""

RETURN = r"""
repository:
  description:
    - The repository as the API shows it, without secrets; null when there is none. In check mode, what it would be.
  returned: success
  type: dict
  sample: {repo: "https://git.example.com/apps", type: git, connectionState: {status: Successful}}
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["repository https://git.example.com/apps: password differs from the stored one"]
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
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.repository import (
    REPOSITORY_SPEC,
    manage_repository,
)


def main() -> None:
    run_module(REPOSITORY_SPEC, manage_repository)


if __name__ == "__main__":
    main()
