# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks against the lab's API, clusters as records only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_runs import Standing, Workplace
from lab_server import LabServer, Snapshot


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """One for all tests, which find its account as it was at the start."""
    with LabServer(tmp_path_factory.mktemp("lab")) as server:
        # It has been used before: the first VPC of a region becomes its default for good.
        with server.client() as client:
            client.post("/v2/vpcs", json={"name": "default-ams3", "region": "ams3"}).raise_for_status()
        yield server


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Standing:
    return Standing(tmp_path_factory.mktemp("standing"))


@pytest.fixture(scope="session")
def used_account(lab_server: LabServer) -> Snapshot:
    return lab_server.snapshot()


@pytest.fixture
def workplace(tmp_path: Path, lab_server: LabServer, used_account: Snapshot, standing: Standing) -> Workplace:
    """An account without clusters, and inventories as shipped."""
    lab_server.admin.clear_faults()
    lab_server.admin.reset()
    lab_server.restore(used_account)
    return Workplace(tmp_path, lab_server, standing)
