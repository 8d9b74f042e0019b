# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server keeps everything over a restart, and goes on with what it was at when it was killed."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from account_steps import CLUSTERS, create_cluster, get_cluster, order, pool, wait_until_gone, wait_until_settled
from lab_server import LabServer, wait_for
from slipway_lab.api.records import Version
from slipway_lab.api.store import Store

# Seconds that provisioning takes at least.
NEVER_DONE = 3600.0
LONG_ENOUGH_TO_KILL = 1.5


@pytest.fixture
def slow_server(tmp_path: Path) -> Iterator[LabServer]:
    """A server whose provisioning takes long enough to kill it in the middle."""
    with LabServer(tmp_path / "lab", LAB_PROVISION_SECONDS=str(LONG_ENOUGH_TO_KILL)) as server:
        server.admin.settings(burst_requests=100_000)
        yield server


def kill_and_restart(server: LabServer, provision_seconds: float = LONG_ENOUGH_TO_KILL) -> None:
    server.stop(signal.SIGKILL)
    server.environment["LAB_PROVISION_SECONDS"] = str(provision_seconds)
    server.start()


def backend_nodes(server: LabServer, cluster_id: str) -> set[str]:
    """Names of the nodes that really stand behind a cluster."""
    return set(json.loads((server.config.home / "clusters" / cluster_id / "nodes.json").read_text()))


def test_an_orderly_end_keeps_everything(own_lab_server: LabServer) -> None:
    with own_lab_server.client() as http:
        cluster = create_cluster(http)
        token = own_lab_server.token
        assert own_lab_server.stop() == 0
        own_lab_server.start()
        assert own_lab_server.token == token
        assert wait_until_settled(http, cluster["id"]) == cluster
        assert own_lab_server.admin.requests()[0].path == CLUSTERS


def test_secrets_are_private(own_lab_server: LabServer) -> None:
    for name in ("token", "admin.token", "account.sqlite3", "pki/ca.key", "pki/api.key"):
        assert (own_lab_server.config.home / name).stat().st_mode & 0o077 == 0, name
    assert own_lab_server.token.encode() not in (own_lab_server.config.home / "account.sqlite3").read_bytes()


def test_provisioning_takes_its_time(slow_server: LabServer) -> None:
    with slow_server.client() as http:
        begin = time.monotonic()
        create_cluster(http)
        assert time.monotonic() - begin >= LONG_ENOUGH_TO_KILL


def test_provisioning_is_picked_up(slow_server: LabServer) -> None:
    kill_and_restart(slow_server, NEVER_DONE)
    with slow_server.client() as http:
        cluster = http.post(CLUSTERS, json=order()).json()["kubernetes_cluster"]
        kill_and_restart(slow_server, NEVER_DONE)
        assert get_cluster(http, cluster["id"])["status"]["state"] == "provisioning"
        kill_and_restart(slow_server)
        settled = wait_until_settled(http, cluster["id"])
        node = settled["node_pools"][0]["nodes"][0]
        assert node["id"] == cluster["node_pools"][0]["nodes"][0]["id"]
        assert backend_nodes(slow_server, cluster["id"]) == {node["name"]}


def test_deleting_is_picked_up(slow_server: LabServer) -> None:
    with slow_server.client() as http:
        http.post("/v2/vpcs", json={"name": "default-one", "region": "fra1"})
        vpc = http.post("/v2/vpcs", json={"name": "net", "region": "fra1"}).json()["vpc"]
        cluster = create_cluster(http, vpc_uuid=vpc["id"])
        kill_and_restart(slow_server, NEVER_DONE)
        assert http.delete(f"{CLUSTERS}/{cluster['id']}").status_code == 204
        kill_and_restart(slow_server, NEVER_DONE)
        assert get_cluster(http, cluster["id"])["status"]["state"] == "deleting"
        assert http.delete(f"/v2/vpcs/{vpc['id']}").status_code == 409
        assert http.put(f"{CLUSTERS}/{cluster['id']}", json={"name": "dev"}).status_code == 422
        kill_and_restart(slow_server)
        wait_until_gone(http, cluster["id"])
        assert http.delete(f"/v2/vpcs/{vpc['id']}").status_code == 204
        assert not (slow_server.config.home / "clusters" / cluster["id"]).exists()


