# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab of its own for one test run: own home, port and network, so a lab the user has up is left alone."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# Sets of images that applications need, and all that inventories/local does.
APPLICATION_IMAGES = ("argocd", "examples")
PLATFORM_IMAGES = (*APPLICATION_IMAGES, "sealed-secrets", "ingress", "tekton", "pipelines")
# Where the lab's command is: beside the Python that runs this.
LAB = str(Path(sys.executable).with_name("lab"))


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


# Networks of this process. Each is a socket with a name of its own, which two processes cannot have at once.
_RESERVED: dict[ipaddress.IPv4Network, socket.socket] = {}


def free_network() -> str:
    """A private /16 that no link of this host uses, from 172.31.0.0/16 downwards; no other process gets it."""
    output = subprocess.run(["ip", "-json", "-4", "addr"], capture_output=True, check=True, text=True).stdout
    used = [
        ipaddress.ip_network(f"{address['local']}/{address['prefixlen']}", strict=False)
        for link in json.loads(output)
        for address in link["addr_info"]
    ]
    for second in range(31, 15, -1):
        network = ipaddress.IPv4Network(f"172.{second}.0.0/16")
        if not any(network.overlaps(other) for other in used) and _reserve(network):
            return str(network)
    raise SystemExit("All of 172.16.0.0/12 is in use on this host; the lab needs one /16 of it.")


def _reserve(network: ipaddress.IPv4Network) -> bool:
    if network in _RESERVED:
        return True
    holder = socket.socket(socket.AF_UNIX)
    try:
        # In Linux's abstract namespace: no file, and gone with this process.
        holder.bind(f"\0slipway-lab-network-{network}")
    except OSError:
        holder.close()
        return False
    _RESERVED[network] = holder
    return True


def stop(environment: dict[str, str]) -> None:
    """Remove the lab's clusters and end its processes; its folder goes last and only when nothing is mounted in it."""
    subprocess.run([LAB, "down"], env=environment, check=True)
    home = environment["LAB_HOME"]
    held = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines() if home in line.split()[1]]
    if held:
        raise SystemExit(f"Not removing {home}: still mounted: {', '.join(held)}")
    shutil.rmtree(home)


def kubectl_get(environment: dict[str, str], cluster: str, *arguments: str) -> dict[str, Any]:
    """What `kubectl get` finds on a cluster of the lab."""
    command = [LAB, "kubectl", cluster, "--", "get", "--output=json", *arguments]
    found = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(found))


@contextlib.contextmanager
def running(nodes: str = "real", images: Sequence[str] = (), **settings: str) -> Iterator[dict[str, str]]:
    """Bring up a lab; yields the environment that reaches it (LAB_*, what `lab env` prints).

    images: sets of images to make beforehand, which would otherwise be made when a pod first needs them
    """
    home = tempfile.mkdtemp(prefix="slipway-lab-")
    environment = os.environ | {
        "LAB_HOME": home,
        "LAB_PORT": str(free_port()),
        "LAB_NETWORK": free_network(),
        "LAB_NODES": nodes,
        "SLIPWAY_KUBECONFIG_DIR": f"{home}/kubeconfig",
        **settings,
    }
    # When `kill` or a time limit ends this, the lab goes too, as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if images:
            subprocess.run([LAB, "prepare", *images], env=environment, check=True)
        subprocess.run([LAB, "up"], env=environment, check=True)
        printed = subprocess.run(
            [LAB, "env", "--format", "json"], env=environment, check=True, capture_output=True, text=True
        ).stdout
        yield environment | json.loads(printed)
    finally:
        stop(environment)
