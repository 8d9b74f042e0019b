# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that holds every answer it gets against DigitalOcean's published description."""

from __future__ import annotations

from collections.abc import Iterator

import digitalocean_openapi
import httpx
import published_api
import pytest
from lab_server import LabServer


@pytest.fixture
def api(lab_server: LabServer) -> Iterator[httpx.Client]:
    """The API of an empty account; answers are checked against the description where that is there."""
    lab_server.admin.reset()
    # Tests ask more often than a program should.
    lab_server.admin.settings(burst_requests=100_000, hourly_requests=100_000)
    with lab_server.client() as client:
        if digitalocean_openapi.PATH.is_file():
            client.event_hooks = {"response": [published_api.check]}
        yield client
