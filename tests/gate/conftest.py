# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate looks at, and an account for the newcomer."""

from __future__ import annotations

from collections.abc import Iterator

import installed_collection
import pytest
from installed_collection import InstalledCollection
from lab_server import LabServer


@pytest.fixture(scope="session")
def collection(tmp_path_factory: pytest.TempPathFactory) -> InstalledCollection:
    return installed_collection.install(tmp_path_factory.mktemp("tarball"))


@pytest.fixture
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """An empty account; its clusters would be records only."""
    with LabServer(tmp_path_factory.mktemp("lab")) as server:
        yield server
