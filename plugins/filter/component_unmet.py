# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.component_unmet."""

from __future__ import annotations

DOCUMENTATION = r"""
name: component_unmet
short_description: Which conditions the objects of a component do not meet yet
version_added: 0.1.0
description:
  - For the role C(slipway.gitops.component), which describes the keys of a wait.
positional: _input
options:
  _input:
    description: Results of a loop over waits that read their objects, each with C(item) and C(resources).
    type: list
    elements: dict
    required: true
requirements:
  - jmespath
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Show what is waited for
  ansible.builtin.debug:
    msg: "{{ looks.results | slipway.gitops.component_unmet | map(attribute='finding') }}"
"""

RETURN = r"""
_value:
  description: The waits that are not over, each with its C(finding).
  type: list
  elements: dict
  sample:
    - kind: TektonConfig
      name: config
      cluster: hub
      condition: status.conditions[?type=='Ready'].status | [0] == 'True'
      finding: "hub: TektonConfig config: status.conditions[?type=='Ready'].status | [0] == 'True' is false"
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._component_waits import unmet


def component_unmet(results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return unmet(results)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"component_unmet": component_unmet}
