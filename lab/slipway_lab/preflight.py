# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host lacks to run the lab, in words; Debian packages among it are installed where that is possible."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.cluster.cgroups import missing_controllers
from slipway_lab.cluster.host import overlapping_links
from slipway_lab.config import LabConfig, NodeKind

# Program -> Debian packages.
_RUN_PROGRAMS = {
    "ip": ("iproute2",),
    "nft": ("nftables",),
    "unshare": ("util-linux",),
    "nsenter": ("util-linux",),
    "git": ("git",),
    # Ubuntu's does not bring the keys of Debian's archive.
    "mmdebstrap": ("mmdebstrap", "debian-archive-keyring"),
}
_BUILD_PROGRAMS = {"gcc": "gcc", "pkg-config": "pkg-config"}
_BUILD_PACKAGES = ("gcc", "libc6-dev", "pkg-config", "libseccomp-dev")

# Each is tried in namespaces of its own and leaves nothing; what fails the kernel, or a container around us, forbids.
_KERNEL_PROBES = {
    "bridges": "ip link add probe type bridge",
    "veth pairs": "ip link add probe0 type veth peer name probe1",
    "nftables with masquerading": (
        "nft 'table ip probe { chain c { type nat hook postrouting priority srcnat; oifname \"x\" masquerade; }; }'"
    ),
    "a sysfs of its own in a network namespace": "mount -t sysfs sysfs /sys",
    "bridged packets in nftables (module br_netfilter)": "test -e /proc/sys/net/bridge/bridge-nf-call-iptables",
}


@dataclass(frozen=True)
class Problem:
    """what: what is missing; remedy: what to do; packages: Debian packages that are the remedy."""

    what: str
    remedy: str
    packages: tuple[str, ...] = ()


def find_problems(config: LabConfig, *, building_only: bool = False) -> list[Problem]:
    """Everything that keeps this host from running the lab with config.nodes.

    building_only: the lab is not started, so the addresses it would take do not matter
    """
    if sys.platform != "linux":
        return [Problem(f"The lab needs Linux, this is {sys.platform}.", "Use a Linux machine or VM.")]
    problems = []
    if config.nodes is not NodeKind.NONE and shutil.which("setsid") is None:
        problems.append(Problem("Program setsid is missing.", "Install util-linux.", ("util-linux",)))
    if config.nodes is NodeKind.REAL:
        problems += _real_problems(config, building_only=building_only)
    return problems


def _real_problems(config: LabConfig, *, building_only: bool) -> list[Problem]:
    if os.geteuid() != 0:
        return [
            Problem(
                "Real nodes need root.",
                "Run the lab as root, or with LAB_NODES=kwok: real control planes with played nodes.",
            )
        ]
    problems = [
        Problem(f"Program {name} is missing.", f"Install {' and '.join(packages)}.", packages)
        for name, packages in _RUN_PROGRAMS.items()
        if shutil.which(name) is None
    ]
    if problems:
        return problems + _build_problems(config)  # the probes below need these programs
    problems += _build_problems(config)
    controllers = missing_controllers()
    if controllers:
        problems.append(
            Problem(
                f"Control group controllers are missing: {', '.join(controllers)}.",
                "Enable them in the kernel, or mount /sys/fs/cgroup into the container.",
            )
        )
    return problems + _kernel_problems(config) + ([] if building_only else _network_problems(config))


def _build_problems(config: LabConfig) -> list[Problem]:
    """What building runc takes, unless it is built already."""
    if any((config.cache / "bin").glob(f"{UPSTREAMS['runc'].name}-*")):
        return []
    missing = [name for name in _BUILD_PROGRAMS if shutil.which(name) is None]
    if not missing and subprocess.run(["pkg-config", "--exists", "libseccomp"], check=False).returncode == 0:
        return []
    return [
        Problem(
            f"Building runc needs {', '.join(missing) or 'the headers of libseccomp'}.",
            f"Install {', '.join(_BUILD_PACKAGES)}.",
            _BUILD_PACKAGES,
        )
    ]


def _kernel_problems(config: LabConfig) -> list[Problem]:
    if not Path("/proc/sys/net/bridge").exists() and shutil.which("modprobe"):
        subprocess.run(["modprobe", "br_netfilter"], capture_output=True, check=False)
    remedy = "A VM or a privileged container with a stock kernel has it; LAB_NODES=kwok does without."
    problems = []
    error = _in_namespaces("true")
    if error is not None:
        return [Problem(f"This host does not allow new namespaces: {error}.", remedy)]
    for feature, script in _KERNEL_PROBES.items():
        error = _in_namespaces(script)
        if error is not None:
            problems.append(Problem(f"This host does not allow {feature}: {error}.", remedy))
    config.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=config.home) as directory:
        for name in ("lower", "upper", "work", "merged"):
            (Path(directory) / name).mkdir()
        mount = "mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay merged"
        script = f"cd {shlex.quote(directory)} && {mount}"
        error = _in_namespaces(script)
    if error is not None:
        problems.append(
            Problem(
                f"No overlay file system can be mounted in {config.home}: {error}.",
                "Set LAB_HOME to a folder on ext4 or xfs (not on another overlay, not on a network file system).",
            )
        )
    return problems


def _in_namespaces(script: str) -> str | None:
    """Why a shell script fails in new namespaces; None when it does not."""
    namespaces = ["--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--mount-proc"]
    result = subprocess.run(["unshare", *namespaces, "sh", "-ec", script], capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return None
    return (result.stderr.strip().splitlines() or [f"status {result.returncode}"])[-1].rstrip(".")


def _network_problems(config: LabConfig) -> list[Problem]:
    remedy = "Set LAB_NETWORK to a private /16 that is free here, such as 172.29.0.0/16."
    return [
        Problem(f"LAB_NETWORK {config.network} overlaps {network} of {link}.", remedy)
        for link, network in overlapping_links(config)
    ]


def install_packages(packages: Sequence[str], say: Callable[[str], None]) -> str | None:
    """Install Debian packages with apt; why it failed, None when it did not."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "only root on a Debian-like system can"
    say(f"installing Debian packages: {' '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    result = subprocess.run(install, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        # A fresh machine has no package lists, or old ones.
        subprocess.run(["apt-get", "update", "--quiet"], env=environment, capture_output=True, check=False)
        result = subprocess.run(install, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        return (result.stderr.strip().splitlines() or ["apt-get gave no reason"])[-1]
    return None


def require_ready(config: LabConfig, say: Callable[[str], None], *, building_only: bool) -> list[Problem]:
    """Install what can be installed; the problems that are left."""
    problems = find_problems(config, building_only=building_only)
    packages = sorted({package for problem in problems for package in problem.packages})
    if packages:
        reason = install_packages(packages, say)
        if reason is not None:
            say(f"Debian packages were not installed: {reason}")
        problems = find_problems(config, building_only=building_only)
    return problems
