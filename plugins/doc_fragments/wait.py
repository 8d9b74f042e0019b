# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of waiting."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until the work is done at DigitalOcean. Without it the task ends when the work is accepted.
      - While it waits, the task prints how far the work is when it runs on a local connection.
    type: bool
    default: true
"""
