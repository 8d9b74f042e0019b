# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that plays a script, and a transport to it that never sleeps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.transport import Transport
from scripted_argocd import Server


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()
    assert server.answers == [], "not everything was asked for"


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def transport(server: Server, slept: list[float]) -> Transport:
    return Transport(server.url, sleep=slept.append)
