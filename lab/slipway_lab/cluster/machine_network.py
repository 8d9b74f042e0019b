# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine's link to the lab's bridge, routes to other nodes' pods, and packet filter, all set from the host."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from slipway_lab.backend import BackendError
from slipway_lab.cluster.addresses import LabAddresses, hardware_address
from slipway_lab.cluster.host import ip, link_prefix
from slipway_lab.config import LabConfig


def link_name(config: LabConfig, cluster: int, machine: int) -> str:
    """The host's end of a machine's link; unique per lab, at most 15 characters."""
    return f"{link_prefix(config)}{cluster:02x}{machine:02x}"


def plug_in(config: LabConfig, cluster: int, machine: int, pid: int) -> None:
    """Give the machine whose PID 1 is pid its eth0. The link goes when the machine ends."""
    name = link_name(config, cluster, machine)
    mac = hardware_address(LabAddresses(config.network).machine(cluster, machine))
    unplug(config, cluster, machine)
    ip(
        f"link add {name} type veth peer name eth0 address {mac} netns {pid}",
        f"link set {name} master {config.bridge} up",
    )


def unplug(config: LabConfig, cluster: int, machine: int) -> None:
    """Remove a machine's link at once; the kernel can take minutes after the machine's end."""
    name = link_name(config, cluster, machine)
    if Path("/sys/class/net", name).exists():
        subprocess.run(["ip", "link", "del", name], capture_output=True, check=False)  # it may just have gone


def set_routes(pid: int, routes: Mapping[str, str]) -> None:
    """Routes of a machine: pod range -> address of its node. Ranges of nodes that are gone lead nowhere either way."""
    if routes:
        ip(*(f"route replace {pods} via {node}" for pods, node in routes.items()), namespace_of=pid)


def load_nftables(pid: int, rules: str) -> None:
    """Load nftables rules in a machine's network namespace."""
    result = subprocess.run(
        ["nsenter", "--net", f"--target={pid}", "nft", "-f", "-"],
        input=rules,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise BackendError(f"nft: {result.stderr.strip()}")
