# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Git server of a lab server for tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab_server import LabServer
from slipway_lab.git.client import GitClient


@pytest.fixture
def lab_git(lab_server: LabServer) -> Iterator[GitClient]:
    """The Git server of a lab, without repositories."""
    client = GitClient(lab_server.config)
    yield client
    for repository in client.repositories():
        client.delete(repository["name"])
