# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.pool_status."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pool_status
short_description: Pools of a cluster and how many of their nodes are ready
version_added: 0.1.0
description:
  - For the playbook C(slipway.gitops.status).
  - A node belongs to the pool that its label C(doks.digitalocean.com/node-pool) names.
positional: _input
options:
  _input:
    description: Node objects of the cluster.
    type: list
    elements: dict
    required: true
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ nodes.resources | slipway.gitops.pool_status }}"
"""

RETURN = r"""
_value:
  description: The pools, in order of name.
  type: list
  elements: dict
  sample:
    - {name: tools, nodes: 2, ready: 1, versions: [v1.36.3], not_ready: [tools-x2]}
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._platform_status import pool_status


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"pool_status": pool_status}
