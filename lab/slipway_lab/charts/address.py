# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lab's Helm repository answers."""

from __future__ import annotations

from slipway_lab.config import LabConfig

# On the host's address in the machines' network, which is the lab's own.
CHARTS_PORT = 8879


def charts_url(config: LabConfig) -> str:
    """URL of the Helm repository, from hosts and pods alike. There is one with real nodes only: others run no pods."""
    return f"http://{config.host_address}:{CHARTS_PORT}"
