#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_repository_credentials
short_description: Manage credentials for all repositories below a URL in Argo CD
version_added: 0.1.0
description:
  - >-
    Brings a credential template to what is declared: repositories whose URL begins with O(url) and that have no
    credentials of their own use it.
  - Secrets are compared without reading them, and never lost without a word, as in
    M(slipway.gitops.argocd_repository).
options:
  url:
    description: How the URLs begin. It is taken as it is written.
    type: str
    required: true
notes:
  - To compare secrets the module sends Argo CD the declared object without permission to replace; this stores
    nothing when the credentials exist, but is a POST, in check mode too.
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.argocd.repository_credentials
  - slipway.gitops.attributes
"""

EXAMPLES = r"""
- name: One robot for the whole Git server
  slipway.gitops.argocd_repository_credentials:
    server_url: https://argocd.example.com
    url: https://git.example.com
    username: argocd
    password: "{{ git_token }}"
"""

RETURN = r"""
credentials:
  description: What the API tells of them; null when there are none.
  returned: success
  type: dict
  sample: {url: "https://git.example.com", username: argocd}
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["create credentials for https://git.example.com"]
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
    CREDENTIALS_SPEC,
    manage_credentials,
)


def main() -> None:
    run_module(CREDENTIALS_SPEC, manage_credentials)


if __name__ == "__main__":
    main()
