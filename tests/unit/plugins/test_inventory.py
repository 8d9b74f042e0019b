# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin, loaded as Ansible loads it, against a scripted API."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from do_objects import CLUSTERS, VPC_ID, cluster
from scripted_api import ScriptedApi, page

NAME = "slipway.gitops.do_kubernetes"
Load = Callable[..., InventoryData]


@pytest.fixture
def load(api: ScriptedApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", "dop_v1_token")
    monkeypatch.setenv("DIGITALOCEAN_API_URL", api.url)
    monkeypatch.setenv("DIGITALOCEAN_CA_CERT", api.ca_cert)

    def parse(**options: Any) -> InventoryData:
        path = tmp_path / "x.do_kubernetes.yml"
        path.write_text(yaml.safe_dump({"plugin": NAME, **options}))
        plugin = inventory_loader.get(NAME)
        assert plugin.verify_file(str(path))
        inventory = InventoryData()
        plugin.parse(inventory, DataLoader(), str(path), cache=True)
        if options.get("cache"):
            plugin.update_cache_if_changed()
        inventory.reconcile_inventory()
        return inventory

    return parse


def listed(api: ScriptedApi, *clusters: dict[str, Any]) -> None:
    api.expect("GET", CLUSTERS, page("kubernetes_clusters", *clusters))


DEV = cluster(tags=["k8s", "k8s:1", "env:dev"])
HUB = cluster(id="hub-id", name="hub", region="fra1", version="1.35.1-do.0")


def members(inventory: InventoryData, group: str) -> list[str]:
    return sorted(host.name for host in inventory.groups[group].hosts)


def test_clusters_are_hosts_in_groups(api: ScriptedApi, load: Load) -> None:
    listed(api, DEV, HUB)
    inventory = load()
    assert members(inventory, "do_clusters") == ["dev", "hub"]
    assert members(inventory, "do_region_ams3") == ["dev"]
    assert members(inventory, "do_version_1_35") == ["hub"]
    assert members(inventory, "do_tag_env_dev") == ["dev"]
    assert not [name for name in inventory.groups if "k8s" in name]


def test_what_a_cluster_is_comes_as_variables(api: ScriptedApi, load: Load) -> None:
    listed(api, DEV)
    variables = load().get_host("dev").vars
    assert variables["do_id"] == DEV["id"]
    assert variables["do_tags"] == ["env:dev"]
    assert variables["do_version_minor"] == "1.36"
    assert variables["do_state"] == "running"
    assert variables["do_context"] == "do-ams3-dev"
    assert variables["do_node_pools"][0]["name"] == "base"
    assert not [name for name in variables if "token" in name]


def test_constructed_groups_and_variables(api: ScriptedApi, load: Load) -> None:
    listed(api, DEV, HUB)
    inventory = load(
        compose={"ansible_connection": "'local'", "where": "do_region"},
        groups={"old": "do_version_minor is version('1.36', '<')"},
        keyed_groups=[{"key": "do_vpc_uuid", "prefix": "vpc"}],
        group="everything",
    )
    assert inventory.get_host("dev").vars["where"] == "ams3"
    assert inventory.get_host("dev").vars["ansible_connection"] == "local"
    assert members(inventory, "old") == ["hub"]
    assert members(inventory, f"vpc_{VPC_ID.replace('-', '_')}") == ["dev", "hub"]
    assert members(inventory, "everything") == ["dev", "hub"]


def test_strict_makes_a_wrong_expression_an_error(api: ScriptedApi, load: Load) -> None:
    listed(api, DEV)
    with pytest.raises(Exception, match="no_such_variable"):
        load(compose={"x": "no_such_variable"}, strict=True)
    listed(api, DEV)
    assert "x" not in load(compose={"x": "no_such_variable"}, strict=False).get_host("dev").vars


@pytest.mark.parametrize(
    ("filters", "names"), [({"tag": "ENV:dev"}, ["dev"]), ({"region": "fra1"}, ["hub"]), ({"name": "x"}, [])]
)
def test_filters(api: ScriptedApi, load: Load, filters: dict[str, str], names: list[str]) -> None:
    listed(api, DEV, HUB)
    assert sorted(load(filters=filters).hosts) == names


def test_an_unknown_filter_is_an_error(api: ScriptedApi, load: Load) -> None:
    listed(api)
    with pytest.raises(AnsibleParserError, match="unknown key 'tags'"):
        load(filters={"tags": "x"})


def test_clusters_that_leave_are_left_out(api: ScriptedApi, load: Load) -> None:
    listed(api, cluster(state="deleting"), HUB)
    assert sorted(load().hosts) == ["hub"]


def test_two_of_one_name_are_an_error(api: ScriptedApi, load: Load) -> None:
    listed(api, DEV, cluster(id="second"))
    with pytest.raises(AnsibleParserError, match="second"):
        load()


def test_the_cache_saves_the_call(api: ScriptedApi, load: Load, tmp_path: Path) -> None:
    options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    listed(api, DEV)
    assert sorted(load(**options).hosts) == ["dev"]
    assert sorted(load(**options).hosts) == ["dev"]
    assert "dop_v1_token" not in "".join(path.read_text() for path in (tmp_path / "cache").iterdir())


def test_a_refusal_names_the_file(api: ScriptedApi, load: Load) -> None:
    api.expect("GET", CLUSTERS, {"id": "unauthorized", "message": "Unable to authenticate you"}, status=401)
    with pytest.raises(AnsibleParserError, match=r"x\.do_kubernetes\.yml: .*Unable to authenticate you"):
        load()


@pytest.mark.parametrize(
    ("name", "meant"), [("do_kubernetes.yml", True), ("a.do_kubernetes.yaml", True), ("hosts.yml", False)]
)
def test_files_are_told_by_their_names(tmp_path: Path, name: str, meant: bool) -> None:
    path = tmp_path / name
    path.touch()
    assert inventory_loader.get(NAME).verify_file(str(path)) is meant
