# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with the lab's Helm repository."""

from __future__ import annotations


class ChartsError(Exception):
    """The Helm repository cannot be served; the message says why and what to do."""
