# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from argocd_server.control_plane import Etcd
from argocd_server.processes import Processes
from sealing_cluster import SealingCluster


@pytest.fixture(scope="session")
def sealing_clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Processes, Etcd]]:
    """What clusters are started with."""
    if os.geteuid() != 0:
        pytest.skip("the controller gets a mount namespace of its own, which needs root")
    directory = tmp_path_factory.mktemp("sealing")
    processes = Processes(directory / "logs")
    try:
        yield processes, Etcd.start(processes, directory / "etcd")
    finally:
        processes.stop_all()


@pytest.fixture(scope="session")
def cluster(sealing_clusters: tuple[Processes, Etcd], tmp_path_factory: pytest.TempPathFactory) -> SealingCluster:
    """A cluster with a controller that made its own sealing key."""
    return SealingCluster.start(*sealing_clusters, tmp_path_factory.mktemp("cluster"), "first")
