# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.component_wait_problems."""

from __future__ import annotations

DOCUMENTATION = r"""
name: component_wait_problems
short_description: What is wrong with the conditions that a component is waited for with
version_added: 0.1.0
description:
  - For the role C(slipway.gitops.component), which describes the keys of a wait.
positional: _input, clusters
options:
  _input:
    description: The waits.
    type: list
    elements: dict
    required: true
  clusters:
    description: Names of the clusters that the component is on.
    type: list
    elements: str
    required: true
requirements:
  - jmespath
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Stop on a condition that cannot be used
  ansible.builtin.assert:
    that: waits | slipway.gitops.component_wait_problems(['hub']) | length == 0
"""

RETURN = r"""
_value:
  description: Sentences; none when all is well.
  type: list
  elements: str
  sample: ["component_wait[1] has no kind"]
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._component_waits import problems


def component_wait_problems(waits: Sequence[Mapping[str, Any]], clusters: Sequence[str]) -> list[str]:
    return problems(waits, clusters)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"component_wait_problems": component_wait_problems}
