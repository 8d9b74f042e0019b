# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab of the tests' own, without the API: its backend, and one real cluster that all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from own_lab import lab_config
from running_cluster import RunningCluster, cluster_spec, node
from slipway_lab.cluster.real import RealBackend


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    """A real cluster with pools base (no taint) and workloads (tainted)."""
    if os.geteuid() != 0:
        pytest.skip("real nodes need root")
    backend = RealBackend(lab_config(tmp_path_factory.mktemp("shared-lab"), "real"))
    cluster = RunningCluster(backend, cluster_spec("shared", 0))
    try:
        cluster.start()
        yield cluster
    finally:
        backend.delete_cluster(cluster.spec.id)
        backend.shut_down()


@pytest.fixture
def cluster(shared_cluster: RunningCluster) -> RunningCluster:
    """The shared cluster with exactly one node in each pool, as every test finds it."""
    shared_cluster.set_nodes(node("base", 0), node("workloads", 0, taint="workloads"))
    return shared_cluster
