# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures around a running server of the lab, and which tests may run side by side."""

from pathlib import Path

import pytest
from lab_server import lab_server, own_lab_server

__all__ = ["lab_server", "own_lab_server"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real nodes one after the other, as most share a cluster; other tests beside them, file by file."""
    clusters = Path(__file__).parent / "cluster"
    for item in items:
        group = "cluster" if clusters in item.path.parents or item.get_closest_marker("real") else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))
