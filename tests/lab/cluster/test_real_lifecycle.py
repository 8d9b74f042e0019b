# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real cluster's whole life in a lab of its own: stopped and resumed with its data, then gone without a trace."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from own_lab import lab_config
from running_cluster import RunningCluster, cluster_spec, node
from slipway_lab.cluster import cgroups, host
from slipway_lab.cluster.real import RealBackend

pytestmark = pytest.mark.real

DATA = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: keeper}
spec:
  strategy: {type: Recreate}
  selector: {matchLabels: {app: keeper}}
  template:
    metadata: {labels: {app: keeper}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: c
          image: busybox:1.36
          command: [sh, -c, "echo started >> /data/log; sleep 3600"]
          volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
"""


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[RunningCluster]:
    if os.geteuid() != 0:
        pytest.skip("real nodes need root")
    backend = RealBackend(lab_config(tmp_path / "lab", "real"))
    cluster = RunningCluster(backend, cluster_spec("own", 0))
    yield cluster
    backend.delete_cluster(cluster.spec.id)
    backend.shut_down()


def processes(home: Path) -> list[str]:
    """Command lines of all processes that name a lab's home."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(home) in command:
            found.append(command)
    return found


def traces(cluster: RunningCluster) -> list[str]:
    """What of a lab is on this host: processes, links, mounts, control groups, firewall tables."""
    config = cluster.config
    found = processes(config.home)
    links = json.loads(subprocess.run(["ip", "-json", "link"], capture_output=True, check=True).stdout)
    found += [
        link["ifname"]
        for link in links
        if link["ifname"] == config.bridge or link["ifname"].startswith(host.link_prefix(config))
    ]
    found += [line for line in Path("/proc/mounts").read_text().splitlines() if str(config.home) in line]
    group = cgroups.lab_group(config).strip("/")
    found += [str(p) for p in Path("/sys/fs/cgroup").glob(f"**/{group}") if p.is_dir()]
    found += [t for t in nft_tables() if "slipway" in t]
    return found


def nft_tables() -> list[str]:
    return subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout.splitlines()


def sysctls() -> dict[str, str]:
    names = (*host._KUBELET_SYSCTLS, *host._RAISED_SYSCTLS)
    return {name: host._sysctl(name).read_text().strip() for name in names}


def other_labs(cluster: RunningCluster) -> list[str]:
    notes = Path("/run/slipway-lab/host.json")
    bridges = json.loads(notes.read_text())["bridges"] if notes.exists() else []
    return [name for name in bridges if name != cluster.config.bridge and Path("/sys/class/net", name).exists()]


def test_a_clusters_life(own_cluster: RunningCluster) -> None:
    cluster, backend = own_cluster, own_cluster.backend
    sysctls_before = sysctls()
    endpoint = cluster.start()
    cluster.set_nodes(node("base", 0))
    cluster.apply(DATA)
    cluster.wait("--for=condition=Available", "deployment/keeper")
    (volume,) = cluster.files.volumes.iterdir()
    assert (volume / "log").read_text() == "started\n"

    backend.stop_cluster(cluster.spec.id)
    assert processes(cluster.files.directory) == []
    assert backend.ready_nodes(cluster.spec.id) == frozenset()
    assert backend.known_clusters() == {cluster.spec.id}

    # As after a restart of the lab: another backend object, the same address.
    backend.shut_down()
    cluster.backend = backend = RealBackend(cluster.config)
    assert cluster.start() == endpoint
    cluster.set_nodes(node("base", 0))
    assert backend.ready_nodes(cluster.spec.id) == {"base-0"}
    cluster.wait("--for=condition=Available", "deployment/keeper")
    cluster.kubectl("rollout", "restart", "deployment/keeper")
    cluster.kubectl("rollout", "status", "deployment/keeper", "--timeout=180s")
    assert (volume / "log").read_text().count("started\n") >= 2

    backend.delete_cluster(cluster.spec.id)
    assert backend.known_clusters() == frozenset()
    assert not cluster.files.directory.exists()
    backend.delete_cluster(cluster.spec.id)
    backend.shut_down()
    assert traces(cluster) == []
    if not other_labs(cluster):
        assert sysctls() == sysctls_before
