# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab with real Kubernetes nodes, one for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import lab_instance
import pytest
from ansible_runs import Workplace
from real_lab import RealLab
from slipway_lab.git.client import GitClient

# What inventories/local asks the environment for.
OF_THE_LAB = (
    "SLIPWAY_MIRROR",
    "SLIPWAY_CHART_MIRROR",
    "SLIPWAY_IMAGE_MIRROR",
    "SLIPWAY_GIT_URL",
    "SLIPWAY_GIT_USERNAME",
    "SLIPWAY_GIT_PASSWORD",
)


@pytest.fixture(scope="session")
def real_lab() -> Iterator[RealLab]:
    with lab_instance.running(images=lab_instance.APPLICATION_IMAGES) as environment:
        yield RealLab(environment)


@pytest.fixture(scope="module")
def workplace(real_lab: RealLab, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """An empty account, no repositories, and inventories as shipped."""
    real_lab.admin.reset()
    git = GitClient(real_lab.config)
    for repository in git.repositories():
        git.delete(repository["name"])
    workplace = Workplace(tmp_path_factory.mktemp("workplace"), real_lab)
    workplace.environment |= {name: real_lab.environment[name] for name in OF_THE_LAB}
    workplace.environment["ARGOCD_SESSION_DIR"] = str(workplace.folder / "sessions")
    return workplace
