# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command, then fail if it left processes, mounts, links, cgroups or firewall tables behind.

Compares the machine before and after, so labs that were up before do not count.

usage: leak_check.py COMMAND [ARGUMENT ...]
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

# What the lab and the tests start; other programs of the machine come and go during a test run.
LAB_PROGRAMS = frozenset({
    "containerd", "containerd-shim-runc-v2", "coredns", "etcd", "kube-apiserver", "kube-controller-manager",
    "kube-proxy", "kube-scheduler", "kubelet", "kwok", "pause", "local-path-provisioner",
    "argocd-application-controller", "argocd-applicationset-controller", "argocd-repo-server", "argocd-server",
    "redis-server", "registry", "registry-front",
})  # fmt: skip
# A killed process group needs a moment to vanish from /proc.
GRACE_SECONDS = 15.0


def lab_processes() -> set[str]:
    """The lab's processes: daemons and machines, by program name or by `slipway_lab` on the command line."""
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        program = Path(words[0].decode(errors="replace")).name
        if program in LAB_PROGRAMS or any(b"slipway_lab" in word for word in words):
            found.add(f"process {entry.name}: {b' '.join(words).decode(errors='replace')[:150]}")
    return found


def mounts() -> set[str]:
    return {f"mount {line.split()[1]}" for line in Path("/proc/mounts").read_text().splitlines()}


def links() -> set[str]:
    output = subprocess.run(["ip", "-json", "link"], capture_output=True, check=True, text=True).stdout
    return {f"link {link['ifname']}" for link in json.loads(output)}


def cgroups() -> set[str]:
    root = Path("/sys/fs/cgroup")
    return {f"cgroup {path}" for path in [*root.glob("*"), *root.glob("*/*")] if path.is_dir()}


def firewall_tables() -> set[str]:
    if shutil.which("nft") is None or os.geteuid() != 0:
        return set()
    output = subprocess.run(["nft", "list", "tables"], capture_output=True, check=True, text=True).stdout
    return {f"nft {line}" for line in output.splitlines()}


def snapshot() -> set[str]:
    return lab_processes() | mounts() | links() | cgroups() | firewall_tables()


def main() -> None:
    before = snapshot()
    status = subprocess.run(sys.argv[1:], check=False).returncode
    deadline = time.monotonic() + GRACE_SECONDS
    while (left := snapshot() - before) and time.monotonic() < deadline:
        time.sleep(0.5)
    if left:
        print("leak check: left behind:\n  " + "\n  ".join(sorted(left)), file=sys.stderr)
        sys.exit(status or 1)
    print("leak check: no process, mount, link, cgroup or firewall table left behind")
    sys.exit(status)


if __name__ == "__main__":
    main()
