# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between a Service and its load balancer."""

from __future__ import annotations


class LoadBalancerError(Exception):
    """What a Service asks for cannot be, or not yet; the message says why, as events show it.

    retry_seconds: when to try again; None: later and later
    """

    def __init__(self, message: str, retry_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds
