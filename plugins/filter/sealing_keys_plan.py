# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.sealing_keys_plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: sealing_keys_plan
short_description: What to restore from, and what to write into, a backup of the keys of Sealed Secrets
version_added: 0.1.0
description:
  - For the role C(slipway.gitops.sealed_secrets). Its result has private keys.
positional: _input, backed_up
options:
  _input:
    description: Secrets with the sealing keys of the cluster.
    type: list
    elements: dict
    required: true
  backed_up:
    description: Secrets of the backup.
    type: list
    elements: dict
    required: true
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Keep what the cluster lacks
  ansible.builtin.set_fact:
    missing: "{{ (secrets.resources | slipway.gitops.sealing_keys_plan(backup['items'])).missing }}"
  no_log: true
"""

RETURN = r"""
_value:
  description: C(missing), Secrets that the cluster lacks; C(conflicts), names that have another key in the cluster;
    C(kept), what the backup shall have; C(backup_is_current), whether it has that.
  type: dict
  sample: {missing: [], conflicts: [], kept: [], backup_is_current: true}
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._sealing_keys import keys_plan


def sealing_keys_plan(found: Iterable[Mapping[str, Any]], backed_up: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return keys_plan(found, backed_up)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"sealing_keys_plan": sealing_keys_plan}
