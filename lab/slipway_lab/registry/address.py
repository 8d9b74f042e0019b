# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lab's container registry answers."""

from __future__ import annotations

from slipway_lab.config import LabConfig

# What images are named after. Pods reach it by this name, which the clusters' DNS knows.
REGISTRY_NAME = "registry.digitalocean.com"
# On the host's address in the machines' network, which is the lab's own.
REGISTRY_PORT = 443
# Path at the registry's address where nodes begin a pull; see routes.py.
NODE_PATH = "/_registry/v2"


def registry_url(config: LabConfig) -> str:
    """The registry's own address, from hosts and machines alike."""
    return f"https://{config.host_address}"


def node_registry_url(config: LabConfig) -> str:
    """What containerd of a node asks for images of the registry."""
    return f"{registry_url(config)}{NODE_PATH}"
