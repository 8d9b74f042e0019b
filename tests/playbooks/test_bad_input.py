# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong input ends in words that say what is wrong, before anything is touched."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from ansible_runs import Run, Workplace

SIZE = "s-2vcpu-4gb"
BASE = {"size": SIZE, "count": 1}


def assert_refused(run: Run, *words: str) -> None:
    """The run failed, its errors hold these words, nothing was touched and nothing was given away."""
    assert run.returncode != 0, run.output
    assert run.mutating == []
    for word in words:
        assert word in run.errors
    assert "Traceback" not in run.output


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        pytest.param({"slipway_region": "ams9"}, ["hub", "dev", "ams9", "ams3"], id="unknown region"),
        pytest.param({"slipway_kubernetes_version": "1.99"}, ["1.99", "1.36"], id="unknown version"),
        pytest.param(
            {"slipway_pools": {"base": {"size": "s-2vcpu-5gb", "count": 1}}},
            ["base", "s-2vcpu-5gb", SIZE],
            id="unknown size",
        ),
        pytest.param(
            {
                "slipway_pools": {
                    "base": BASE,
                    "web": {"size": SIZE, "auto_scale": True, "min_nodes": 3, "max_nodes": 2},
                }
            },
            ["web", "min_nodes", "3", "2"],
            id="min above max",
        ),
        pytest.param(
            {"slipway_pools": {"base": BASE, "web": {"size": SIZE, "count": 1, "taints": [{"key": "web"}]}}},
            ["web", "effect"],
            id="taint without effect",
        ),
        pytest.param(
            {"slipway_pools": {"base": {**BASE, "dedicated": True}}},
            ["every pool has a taint", "CoreDNS"],
            id="no open pool",
        ),
        pytest.param({"slipway_pools": {}}, ["do_cluster_pools"], id="no pool"),
        pytest.param({"slipway_pools": {"base": {"size": SIZE}}}, ["base", "count"], id="pool without count"),
        pytest.param({"slipway_pools": {"base": {**BASE, "cuont": 1}}}, ["base", "cuont", "count"], id="misspelt key"),
        pytest.param(
            {
                "slipway_subnets": {
                    name: {"pods": "10.130.0.0/17", "services": "10.130.128.0/19"} for name in ("hub", "dev")
                }
            },
            ["hub", "dev", "10.130.0.0/17", "overlap"],
            id="overlapping subnets",
        ),
        pytest.param(
            {"slipway_vpc": {"name": "slipway", "ip_range": "10.130.0.0/20"}},
            ["hub", "10.130.0.0/17", "10.130.0.0/20"],
            id="subnet overlapping the VPC",
        ),
        pytest.param({"do_cluster_name": "one"}, ["do_cluster_name is one", "hub", "dev"], id="two hosts of one name"),
        pytest.param({"do_cluster_ha": "perhaps"}, ["do_cluster_ha", "perhaps"], id="wrong type"),
        pytest.param(
            {"slipway_pools": {"base": {**BASE, "count": 500}}}, ["1000 more Droplets", "25"], id="above the quota"
        ),
    ],
)
def test_wrong_inventory(workplace: Workplace, variables: dict[str, Any], words: list[str]) -> None:
    workplace.edit("platform/group_vars/all.yml", **variables)
    assert_refused(workplace.site("dev"), *words)


def test_one_cluster_with_a_mistake_stops_all(workplace: Workplace) -> None:
    workplace.edit("platform/host_vars/dev.yml", do_cluster_maintenance_policy={"day": "someday"})
    assert_refused(workplace.site("dev"), "someday", "dev: its variables are not valid")


def test_all_problems_at_once(workplace: Workplace) -> None:
    workplace.edit(
        "platform/group_vars/all.yml",
        slipway_kubernetes_version="1.99",
        slipway_pools={"base": {**BASE, "size": "s-9"}},
    )
    assert_refused(workplace.site("dev"), "1.99", "s-9", "1. ", "4. ")


