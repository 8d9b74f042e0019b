# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of what modules can do."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)) in diff mode.
    support: full
"""

    READ_ONLY = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
    details: This module changes nothing.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)) in diff mode.
    support: N/A
    details: This module changes nothing.
"""

    DIGITALOCEAN_GROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/slipway.gitops.digitalocean) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - slipway.gitops.digitalocean
"""

    WAITING = r"""
options: {}
attributes:
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the
      controller.
    support: partial
    details: On a local connection the action plugin prints the module's progress while it runs. Nothing else needs it.
  async:
    description: Supports being used with the C(async) keyword.
    support: partial
    details: It works, without progress lines.
"""
