# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets in: tokens that end or are revoked, and the control plane firewall."""

from __future__ import annotations

import ssl
from dataclasses import replace

import httpx
import pytest
from running_cluster import RunningCluster, wait_until
from slipway_lab.backend import Endpoint

pytestmark = pytest.mark.real


@pytest.fixture
def endpoint(cluster: RunningCluster) -> Endpoint:
    return cluster.start()


def ask(endpoint: Endpoint, token: str) -> int:
    """Status of a request that only an administrator may make."""
    context = ssl.create_default_context(cadata=endpoint.ca_pem)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{endpoint.url}/api/v1/secrets", headers=headers, verify=context, timeout=3).status_code


def test_a_token_is_an_administrators_until_it_expires(cluster: RunningCluster, endpoint: Endpoint) -> None:
    short, long = (cluster.backend.issue_token(cluster.spec.id, seconds) for seconds in (8, 7 * 24 * 3600))
    assert (ask(endpoint, short), ask(endpoint, long)) == (200, 200)
    wait_until(lambda: ask(endpoint, short) == 401, "the short token is refused")
    assert ask(endpoint, long) == 200


def test_revoked_tokens_are_refused_and_new_ones_work(cluster: RunningCluster, endpoint: Endpoint) -> None:
    old = cluster.backend.issue_token(cluster.spec.id, 3600)
    assert ask(endpoint, old) == 200
    cluster.backend.revoke_tokens(cluster.spec.id)
    assert ask(endpoint, cluster.backend.issue_token(cluster.spec.id, 3600)) == 200
    wait_until(lambda: ask(endpoint, old) == 401, "the revoked token is refused")


def test_a_made_up_token_is_refused(endpoint: Endpoint) -> None:
    assert ask(endpoint, "not-a-token") == 401


def test_the_firewall_lets_in_whom_it_names(cluster: RunningCluster, endpoint: Endpoint) -> None:
    token = cluster.backend.issue_token(cluster.spec.id, 3600)
    host = str(cluster.config.host_address)
    closed = replace(cluster.spec, firewall_addresses=("203.0.113.0/24", "2001:db8::/32"))
    try:
        cluster.backend.start_cluster(closed, print)
        with pytest.raises(httpx.ConnectTimeout):
            ask(endpoint, token)
        # The lab itself, and the nodes, are never shut out.
        assert cluster.backend.ready_nodes(cluster.spec.id) == {"base-0", "workloads-0"}
        assert cluster.backend.issue_token(cluster.spec.id, 60)
        cluster.backend.start_cluster(replace(closed, firewall_addresses=(host, "10.0.0.0/8")), print)
        assert ask(endpoint, token) == 200
        cluster.backend.start_cluster(closed, print)
    finally:
        cluster.start()
    assert ask(endpoint, token) == 200
