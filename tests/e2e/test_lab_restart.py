# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab that was down and is up again has the clusters it had, and site.yml finds nothing to do."""

from __future__ import annotations

import subprocess

import lab_instance
import pytest
from ansible_runs import Workplace
from platform_view import cluster_of
from real_lab import RealLab

pytestmark = [pytest.mark.real, pytest.mark.long]


def uids(workplace: Workplace) -> dict[str, list[str]]:
    pools = cluster_of(workplace, "hub").nodes_by_pool()
    return {pool: [node.metadata.uid for node in nodes] for pool, nodes in pools.items()}


def test_the_lab_keeps_its_clusters_over_a_restart(workplace: Workplace, real_lab: RealLab) -> None:
    workplace.clusters_only("local").succeeded()
    before = uids(workplace)
    for verb in ("down", "up"):
        subprocess.run([lab_instance.LAB, verb], env=real_lab.environment, check=True)
    again = workplace.clusters_only("local").succeeded()
    assert (again.changed, again.mutating) == ([], [])
    assert uids(workplace) == before
    assert set(before) == {"base", "tools", "workloads"}
