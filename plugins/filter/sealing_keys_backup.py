# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.sealing_keys_backup."""

from __future__ import annotations

DOCUMENTATION = r"""
name: sealing_keys_backup
short_description: The Secrets in a backup of the keys of Sealed Secrets
version_added: 0.1.0
description:
  - For the role C(slipway.gitops.sealed_secrets). Its result has private keys.
positional: _input, password
options:
  _input:
    description: Content of the backup, in the format of C(ansible-vault).
    type: str
    required: true
  password:
    description: Password of the backup.
    type: str
    required: true
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Open the backup
  ansible.builtin.set_fact:
    keys: "{{ file.content | b64decode | slipway.gitops.sealing_keys_backup(password) }}"
  no_log: true
"""

RETURN = r"""
_value:
  description: Secrets with sealing keys. Null when the password is another one, or this is no backup of sealing keys.
  type: list
  elements: dict
  sample: []
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._sealing_keys import open_backup


def sealing_keys_backup(text: str, password: str) -> list[dict[str, Any]] | None:
    return open_backup(text, password)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"sealing_keys_backup": sealing_keys_backup}
