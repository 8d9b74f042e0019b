# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that only list things, against a scripted API."""

from __future__ import annotations

from typing import Any

import pytest
from do_objects import CLUSTER_ID, CLUSTERS, cluster
from scripted_api import ModuleRun, ScriptedApi, page

VPCS = [{"id": "1", "name": "b", "region": "ams3"}, {"id": "2", "name": "a", "region": "fra1"}]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["a", "b"]),
        ({"region": "ams3"}, ["b"]),
        ({"name": "a"}, ["a"]),
        ({"id": "1"}, ["b"]),
        ({"id": "1", "name": "a"}, []),
    ],
)
def test_vpcs(api: ScriptedApi, run: ModuleRun, filters: dict[str, Any], names: list[str]) -> None:
    api.expect("GET", "/v2/vpcs", page("vpcs", *VPCS))
    result = run("do_vpc_info", **filters)
    assert [vpc["name"] for vpc in result["vpcs"]] == names
    assert result["changed"] is False


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["dev", "hub"]),
        ({"tag": "A"}, ["dev"]),
        ({"tag": "none"}, []),
        ({"region": "fra1"}, ["hub"]),
        ({"id": CLUSTER_ID}, ["dev"]),
        ({"name": "hub"}, ["hub"]),
    ],
)
def test_clusters(api: ScriptedApi, run: ModuleRun, filters: dict[str, Any], names: list[str]) -> None:
    found = [cluster(tags=["a"]), cluster(id="x", name="hub", region="fra1")]
    api.expect("GET", CLUSTERS, page("kubernetes_clusters", *found))
    result = run("do_kubernetes_cluster_info", **filters)
    assert [item["name"] for item in result["clusters"]] == names


def test_account(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/account", {"account": {"status": "active", "droplet_limit": 25}})
    assert run("do_account_info")["account"] == {"status": "active", "droplet_limit": 25}


def test_a_wrong_token(api: ScriptedApi, run: ModuleRun) -> None:
    api.expect("GET", "/v2/account", {"id": "unauthorized", "message": "Unable to authenticate you"}, status=401)
    result = run("do_account_info")
    assert result["failed"]
    assert "Unable to authenticate you" in result["msg"]
    assert result["api_error"]["status"] == 401


@pytest.mark.parametrize("variable", ["DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN", "DO_API_TOKEN"])
def test_the_environment_will_do(
    api: ScriptedApi, run: ModuleRun, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "dop_v1_from_the_environment")
    monkeypatch.setenv("DIGITALOCEAN_API_URL", api.url)
    monkeypatch.setenv("DIGITALOCEAN_CA_CERT", api.ca_cert)
    api.expect("GET", "/v2/account", {"account": {}})
    result = run("do_account_info", token=None, api_url=None, ca_cert=None)
    assert api.seen[0].headers["authorization"] == "Bearer dop_v1_from_the_environment"
    assert "dop_v1_from_the_environment" not in repr(result)


def test_no_token_at_all(api: ScriptedApi, run: ModuleRun) -> None:
    result = run("do_account_info", token=None)
    assert result["failed"]
    assert "DIGITALOCEAN_TOKEN" in result["msg"]
