#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_certificate
short_description: Trust a TLS certificate or SSH host key of a Git server in Argo CD
version_added: 0.1.0
description:
  - Adds, replaces or removes the certificate (https) or host key (ssh) of a Git server.
  - The API does not return certificates, so Argo CD itself is asked whether the stored one differs.
options:
  state:
    description: Whether it shall be trusted.
    type: str
    choices: [present, absent]
    default: present
  server_name:
    description: Host name of the Git server; for ssh on another port V([host]:port).
    type: str
    required: true
  type:
    description: Kind of certificate.
    type: str
    choices: [https, ssh]
    required: true
  key_type:
    description: Type of an SSH host key, such as V(ssh-ed25519). Required to add one.
    type: str
  data:
    description: The certificate in PEM, or the base64 text of the SSH host key. Required with O(state=present).
    type: str
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.attributes
"""

EXAMPLES = r"""
- name: Trust our own CA for the Git server
  slipway.gitops.argocd_certificate:
    server_url: https://argocd.example.com
    server_name: git.example.com
    type: https
    data: "{{ lookup('ansible.builtin.file', 'ca.crt') }}"
"""

RETURN = r"""
certificates:
  description: What is trusted now for the server, as the API shows it.
  returned: success
  type: list
  elements: dict
  sample: [{serverName: git.example.com, certType: https, certSubType: ecdsa, certInfo: "CN=git.example.com"}]
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["add https certificate of git.example.com"]
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

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.certificate import (
    CERTIFICATE_SPEC,
    manage_certificate,
)
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(CERTIFICATE_SPEC, manage_certificate)


if __name__ == "__main__":
    main()
