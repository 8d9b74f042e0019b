#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_account_info
short_description: Read local accounts of Argo CD
version_added: 0.1.0
description:
  - Returns local accounts with their capabilities and the records of their tokens.
options:
  name:
    description: Only the account of this name.
    type: str
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.attributes.read_only
"""

EXAMPLES = r"""
- name: All accounts
  slipway.gitops.argocd_account_info:
    server_url: https://argocd.example.com
"""

RETURN = r"""
accounts:
  description: The accounts; empty when there is none.
  returned: success
  type: list
  elements: dict
  sample: [{name: admin, enabled: true, capabilities: [login]}]
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.account import ACCOUNT_INFO_SPEC, account_info
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(ACCOUNT_INFO_SPEC, account_info)


if __name__ == "__main__":
    main()
