# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.pool_placement."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pool_placement
short_description: Node selector and tolerations that put pods on one pool of a pool map
version_added: 0.1.0
description:
  - From a pool map and the name of one of its pools comes what a pod needs to run on that pool and on no other.
  - The tolerations are those of the taints that P(slipway.gitops.node_pools#filter) gives the pool.
positional: _input, pool
options:
  _input:
    description: The pool map, as P(slipway.gitops.node_pools#filter) takes it.
    type: dict
    required: true
  pool:
    description: Name of the pool. A name that is not in the map fails, naming those that are.
    type: str
    required: true
author:
  - Slipway contributors (@slipway-gitops)
seealso:
  - plugin: slipway.gitops.node_pools
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what a pod on the tools pool needs
  ansible.builtin.debug:
    msg: "{{ slipway_pools | slipway.gitops.pool_placement('tools') }}"
"""

RETURN = r"""
_value:
  description: A dictionary with C(nodeSelector) and C(tolerations), as in the spec of a pod.
  type: dict
  sample:
    nodeSelector: {doks.digitalocean.com/node-pool: tools}
    tolerations:
      - {key: tools, operator: Equal, value: "true", effect: NoSchedule}
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.gitops.plugins.plugin_utils._pool_map import PoolMapError, pool_placement


def pool_placement_filter(pools: Any, pool: str) -> dict[str, Any]:
    try:
        return pool_placement(pools, pool)
    except PoolMapError as error:
        raise AnsibleFilterError(f"slipway.gitops.pool_placement: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"pool_placement": pool_placement_filter}
