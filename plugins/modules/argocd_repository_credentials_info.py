#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_repository_credentials_info
short_description: Read credentials for repositories of Argo CD
version_added: 0.1.0
description:
  - Returns the URLs and user names of credential templates. The API tells no more.
options:
  url:
    description: Only the credentials for this URL.
    type: str
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.attributes.read_only
"""

EXAMPLES = r"""
- name: All credential templates
  slipway.gitops.argocd_repository_credentials_info:
    server_url: https://argocd.example.com
"""

RETURN = r"""
credentials:
  description: The credentials; empty when there are none.
  returned: success
  type: list
  elements: dict
  sample: [{url: "https://git.example.com", username: argocd}]
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.repository import (
    CREDENTIALS_INFO_SPEC,
    credentials_info,
)


def main() -> None:
    run_module(CREDENTIALS_INFO_SPEC, credentials_info)


if __name__ == "__main__":
    main()
