# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab with a real registry, shared by the tests of a module."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from registry_lab import RegistryLab


@pytest.fixture(scope="module")
def shared_registry_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryLab]:
    if os.geteuid() != 0:
        pytest.skip("real nodes, and the registry that goes with them, need root")
    lab = RegistryLab(tmp_path_factory.mktemp("lab"))
    try:
        lab.server.start()
        # Tests ask more often than a program should.
        lab.server.admin.settings(burst_requests=100_000, hourly_requests=100_000)
        yield lab
    finally:
        lab.end()


@pytest.fixture
def registry_lab(shared_registry_lab: RegistryLab) -> Iterator[RegistryLab]:
    """The lab, with a registry `shop` of tier professional and nothing in it."""
    shared_registry_lab.create_registry("shop", "professional")
    yield shared_registry_lab
    with shared_registry_lab.api() as api:
        for registry in api.get("/v2/registries").json()["registries"]:
            assert api.delete(f"/v2/registries/{registry['name']}").status_code == 204
