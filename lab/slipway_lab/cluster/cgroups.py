# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control groups of machines, with cgroup v1 (or hybrid) and with cgroup v2.

A machine has one group: <lab>/c<cluster>/m<machine>. Its own processes are in `system` below it, the kubelet puts
pods beside that (`kubepods`), so that the rule of v2 holds that only leaves have processes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from slipway_lab.backend import BackendError
from slipway_lab.config import LabConfig

_ROOT = Path("/sys/fs/cgroup")
_SYSTEM = "system"
_NEEDED_CONTROLLERS = ("cpu", "cpuset", "memory", "pids")
_REMOVE_SECONDS = 15.0


def lab_group(config: LabConfig) -> str:
    """Group of everything a lab runs; unique per LAB_HOME."""
    return f"/slipway-{config.bridge}"


def machine_group(config: LabConfig, cluster: int, machine: int) -> str:
    return f"{lab_group(config)}/c{cluster}/m{machine}"


def is_unified() -> bool:
    """Whether the host has cgroup v2 only."""
    return (_ROOT / "cgroup.controllers").exists()


def _hierarchies() -> list[Path]:
    """Mount points of all hierarchies: one with v2; one per controller, and the empty unified one, with v1."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    found = [Path(fields[1]) for fields in mounts if fields[2] in ("cgroup", "cgroup2")]
    # Other places can show them too (containers, machines); the system's own are below /sys/fs/cgroup.
    return sorted({path for path in found if path.is_relative_to(_ROOT)})


def missing_controllers() -> list[str]:
    """Controllers the kubelet needs and the host does not offer."""
    if is_unified():
        offered = set((_ROOT / "cgroup.controllers").read_text().split())
    else:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
        offered = {option for fields in mounts if fields[2] == "cgroup" for option in fields[3].split(",")}
    return [name for name in _NEEDED_CONTROLLERS if name not in offered]


def process_files(group: str) -> list[str]:
    """The cgroup.procs files a machine's first process writes itself into."""
    return [str(hierarchy / group.strip("/") / _SYSTEM / "cgroup.procs") for hierarchy in _hierarchies()]


def renew_machine_group(group: str) -> None:
    """Make a machine's group in every hierarchy, without what a machine that was killed left in it.

    The kubelet takes 3 s for each left group of a container before it goes on.
    """
    remove_group(group)
    for hierarchy in _hierarchies():
        path = hierarchy
        for part in (*group.strip("/").split("/"), _SYSTEM):
            if is_unified():
                _delegate_controllers(path)
            path = path / part
            path.mkdir(exist_ok=True)
            _seed_cpuset(path)


def _delegate_controllers(path: Path) -> None:
    offered = (path / "cgroup.controllers").read_text().split()
    enabled = (path / "cgroup.subtree_control").read_text().split()
    wanted = [name for name in offered if name not in enabled]
    if not wanted:
        return
    try:
        (path / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in wanted))
    except OSError as error:
        raise BackendError(
            f"Controllers {', '.join(wanted)} cannot be passed on below {path}: {error.strerror}. In a container, "
            "give it the host's cgroup namespace, or move its processes out of the top group."
        ) from error


def _seed_cpuset(path: Path) -> None:
    """A new v1 cpuset group allows no CPU at all; give it its parent's."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        file = path / name
        if not is_unified() and file.exists() and not file.read_text().strip():
            file.write_text((path.parent / name).read_text())


def remove_group(group: str) -> None:
    """End what is left in a group of ours, and remove it and all below it. BackendError if some stay."""
    deadline = time.monotonic() + _REMOVE_SECONDS
    left = [h / group.strip("/") for h in _hierarchies()]
    while left := [path for path in left if not _remove(path)]:
        if time.monotonic() > deadline:
            raise BackendError(f"Control groups still in use: {', '.join(map(str, left))}")
        _kill(left[0])
        time.sleep(0.05)


def _kill(path: Path) -> None:
    """Kill the processes in a group: of a machine whose start was cut short, or dying ones that take their time."""
    for file in path.rglob("cgroup.procs"):
        with contextlib.suppress(OSError):
            for pid in file.read_text().split():
                os.kill(int(pid), signal.SIGKILL)


def _remove(path: Path) -> bool:
    if not path.exists():
        return True
    children = sorted((p for p in path.rglob("*") if p.is_dir()), key=lambda p: len(p.parts), reverse=True)
    for child in (*children, path):
        try:
            child.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return False
    return True


def memory_bytes(group: str) -> int:
    """Memory charged to a group now, page cache that can be dropped not counted; 0 when the group is gone."""
    if is_unified():
        directory = _ROOT / group.strip("/")
        usage_file, inactive = directory / "memory.current", "inactive_file"
    else:
        directory = _ROOT / "memory" / group.strip("/")
        usage_file, inactive = directory / "memory.usage_in_bytes", "total_inactive_file"
    try:
        usage = int(usage_file.read_text())
        statistics = dict(line.split() for line in (directory / "memory.stat").read_text().splitlines())
    except OSError:
        return 0
    return max(0, usage - int(statistics.get(inactive, 0)))
