# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong while the lab makes its binaries and images."""

from __future__ import annotations


class BuildError(Exception):
    """A binary or image could not be made; the message says which, why, and what to do."""
