# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lab's DNS server answers."""

from __future__ import annotations

from pathlib import Path

from slipway_lab.config import LabConfig, NodeKind

# On the host's address in the machines' network, which is the lab's own.
DNS_PORT = 53


def dns_address(config: LabConfig) -> tuple[str, int]:
    """Address and port, from hosts and pods alike. FileNotFoundError when the server never ran."""
    if config.nodes is NodeKind.REAL:
        return str(config.host_address), DNS_PORT
    return "127.0.0.1", int(port_file(config).read_text())


def port_file(config: LabConfig) -> Path:
    """Holds the port without real nodes, which is chosen at the first start and kept."""
    return config.home / "dns" / "port"