BAD_VALUES = {
    "do_cluster_name": "dev_eu",
    "do_cluster_project": "nobody's",
    "do_cluster_tags": ["slipway", "my tag"],
    "do_cluster_maintenance_policy": {"day": "any", "start_time": "25:99"},
    "do_cluster_control_plane_firewall": {"enabled": True, "allowed_addresses": ["my office"]},
    "do_cluster_autoscaler_configuration": {"scale_down_unneeded_time": "1 minute"},
    "do_cluster_pools": {"base": BASE, "Workloads": {"size": SIZE, "count": 1, "labels": {"bad key!": "x"}}},
}
BAD_VALUES_TOLD = [
    "cluster 'dev_eu': name 'dev_eu' must be",
    "cluster 'dev_eu': project \"nobody's\" is not in the account",
    "cluster 'dev_eu': tags[1] 'my tag' must be",
    "cluster 'dev_eu': maintenance_policy.start_time '25:99' must be",
    "cluster 'dev_eu': control_plane_firewall.allowed_addresses[0] 'my office' must be",
    "cluster 'dev_eu': cluster_autoscaler_configuration.scale_down_unneeded_time '1 minute' must be",
    "cluster 'dev_eu': node pool 'Workloads': name 'Workloads' must be",
    "cluster 'dev_eu': node pool 'Workloads': label key 'bad key!' must be",
]


@pytest.mark.parametrize("mode", [[], ["--check"]], ids=["run", "check"])
def test_values_that_the_api_would_refuse_half_way(workplace: Workplace, mode: list[str]) -> None:
    """All of them at once, before the VPC and the hub are made; check mode says the same as the run."""
    workplace.edit("platform/host_vars/dev.yml", **BAD_VALUES)
    run = workplace.site("dev", *mode)
    assert_refused(run, *BAD_VALUES_TOLD, f"{len(BAD_VALUES_TOLD)}. cluster")
    assert f"{len(BAD_VALUES_TOLD) + 1}. cluster" not in run.errors


def test_two_pools_with_one_name(workplace: Workplace) -> None:
    path = workplace.folder / "inventories/platform/group_vars/all.yml"
    path.write_text(path.read_text().replace("  workloads: {size", "  tools: {size"))
    run = workplace.site("dev")
    assert run.returncode != 0
    assert run.requests == []
    assert "duplicate" in run.output
    assert "tools" in run.output


def test_wrong_token(workplace: Workplace) -> None:
    run = workplace.site("dev", DIGITALOCEAN_TOKEN="dop_v1_" + 64 * "0")
    assert_refused(run, "token", "DIGITALOCEAN_TOKEN")
    assert 64 * "0" not in run.output


def test_no_token(workplace: Workplace) -> None:
    assert_refused(workplace.site("dev", DIGITALOCEAN_TOKEN=""), "token", "DIGITALOCEAN_TOKEN")


def test_token_that_may_not_read_clusters(workplace: Workplace) -> None:
    token = workplace.server.admin.create_token("poor", ["account:read", "vpc:*"])
    assert_refused(workplace.site("dev", DIGITALOCEAN_TOKEN=token), "kubernetes:read")


def test_token_that_may_only_look(workplace: Workplace) -> None:
    """Reading tells nothing about what a token may write; the first refused call is the last, and says why."""
    scopes = ["account:read", "kubernetes:read", "regions:read", "sizes:read", "vpc:*", "project:read", "tag:*"]
    token = workplace.server.admin.create_token("onlooker", [*scopes, "droplet:read"])
    run = workplace.site("dev", DIGITALOCEAN_TOKEN=token)
    assert run.returncode != 0
    assert "kubernetes:create" in run.errors
    assert workplace.clusters() == []


def test_unreachable_api(workplace: Workplace) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{unused.getsockname()[1]}"
        assert_refused(workplace.site("dev", DIGITALOCEAN_API_URL=url), url)


def test_missing_ca(workplace: Workplace) -> None:
    assert_refused(workplace.site("dev", DIGITALOCEAN_CA_CERT="/no/such/ca.crt"), "/no/such/ca.crt")


