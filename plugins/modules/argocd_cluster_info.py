#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_cluster_info
short_description: Read clusters of Argo CD
version_added: 0.1.0
description:
  - Returns the clusters that the account may see, without credentials.
options:
  name:
    description: Only clusters of this name.
    type: str
  server:
    description: Only the cluster of this server.
    type: str
  labels:
    description: Only clusters that have all of these labels.
    type: dict
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.attributes.read_only
"""

EXAMPLES = r"""
- name: Clusters of production
  slipway.gitops.argocd_cluster_info:
    server_url: https://argocd.example.com
    labels: {environment: prod}
"""

RETURN = r"""
clusters:
  description: The clusters; empty when there is none.
  returned: success
  type: list
  elements: dict
  sample: [{server: "https://10.1.2.3", name: dev, labels: {environment: dev}}]
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.cluster import CLUSTER_INFO_SPEC, cluster_info
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(CLUSTER_INFO_SPEC, cluster_info)


if __name__ == "__main__":
    main()
