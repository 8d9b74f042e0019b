# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.node_pools."""

from __future__ import annotations

DOCUMENTATION = r"""
name: node_pools
short_description: The node pools of a cluster from a pool map
version_added: 0.1.0
description:
  - Turns a pool map, pool name to pool, into the list that M(slipway.gitops.do_kubernetes_cluster) takes, in its order.
  - A pool with C(dedicated=true) gets the taint C(<pool>=true:NoSchedule), besides those it names in C(taints).
  - C(taints) is always written, so taking C(dedicated) away from a pool takes the taint off its nodes.
positional: _input
options:
  _input:
    description:
      - The pool map. Keys of a pool are C(size), C(count), C(auto_scale), C(min_nodes), C(max_nodes), C(labels),
        C(taints), C(tags) and C(dedicated).
    type: dict
    required: true
author:
  - Slipway contributors (@slipway-gitops)
seealso:
  - plugin: slipway.gitops.pool_placement
    plugin_type: filter
"""

EXAMPLES = r"""
- name: A cluster with the pools of the inventory
  slipway.gitops.do_kubernetes_cluster:
    name: dev
    region: ams3
    version: "1.36"
    node_pools: "{{ slipway_pools | slipway.gitops.node_pools }}"
  vars:
    slipway_pools:
      base: {size: s-2vcpu-4gb, count: 1}
      tools: {size: s-2vcpu-4gb, count: 1, dedicated: true}
"""

RETURN = r"""
_value:
  description: The node pools.
  type: list
  elements: dict
  sample:
    - {name: base, size: s-2vcpu-4gb, count: 1, taints: []}
    - name: tools
      size: s-2vcpu-4gb
      count: 1
      taints:
        - {key: tools, value: "true", effect: NoSchedule}
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.gitops.plugins.plugin_utils._pool_map import PoolMapError, node_pools


def node_pools_filter(pools: Any) -> list[dict[str, Any]]:
    try:
        return node_pools(pools)
    except PoolMapError as error:
        raise AnsibleFilterError(f"slipway.gitops.node_pools: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"node_pools": node_pools_filter}
