# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong in the lab's DNS server."""

from __future__ import annotations


class DnsError(Exception):
    """The server cannot start, or a name cannot be resolved; the message says which and why."""
