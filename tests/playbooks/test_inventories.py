# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped inventories: who owns what, one definition per cluster, an address plan without overlaps."""

from __future__ import annotations

import ipaddress
import itertools
import json
import subprocess
from typing import Any

import pytest
from ansible_runs import BIN, CHECKOUT, Workplace

# What decides which clusters a run may touch, not what they are like.
ABOUT_THE_RUN = {
    "slipway_api_hosts",
    "slipway_hub_shared",
    "slipway_kubeconfig_dir",
    "slipway_backup_dir",
    "slipway_registry_dir",
    "slipway_pipelines_dir",
    "sealed_secrets_backup_password",
}
# What runs on the clusters: the lab's examples and what they need, and how often its Git server is asked.
CONTENT = {
    "slipway_applications",
    "argocd_config",
    "slipway_sealed_secrets",
    "slipway_registry",
    "slipway_ingress",
    "slipway_tekton",
    "slipway_pipelines",
    "slipway_image_mirror",
    "pipelines_webhook_secret",
    "pipelines_git_username",
    "pipelines_git_token",
    "pipelines_forge_api_url",
    "pipelines_forge_token",
    "pipelines_ca_cert",
}


def inventory(name: str) -> dict[str, Any]:
    output = subprocess.run(
        [BIN / "ansible-inventory", "-i", f"inventories/{name}", "--list"],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert output.stderr == ""
    found: dict[str, Any] = json.loads(output.stdout)
    return found


@pytest.mark.parametrize(
    ("name", "owned"),
    [
        ("dev", ["dev"]),
        ("prod", ["prod"]),
        ("platform", ["hub", "dev", "prod"]),
        ("local", ["hub", "dev", "prod"]),
    ],
)
def test_groups(name: str, owned: list[str]) -> None:
    found = inventory(name)
    assert found["clusters"]["hosts"] == owned
    assert found["hubs"]["hosts"] == ["hub"]


def test_a_cluster_is_the_same_in_every_inventory() -> None:
    definitions = {name: inventory(name)["_meta"]["hostvars"] for name in ("dev", "prod", "platform", "local")}
    for inventory_name in ("dev", "prod"):
        for cluster, definition in definitions[inventory_name].items():
            assert definition == definitions["platform"][cluster]
    for name, cluster in (("dev", "hub"), ("dev", "dev"), ("prod", "prod")):
        there, here = definitions["local"][cluster], definitions[name][cluster]
        left_out = ABOUT_THE_RUN | CONTENT
        assert {k: v for k, v in there.items() if k not in left_out} == {
            k: v for k, v in here.items() if k not in left_out
        }


def test_no_two_ranges_of_the_address_plan_overlap() -> None:
    variables = inventory("local")["_meta"]["hostvars"]["hub"]
    subnets = [subnet for cluster in variables["slipway_subnets"].values() for subnet in cluster.values()]
    ranges = [ipaddress.ip_network(cidr) for cidr in [*subnets, variables["slipway_vpc"]["ip_range"]]]
    assert len(ranges) == 7
    assert not [(str(a), str(b)) for a, b in itertools.combinations(ranges, 2) if a.overlaps(b)]


def test_local_refuses_an_api_that_is_elsewhere(workplace: Workplace) -> None:
    run = workplace.site("local", DIGITALOCEAN_API_URL="https://api.digitalocean.example")
    assert run.returncode != 0
    assert "only for the API at 127.0.0.1 or localhost" in run.errors
    destroy = workplace.destroy(
        "local", "-e", "destroy_confirm=hub,dev,prod", DIGITALOCEAN_API_URL="https://api.digitalocean.example"
    )
    assert destroy.returncode != 0
    assert "only for the API at 127.0.0.1 or localhost" in destroy.errors


@pytest.mark.long
def test_hub_shared_with_dev_is_one_line(workplace: Workplace) -> None:
    workplace.write("platform/hub", "[hubs]\ndev\n")

    workplace.site("dev").succeeded()
    assert workplace.clusters() == ["dev"]

    run = workplace.site("prod").succeeded()
    assert workplace.clusters() == ["dev", "prod"]
    assert not [change for change in run.changed if change[1] == "dev" and "cluster" in change[0]]

    # prod relies on it, so the owner's destroy spares it unless asked twice.
    spared = workplace.destroy("dev", "-e", "destroy_confirm=dev").succeeded()
    assert spared.mutating == []
    workplace.destroy("prod", "-e", "destroy_confirm=prod").succeeded()
    assert workplace.clusters() == ["dev"]
    workplace.destroy("dev", "-e", "destroy_confirm=dev", "-e", "destroy_hub=true").succeeded()
    assert workplace.is_empty()


def test_clusters_need_no_hub(workplace: Workplace) -> None:
    (workplace.folder / "inventories" / "dev" / "hub").unlink()
    workplace.edited = True
    workplace.site("dev").succeeded()
    assert workplace.clusters() == ["dev"]


def test_the_inventory_of_the_whole_platform_is_files_and_others_link_to_it() -> None:
    """It is in the tarball, which has no links; what the others have beside their hosts is the same files."""
    inventories = CHECKOUT / "inventories"
    assert not [path for path in (inventories / "platform").rglob("*") if path.is_symlink()]
    for name in ("dev", "prod", "local"):
        links = {path: path.resolve() for path in (inventories / name).rglob("*") if path.is_symlink()}
        assert {path.relative_to(inventories / "platform").parts[0] for path in links.values()} >= {
            "group_vars", "host_vars", "hub",
        }  # fmt: skip
