# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token that docs/getting-started.md tells people to make is enough for all they can do with it."""

from __future__ import annotations

import re

import pytest
from ansible_runs import CHECKOUT, Workplace


def documented_scopes() -> list[str]:
    text = (CHECKOUT / "docs/getting-started.md").read_text()
    table = text[text.index("| scope |") : text.index("What the token may not do")]
    return re.findall(r"`([a-z_]+:[a-z_]+)`", table)


@pytest.mark.long
def test_documented_scopes_are_enough(workplace: Workplace) -> None:
    scopes = documented_scopes()
    assert "kubernetes:create" in scopes
    workplace.use_token(workplace.server.admin.create_token("documented", scopes))
    with workplace.server.client() as client:
        project = {"name": "platform", "purpose": "Web Application"}
        client.post("/v2/projects", json=project).raise_for_status()

    only_dev = ("--limit", "dev", "-e", "slipway_project=platform")
    workplace.site("dev", *only_dev).succeeded()
    workplace.edit(
        "platform/group_vars/all.yml",
        slipway_pools={
            "base": {"size": "s-2vcpu-4gb", "count": 2, "tags": ["pool"]},
            "batch": {"size": "s-2vcpu-4gb", "count": 1},
        },
        slipway_vpc={"name": "slipway-ams3", "ip_range": "10.120.0.0/20", "description": "changed"},
    )
    workplace.edit("platform/host_vars/dev.yml", do_cluster_tags=["other"])
    workplace.site("dev", *only_dev, "-e", "do_cluster_purge_node_pools=true").succeeded()
    workplace.make_volume("dev", "data")
    workplace.destroy("dev", "-e", "destroy_confirm=dev", "-e", "destroy_associated_resources=true").succeeded()
    assert workplace.is_empty()


@pytest.mark.long
def test_documented_scopes_are_enough_for_an_ingress(workplace: Workplace) -> None:
    workplace.stands("dev")
    workplace.use_token(workplace.server.admin.create_token("documented", documented_scopes()))
    ingress = ("-e", '{"slipway_ingress": {"enabled": true}}')
    run = workplace.run("site.yml", "dev", "--tags", "ingress", *ingress)
    # Load balancer and name come before Traefik, and there is no Kubernetes behind this API.
    assert "Forbidden" not in run.output
    assert "Read which definitions of Gateway API the cluster has" in {r["task"].split(" : ")[-1] for r in run.results}
    assert sorted(workplace.load_balancers()) == ["dev-ingress", "hub-ingress"]
    assert sorted(workplace.records("example.com")) == ["*.dev", "*.hub"]
    workplace.destroy(
        "dev", *ingress, "-e", "destroy_confirm=hub,dev", "-e", "destroy_hub=true",
        "-e", "destroy_associated_resources=true",
    ).succeeded()  # fmt: skip
    assert workplace.is_empty()
    assert workplace.records("example.com") == []
