# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.parts_left_out."""

from __future__ import annotations

DOCUMENTATION = r"""
name: parts_left_out
short_description: Which parts of site.yml a run did not do
version_added: 0.1.0
description:
  - For the report of the playbook C(slipway.gitops.site), which speaks of what its run did or saw.
positional: _input, disabled
options:
  _input:
    description: Of each host, the results that roles kept, such as C(argocd_result), by name.
    type: list
    elements: dict
    required: true
  disabled:
    description: Parts that the inventory does not have, by tag.
    type: list
    elements: str
    default: []
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Show what was left out
  ansible.builtin.debug:
    msg: "{{ [{'do_cluster_result': do_cluster_result}] | slipway.gitops.parts_left_out(['tekton']) }}"
"""

RETURN = r"""
_value:
  description: The parts, by the tags that run them, in their order.
  type: list
  elements: str
  sample: [argocd, argocd_spokes, applications]
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._run_report import parts_left_out


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"parts_left_out": parts_left_out}
