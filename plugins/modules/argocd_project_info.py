#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_project_info
short_description: Read projects of Argo CD
version_added: 0.1.0
description:
  - Returns all projects that the account may see, or one.
options:
  name:
    description: Only the project of this name.
    type: str
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.attributes.read_only
"""

EXAMPLES = r"""
- name: All projects
  slipway.gitops.argocd_project_info:
    server_url: https://argocd.example.com
  register: all
"""

RETURN = r"""
projects:
  description: The projects; empty when there is none.
  returned: success
  type: list
  elements: dict
  sample: [{metadata: {name: default}, spec: {sourceRepos: ["*"]}}]
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.project import PROJECT_INFO_SPEC, project_info


def main() -> None:
    run_module(PROJECT_INFO_SPEC, project_info)


if __name__ == "__main__":
    main()
