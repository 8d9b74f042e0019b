# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.application_losses."""

from __future__ import annotations

DOCUMENTATION = r"""
name: application_losses
short_description: What is deleted with applications, in words
version_added: 0.1.0
description:
  - For roles that say what would go before it goes.
positional: _input, names
options:
  _input:
    description: The C(deployed) that M(slipway.gitops.argocd_application_info) returns.
    type: dict
    required: true
  names:
    description: Names of the applications.
    type: list
    elements: str
    required: true
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Say what goes with it
  ansible.builtin.debug:
    msg: "{{ found.deployed | slipway.gitops.application_losses(['shop-dev']) }}"
"""

RETURN = r"""
_value:
  description: A sentence on each application, in order of name.
  type: list
  elements: str
  sample:
    - "with application shop-dev go volumes: PersistentVolumeClaim shop/uploads; Service shop/web, StatefulSet
      shop/database; PersistentVolumeClaim shop/data-database-0 stays"
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._application_losses import application_losses


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"application_losses": application_losses}
