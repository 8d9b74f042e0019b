# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab with a real cluster, shared by the tests of a module."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from balancer_lab import BalancerLab


@pytest.fixture(scope="module")
def shared_balancer_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BalancerLab]:
    if os.geteuid() != 0:
        pytest.skip("real nodes need root")
    lab = BalancerLab(tmp_path_factory.mktemp("lab"))
    try:
        lab.start()
        yield lab
    finally:
        lab.end()


@pytest.fixture
def lab(shared_balancer_lab: BalancerLab) -> Iterator[BalancerLab]:
    """The lab with no load balancer in the account, and no Service that asks for one."""
    yield shared_balancer_lab
    shared_balancer_lab.empty()
