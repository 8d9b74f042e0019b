#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_account
short_description: Set the password and manage the tokens of a local account of Argo CD
version_added: 0.1.0
description:
  - Sets the password of a local account unless it is that already, and makes, renews and removes its API tokens.
  - The account itself, its capabilities and whether it is enabled are entries of the ConfigMap C(argocd-cm).
options:
  name:
    description: Name of the account.
    type: str
    required: true
  new_password:
    description:
      - The password it shall have, 8 to 32 characters unless C(passwordPattern) in ConfigMap C(argocd-cm) says
        otherwise. It cannot be read, so a login is tried with it; many failed logins make Argo CD refuse logins for a
        while.
    type: str
  current_password:
    description: Current password of the account that asks. If omitted, O(auth_password).
    type: str

  tokens:
    description: Tokens of the account. Others stay as they are.
    type: list
    elements: dict
    suboptions:
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
  - slipway.gitops.argocd.issued_once
  - slipway.gitops.attributes
"""

EXAMPLES = r"""
- name: A token for automation that renews itself
  slipway.gitops.argocd_account:
    server_url: https://argocd.example.com
    name: ansible
    tokens:
      - {id: ansible, expires_in: 2592000, renew_before: 604800, path: /run/secrets/argocd.token}

- name: Another password for admin
  slipway.gitops.argocd_account:
    server_url: https://argocd.example.com
    auth_username: admin
    auth_password: "{{ old_password }}"
    name: admin
    new_password: "{{ new_password }}"
"""

RETURN = r"""
account:
  description: The account as the API shows it.
  returned: success
  type: dict
  sample: {name: ansible, enabled: true, capabilities: [apiKey], tokens: [{id: ansible, issuedAt: "1795230000"}]}

tokens:
  description: The declared tokens that are there.
  returned: when O(tokens) is given
  type: list
  elements: dict
  sample:
    - {id: ci, changed: true, issued_at: 1795230000, expires_at: 1797822000, path: /run/secrets/ci.token}
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["renew token ansible of account robot: it ends in 3000 s"]
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

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.account import ACCOUNT_SPEC, manage_account
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(ACCOUNT_SPEC, manage_account)


if __name__ == "__main__":
    main()
