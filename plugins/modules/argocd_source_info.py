#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_source_info
short_description: Look whether folders of repositories can be deployed by Argo CD
version_added: 0.1.0
description:
  - Asks Argo CD's repo server for each folder, before an application comes from there. Where it is one for kustomize,
    it is built.
  - The repository needs to be known to Argo CD where it takes credentials, and be allowed by the project.
options:
  sources:
    description: The folders.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What the result calls it.
        type: str
        required: true
      repo:
        description: URL of the repository.
        type: str
        required: true
      path:
        description: Folder in the repository.
        type: str
        required: true
      revision:
        description: Branch, tag or commit.
        type: str
        default: HEAD
      project:
        description: The project that would use it.
        type: str
        default: default
      application:
        description:
          - An application of that project that comes from the same repository. It is compared with Git first, for Argo
            CD knows of a push of the last minutes only then.
        type: str
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.attributes.read_only
"""

EXAMPLES = r"""
- name: Whether there is an overlay for staging
  slipway.gitops.argocd_source_info:
    server_url: https://argocd.example.com
    sources:
      - name: web
        repo: https://git.example.com/web.git
        path: deploy/overlays/staging
"""

RETURN = r"""
sources:
  description: The folders, in the order of the option.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: As given.
      type: str
      returned: always
      sample: web
    found:
      description: Whether Argo CD can deploy it.
      type: bool
      returned: always
      sample: false
    type:
      description: What it is, such as Directory, Kustomize or Helm. Empty when it cannot be used.
      type: str
      returned: always
      sample: ""
    problem:
      description: Why it cannot be used, without a full stop. Empty when it can.
      type: str
      returned: always
      sample: https://git.example.com/web.git has no folder deploy/overlays/staging at HEAD
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.source import SOURCE_INFO_SPEC, source_info


def main() -> None:
    run_module(SOURCE_INFO_SPEC, source_info)


if __name__ == "__main__":
    main()
