#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_certificate_info
short_description: Read certificates of Git servers that Argo CD trusts
version_added: 0.1.0
description:
  - Returns TLS certificates and SSH host keys, without their content.
options:
  server_name:
    description: Only those of exactly this server.
    type: str
  type:
    description: Only this kind.
    type: str
    choices: [https, ssh]
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.attributes.read_only
"""

EXAMPLES = r"""
- name: Which host keys are trusted
  slipway.gitops.argocd_certificate_info:
    server_url: https://argocd.example.com
    type: ssh
"""

RETURN = r"""
certificates:
  description: The certificates and host keys; empty when there is none.
  returned: success
  type: list
  elements: dict
  sample: [{serverName: github.com, certType: ssh, certSubType: ssh-ed25519}]
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.certificate import (
    CERTIFICATE_INFO_SPEC,
    certificate_info,
)
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(CERTIFICATE_INFO_SPEC, certificate_info)


if __name__ == "__main__":
    main()
