# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lab's Git server answers."""

from __future__ import annotations

from pathlib import Path

from slipway_lab.config import LabConfig, NodeKind

# On the host's address in the machines' network, which is the lab's own.
GIT_PORT = 3000


def git_url(config: LabConfig) -> str:
    """Base of every repository's URL, from hosts and pods alike. FileNotFoundError when the server never ran."""
    if config.nodes is NodeKind.REAL:
        return f"http://{config.host_address}:{GIT_PORT}"
    return f"http://127.0.0.1:{port_file(config).read_text()}"


def port_file(config: LabConfig) -> Path:
    """Holds the port without real nodes, which is chosen at the first start and kept."""
    return config.home / "git" / "port"
