# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.application_states."""

from __future__ import annotations

DOCUMENTATION = r"""
name: application_states
short_description: How the applications of role applications are, and which are not where they should be yet
version_added: 0.1.0
description:
  - For the role C(slipway.gitops.applications), whose result has it.
positional: _input, names
options:
  _input:
    description: Applications, as M(slipway.gitops.argocd_application_info) returns them.
    type: list
    elements: dict
    required: true
  names:
    description: Names of those that count.
    type: list
    elements: str
    required: true
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Show which ones are waited for
  ansible.builtin.debug:
    msg: "{{ found.applications | slipway.gitops.application_states(['web-dev']) | rejectattr('settled') }}"
"""

RETURN = r"""
_value:
  description: The applications, in order of name.
  type: list
  elements: dict
  sample:
    - {name: web-dev, application: web, environment: dev, cluster: dev, namespace: web, automated: true, sync: Synced,
       health: Healthy, revision: 3f78685, hostname: web.dev.example.com, settled: true, failed: false, prunes: true}
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._application_states import application_states


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"application_states": application_states}