def scale_up(http: httpx.Client, path: str) -> None:
    found = http.get(path).json()["kubernetes_cluster"]["node_pools"][0]
    http.put(f"{path}/node_pools/{found['id']}", json={"name": "base", "count": 3})


def replace_a_node(http: httpx.Client, path: str) -> None:
    found = http.get(path).json()["kubernetes_cluster"]["node_pools"][0]
    http.delete(f"{path}/node_pools/{found['id']}/nodes/{found['nodes'][0]['id']}", params={"replace": 1})


def add_a_pool(http: httpx.Client, path: str) -> None:
    http.post(f"{path}/node_pools", json=pool("more", count=2))


def upgrade(http: httpx.Client, path: str) -> None:
    assert http.post(f"{path}/upgrade", json={"version": "1.36.3-do.1"}).status_code == 202


@pytest.mark.parametrize(
    ("change", "pause"), [(scale_up, 0.0), (add_a_pool, 0.8), (replace_a_node, 0.8), (upgrade, 0.0), (upgrade, 0.8)]
)
def test_changes_are_picked_up(
    slow_server: LabServer, change: Callable[[httpx.Client, str], None], pause: float
) -> None:
    with slow_server.client() as http:
        asked = pool(count=2)
        cluster = create_cluster(http, version="1.36.3-do.0", node_pools=[asked], surge_upgrade=True)
        change(http, f"{CLUSTERS}/{cluster['id']}")
        time.sleep(pause)
        kill_and_restart(slow_server)
        settled = wait_until_settled(http, cluster["id"])
        names = {node["name"] for found in settled["node_pools"] for node in found["nodes"]}
        assert len(names) == sum(found["count"] for found in settled["node_pools"])
        wait_for(lambda: backend_nodes(slow_server, cluster["id"]), lambda real: real == names)


def test_stopped_clusters_are_resumed(own_lab_server: LabServer) -> None:
    with own_lab_server.client() as http:
        cluster = create_cluster(http)
        own_lab_server.admin.stop_clusters()
        assert own_lab_server.admin.status()["busy"] == []
        own_lab_server.stop()
        own_lab_server.start()
        assert wait_until_settled(http, cluster["id"]) == cluster


def test_versions_follow_what_the_lab_can_run(own_lab_server: LabServer) -> None:
    """A home that was used with another kind of nodes, or by another version of the lab."""
    own_lab_server.admin.retire_version("1.35.7-do.1")
    own_lab_server.stop()
    store = Store(own_lab_server.config.database)
    store.put(Version(id="1.20.0-do.0"))
    store.delete(Version, "1.34.11-do.0")
    store.delete(Version, "1.34.11-do.1")
    store.close()
    own_lab_server.start()
    versions = {version["slug"]: version["published"] for version in own_lab_server.admin.versions()}
    assert "1.20.0-do.0" not in versions
    assert versions["1.34.11-do.1"] is True
    assert versions["1.35.7-do.1"] is False


def test_clusters_the_account_does_not_know_are_removed(own_lab_server: LabServer) -> None:
    own_lab_server.stop()
    stranger = own_lab_server.config.home / "clusters" / "stranger"
    stranger.mkdir(parents=True)
    own_lab_server.start()
    wait_for(stranger.exists, lambda exists: not exists)


def test_a_second_server_of_a_home_does_not_start(own_lab_server: LabServer) -> None:
    other = LabServer(own_lab_server.config.home)
    with pytest.raises(AssertionError, match="already running"):
        other.start()
    assert own_lab_server.admin.status()["clusters"] == []


def test_a_taken_port_is_named(own_lab_server: LabServer, tmp_path: Path) -> None:
    other = LabServer(tmp_path / "other", LAB_PORT=str(own_lab_server.config.port))
    with pytest.raises(AssertionError, match=f"port {own_lab_server.config.port} .* set LAB_PORT"):
        other.start()
