# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all machines of a lab share on the host: the bridge, a few sysctls, mount points. Undone when the last lab ends.

Changes and the labs that need them are noted in /run/slipway-lab, which like the changes themselves ends with the boot.
"""

from __future__ import annotations

import fcntl
import ipaddress
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from slipway_lab.backend import BackendError
from slipway_lab.cluster.addresses import LabAddresses, hardware_address
from slipway_lab.config import LabConfig

_NOTES = Path("/run/slipway-lab")

# Kernel-wide settings every kubelet changes (its container manager's setupKernelTunables).
_KUBELET_SYSCTLS = (
    "vm.overcommit_memory",
    "vm.panic_on_oom",
    "kernel.panic",
    "kernel.panic_on_oops",
    "kernel.keys.root_maxkeys",
    "kernel.keys.root_maxbytes",
)
# Kubelets, containerds and their pods all count as one user; distributions allow 128.
_RAISED_SYSCTLS = {"fs.inotify.max_user_instances": 8192, "fs.inotify.max_user_watches": 524288}

# Where machines mount their own folders over; kubelet and containerd have them in these places everywhere.
MACHINE_MOUNT_POINTS = (
    "/var/lib/kubelet",
    "/var/lib/containerd",
    "/var/lib/cni",
    "/var/log/pods",
    "/var/log/containers",
)


@dataclass
class _HostNotes:
    """sysctls: values before the first lab; directories: made by labs; bridges: of the labs that are up."""

    sysctls: dict[str, str] = field(default_factory=dict)
    directories: list[str] = field(default_factory=list)
    bridges: list[str] = field(default_factory=list)


@contextmanager
def _notes() -> Iterator[_HostNotes]:
    _NOTES.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (_NOTES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = _NOTES / "host.json"
        notes = _HostNotes(**json.loads(file.read_text())) if file.exists() else _HostNotes()
        yield notes
        temporary = file.with_name("host.json.new")
        temporary.write_text(json.dumps(asdict(notes), indent=1))
        temporary.replace(file)


def set_up_host(config: LabConfig) -> None:
    """Make the lab's bridge and what machines need of the host; fine when it is there. BackendError if it cannot."""
    with _notes() as notes:
        # A bridge noted here but gone means that lab ended without a word.
        notes.bridges = [b for b in notes.bridges if _link_exists(b)]
        _create_bridge(config)
        for name in (*_KUBELET_SYSCTLS, *_RAISED_SYSCTLS):
            path = _sysctl(name)
            if path.exists():
                notes.sysctls.setdefault(name, path.read_text().strip())
        for name, least in _RAISED_SYSCTLS.items():
            if int(_sysctl(name).read_text()) < least:
                _sysctl(name).write_text(str(least))
        for directory in MACHINE_MOUNT_POINTS:
            if not Path(directory).exists():
                Path(directory).mkdir(parents=True)
                notes.directories.append(directory)
        if config.bridge not in notes.bridges:
            notes.bridges.append(config.bridge)


def is_set_up(config: LabConfig) -> bool:
    """Whether the lab has links on this host."""
    return bool(_links(config))


def tear_down_host(config: LabConfig) -> None:
    """Remove the lab's bridge; when no other lab is up, put back sysctls and remove the mount points we made."""
    with _notes() as notes:
        for link in _links(config):
            ip(f"link del {link}")
        notes.bridges = [b for b in notes.bridges if b != config.bridge and _link_exists(b)]
        if notes.bridges:
            return
        for name, value in notes.sysctls.items():
            if _sysctl(name).read_text().strip() != value:
                _sysctl(name).write_text(value)
        for directory in notes.directories:
            # Not empty: somebody else uses it meanwhile, and it stays.
            if Path(directory).is_dir() and not any(Path(directory).iterdir()):
                Path(directory).rmdir()
        notes.sysctls, notes.directories = {}, []


def overlapping_links(config: LabConfig) -> list[tuple[str, str]]:
    """Links other than the lab's own, and their networks, that overlap LAB_NETWORK."""
    output = subprocess.run(["ip", "-json", "-4", "addr"], capture_output=True, text=True, check=True).stdout
    found: dict[tuple[str, str], None] = {}
    for link in json.loads(output):
        for address in link["addr_info"]:
            network = ipaddress.ip_interface(f"{address['local']}/{address['prefixlen']}").network
            if link["ifname"] != config.bridge and network.overlaps(config.network):
                # Once, also for a bridge that has several addresses in one network.
                found[link["ifname"], str(network)] = None
    return list(found)


def ip(*lines: str, namespace_of: int | None = None) -> None:
    """Run lines of ip(8) commands, in the network namespace of a process if given. BackendError if one fails."""
    prefix = ["nsenter", "--net", f"--target={namespace_of}"] if namespace_of else []
    result = subprocess.run(
        [*prefix, "ip", "-batch", "-"], input="\n".join(lines), capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise BackendError(f"ip: {result.stderr.strip()} (of: {'; '.join(lines)})")


def link_prefix(config: LabConfig) -> str:
    """How the names of all links to this lab's machines begin."""
    return f"v{config.bridge[-6:]}"


def _links(config: LabConfig) -> list[str]:
    """The lab's links: machines' first, a dying connection can keep one for minutes after its machine."""
    machines = [link.name for link in Path("/sys/class/net").glob(f"{link_prefix(config)}*")]
    return machines + [config.bridge] * _link_exists(config.bridge)


def _create_bridge(config: LabConfig) -> None:
    if _link_exists(config.bridge):
        return
    taken = overlapping_links(config)
    if taken:
        link, network = taken[0]
        raise BackendError(
            f"LAB_NETWORK {config.network} overlaps {network} of {link}; set it to a private /16 that is free here."
        )
    addresses = LabAddresses(config.network)
    broadcast = f"broadcast {config.network.broadcast_address}"
    # The first address is what the host's own clients come from.
    ip(
        f"link add {config.bridge} address {hardware_address(addresses.host)} type bridge",
        f"addr add {addresses.with_prefix(addresses.host)} {broadcast} dev {config.bridge}",
        f"addr add {addresses.with_prefix(addresses.management)} dev {config.bridge}",
        f"link set {config.bridge} up",
    )


def _link_exists(name: str) -> bool:
    return Path("/sys/class/net", name).exists()


def _sysctl(name: str) -> Path:
    return Path("/proc/sys", *name.split("."))
