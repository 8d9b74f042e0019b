# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's Helm repository over HTTP, and the real helm as its client."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from lab_instance import free_network
from lab_server import LabServer
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.client_environment import client_environment
from slipway_lab.cluster import shut_down_everything
from slipway_lab.registry.server import stop_registry

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    if os.geteuid() != 0:
        pytest.skip("real nodes, and the Helm repository that goes with them, need root")
    server = LabServer(tmp_path_factory.mktemp("lab"), LAB_NODES="real", LAB_NETWORK=free_network())
    try:
        server.start()
        yield server
    finally:
        server.__exit__()
        stop_registry(server.config)
        shut_down_everything(server.config)


@pytest.fixture
def url(lab: LabServer) -> str:
    return client_environment(lab.config)["SLIPWAY_CHART_MIRROR"]


def test_the_real_helm_pulls_and_renders(lab: LabServer, url: str, tmp_path: Path) -> None:
    helm = BinaryCache(lab.config.cache).ensure(UPSTREAMS["helm"], print)["helm"]
    environment = os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    (version,) = {
        entry["version"] for entry in yaml.safe_load(httpx.get(f"{url}/index.yaml").text)["entries"]["sealed-secrets"]
    }
    rendered = subprocess.run(
        [helm, "template", "sealing", "sealed-secrets", "--repo", url, "--version", version],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    kinds = {found["kind"] for found in yaml.safe_load_all(rendered) if found}
    assert {"Deployment", "Service", "ServiceAccount"} <= kinds


def test_what_is_not_there_is_named(url: str) -> None:
    for path in ("nothing-1.0.0.tgz", "../charts", ".%2e/index.yaml", ""):
        answer = httpx.get(f"{url}/{path}")
        assert answer.status_code == 404
        assert "see index.yaml" in answer.text


def test_head_has_the_size_and_no_body(url: str) -> None:
    whole, head = httpx.get(f"{url}/index.yaml"), httpx.head(f"{url}/index.yaml")
    assert head.status_code == 200
    assert int(head.headers["Content-Length"]) == len(whole.content)
    assert head.content == b""
