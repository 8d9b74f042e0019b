# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks against the lab's API, clusters as records only."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "lab"))

from ansible_runs import Workplace
from lab_server import LabServer, lab_server

__all__ = ["lab_server"]


@pytest.fixture
def workplace(tmp_path: Path, lab_server: LabServer) -> Workplace:
    """An account without clusters, and inventories as shipped.

    It has been used before: region ams3 has a default VPC, which the first VPC of a region becomes for good.
    """
    lab_server.admin.clear_faults()
    lab_server.admin.reset()
    with lab_server.client() as client:
        client.post("/v2/vpcs", json={"name": "default-ams3", "region": "ams3"}).raise_for_status()
    return Workplace(tmp_path, lab_server)
