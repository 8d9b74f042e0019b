# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab with real Kubernetes nodes, one for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import lab_instance
import pytest
from ansible_runs import Workplace
from real_lab import RealLab


@pytest.fixture(scope="session")
def real_lab() -> Iterator[RealLab]:
    with lab_instance.running() as environment:
        yield RealLab(environment)


@pytest.fixture(scope="module")
def workplace(real_lab: RealLab, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """An empty account and inventories as shipped."""
    real_lab.admin.reset()
    return Workplace(tmp_path_factory.mktemp("workplace"), real_lab)
