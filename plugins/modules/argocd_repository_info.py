#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_repository_info
short_description: Read repositories of Argo CD
version_added: 0.1.0
description:
  - Returns the repositories that the account may see, without secrets.
options:
  repo:
    description: Only the repository of this URL.
    type: str
  project:
    description: Only repositories of this project. V("") are those of none.
    type: str
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.attributes.read_only
"""

EXAMPLES = r"""
- name: All repositories
  slipway.gitops.argocd_repository_info:
    server_url: https://argocd.example.com
"""

RETURN = r"""
repositories:
  description: The repositories; empty when there is none.
  returned: success
  type: list
  elements: dict
  sample: [{repo: "https://git.example.com/apps", type: git}]
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.repository import (
    REPOSITORY_INFO_SPEC,
    repository_info,
)


def main() -> None:
    run_module(REPOSITORY_INFO_SPEC, repository_info)


if __name__ == "__main__":
    main()