def test_cluster_name_twice_in_the_account(workplace: Workplace) -> None:
    workplace.stands("dev", "--limit", "dev")
    dev = workplace.cluster("dev")
    workplace.server.admin.settings(unique_cluster_names=False)
    with workplace.server.client() as client:
        pools = [{"name": "base", "size": SIZE, "count": 1}]
        body = {"name": "dev", "region": "fra1", "version": dev["version"], "node_pools": pools}
        client.post("/v2/kubernetes/clusters", json=body).raise_for_status()
    assert_refused(workplace.site("dev"), "dev", dev["id"])


@pytest.mark.parametrize(
    ("file", "variables", "words"),
    [
        pytest.param(
            "group_vars/all.yml",
            {"slipway_region": "fra1", "slipway_vpc": {"name": "slipway-ams3"}},
            ["region", "ams3", "fra1"],
            id="region",
        ),
        pytest.param(
            "host_vars/dev.yml",
            {"do_cluster_pools": {"base": {**BASE, "size": "s-4vcpu-8gb"}}},
            ["base", "size", SIZE, "s-4vcpu-8gb"],
            id="pool size",
        ),
        pytest.param(
            "host_vars/dev.yml",
            {"do_cluster_pod_subnet": "10.140.0.0/17"},
            ["cluster_subnet", "10.131.0.0/17", "10.140.0.0/17"],
            id="subnet",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "host_vars/dev.yml", {"do_cluster_vpc": {"name": "other"}}, ["vpc"], id="VPC", marks=pytest.mark.long
        ),
        pytest.param(
            "group_vars/all.yml",
            {"slipway_vpc": {"name": "slipway-ams3", "ip_range": "10.150.0.0/20"}},
            ["ip_range", "10.120.0.0/20"],
            id="VPC range",
            marks=pytest.mark.long,
        ),
    ],
)
def test_immutable_drift(workplace: Workplace, file: str, variables: dict[str, Any], words: list[str]) -> None:
    workplace.stands("dev", "--limit", "dev")
    with workplace.server.client() as client:
        client.post("/v2/vpcs", json={"name": "other", "region": "ams3"}).raise_for_status()
    workplace.edit(f"platform/{file}", **variables)
    before = workplace.cluster("dev")
    assert_refused(workplace.site("dev", "--limit", "dev"), *words)
    assert workplace.cluster("dev") == before


def test_kubeconfig_folder_that_cannot_be_made(workplace: Workplace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "deeper"):
        assert_refused(workplace.site("dev", SLIPWAY_KUBECONFIG_DIR=str(folder)), str(tmp_path / "file"))


def test_a_folder_that_is_there_keeps_its_mode(workplace: Workplace) -> None:
    workplace.kubeconfigs.mkdir(mode=0o755)
    workplace.kubeconfigs.chmod(0o755)
    workplace.site("dev", "--limit", "dev").succeeded()
    assert workplace.kubeconfigs.stat().st_mode & 0o777 == 0o755
    assert (workplace.kubeconfigs / "dev.yaml").stat().st_mode & 0o777 == 0o600


def test_kubeconfig_that_is_a_folder(workplace: Workplace) -> None:
    (workplace.kubeconfigs / "dev.yaml").mkdir(parents=True)
    assert_refused(workplace.site("dev"), f"{workplace.kubeconfigs}/dev.yaml is a folder")


def test_one_kubeconfig_for_two_clusters(workplace: Workplace) -> None:
    workplace.edit("platform/group_vars/all.yml", do_cluster_kubeconfig="/tmp/one.yaml")  # noqa: S108
    assert_refused(workplace.site("dev"), "do_cluster_kubeconfig is /tmp/one.yaml for all of them")


def test_one_vpc_in_two_regions(workplace: Workplace) -> None:
    workplace.edit("platform/group_vars/all.yml", slipway_vpc={"name": "one"})
    workplace.edit("platform/host_vars/dev.yml", do_cluster_region="fra1")
    assert_refused(workplace.site("dev"), "VPC is in one region")
