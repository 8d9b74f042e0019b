#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_application_set_info
short_description: Read ApplicationSets of Argo CD
version_added: 0.1.0
description:
  - Returns the ApplicationSets that the account may see.
options:
  name:
    description: Only the ApplicationSet of this name.
    type: str
  appset_namespace:
    description: Only ApplicationSets in this namespace.
    type: str
  projects:
    description: Only ApplicationSets of these projects.
    type: list
    elements: str
  selector:
    description: Only ApplicationSets whose labels match.
    type: str
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.attributes.read_only
"""

EXAMPLES = r"""
- name: All ApplicationSets
  slipway.gitops.argocd_application_set_info:
    server_url: https://argocd.example.com
"""

RETURN = r"""
application_sets:
  description: The ApplicationSets; empty when there is none.
  returned: success
  type: list
  elements: dict
  sample: [{metadata: {name: web}}]
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_set import (
    APPLICATION_SET_INFO_SPEC,
    application_set_info,
)
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(APPLICATION_SET_INFO_SPEC, application_set_info)


if __name__ == "__main__":
    main()
