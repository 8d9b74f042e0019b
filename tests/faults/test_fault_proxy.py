# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy passes everything on as it is, and spoils exactly the calls it is told to."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fault_kinds import KINDS
from fault_proxy import FaultProxy
from lab_server import LabServer
from slipway_lab.api.answer import Answer

VPCS = "/v2/vpcs"
BODY = {"name": "net", "region": "fra1"}
# What only an account has.
NOT_OF_A_PROXY = {"stale_read", "lagging_read"}


@pytest.fixture(scope="module")
def proxy(server: LabServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultProxy]:
    folder = tmp_path_factory.mktemp("proxy")
    with FaultProxy(server.url, Path(server.ca_cert), folder, lambda error: Answer.of_error(error, "proxy")) as running:
        yield running


@pytest.fixture
def http(server: LabServer, proxy: FaultProxy) -> Iterator[httpx.Client]:
    server.admin.reset()
    proxy.clear_faults()
    proxy.calls.clear()
    headers = {"Authorization": f"Bearer {server.token}"}
    context = ssl.create_default_context(cafile=str(proxy.ca_file))
    with httpx.Client(base_url=proxy.url, verify=context, headers=headers, timeout=2) as client:
        yield client


def names(server: LabServer) -> list[str]:
    with server.client() as client:
        return [vpc["name"] for vpc in client.get(VPCS).json()["vpcs"]]


def test_without_a_fault_all_is_passed_on(server: LabServer, proxy: FaultProxy, http: httpx.Client) -> None:
    made = http.post(VPCS, json=BODY)
    assert (made.status_code, made.json()["vpc"]["name"]) == (201, "net")
    assert "ratelimit-remaining" in made.headers
    listed = http.get(VPCS, params={"per_page": 1, "page": 2})
    assert listed.json() == {"vpcs": [], "links": listed.json()["links"], "meta": {"total": 1}}
    odd = http.get("/v2/domains/a%2Fb%20c")
    assert odd.json()["id"] == "not_found"
    assert proxy.calls == ["POST /v2/vpcs", "GET /v2/vpcs", "GET /v2/domains/a%2Fb%20c"]
    assert server.admin.requests()[-1].path == "/v2/domains/a/b c"


def spoiled(http: httpx.Client) -> httpx.Response | type[Exception]:
    try:
        return http.post(VPCS, json=BODY)
    except httpx.TransportError as error:
        return type(error)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.ordered()["kind"] not in NOT_OF_A_PROXY])
def test_each_kind(server: LabServer, proxy: FaultProxy, http: httpx.Client, name: str) -> None:
    kind = KINDS[name]
    order: dict[str, Any] = kind.ordered()
    http.timeout = httpx.Timeout(0.5)
    proxy.add_fault(**order, nth=2)
    http.get(VPCS)
    found = spoiled(http)
    proxy.settle()
    late = order["kind"] == "slow"
    assert names(server) == (["net"] if kind.after or late else [])
    assert proxy.hits == 1
    if order["kind"] in ("hang", "slow"):
        assert found is httpx.ReadTimeout
    elif order["kind"] in ("reset", "close", "truncated"):
        assert found in (httpx.ReadError, httpx.RemoteProtocolError)
    else:
        assert isinstance(found, httpx.Response)
        assert found.status_code == order.get("status", 201)
        assert found.text.startswith("<html") == (order.get("content") == "html")
        if "body" in order:
            assert found.text == order["body"]
    assert http.get(VPCS).status_code == 200


def test_a_fault_that_lasts(proxy: FaultProxy, http: httpx.Client) -> None:
    proxy.add_fault("answer", status=503, lasts=0.3)
    assert [http.get(VPCS).status_code for _ in range(2)] == [503, 503]
    time.sleep(0.4)
    assert http.get(VPCS).status_code == 200
